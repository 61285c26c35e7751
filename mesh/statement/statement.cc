#include "mesh/statement/statement.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "google/protobuf/descriptor.h"
#include "mesh/statement/cose.h"
#include "mesh/statement/header.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/reasons.h"

namespace kp::statement {
namespace {

constexpr std::string_view kEmptyMap = "\xa0";

absl::Status Refused(const char* reason, std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, reason, what);
}

// The moment a statement names, and the reader's, so that the one whose clock is wrong can see it.
absl::Status RefusedTime(const char* reason, const Statement& statement, absl::Time now) {
  const std::string signed_at = absl::FormatTime(statement.issued_at(), absl::UTCTimeZone());
  const std::string reader_clock = absl::FormatTime(now, absl::UTCTimeZone());
  return MakeError(absl::StatusCode::kFailedPrecondition, reason,
                   absl::StrCat("signed at ", signed_at, ", read at ", reader_clock),
                   {{"issued_at", signed_at}, {"reader_clock", reader_clock}});
}

absl::Status CheckTime(const Statement& statement, const Expectation& expected) {
  if (statement.issued_at() > expected.now + expected.max_skew) {
    return RefusedTime(kFromTheFuture, statement, expected.now);
  }
  if (expected.max_age.has_value() &&
      statement.issued_at() < expected.now - *expected.max_age - expected.max_skew) {
    return RefusedTime(kTooOld, statement, expected.now);
  }
  return absl::OkStatus();
}

absl::Status CheckSize(size_t size, size_t max_size) {
  if (size <= max_size) return absl::OkStatus();
  return Refused(kTooLarge,
                 absl::StrCat("the statement has ", size, " bytes, more than ", max_size));
}

}  // namespace

std::string ContentType(std::string_view kind, int version) {
  return absl::StrCat("application/vnd.kp.", absl::string_view(kind.data(), kind.size()), ".v",
                      version, "+cbor");
}

Statement::Statement(StatementHeader header, std::string bytes, size_t payload_at,
                     size_t payload_size)
    : header_(std::move(header)),
      bytes_(std::move(bytes)),
      payload_at_(payload_at),
      payload_size_(payload_size),
      digest_(Sha256(bytes_)) {}

absl::StatusOr<Statement> Statement::Parse(std::string bytes, size_t max_size) {
  KP_RETURN_IF_ERROR(CheckSize(bytes.size(), max_size));
  KP_ASSIGN_OR_RETURN(const CoseSign1 message, ParseCoseSign1(bytes));
  if (message.unprotected_header != kEmptyMap) {
    return Refused(kUnprotectedHeader, "a header parameter is outside the signature");
  }
  KP_ASSIGN_OR_RETURN(ProtectedHeader header, ParseProtectedHeader(message.protected_header));
  if (!header.claims.has_value()) return Refused(kNoIssuer, "the header has no claims");
  if (!message.tagged) return Refused(kMalformed, "the statement does not carry tag 18");
  if (!message.payload.has_value()) return Refused(kMalformed, "the statement has no payload");
  const auto payload_at = static_cast<size_t>(message.payload->data() - bytes.data());
  const size_t payload_size = message.payload->size();
  return Statement(
      {std::move(header.content_type), std::move(header.kid), std::move(header.claims->issuer),
       std::move(header.claims->audience), header.claims->issued_at},
      std::move(bytes), payload_at, payload_size);
}

std::string_view Statement::payload() const {
  return std::string_view(bytes_).substr(payload_at_, payload_size_);
}

absl::Status DecodeStatementPayload(const Statement& statement,
                                    google::protobuf::Message& payload) {
  return DecodePayload(statement.payload(), payload);
}

StatementSigner::StatementSigner(std::string issuer, std::shared_ptr<const Signer> signer,
                                 Random& random)
    : issuer_(std::move(issuer)), signer_(std::move(signer)), random_(random) {}

absl::StatusOr<Statement> StatementSigner::Sign(const std::string& content_type,
                                                const google::protobuf::Message& payload,
                                                const std::optional<std::string>& audience,
                                                absl::Time now) const {
  using google::protobuf::FieldDescriptor;
  const FieldDescriptor* salt = payload.GetDescriptor()->FindFieldByName("salt");
  if (salt == nullptr || salt->type() != FieldDescriptor::TYPE_BYTES || salt->is_repeated()) {
    return absl::InternalError(
        absl::StrCat(payload.GetDescriptor()->full_name(), " has no field bytes salt"));
  }
  const std::unique_ptr<google::protobuf::Message> salted(payload.New());
  salted->CopyFrom(payload);
  std::string salt_bytes = random_.Bytes(kSaltSize);
  salted->GetReflection()->SetString(salted.get(), salt, std::move(salt_bytes));
  KP_ASSIGN_OR_RETURN(const std::string encoded, EncodePayload(*salted));
  const std::string header =
      EncodeProtectedHeader({content_type, signer_->KeyId(), Claims{issuer_, audience, now}});
  KP_ASSIGN_OR_RETURN(std::string bytes,
                      SignCoseSign1(*signer_, header, encoded, "", CosePayload::kAttached));
  // What another would refuse must not leave: the same door for what is made and what is received.
  return Statement::Parse(std::move(bytes));
}

absl::Status VerifyStatement(const Statement& statement, const Expectation& expected,
                             const KeyLookup& lookup) {
  if (statement.content_type() != expected.content_type) {
    return Refused(kWrongContentType, absl::StrCat("the content type is ", statement.content_type(),
                                                   ", expected ", expected.content_type));
  }
  if (expected.issuer.has_value() && statement.issuer() != *expected.issuer) {
    return Refused(kWrongIssuer, absl::StrCat("the issuer is ", statement.issuer(), ", expected ",
                                              *expected.issuer));
  }
  if (expected.audience.has_value() && statement.audience() != expected.audience) {
    return Refused(kWrongAudience,
                   absl::StrCat("addressed to ", statement.audience().value_or("nobody"),
                                ", expected ", *expected.audience));
  }
  KP_RETURN_IF_ERROR(CheckTime(statement, expected));
  const absl::StatusOr<PublicKey> key =
      lookup(statement.issuer(), statement.kid(), statement.issued_at());
  if (absl::IsNotFound(key.status()) || (key.ok() && key->KeyId() != statement.kid())) {
    return MakeError(absl::StatusCode::kFailedPrecondition, kUnknownKey,
                     absl::StrCat("the key ", ToHex(statement.kid()), " is not among those of ",
                                  statement.issuer()),
                     {{"issuer", statement.issuer()}, {"kid", ToHex(statement.kid())}});
  }
  if (!key.ok()) return key.status();
  KP_ASSIGN_OR_RETURN(const CoseSign1 message, ParseCoseSign1(statement.bytes()));
  return VerifyCoseSign1(message, *key, "");
}

}  // namespace kp::statement
