#include <array>
#include <utility>

#include "base/error.h"
#include "scheme/wire/certificate.h"

namespace kp::scheme::wire {
namespace {

// One table per enum serves both directions.
template <typename Ours, typename Theirs, size_t N>
using Pairs = std::array<std::pair<Ours, Theirs>, N>;

template <typename Ours, typename Theirs, size_t N>
Theirs Write(const Pairs<Ours, Theirs, N>& pairs, Ours value) {
  for (const auto& [ours, theirs] : pairs) {
    if (ours == value) return theirs;
  }
  return Theirs{};
}

template <typename Ours, typename Theirs, size_t N>
absl::StatusOr<Ours> Read(const Pairs<Ours, Theirs, N>& pairs, Theirs value, const char* field) {
  for (const auto& [ours, theirs] : pairs) {
    if (theirs == value) return ours;
  }
  return FieldError({kEnumValueUnknown, field,
                     "has the value " + std::to_string(static_cast<int>(value)) +
                         ", which is none of this enum's",
                     ""});
}

constexpr Pairs<State, pb::CertificateState, 16> kStates = {{
    {State::kApplied, pb::CERTIFICATE_STATE_APPLIED},
    {State::kDeficient, pb::CERTIFICATE_STATE_DEFICIENT},
    {State::kRejected, pb::CERTIFICATE_STATE_REJECTED},
    {State::kIssued, pb::CERTIFICATE_STATE_ISSUED},
    {State::kValidated, pb::CERTIFICATE_STATE_VALIDATED},
    {State::kExported, pb::CERTIFICATE_STATE_EXPORTED},
    {State::kArrived, pb::CERTIFICATE_STATE_ARRIVED},
    {State::kDetained, pb::CERTIFICATE_STATE_DETAINED},
    {State::kReleased, pb::CERTIFICATE_STATE_RELEASED},
    {State::kConfirmed, pb::CERTIFICATE_STATE_CONFIRMED},
    {State::kReturned, pb::CERTIFICATE_STATE_RETURNED},
    {State::kReplaced, pb::CERTIFICATE_STATE_REPLACED},
    {State::kVoid, pb::CERTIFICATE_STATE_VOID},
    {State::kLost, pb::CERTIFICATE_STATE_LOST},
    {State::kStolen, pb::CERTIFICATE_STATE_STOLEN},
    {State::kSeized, pb::CERTIFICATE_STATE_SEIZED},
}};

constexpr Pairs<Purpose, pb::Purpose, 5> kPurposes = {{
    {Purpose::kImport, pb::PURPOSE_IMPORT},
    {Purpose::kExport, pb::PURPOSE_EXPORT},
    {Purpose::kTransit, pb::PURPOSE_TRANSIT},
    {Purpose::kReexportProof, pb::PURPOSE_REEXPORT_PROOF},
    {Purpose::kAudit, pb::PURPOSE_AUDIT},
}};

constexpr Pairs<Standing, pb::Standing, 3> kStandings = {{
    {Standing::kNone, pb::STANDING_NONE},
    {Standing::kNamedImporter, pb::STANDING_NAMED_IMPORTER},
    {Standing::kIssuer, pb::STANDING_ISSUER},
}};

constexpr Pairs<UsePosition, pb::UseState, 4> kUsePositions = {{
    {UsePosition::kNone, pb::USE_STATE_NONE},
    {UsePosition::kSameReference, pb::USE_STATE_SAME_REFERENCE},
    {UsePosition::kOtherReference, pb::USE_STATE_OTHER_REFERENCE},
    {UsePosition::kReferenceNotStated, pb::USE_STATE_REFERENCE_NOT_STATED},
}};

constexpr Pairs<Reachability, pb::Reachability, 4> kReachabilities = {{
    {Reachability::kAnswered, pb::REACHABILITY_ANSWERED},
    {Reachability::kSilent, pb::REACHABILITY_SILENT},
    {Reachability::kNotConnected, pb::REACHABILITY_NOT_CONNECTED},
    {Reachability::kBadAnswer, pb::REACHABILITY_BAD_ANSWER},
}};

constexpr Pairs<Decision, pb::Verdict, 4> kDecisions = {{
    {Decision::kAccept, pb::VERDICT_ACCEPT},
    {Decision::kRefer, pb::VERDICT_REFER},
    {Decision::kReject, pb::VERDICT_REJECT},
    {Decision::kUnavailable, pb::VERDICT_UNAVAILABLE},
}};

constexpr Pairs<UseOutcome, pb::Outcome, 5> kOutcomes = {{
    {UseOutcome::kDone, pb::OUTCOME_DONE},
    {UseOutcome::kAlreadyDone, pb::OUTCOME_ALREADY_DONE},
    {UseOutcome::kAlreadyUsed, pb::OUTCOME_ALREADY_USED},
    {UseOutcome::kNotTheImporter, pb::OUTCOME_NOT_THE_IMPORTER},
    {UseOutcome::kRefused, pb::OUTCOME_REFUSED},
}};

constexpr Pairs<UseAct, pb::UseAct, 4> kUseActs = {{
    {UseAct::kReserve, pb::USE_ACT_RESERVE},
    {UseAct::kWriteOff, pb::USE_ACT_WRITE_OFF},
    {UseAct::kRelease, pb::USE_ACT_RELEASE},
    {UseAct::kConfirm, pb::USE_ACT_CONFIRM},
}};

constexpr Pairs<CustomsLeg, pb::CustomsLeg, 4> kCustomsLegs = {{
    {CustomsLeg::kNone, pb::CUSTOMS_LEG_UNSPECIFIED},
    {CustomsLeg::kReserved, pb::CUSTOMS_LEG_RESERVED},
    {CustomsLeg::kWrittenOff, pb::CUSTOMS_LEG_WRITTEN_OFF},
    {CustomsLeg::kReleased, pb::CUSTOMS_LEG_RELEASED},
}};

constexpr Pairs<Severity, pb::Severity, 3> kSeverities = {{
    {Severity::kInfo, pb::SEVERITY_INFO},
    {Severity::kRefer, pb::SEVERITY_REFER},
    {Severity::kHard, pb::SEVERITY_REJECT},
}};

constexpr Pairs<Field, pb::CertificateField, 13> kFields = {{
    {Field::kNumber, pb::CERTIFICATE_FIELD_NUMBER},
    {Field::kIssueDate, pb::CERTIFICATE_FIELD_ISSUE_DATE},
    {Field::kExpiryDate, pb::CERTIFICATE_FIELD_EXPIRY_DATE},
    {Field::kIssuingAuthority, pb::CERTIFICATE_FIELD_ISSUING_AUTHORITY},
    {Field::kExporter, pb::CERTIFICATE_FIELD_EXPORTER},
    {Field::kImporter, pb::CERTIFICATE_FIELD_IMPORTER},
    {Field::kImportingEntity, pb::CERTIFICATE_FIELD_IMPORTING_ENTITY},
    {Field::kLines, pb::CERTIFICATE_FIELD_LINES},
    {Field::kTotalCarats, pb::CERTIFICATE_FIELD_TOTAL_CARATS},
    {Field::kTotalValue, pb::CERTIFICATE_FIELD_TOTAL_VALUE},
    {Field::kParcels, pb::CERTIFICATE_FIELD_PARCELS},
    {Field::kOrigin, pb::CERTIFICATE_FIELD_ORIGIN},
    {Field::kSeals, pb::CERTIFICATE_FIELD_SEALS},
}};

constexpr Pairs<FieldMatch, pb::FieldMatch, 4> kFieldMatches = {{
    {FieldMatch::kMatch, pb::FIELD_MATCH_MATCH},
    {FieldMatch::kMismatch, pb::FIELD_MATCH_MISMATCH},
    {FieldMatch::kNotStated, pb::FIELD_MATCH_NOT_STATED},
    {FieldMatch::kWithheld, pb::FIELD_MATCH_WITHHELD},
}};

}  // namespace

pb::CertificateState WriteState(State state) { return Write(kStates, state); }
absl::StatusOr<State> ReadState(pb::CertificateState state) {
  return Read(kStates, state, "state");
}
pb::Purpose WritePurpose(Purpose purpose) { return Write(kPurposes, purpose); }
absl::StatusOr<Purpose> ReadPurpose(pb::Purpose purpose) {
  return Read(kPurposes, purpose, "purpose");
}
pb::Standing WriteStanding(Standing standing) { return Write(kStandings, standing); }
absl::StatusOr<Standing> ReadStanding(pb::Standing standing) {
  return Read(kStandings, standing, "standing");
}
pb::UseState WriteUsePosition(UsePosition position) { return Write(kUsePositions, position); }
absl::StatusOr<UsePosition> ReadUsePosition(pb::UseState state) {
  return Read(kUsePositions, state, "use");
}
pb::Reachability WriteReachability(Reachability reachability) {
  return Write(kReachabilities, reachability);
}
pb::Verdict WriteDecision(Decision decision) { return Write(kDecisions, decision); }
pb::Outcome WriteOutcome(UseOutcome outcome) { return Write(kOutcomes, outcome); }
absl::StatusOr<UseAct> ReadUseAct(pb::UseAct act) { return Read(kUseActs, act, "act"); }
pb::UseAct WriteUseAct(UseAct act) { return Write(kUseActs, act); }

std::optional<Event> ReadGoodsAct(pb::UseAct act) {
  switch (act) {
    case pb::USE_ACT_ARRIVE:
      return Event::kArrive;
    case pb::USE_ACT_DETAIN:
      return Event::kDetain;
    case pb::USE_ACT_LET_GO:
      return Event::kRelease;
    case pb::USE_ACT_SEIZE:
      return Event::kSeize;
    case pb::USE_ACT_SEND_BACK:
      return Event::kReturn;
    default:
      return std::nullopt;
  }
}

pb::Finding WriteFinding(const Finding& finding) {
  pb::Finding out;
  out.set_rule(finding.rule);
  out.set_severity(Write(kSeverities, finding.severity));
  out.set_reason(finding.reason);
  out.set_pointer(finding.pointer);
  out.set_text(finding.text);
  return out;
}

absl::StatusOr<Finding> ReadFinding(const pb::Finding& finding) {
  Finding out;
  KP_ASSIGN_OR_RETURN(out.severity, Read(kSeverities, finding.severity(), "severity"));
  out.rule = finding.rule();
  out.reason = finding.reason();
  out.pointer = finding.pointer();
  out.text = finding.text();
  return out;
}

pb::FieldResult WriteFieldResult(const FieldResult& result) {
  pb::FieldResult out;
  out.set_field(Write(kFields, result.field));
  out.set_match(Write(kFieldMatches, result.match));
  out.set_pointer(result.pointer);
  out.set_register_value(result.expected);
  return out;
}

absl::StatusOr<FieldResult> ReadFieldResult(const pb::FieldResult& result) {
  FieldResult out;
  KP_ASSIGN_OR_RETURN(out.field, Read(kFields, result.field(), "field"));
  KP_ASSIGN_OR_RETURN(out.match, Read(kFieldMatches, result.match(), "match"));
  out.pointer = result.pointer();
  out.expected = result.register_value();
  return out;
}

pb::UseRecord WriteUse(const Use& use, const std::string& partner, absl::Time now) {
  pb::UseRecord out;
  const auto stamp = [](google::protobuf::Timestamp& timestamp, absl::Time time) {
    timestamp.set_seconds(absl::ToUnixSeconds(time));
  };
  out.set_importing_entity(use.importing_entity.text());
  out.set_consignment_reference(use.reference);
  const CustomsLeg leg = use.CustomsAt(now);
  out.set_customs_leg(Write(kCustomsLegs, leg));
  if (leg != CustomsLeg::kNone) {
    out.set_customs_partner(partner);
    stamp(*out.mutable_customs_time(), use.customs_time);
  }
  if (leg == CustomsLeg::kReserved) {
    stamp(*out.mutable_reservation_expire_time(), use.reserved_until);
  }
  out.set_confirmed(use.confirmed);
  if (use.confirmed) stamp(*out.mutable_confirm_time(), use.confirmed_time);
  out.set_customs_version(use.customs_version);
  out.set_revision(use.revision);
  return out;
}

}  // namespace kp::scheme::wire
