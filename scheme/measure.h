// Measures that restrict trade (rule R15, domain 8.3), and what they say about a certificate.
//
// Country measures are decided by every node. Measures on areas and operations, and
// countersignatures, are decided by the issuer, who knows where the stones are from and attests the
// outcome in the certificate; everybody else requires that attestation. The order in which measures
// meet: removal stands over everything; embargo; suspension, unless an area permission frees the
// line; area restriction, unless an operation permission frees the line; countersignature;
// vigilance.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "scheme/certificate.h"
#include "scheme/codes.h"
#include "scheme/dates.h"
#include "scheme/finding.h"
#include "scheme/party_directory.h"

namespace kp::scheme {

enum class MeasureKind {
  kEmbargo,                             // all rough of the country
  kEmbargoExceptGovernmentCertificate,  // all but what its own government certifies
  kRemoval,                             // from the list: its certificates are refused at once
  kSuspension,
  kSelfSuspension,
  kAreaRestriction,      // stones of these areas or operations are barred
  kAreaPermission,       // inside a suspended participant, stones of these areas are free
  kOperationPermission,  // inside a restricted area, stones of these operations are free
  kCountersignature,     // each shipment needs a third party's signature
  kEnhancedVigilance,    // soft: an officer looks
};

// Country: the whole participant. Shipment: each shipment of the participant, for
// countersignatures.
enum class MeasureScope { kCountry, kArea, kOperation, kShipment };

const char* MeasureKindName(MeasureKind kind);     // "AREA_RESTRICTION"
const char* MeasureScopeName(MeasureScope scope);  // "AREA"

struct Measure {
  std::string id;  // unique
  MeasureKind kind = MeasureKind::kEmbargo;
  MeasureScope scope = MeasureScope::kCountry;
  ParticipantCode participant;          // or the code of a country that takes no part
  std::vector<std::string> areas;       // ids; scope area, and area permissions
  std::vector<std::string> operations;  // ids; scope operation
  Period period;
  std::string decision;            // text or title of the decision, cited in every refusal
  std::string source;              // where it can be read
  std::string exceptions;          // in words; may be empty
  std::string countersigner_role;  // kind countersignature: who signs, in words
  std::string monitor;             // and the identity that may read the shipments and sign
  bool demo = false;               // not a decision of the scheme: marked in every text
  absl::Time recorded_at;          // when it entered the trust documents
};

// A place inside one participant, and a mine or project inside a place.
struct Area {
  std::string id;
  ParticipantCode participant;
  std::string name;
  std::vector<std::string> aliases;
};
struct Operation {
  std::string id;
  ParticipantCode participant;
  std::string area;  // id; may be empty
  std::string name;
  std::vector<std::string> aliases;
};

// All measures with their history, immutable. Copies are cheap; thread-safe.
class MeasureBook final {
 public:
  MeasureBook();  // no measures
  // Errors, with the field of the measure, area or operation: AREA_UNKNOWN, OPERATION_UNKNOWN,
  // FIELD_MISSING (no id, decision, areas, operations or countersigner where the kind needs one),
  // WRONG_SCOPE (a scope that the kind cannot have), PERIOD_REVERSED, DUPLICATE_ID.
  static absl::StatusOr<MeasureBook> Create(std::vector<Measure> measures, std::vector<Area> areas,
                                            std::vector<Operation> operations);

  const std::vector<Measure>& measures() const;
  const Measure* Find(std::string_view id) const;
  // By id, name or alias (folded). Null when unknown.
  const Area* FindArea(const ParticipantCode& participant, std::string_view name) const;
  const Operation* FindOperation(const ParticipantCode& participant, std::string_view name) const;

 private:
  struct Index;
  explicit MeasureBook(std::shared_ptr<const Index> index);
  std::shared_ptr<const Index> index_;
};

// Who asks about measures.
enum class MeasureView {
  kIssuer,     // applies everything, from the lines' areas and operations
  kStatement,  // another node that holds the issuer's statement: requires the attestation
  kPaper,      // another node that holds only what a paper says: cannot see an attestation
};

struct MeasureQuestion {
  MeasureView view = MeasureView::kPaper;
  // The deciding day of R15: export; the day of the act where the issuer issues or validates. First
  // and last possible day where it is not known.
  Date decided_first;
  Date decided_last;
  Date presentation;                  // decides removals
  bool countersignature_due = false;  // from validation on
};

struct MeasureOutcome {
  std::vector<Finding> findings;
  // What the issuer attests; for view kIssuer only.
  AreaAttestation attestation;
};

MeasureOutcome EvaluateMeasures(const MeasureBook& book, const PartyDirectory& parties,
                                const Certificate& certificate, const MeasureQuestion& question);

// The names of areas and operations on the lines that the trust documents do not know: HARD.
std::vector<Finding> UnknownPlaces(const MeasureBook& book, const PartyDirectory& parties,
                                   const Certificate& certificate, Date day);

}  // namespace kp::scheme
