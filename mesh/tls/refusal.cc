#include "mesh/tls/refusal.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <charconv>

namespace kp::tls {

std::string_view RefusalName(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNoCertificate:
      return "NO_CERTIFICATE";
    case Refusal::kNoSpiffeId:
      return "NO_SPIFFE_ID";
    case Refusal::kManyUris:
      return "MANY_URIS";
    case Refusal::kUnknownRole:
      return "UNKNOWN_ROLE";
    case Refusal::kUnknownTrustDomain:
      return "UNKNOWN_TRUST_DOMAIN";
    case Refusal::kUntrustedChain:
      return "UNTRUSTED_CHAIN";
    case Refusal::kExpired:
      return "EXPIRED";
    case Refusal::kNotYetValid:
      return "NOT_YET_VALID";
    case Refusal::kWrongUsage:
      return "WRONG_USAGE";
    case Refusal::kWeakKey:
      return "WEAK_KEY";
    case Refusal::kDenied:
      return "DENIED";
    case Refusal::kWrongPeer:
      return "WRONG_PEER";
    case Refusal::kOldProtocol:
      return "OLD_PROTOCOL";
    case Refusal::kNotTls:
      return "NOT_TLS";
    case Refusal::kKeyNotProven:
      return "KEY_NOT_PROVEN";
  }
  return "";
}

std::string_view WhereName(Where where) {
  switch (where) {
    case Where::kServerHandshake:
      return "server_handshake";
    case Where::kClientHandshake:
      return "client_handshake";
    case Where::kCall:
      return "call";
  }
  return "";
}

std::optional<Refusal> RefusalInGrpcLog(std::string_view line) {
  if (line.find("Handshake failed") == std::string_view::npos) {
    return std::nullopt;
  }
  constexpr std::string_view kMark = "error:";
  const size_t mark = line.find(kMark);
  if (mark == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view digits = line.substr(mark + kMark.size());
  unsigned long code = 0;
  const auto [end, parse_error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  if (parse_error != std::errc() || ERR_GET_LIB(code) != ERR_LIB_SSL) {
    return std::nullopt;
  }
  switch (ERR_GET_REASON(code)) {
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return Refusal::kNoCertificate;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
      return Refusal::kOldProtocol;
    case SSL_R_HTTP_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
      return Refusal::kNotTls;
    case SSL_R_BAD_SIGNATURE:
      return Refusal::kKeyNotProven;
    default:
      return std::nullopt;
  }
}

}  // namespace kp::tls
