#include "mesh/statement/cose.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/cbor.h"
#include "mesh/statement/reasons.h"

namespace kp::statement {
namespace {

constexpr char kEmptyMap = '\xa0';

absl::Status Malformed(std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, kMalformed, what);
}

// Checks one header map of a bare message; true when it names the algorithm.
absl::StatusOr<bool> CheckHeader(std::string_view header) {
  bool names_algorithm = false;
  if (header.empty()) return names_algorithm;
  CborReader reader(header);
  KP_ASSIGN_OR_RETURN(const size_t pairs, reader.Map());
  for (size_t i = 0; i < pairs; ++i) {
    KP_ASSIGN_OR_RETURN(const std::string_view label, reader.Skip());
    CborReader label_reader(label);
    const auto number = label_reader.Int();  // a text label is none of those below
    if (number.ok() && *number == kCoseHeaderCritical) {
      return Malformed("the header has critical parameters, and none is understood");
    }
    const bool is_algorithm = number.ok() && *number == kCoseHeaderAlgorithm;
    names_algorithm = names_algorithm || is_algorithm;
    KP_ASSIGN_OR_RETURN(const std::string_view value, reader.Skip());
    CborReader value_reader(value);
    const auto algorithm = value_reader.Int();
    if (is_algorithm && (!algorithm.ok() || *algorithm != kCoseEs256)) {
      return MakeError(absl::StatusCode::kInvalidArgument, kWrongAlgorithm,
                       "the algorithm is not ES256");
    }
  }
  KP_RETURN_IF_ERROR(reader.Finish());
  return names_algorithm;
}

}  // namespace

absl::StatusOr<CoseSign1> ParseCoseSign1(std::string_view bytes) {
  CborReader reader(bytes);
  CoseSign1 message;
  KP_ASSIGN_OR_RETURN(const CborReader::Kind first, reader.Peek());
  if (first == CborReader::Kind::kTag) {
    KP_ASSIGN_OR_RETURN(const uint64_t tag, reader.Tag());
    if (tag != kCoseSign1Tag) {
      return reader.Fault(absl::StrCat("the tag is ", tag, ", not that of a COSE_Sign1"));
    }
    message.tagged = true;
  }
  KP_ASSIGN_OR_RETURN(const size_t items, reader.Array());
  if (items != 4) return reader.Fault("a COSE_Sign1 has four parts");
  KP_ASSIGN_OR_RETURN(message.protected_header, reader.Bytes());
  KP_ASSIGN_OR_RETURN(const CborReader::Kind second, reader.Peek());
  KP_ASSIGN_OR_RETURN(message.unprotected_header, reader.Skip());
  if (second != CborReader::Kind::kMap) return reader.Fault("the unprotected header is not a map");
  KP_ASSIGN_OR_RETURN(const CborReader::Kind third, reader.Peek());
  if (third == CborReader::Kind::kNull) {
    KP_RETURN_IF_ERROR(reader.Null());
  } else {
    KP_ASSIGN_OR_RETURN(message.payload, reader.Bytes());
  }
  KP_ASSIGN_OR_RETURN(message.signature, reader.Bytes());
  KP_RETURN_IF_ERROR(reader.Finish());
  if (message.signature.size() != kSignatureSize) {
    return MakeError(absl::StatusCode::kInvalidArgument, kBadSignature,
                     absl::StrCat("the signature has ", message.signature.size(), " bytes, not ",
                                  kSignatureSize));
  }
  return message;
}

std::string CoseToBeSigned(std::string_view protected_header, std::string_view external_aad,
                           std::string_view payload) {
  CborWriter writer;
  writer.Array(4);
  writer.Text("Signature1");
  // RFC 9052 section 4.4: an empty map is signed as a zero-length string.
  const bool empty = protected_header.size() == 1 && protected_header[0] == kEmptyMap;
  writer.Bytes(empty ? std::string_view() : protected_header);
  writer.Bytes(external_aad);
  writer.Bytes(payload);
  return writer.Take();
}

absl::StatusOr<std::string> SignCoseSign1(const Signer& signer, std::string_view protected_header,
                                          std::string_view payload, std::string_view external_aad,
                                          CosePayload where) {
  KP_ASSIGN_OR_RETURN(const std::string signature,
                      signer.Sign(CoseToBeSigned(protected_header, external_aad, payload)));
  CborWriter writer;
  writer.Tag(kCoseSign1Tag);
  writer.Array(4);
  writer.Bytes(protected_header);
  writer.Map(0);
  where == CosePayload::kAttached ? writer.Bytes(payload) : writer.Null();
  writer.Bytes(signature);
  return writer.Take();
}

absl::Status VerifyCoseSign1(const CoseSign1& message, const PublicKey& key,
                             std::string_view external_aad,
                             std::optional<std::string_view> detached_payload) {
  if (message.payload.has_value() == detached_payload.has_value()) {
    return Malformed(message.payload.has_value() ? "the payload is there twice"
                                                 : "the payload is detached and not given");
  }
  KP_ASSIGN_OR_RETURN(const bool in_protected, CheckHeader(message.protected_header));
  KP_ASSIGN_OR_RETURN(const bool in_unprotected, CheckHeader(message.unprotected_header));
  if (in_protected && in_unprotected) return Malformed("the algorithm is named twice");
  const std::string_view payload =
      message.payload.has_value() ? *message.payload : *detached_payload;
  return key.Verify(CoseToBeSigned(message.protected_header, external_aad, payload),
                    message.signature);
}

}  // namespace kp::statement
