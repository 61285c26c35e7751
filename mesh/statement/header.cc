#include "mesh/statement/header.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/cbor.h"
#include "mesh/statement/cose.h"
#include "mesh/statement/reasons.h"

namespace kp::statement {
namespace {

// Labels of the claims (RFC 8392 section 4).
constexpr int64_t kClaimIssuer = 1;
constexpr int64_t kClaimAudience = 3;
constexpr int64_t kClaimIssuedAt = 6;

// The year 9999 ends; a later time is a fault, not a date.
constexpr int64_t kMaxIssuedAt = 253402300799;

constexpr std::string_view kContentTypePrefix = "application/vnd.kp.";
constexpr std::string_view kContentTypeSuffix = "+cbor";

absl::Status Refused(const char* reason, std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, reason, what);
}

absl::StatusOr<std::string> ReadName(CborReader& reader) {
  KP_ASSIGN_OR_RETURN(const std::string_view name, reader.Text());
  if (name.empty()) return reader.Fault("the name is empty");
  return std::string(name);
}

absl::StatusOr<Claims> ReadClaims(CborReader& reader) {
  Claims claims;
  std::optional<int64_t> issued_at;
  KP_ASSIGN_OR_RETURN(const size_t pairs, reader.Map());
  for (size_t i = 0; i < pairs; ++i) {
    KP_ASSIGN_OR_RETURN(const int64_t label, reader.Int());
    if (label == kClaimIssuer) {
      KP_ASSIGN_OR_RETURN(claims.issuer, ReadName(reader));
    } else if (label == kClaimAudience) {
      KP_ASSIGN_OR_RETURN(claims.audience, ReadName(reader));
    } else if (label == kClaimIssuedAt) {
      KP_ASSIGN_OR_RETURN(issued_at, reader.Int());
      if (*issued_at < 0 || *issued_at > kMaxIssuedAt) {
        return reader.Fault("the time is not within the years 1970 to 9999");
      }
    } else {
      return reader.Fault(absl::StrCat("the claim ", label, " is not known"));
    }
  }
  if (claims.issuer.empty()) return Refused(kNoIssuer, "the header names no issuer");
  if (!issued_at.has_value()) return Refused(kNoTime, "the header has no time");
  claims.issued_at = absl::FromUnixSeconds(*issued_at);
  return claims;
}

}  // namespace

bool IsContentType(std::string_view text) {
  if (!text.starts_with(kContentTypePrefix) || !text.ends_with(kContentTypeSuffix)) return false;
  text.remove_prefix(kContentTypePrefix.size());
  if (text.size() < kContentTypeSuffix.size()) return false;
  text.remove_suffix(kContentTypeSuffix.size());
  const size_t dot = text.rfind(".v");
  if (dot == std::string_view::npos) return false;
  const std::string_view kind = text.substr(0, dot);
  const std::string_view version = text.substr(dot + 2);
  return !kind.empty() &&
         kind.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == kind.npos &&
         !version.empty() && version[0] != '0' &&
         version.find_first_not_of("0123456789") == version.npos;
}

std::string EncodeProtectedHeader(const ProtectedHeader& header) {
  CborWriter writer;
  writer.Map(header.claims.has_value() ? 4 : 3);
  writer.Int(kCoseHeaderAlgorithm);
  writer.Int(kCoseEs256);
  writer.Int(kCoseHeaderContentType);
  writer.Text(header.content_type);
  writer.Int(kCoseHeaderKeyId);
  writer.Bytes(header.kid);
  if (header.claims.has_value()) {
    const Claims& claims = *header.claims;
    writer.Int(kCoseHeaderCwtClaims);
    writer.Map(claims.audience.has_value() ? 3 : 2);
    writer.Int(kClaimIssuer);
    writer.Text(claims.issuer);
    if (claims.audience.has_value()) {
      writer.Int(kClaimAudience);
      writer.Text(*claims.audience);
    }
    writer.Int(kClaimIssuedAt);
    writer.Int(absl::ToUnixSeconds(claims.issued_at));
  }
  return writer.Take();
}

absl::StatusOr<ProtectedHeader> ParseProtectedHeader(std::string_view bytes) {
  ProtectedHeader header;
  bool es256 = false;
  bool has_content_type = false;
  CborReader reader(bytes);
  size_t pairs = 0;
  if (!bytes.empty()) {  // zero length is how COSE writes an empty map
    KP_ASSIGN_OR_RETURN(pairs, reader.Map());
  }
  for (size_t i = 0; i < pairs; ++i) {
    KP_ASSIGN_OR_RETURN(const int64_t label, reader.Int());
    if (label == kCoseHeaderCwtClaims) {
      KP_ASSIGN_OR_RETURN(header.claims, ReadClaims(reader));
      continue;
    }
    if (label != kCoseHeaderAlgorithm && label != kCoseHeaderContentType &&
        label != kCoseHeaderKeyId) {
      return reader.Fault(absl::StrCat("the header parameter ", label, " is not known"));
    }
    // RFC 9052 allows other types in these three; a value of one is a wrong value, not a bad
    // encoding.
    KP_ASSIGN_OR_RETURN(const std::string_view item, reader.Skip());
    CborReader value(item);
    if (label == kCoseHeaderAlgorithm) {
      const auto algorithm = value.Int();
      es256 = algorithm.ok() && *algorithm == kCoseEs256;
    } else if (label == kCoseHeaderContentType) {
      has_content_type = true;
      const auto content_type = value.Text();
      if (content_type.ok()) header.content_type = *content_type;
    } else {
      const auto kid = value.Bytes();
      if (kid.ok()) header.kid = *kid;
    }
  }
  if (!bytes.empty()) KP_RETURN_IF_ERROR(reader.Finish());
  if (!es256) return Refused(kWrongAlgorithm, "the algorithm in the header is not ES256");
  if (header.kid.size() != kDigestSize) {
    return Refused(kNoKeyId,
                   absl::StrCat("the key id in the header is not ", kDigestSize, " bytes"));
  }
  if (!has_content_type) return Refused(kNoContentType, "the header names no content type");
  if (!IsContentType(header.content_type)) {
    return Refused(kWrongContentType, "the content type in the header is not one of this project");
  }
  return header;
}

}  // namespace kp::statement
