// Where the stones of this entity's certificates come from (R16): own production, imports on paper,
// and certificates whose import it confirmed. Carats out never exceed carats in.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "certificate-svc/store/verifications.h"
#include "kp/certificate/v1/register_service.pb.h"
#include "kp/certificate/v1/statements.pb.h"
#include "mesh/identity/spiffe_id.h"
#include "scheme/certificate.h"

namespace kp::certificate {

// The source book has no such source: INVALID_ARGUMENT.
inline constexpr char kSourceUnknown[] = "SOURCE_UNKNOWN";
// There is a source of this id, or the import book has the number: ALREADY_EXISTS.
inline constexpr char kSourceExists[] = "SOURCE_EXISTS";
// The number of a certificate that cannot have come on paper: INVALID_ARGUMENT.
inline constexpr char kSourceNotPaper[] = "SOURCE_NOT_PAPER";
// A field of a source is missing or wrong: INVALID_ARGUMENT.
inline constexpr char kSourceMalformed[] = "SOURCE_MALFORMED";
// Less is left of a source than is to be drawn: INVALID_ARGUMENT.
inline constexpr char kSourceExhausted[] = "SOURCE_EXHAUSTED";

// Thread-safe.
class Sources final {
 public:
  Sources(const Environment& environment, const OfficerRegister& officers)
      : env_(environment), officers_(officers) {}

  absl::StatusOr<v1::Source> Open(const identity::SpiffeId& caller,
                                  const v1::OpenSourceRequest& request);
  absl::StatusOr<v1::ListSourcesResponse> List(const identity::SpiffeId& caller,
                                               const v1::ListSourcesRequest& request) const;

 private:
  const Environment& env_;
  const OfficerRegister& officers_;
};

// Fills in what the book knows of the sources that `record` draws on.
absl::Status ReadSources(const Environment& env, const pb::Certificate& record,
                         scheme::Certificate& certificate);

// Draws what an issued certificate is made of, or SOURCE_EXHAUSTED with what is left.
absl::Status DrawSources(store::Transaction& tx, const pb::Certificate& record);

// The confirmation of an import makes its certificate a source of what arrived, at most of what it
// certified. Nothing for a certificate that was never announced, or a second time, or whose number
// was entered as a source by hand.
absl::Status OpenConfirmedSource(store::Transaction& tx, const Environment& env,
                                 const std::string& number, const v1::Arrival& arrival);

}  // namespace kp::certificate
