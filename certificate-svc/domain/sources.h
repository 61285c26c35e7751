// Where the stones of this entity's certificates come from (R16): own production, imports on paper,
// and certificates whose import it confirmed. Carats out never exceed carats in, nor what was filed
// of a half-year's production; nothing is drawn on one officer's word. docs/sources.md.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "certificate-svc/store/verifications.h"
#include "kp/certificate/v1/register_service.pb.h"
#include "kp/certificate/v1/source_book_service.pb.h"
#include "kp/certificate/v1/statements.pb.h"
#include "mesh/identity/spiffe_id.h"
#include "scheme/certificate.h"
#include "scheme/source_book.h"

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
// A second officer has not confirmed the source that is to be drawn on: INVALID_ARGUMENT.
inline constexpr char kSourceNotConfirmed[] = "SOURCE_NOT_CONFIRMED";
// The source is closed: INVALID_ARGUMENT where it is to be drawn on, else FAILED_PRECONDITION.
inline constexpr char kSourceClosed[] = "SOURCE_CLOSED";
// The source waits for nobody's confirmation: FAILED_PRECONDITION.
inline constexpr char kSourceNotWaiting[] = "SOURCE_NOT_WAITING";
// Who entered a source does not confirm it, under whatever identity: PERMISSION_DENIED.
inline constexpr char kSourceSamePerson[] = "SOURCE_SAME_PERSON";

// Thread-safe. Each act is one durable transaction: state and signed event.
class Sources final {
 public:
  Sources(const Environment& environment, const OfficerRegister& officers)
      : env_(environment), officers_(officers) {}

  absl::StatusOr<v1::Source> Open(const identity::SpiffeId& caller,
                                  const v1::OpenSourceRequest& request);
  absl::StatusOr<v1::Source> Confirm(const identity::SpiffeId& caller,
                                     const v1::ConfirmSourceRequest& request);
  absl::StatusOr<v1::Source> Close(const identity::SpiffeId& caller,
                                   const v1::CloseSourceRequest& request);
  absl::StatusOr<v1::ListSourcesResponse> List(const identity::SpiffeId& caller,
                                               const v1::ListSourcesRequest& request) const;
  absl::StatusOr<v1::GetSourceResponse> Get(const v1::GetSourceRequest& request) const;
  absl::StatusOr<v1::GetSourceProductionResponse> GetProduction(
      const v1::GetSourceProductionRequest& request) const;

 private:
  // Where a source may move from, and where to, with the event's kind.
  struct Move {
    pb::SourceState from;
    pb::SourceState to;
    std::string kind;
  };
  template <typename Request>
  absl::StatusOr<v1::Source> Step(
      const identity::SpiffeId& caller, const char* method, const Request& request,
      const std::function<absl::StatusOr<Move>(const pb::Source&, const v1::Officer&)>& decide);

  const Environment& env_;
  const OfficerRegister& officers_;
};

// By id, or by a certificate's number in any printed form. INVALID_ARGUMENT/SOURCE_UNKNOWN.
absl::StatusOr<pb::Source> ReadSource(store::ReadSession& session, const std::string& id);

// Own production of a half-year in the book beside what is filed of it, by origin.
absl::StatusOr<std::vector<scheme::Production>> ReadProduction(
    store::ReadSession& session, const scheme::HalfYear& half_year);
// Of one origin.
absl::StatusOr<scheme::Production> ReadProduction(store::ReadSession& session,
                                                  const scheme::HalfYear& half_year,
                                                  const std::string& origin);

// False for own production of before half-years were told: closed, and opened anew.
bool CanBeConfirmed(const pb::Source& source);
// Whether a person stands for the source already: by having entered the paper, or opened it. Who
// settles a paper may be the one who confirmed its import, having had no part in entering it.
bool StandsForSource(const pb::Source& source, std::string_view person);

pb::SourceNeed WriteNeed(scheme::SourceNeed need);

// Whether the stones of a country are this entity's own production on that day.
bool IsOwnTerritory(const Environment& env, const SchemeView& view,
                    const scheme::CountryCode& country, scheme::Date day);

// Fills in what the book knows of the sources that `record` draws on.
absl::Status ReadSources(const Environment& env, const pb::Certificate& record,
                         scheme::Certificate& certificate);

// Draws what an issued certificate is made of; after the event of the act, so that no other act
// draws or files meanwhile. SOURCE_EXHAUSTED with what is left, SOURCE_NOT_CONFIRMED,
// SOURCE_CLOSED, PRODUCTION_EXHAUSTED (scheme/reasons.h).
absl::Status DrawSources(store::Transaction& tx, const pb::Certificate& record);

// The confirmation of an import makes its certificate a source of what arrived, at most of what it
// certified. Nothing for a certificate that was never announced, or a second time, or whose number
// was entered as a source by hand.
absl::Status OpenConfirmedSource(store::Transaction& tx, const Environment& env,
                                 const std::string& number, const v1::Arrival& arrival);

}  // namespace kp::certificate
