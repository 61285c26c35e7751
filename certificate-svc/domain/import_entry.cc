#include "certificate-svc/domain/import_entry.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/store/certificates.h"
#include "certificate-svc/store/verifications.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/statement.h"
#include "scheme/comparison.h"
#include "scheme/lifecycle.h"
#include "scheme/reasons.h"
#include "scheme/text.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;

// Of findings that inspections gave, so that those of a later one take their place.
constexpr char kOfInspection[] = "inspections";

bool IsClosed(const pb::ImportEntry& entry) {
  return entry.state() >= pb::CERTIFICATE_STATE_CONFIRMED;
}

scheme::Deadline ConfirmationDeadline(const Environment& env,
                                      const scheme::ImportProfile& profile) {
  if (profile.confirmation.has_value()) return *profile.confirmation;
  return {env.confirmation_days, scheme::Deadline::Unit::kDays,
          "default of this service; the Core Document names no number of days"};
}

void FillCertified(const v1::CertificateStatement& certificate, pb::ImportEntry& entry) {
  *entry.mutable_certified_lines() = certificate.lines();
  *entry.mutable_origin() = certificate.origin();
  *entry.mutable_certified_seals() = certificate.seals();
  entry.set_certified_parcels(certificate.parcels());
}

// The entry under a lock, or a blank one with revision 0.
absl::StatusOr<ImportRow> LockOrBlank(store::Transaction& tx, const Environment& env,
                                      const SchemeView& view, const std::string& number,
                                      const std::string& issuer) {
  KP_ASSIGN_OR_RETURN(auto row, LockImport(tx, number));
  if (row.has_value()) return *std::move(row);
  ImportRow blank;
  blank.entry = BlankMeshEntry(env, view, number, issuer);
  return blank;
}

absl::Status StoreLocked(store::Transaction& tx, const Environment& env, const SchemeView& view,
                         ImportRow& row) {
  row.entry.mutable_update_time()->set_seconds(absl::ToUnixSeconds(env.clock.Now()));
  KP_ASSIGN_OR_RETURN(const ImportVersion version, VersionOf(row.entry));
  KP_ASSIGN_OR_RETURN(const bool stored,
                      StoreImport(tx, env, view, row.revision, row.entry, version));
  if (stored) return absl::OkStatus();
  // Somebody else made the entry in between: read it, and do this again.
  return MakeError(absl::StatusCode::kAborted, kConcurrentChange,
                   "the import was entered by somebody else meanwhile");
}

// Takes out the findings that `is` names.
template <typename Is>
void DropFindings(pb::ImportEntry& entry, const Is& is) {
  auto* const findings = entry.mutable_findings();
  findings->erase(std::remove_if(findings->begin(), findings->end(), is), findings->end());
}

std::optional<scheme::Date> DayOf(const std::string& text) {
  const auto day = scheme::ParseDate(text);
  return day.ok() ? std::optional<scheme::Date>(*day) : std::nullopt;
}

// For a look that rests on nothing later than its own day.
scheme::InspectionBounds BoundsOf(const pb::ImportEntry& entry, scheme::Date day) {
  return scheme::BoundsAtImport(DayOf(entry.submission_date()), DayOf(entry.export_date()), day);
}

bool Counts(const pb::ImportEntry& entry, const pb::ImportInspection& look) {
  const std::optional<scheme::Date> day = DayOf(look.date());
  return day.has_value() &&
         scheme::Place(BoundsOf(entry, *day), *day) == scheme::InspectionTime::kCounts;
}

// What a confirmation without an inspection left, once somebody looked after all.
void JudgeLackOfInspection(pb::ImportEntry& entry) {
  const pb::ImportInspection* first = nullptr;
  for (const pb::ImportInspection& look : entry.inspections()) {
    if (Counts(entry, look) && (first == nullptr || look.date() < first->date())) first = &look;
  }
  if (first == nullptr) return;
  const bool in_time = entry.confirm_date().empty() || first->date() <= entry.confirm_date();
  if (in_time) {
    DropFindings(entry, [](const pb::Finding& finding) {
      return finding.reason() == scheme::reasons::kInspectionMissing;
    });
    return;
  }
  for (pb::Finding& finding : *entry.mutable_findings()) {
    if (finding.reason() != scheme::reasons::kInspectionMissing) continue;
    finding.set_text(absl::StrCat("confirmed on ", entry.confirm_date(),
                                  ", before the inspection of ", first->date()));
  }
}

scheme::ImportReadiness ReadinessOf(const pb::ImportEntry* entry, const v1::Arrival& arrival,
                                    bool with_inspection) {
  scheme::ImportReadiness readiness;
  readiness.inspected = with_inspection;
  readiness.original_missing = arrival.original_missing();
  if (entry == nullptr) return readiness;
  readiness.inspected =
      readiness.inspected ||
      std::any_of(entry->inspections().begin(), entry->inspections().end(),
                  [&](const pb::ImportInspection& look) { return Counts(*entry, look); });
  readiness.original_missing = readiness.original_missing || entry->original_missing();
  readiness.own_certificate = entry->has_import_certificate();
  return readiness;
}

}  // namespace

absl::StatusOr<std::optional<v1::CertificateStatement>> FindAnnounced(store::ReadSession& session,
                                                                      const std::string& number) {
  KP_ASSIGN_OR_RETURN(const auto incoming, FindIncoming(session, number));
  if (!incoming.has_value()) return std::optional<v1::CertificateStatement>();
  KP_ASSIGN_OR_RETURN(const auto signed_alert, statement::Statement::Parse(incoming->prealert));
  KP_ASSIGN_OR_RETURN(const auto alert,
                      statement::DecodePayload<v1::PreAlertStatement>(signed_alert));
  KP_ASSIGN_OR_RETURN(const auto parsed,
                      statement::Statement::Parse(alert.certificate_statement()));
  KP_ASSIGN_OR_RETURN(auto certificate, statement::DecodePayload<v1::CertificateStatement>(parsed));
  return std::optional<v1::CertificateStatement>(std::move(certificate));
}

const scheme::ImportProfile& ImportProfileOf(const Environment& env, const SchemeView& view) {
  static const auto* const nothing = new scheme::ImportProfile();
  const scheme::Entity* entity = view.parties.FindEntity(env.entity);
  return entity == nullptr ? *nothing : entity->imports;
}

absl::StatusOr<scheme::ImportLook> ReadLook(const pb::ImportInspection& in, scheme::Date today,
                                            const std::string& prefix) {
  std::vector<Fault> faults;
  const auto fault = [&](const std::string& field, std::string message) {
    faults.push_back({kLookIncomplete, prefix + field, std::move(message), "EU art. 3; KP 4.2"});
  };
  const auto text = [&](const std::string& value, const std::string& field, size_t limit) {
    if (auto bad = scheme::CheckText(value, prefix + field, limit)) {
      faults.push_back(*std::move(bad));
    }
  };
  scheme::ImportLook look;
  look.opened = in.opened();
  look.as_stated = in.as_stated();
  if (in.date().empty()) {
    fault("date", "is required");
  } else if (const auto day = scheme::ParseDate(in.date()); !day.ok()) {
    for (Fault& bad : FaultsOf(day.status())) {
      bad.field = prefix + "date";
      faults.push_back(std::move(bad));
    }
  } else {
    look.day = *day;
    const absl::Status possible = CheckDayOfAct(*day, today, prefix + "date");
    for (Fault& bad : FaultsOf(possible)) faults.push_back(std::move(bad));
  }
  if (scheme::FoldName(in.inspector()).empty()) fault("inspector", "is required: who looked");
  text(in.inspector(), "inspector", scheme::kMaxPartyName);
  if (in.has_officer()) fault("officer", "is filled by the register");
  if (in.containers().empty()) fault("containers", "is required: which containers were looked at");
  if (static_cast<size_t>(in.containers_size()) > scheme::kMaxContainers) {
    fault("containers", absl::StrCat("at most ", scheme::kMaxContainers));
  }
  size_t seals = 0;
  for (int i = 0; i < in.containers_size() && i < 100; ++i) {
    const pb::ContainerFound& container = in.containers(i);
    const std::string path = absl::StrCat("containers[", i, "].");
    text(container.label(), path + "label", scheme::kMaxIdentifier);
    scheme::FoundContainer& found = look.containers.emplace_back();
    found.seals_unbroken = container.seals_unbroken();
    for (int j = 0; j < container.seals_size(); ++j) {
      if (++seals > scheme::kMaxSeals) {
        fault(path + "seals", absl::StrCat("at most ", scheme::kMaxSeals, " in all"));
        break;
      }
      const std::string at = absl::StrCat(path, "seals[", j, "]");
      text(container.seals(j), at, scheme::kMaxIdentifier);
      if (scheme::FoldName(container.seals(j)).empty()) fault(at, "is blank");
      found.seals.push_back(container.seals(j));
    }
  }
  int32_t before = 0;
  for (int i = 0; i < in.lots_opened_size(); ++i) {
    const int32_t lot = in.lots_opened(i);
    if (lot <= before || lot > scheme::kMaxParcels) {
      fault(absl::StrCat("lots_opened[", i, "]"),
            absl::StrCat("must rise, from 1 to ", scheme::kMaxParcels));
      break;
    }
    before = lot;
    look.lots_opened.push_back(lot);
  }
  if (!in.lots_opened().empty() && !in.opened()) {
    fault("opened", "must be true where lots were opened");
  }
  if (!in.as_stated() && scheme::FoldName(in.text()).empty()) {
    fault("text", "is required: what was found other than stated");
  }
  text(in.text(), "text", 2000);
  KP_RETURN_IF_ERROR(FieldErrors(faults));
  return look;
}

absl::Status CheckLookDay(const pb::ImportEntry& entry, const pb::ImportInspection& look,
                          const std::string& field) {
  const auto day = scheme::ParseDate(look.date());
  if (!day.ok()) return WithFieldPrefix(day.status(), field);
  const scheme::InspectionBounds bounds = BoundsOf(entry, *day);
  if (scheme::Place(bounds, *day) == scheme::InspectionTime::kCounts) return absl::OkStatus();
  return FieldError({scheme::reasons::kInspectionOutOfTime, field,
                     scheme::WhyNot(bounds, *day) + ": nobody can have looked at these goods",
                     "R13"});
}

absl::Status JudgeInspections(pb::ImportEntry& entry) {
  DropFindings(entry,
               [](const pb::Finding& finding) { return finding.pointer() == kOfInspection; });
  if (entry.inspections().empty()) return absl::OkStatus();
  const pb::ImportInspection& latest = *entry.inspections().rbegin();
  KP_ASSIGN_OR_RETURN(const scheme::Date day, scheme::ParseDate(latest.date()));
  KP_ASSIGN_OR_RETURN(const scheme::ImportLook look, ReadLook(
                                                         [&] {
                                                           pb::ImportInspection stated = latest;
                                                           stated.clear_officer();
                                                           return stated;
                                                         }(),
                                                         day, ""));
  scheme::Certificate certificate;
  certificate.seals.assign(entry.certified_seals().begin(), entry.certified_seals().end());
  scheme::OpeningChoice choice;
  choice.selected = entry.selection().selected();
  choice.lots.assign(entry.selection().lots().begin(), entry.selection().lots().end());
  for (scheme::Finding& finding :
       scheme::CheckLook(certificate, look, choice, BoundsOf(entry, day))) {
    finding.pointer = kOfInspection;
    *entry.add_findings() = wire::WriteFinding(finding);
  }
  JudgeLackOfInspection(entry);
  return absl::OkStatus();
}

void ChooseOpening(const Environment& env, const SchemeView& view, int64_t parcels,
                   pb::ImportEntry& entry) {
  const scheme::ImportProfile& profile = ImportProfileOf(env, view);
  pb::ImportSelection& selection = *entry.mutable_selection();
  if (selection.seed().empty()) {
    selection.set_percent(profile.inspection_percent);
    selection.set_lots_percent(profile.lots_percent);
    selection.set_seed(env.ids.NewHex(8));
    selection.set_selected(
        scheme::SelectedByRisk(selection.seed(), entry.number(), profile.inspection_percent));
  }
  selection.clear_lots();
  const int64_t lots = std::min<int64_t>(parcels, scheme::kMaxParcels);
  for (const int64_t lot :
       scheme::SelectLots(selection.seed(), entry.number(), lots, selection.lots_percent())) {
    selection.add_lots(static_cast<int32_t>(lot));
  }
}

pb::ImportEntry BlankMeshEntry(const Environment& env, const SchemeView& view,
                               const std::string& number, const std::string& issuer) {
  pb::ImportEntry entry;
  entry.set_number(number);
  entry.set_issuer(issuer);
  entry.set_way(pb::IMPORT_WAY_MESH);
  entry.set_state(pb::CERTIFICATE_STATE_EXPORTED);
  entry.mutable_enter_time()->set_seconds(absl::ToUnixSeconds(env.clock.Now()));
  ChooseOpening(env, view, 0, entry);
  return entry;
}

std::vector<pb::ImportDeadline> DeadlinesFor(const Environment& env, const SchemeView& view,
                                             const pb::ImportEntry& entry) {
  const scheme::ImportProfile& profile = ImportProfileOf(env, view);
  std::vector<pb::ImportDeadline> deadlines;
  const auto run = [&](pb::ImportDeadlineKind kind, const std::string& since,
                       const scheme::Deadline& deadline) {
    const auto from = scheme::ParseDate(since);
    if (!from.ok()) return;  // not known yet
    pb::ImportDeadline& out = deadlines.emplace_back();
    out.set_number(entry.number());
    out.set_issuer(entry.issuer());
    out.set_kind(kind);
    out.set_since_date(since);
    out.set_due_date(scheme::FormatDate(scheme::DueDay(*from, deadline, profile.holidays)));
    out.set_source(absl::StrCat(deadline.ToString(), ", ", deadline.source));
  };
  // Goods that are held are not confirmed: their failure is reported instead.
  if (!IsClosed(entry) && entry.state() != pb::CERTIFICATE_STATE_DETAINED) {
    run(pb::IMPORT_DEADLINE_KIND_CONFIRMATION, entry.submission_date(),
        ConfirmationDeadline(env, profile));
  }
  if (!IsClosed(entry) && entry.original_missing() && profile.original.has_value()) {
    run(pb::IMPORT_DEADLINE_KIND_ORIGINAL, entry.original_missing_date(), *profile.original);
  }
  if (entry.failure_report_date().empty() && profile.failure_report.has_value()) {
    run(pb::IMPORT_DEADLINE_KIND_FAILURE_REPORT, entry.failure_date(), *profile.failure_report);
  }
  return deadlines;
}

absl::StatusOr<ImportVersion> VersionOf(const pb::ImportEntry& entry) {
  KP_ASSIGN_OR_RETURN(std::string bytes, statement::EncodePayload(entry));
  std::string digest = statement::Sha256(bytes);
  return ImportVersion{std::move(bytes), std::move(digest)};
}

absl::StatusOr<bool> StoreImport(store::Transaction& tx, const Environment& env,
                                 const SchemeView& view, int64_t revision,
                                 const pb::ImportEntry& entry, const ImportVersion& version) {
  if (revision == 0) {
    KP_ASSIGN_OR_RETURN(const bool inserted, InsertImport(tx, entry));
    if (!inserted) return false;
    KP_ASSIGN_OR_RETURN(const bool claimed, ClaimBookNumber(tx, entry.number(), kInImportBook));
    // What its issuer announced comes in all the same: a source that was opened by hand keeps the
    // number, and the confirmation opens none.
    if (!claimed && entry.way() != pb::IMPORT_WAY_MESH) return false;
  } else {
    KP_RETURN_IF_ERROR(UpdateImport(tx, revision, entry));
  }
  KP_RETURN_IF_ERROR(ReplaceDeadlines(tx, entry.number(), DeadlinesFor(env, view, entry)));
  KP_RETURN_IF_ERROR(SaveImportVersion(tx, entry.number(), version.bytes));
  return true;
}

absl::Status JudgeAgainstAnnounced(const v1::CertificateStatement& certificate,
                                   pb::ImportEntry& entry) {
  std::vector<scheme::Finding> told_before;
  KP_ASSIGN_OR_RETURN(const scheme::Certificate stated,
                      wire::ReadPaper(entry.paper(), told_before));
  KP_ASSIGN_OR_RETURN(const scheme::Certificate is, wire::ReadStatement(certificate));
  for (const scheme::FieldResult& field :
       scheme::CompareFields(stated, is, scheme::Disclosure::kFull)) {
    if (field.match != scheme::FieldMatch::kMismatch) continue;
    *entry.add_findings() = wire::WriteFinding(
        {"", scheme::Severity::kRefer, field.pointer,
         absl::StrCat("the issuer announced the certificate later, and it says ", field.expected),
         scheme::reasons::kFieldMismatch});
  }
  return absl::OkStatus();
}

absl::Status AnnounceImport(store::Transaction& tx, const Environment& env, const SchemeView& view,
                            const std::string& issuer,
                            const v1::CertificateStatement& certificate,
                            const std::string& export_date) {
  KP_ASSIGN_OR_RETURN(ImportRow row, LockOrBlank(tx, env, view, certificate.number(), issuer));
  pb::ImportEntry& entry = row.entry;
  entry.set_announced(true);
  entry.set_export_date(export_date);
  if (entry.way() == pb::IMPORT_WAY_MESH) {
    FillCertified(certificate, entry);
    ChooseOpening(env, view, certificate.parcels(), entry);
    KP_RETURN_IF_ERROR(JudgeInspections(entry));
    return StoreLocked(tx, env, view, row);
  }
  KP_RETURN_IF_ERROR(JudgeInspections(entry));
  KP_RETURN_IF_ERROR(JudgeAgainstAnnounced(certificate, entry));
  return StoreLocked(tx, env, view, row);
}

absl::Status NoteMeshAct(store::Transaction& tx, const Environment& env, const SchemeView& view,
                         const std::string& issuer, const v1::UseStatement& act,
                         const pb::ImportInspection* inspection) {
  KP_ASSIGN_OR_RETURN(ImportRow row, LockOrBlank(tx, env, view, act.number(), issuer));
  pb::ImportEntry& entry = row.entry;
  const std::string& day = act.arrival().receipt_date();
  // Goods of which nobody said when they were presented were, at the latest, on the day of this
  // act.
  if (entry.submission_date().empty()) entry.set_submission_date(day);
  if ((act.act() == v1::USE_ACT_DETAIN || act.act() == v1::USE_ACT_SEIZE) &&
      entry.failure_date().empty()) {
    entry.set_failure_date(day);
  }
  if (!act.text().empty()) entry.set_state_text(act.text());
  if (inspection != nullptr) {
    *entry.add_inspections() = *inspection;
    *entry.mutable_inspections(entry.inspections_size() - 1)->mutable_officer() = act.officer();
  }
  // The day of presentation decides which inspections count.
  KP_RETURN_IF_ERROR(JudgeInspections(entry));
  if (act.act() == v1::USE_ACT_CONFIRM) NoteReadiness(env, view, act.arrival(), entry);
  return StoreLocked(tx, env, view, row);
}

absl::Status NoteMeshReceipt(store::Transaction& tx, const Environment& env, const SchemeView& view,
                             const std::string& issuer, const v1::UseStatement& act) {
  KP_ASSIGN_OR_RETURN(ImportRow row, LockOrBlank(tx, env, view, act.number(), issuer));
  pb::ImportEntry& entry = row.entry;
  // An entry that was confirmed from paper keeps that confirmation; the issuer knows it now, too.
  if (act.act() == v1::USE_ACT_CONFIRM && entry.confirm_date().empty()) {
    *entry.mutable_arrival() = act.arrival();
    entry.set_state(pb::CERTIFICATE_STATE_CONFIRMED);
    entry.set_confirm_date(scheme::FormatDate(
        scheme::DayInZone(trust::ToTime(act.act_time()),
                          view.parties.ZoneOf(env.entity, act.officer().authority()))));
    if (entry.certified_lines().empty()) {
      KP_ASSIGN_OR_RETURN(const auto certificate, FindAnnounced(tx, act.number()));
      if (certificate.has_value()) FillCertified(*certificate, entry);
    }
  }
  return StoreLocked(tx, env, view, row);
}

absl::Status CheckBeforeConfirmation(const Environment& env, const SchemeView& view,
                                     const pb::ImportEntry* entry, const v1::Arrival& arrival,
                                     bool with_inspection) {
  const bool on_paper = entry != nullptr && entry->way() != pb::IMPORT_WAY_MESH;
  if (on_paper && !entry->confirm_date().empty()) {
    v1::Arrival stated = arrival;
    stated.set_original_missing(stated.original_missing() || entry->original_missing());
    if (stated.SerializeAsString() == entry->arrival().SerializeAsString()) {
      return absl::OkStatus();
    }
    return MakeError(absl::StatusCode::kFailedPrecondition, kImportConfirmedOtherwise,
                     absl::StrCat("the import book has it confirmed on ", entry->confirm_date(),
                                  " with other figures: confirm what arrived as it says there"));
  }
  // The issuer does not know what became of goods whose certificate was entered from paper.
  if (on_paper) {
    KP_ASSIGN_OR_RETURN(const scheme::State state, wire::ReadState(entry->state()));
    KP_RETURN_IF_ERROR(
        scheme::Next(state, scheme::Event::kConfirm, scheme::Side::kImportingEntity).status());
  }
  return scheme::RefuseHard(scheme::CheckReadiness(ImportProfileOf(env, view),
                                                   ReadinessOf(entry, arrival, with_inspection)));
}

absl::Status CheckAmendedReadiness(const Environment& env, const SchemeView& view,
                                   const pb::ImportEntry& entry, const v1::Arrival& arrival) {
  return scheme::RefuseHard(scheme::CheckReadiness(ImportProfileOf(env, view),
                                                   ReadinessOf(&entry, arrival, false)));
}

void NoteReadiness(const Environment& env, const SchemeView& view, const v1::Arrival& arrival,
                   pb::ImportEntry& entry) {
  DropFindings(entry, [](const pb::Finding& finding) {
    return finding.reason() == scheme::reasons::kInspectionMissing ||
           finding.reason() == scheme::reasons::kOriginalMissing;
  });
  for (const scheme::Finding& finding :
       scheme::CheckReadiness(ImportProfileOf(env, view), ReadinessOf(&entry, arrival, false))) {
    *entry.add_findings() = wire::WriteFinding(finding);
  }
}

}  // namespace kp::certificate
