// The tables of the verdict: what each part of the input means, one cell each. docs/verdicts.md is
// written from them.
#include <algorithm>

#include "scheme/reasons.h"
#include "scheme/verdict.h"

namespace kp::scheme {
namespace {

constexpr Cell kFine = {};
constexpr Cell Info(const char* reason) { return {Severity::kInfo, reason}; }
constexpr Cell Refer(const char* reason) { return {Severity::kRefer, reason}; }
constexpr Cell Hard(const char* reason) { return {Severity::kHard, reason}; }

// By purpose: IMPORT, EXPORT, TRANSIT, REEXPORT_PROOF, AUDIT.
using PurposeRow = std::array<Cell, kAllPurposes.size()>;

constexpr PurposeRow All(Cell cell) { return {cell, cell, cell, cell, cell}; }

const Cell& Pick(const PurposeRow& row, Purpose purpose) {
  return row[static_cast<std::size_t>(purpose)];
}

constexpr PurposeRow kNotIssuedRow = All(Hard(reasons::kNotIssued));
constexpr PurposeRow kNotValidatedRow = All(Hard(reasons::kNotValidated));
constexpr PurposeRow kValidatedRow = {Refer(reasons::kNotExported), kFine,
                                      Refer(reasons::kNotExported), Refer(reasons::kNotConfirmed),
                                      Info(reasons::kNotExported)};
constexpr PurposeRow kExportedRow = {kFine, kFine, kFine, Refer(reasons::kNotConfirmed), kFine};
constexpr PurposeRow kArrivedRow = {kFine, Hard(reasons::kAlreadyUsed), Refer(reasons::kInUse),
                                    Refer(reasons::kNotConfirmed), kFine};
constexpr PurposeRow kFrozenRow = All(Refer(reasons::kFrozen));
constexpr PurposeRow kConfirmedRow = {Info(reasons::kConfirmed), Hard(reasons::kAlreadyUsed),
                                      Info(reasons::kConfirmed), Info(reasons::kConfirmed),
                                      Info(reasons::kConfirmed)};
constexpr PurposeRow kGoneRow = All(Hard(reasons::kNoLongerValid));

constexpr Cell kSame = Info(reasons::kUsedBySameReference);
constexpr Cell kAlready = Hard(reasons::kAlreadyUsed);
constexpr Cell kUnstated = Refer(reasons::kReferenceNotStated);
constexpr Cell kNoted = Info(reasons::kInUse);
constexpr Cell kLook = Refer(reasons::kInUse);

// Of a certificate that is not closed.
constexpr PurposeRow kOpenUseNone = All(kFine);
constexpr PurposeRow kOpenUseSame = {kSame, kNoted, kSame, kNoted, kSame};
constexpr PurposeRow kOpenUseOther = {kAlready, kLook, kLook, kNoted, kAlready};
constexpr PurposeRow kOpenUseUnstated = {kUnstated, kLook, kNoted, kNoted, kNoted};
// Of a CONFIRMED one. That it has no use cannot be: the answer contradicts itself.
constexpr PurposeRow kClosedUseNone = {kUnstated, kFine, kLook, kFine, kFine};
constexpr PurposeRow kClosedUseSame = {kSame, kNoted, kLook, kNoted, kSame};
constexpr PurposeRow kClosedUseOther = {kAlready, kNoted, kAlready, kNoted, kAlready};
constexpr PurposeRow kClosedUseUnstated = {kUnstated, kNoted, kUnstated, kNoted, kNoted};

constexpr Cell kDiverted = Refer(reasons::kDiversion);
constexpr PurposeRow kByNobodyNamed = {kDiverted, kDiverted, kFine, kDiverted, kFine};
constexpr PurposeRow kByNamedImporter = {kFine, kDiverted, kFine, kFine, kFine};
constexpr PurposeRow kByIssuer = {kDiverted, kFine, kFine, kDiverted, kFine};

// Where a paper that differs was altered or forged, against where it may be a spelling (names), a
// diversion (importing entity) or a list that is not whole (seals).
bool MismatchIsHard(Field field) {
  switch (field) {
    case Field::kIssuingAuthority:
    case Field::kExporter:
    case Field::kImporter:
    case Field::kImportingEntity:
    case Field::kSeals:
      return false;
    case Field::kNumber:
    case Field::kIssueDate:
    case Field::kExpiryDate:
    case Field::kLines:
    case Field::kTotalCarats:
    case Field::kTotalValue:
    case Field::kParcels:
    case Field::kOrigin:
      return true;
  }
  return true;
}

// Fields without which a purpose cannot be accepted.
bool Needed(Field field, Purpose purpose) {
  if (field == Field::kNumber) return true;
  switch (purpose) {
    case Purpose::kImport:
      return field == Field::kIssueDate || field == Field::kImporter || field == Field::kLines;
    case Purpose::kExport:
      return field == Field::kIssueDate || field == Field::kExporter || field == Field::kLines;
    case Purpose::kTransit:
    case Purpose::kReexportProof:
      return field == Field::kIssueDate;
    case Purpose::kAudit:
      return false;
  }
  return true;
}

struct ResultOf {
  std::string_view reason;
  CustomsResult on_reject;
  CustomsResult on_refer;
};
constexpr std::array<ResultOf, 15> kCustomsResults = {{
    {reasons::kIssuerNotAParticipant, CustomsResult::kIssuerUnknown, CustomsResult::kIssuerUnknown},
    {reasons::kParticipantRemoved, CustomsResult::kIssuerSuspended,
     CustomsResult::kIssuerSuspended},
    {reasons::kParticipantSuspended, CustomsResult::kIssuerSuspended,
     CustomsResult::kIssuerSuspended},
    {reasons::kEmbargo, CustomsResult::kIssuerSuspended, CustomsResult::kIssuerSuspended},
    {reasons::kAlreadyUsed, CustomsResult::kAlreadyUsed, CustomsResult::kAlreadyUsed},
    // What is not on a register that need not be complete could not be told: never "not found".
    {reasons::kNumberOutsideRanges, CustomsResult::kNotFound, CustomsResult::kUnavailable},
    {reasons::kNumberArchived, CustomsResult::kUnavailable, CustomsResult::kUnavailable},
    {reasons::kNumberUnknown, CustomsResult::kNotFound, CustomsResult::kUnavailable},
    {reasons::kNumberNotOnRegister, CustomsResult::kUnavailable, CustomsResult::kUnavailable},
    {reasons::kIssuerNotConnected, CustomsResult::kUnavailable, CustomsResult::kUnavailable},
    {reasons::kFieldMismatch, CustomsResult::kMismatch, CustomsResult::kValidWithDifferences},
    {reasons::kNotExported, CustomsResult::kNotValid, CustomsResult::kNotValid},
    {reasons::kNotConfirmed, CustomsResult::kNotValid, CustomsResult::kNotValid},
    {reasons::kFrozen, CustomsResult::kNotValid, CustomsResult::kNotValid},
    {reasons::kCertificateExpired, CustomsResult::kNotValid, CustomsResult::kNotValid},
}};

}  // namespace

Cell StateCell(State state, Purpose purpose) {
  switch (state) {
    case State::kApplied:
    case State::kDeficient:
    case State::kRejected:
      return Pick(kNotIssuedRow, purpose);
    case State::kIssued:
      return Pick(kNotValidatedRow, purpose);
    case State::kValidated:
      return Pick(kValidatedRow, purpose);
    case State::kExported:
      return Pick(kExportedRow, purpose);
    case State::kArrived:
    case State::kReleased:
      return Pick(kArrivedRow, purpose);
    case State::kDetained:
      return Pick(kFrozenRow, purpose);
    case State::kConfirmed:
      return Pick(kConfirmedRow, purpose);
    case State::kReturned:
    case State::kReplaced:
    case State::kVoid:
    case State::kLost:
    case State::kStolen:
    case State::kSeized:
      return Pick(kGoneRow, purpose);
  }
  return Pick(kGoneRow, purpose);
}

Cell UseCell(UsePosition use, bool confirmed, Purpose purpose) {
  switch (use) {
    case UsePosition::kNone:
      return Pick(confirmed ? kClosedUseNone : kOpenUseNone, purpose);
    case UsePosition::kSameReference:
      return Pick(confirmed ? kClosedUseSame : kOpenUseSame, purpose);
    case UsePosition::kOtherReference:
      return Pick(confirmed ? kClosedUseOther : kOpenUseOther, purpose);
    case UsePosition::kReferenceNotStated:
      return Pick(confirmed ? kClosedUseUnstated : kOpenUseUnstated, purpose);
  }
  return kUnstated;
}

Cell StandingCell(Standing standing, Purpose purpose) {
  switch (standing) {
    case Standing::kNone:
      return Pick(kByNobodyNamed, purpose);
    case Standing::kNamedImporter:
      return Pick(kByNamedImporter, purpose);
    case Standing::kIssuer:
      return Pick(kByIssuer, purpose);
  }
  return Pick(kByNobodyNamed, purpose);
}

Cell FieldCell(Field field, FieldMatch match, Purpose purpose) {
  switch (match) {
    case FieldMatch::kMatch:
      return kFine;
    case FieldMatch::kMismatch:
      return MismatchIsHard(field) ? Hard(reasons::kFieldMismatch) : Refer(reasons::kFieldMismatch);
    case FieldMatch::kNotStated:
      return Needed(field, purpose) ? Refer(reasons::kFieldNotStated) : kFine;
    case FieldMatch::kWithheld:
      // Only what was stated is withheld, and what is stated decides, whatever the purpose.
      return Refer(reasons::kFieldWithheld);
  }
  return Refer(reasons::kFieldNotStated);
}

Cell UnknownNumberCell(bool register_complete_for_date) {
  return register_complete_for_date ? Hard(reasons::kNumberUnknown)
                                    : Refer(reasons::kNumberNotOnRegister);
}

Cell SerialCell(SerialPosition position, bool register_complete_for_date) {
  switch (position) {
    case SerialPosition::kNotKept:
    case SerialPosition::kInside:
      return kFine;
    case SerialPosition::kOutside:
    case SerialPosition::kOtherYear:
    case SerialPosition::kOtherAuthority:
      return register_complete_for_date ? Hard(reasons::kNumberOutsideRanges)
                                        : Refer(reasons::kNumberOutsideRanges);
    case SerialPosition::kBlankLost:
      return Hard(reasons::kBlankLost);
    case SerialPosition::kBlankStolen:
      return Hard(reasons::kBlankStolen);
    case SerialPosition::kArchived:
      return Refer(reasons::kNumberArchived);
  }
  return Hard(reasons::kNumberOutsideRanges);
}

Cell ReachabilityCell(Reachability reachability) {
  switch (reachability) {
    case Reachability::kAnswered:
      return kFine;
    case Reachability::kSilent:
      return Refer(reasons::kIssuerSilent);
    case Reachability::kNotConnected:
      return Refer(reasons::kIssuerNotConnected);
    case Reachability::kBadAnswer:
      return Refer(reasons::kBadAnswer);
  }
  return Refer(reasons::kBadAnswer);
}

CustomsResult CustomsResultOf(Decision decision, const std::string& reason) {
  if (decision == Decision::kAccept) return CustomsResult::kValid;
  if (decision == Decision::kUnavailable) return CustomsResult::kUnavailable;
  const bool reject = decision == Decision::kReject;
  const auto* found = std::find_if(kCustomsResults.begin(), kCustomsResults.end(),
                                   [&](const ResultOf& row) { return row.reason == reason; });
  if (found == kCustomsResults.end()) {
    return reject ? CustomsResult::kNotValid : CustomsResult::kValidWithDifferences;
  }
  return reject ? found->on_reject : found->on_refer;
}

const char* PurposeName(Purpose purpose) {
  switch (purpose) {
    case Purpose::kImport:
      return "IMPORT";
    case Purpose::kExport:
      return "EXPORT";
    case Purpose::kTransit:
      return "TRANSIT";
    case Purpose::kReexportProof:
      return "REEXPORT_PROOF";
    case Purpose::kAudit:
      return "AUDIT";
  }
  return "";
}

const char* ReachabilityName(Reachability reachability) {
  switch (reachability) {
    case Reachability::kAnswered:
      return "ANSWERED";
    case Reachability::kSilent:
      return "SILENT";
    case Reachability::kNotConnected:
      return "NOT_CONNECTED";
    case Reachability::kBadAnswer:
      return "BAD_ANSWER";
  }
  return "";
}

const char* DecisionName(Decision decision) {
  switch (decision) {
    case Decision::kAccept:
      return "ACCEPT";
    case Decision::kRefer:
      return "REFER";
    case Decision::kReject:
      return "REJECT";
    case Decision::kUnavailable:
      return "UNAVAILABLE";
  }
  return "";
}

const char* CustomsResultName(CustomsResult result) {
  switch (result) {
    case CustomsResult::kValid:
      return "VALID";
    case CustomsResult::kValidWithDifferences:
      return "VALID_WITH_DIFFERENCES";
    case CustomsResult::kNotFound:
      return "NOT_FOUND";
    case CustomsResult::kNotValid:
      return "NOT_VALID";
    case CustomsResult::kMismatch:
      return "MISMATCH";
    case CustomsResult::kAlreadyUsed:
      return "ALREADY_USED";
    case CustomsResult::kIssuerUnknown:
      return "ISSUER_UNKNOWN";
    case CustomsResult::kIssuerSuspended:
      return "ISSUER_SUSPENDED";
    case CustomsResult::kUnavailable:
      return "UNAVAILABLE";
  }
  return "";
}

}  // namespace kp::scheme
