#include "scheme/wire/registry.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "scheme/text.h"

namespace kp::scheme::wire {
namespace {

namespace pb = ::kp::registry::v1;

// Puts the path of the proto's field before what a parser says.
absl::Status At(const absl::Status& status, const std::string& path) {
  std::vector<Fault> faults = FaultsOf(status);
  if (faults.empty()) return status;
  for (Fault& fault : faults) fault.field = path;
  return FieldErrors(faults);
}

template <typename T, typename Out>
absl::Status Take(absl::StatusOr<T> parsed, const std::string& path, Out& out) {
  if (!parsed.ok()) return At(parsed.status(), path);
  out = *std::move(parsed);
  return absl::OkStatus();
}

// What an empty first day says: of a participation that nobody knows it, of a territory or an
// authority that it was always so.
enum class EmptyFrom { kUnknown, kAlways };

absl::StatusOr<Period> ReadPeriod(const std::string& from, const std::string& until,
                                  const std::string& path, EmptyFrom empty) {
  Period period;
  if (from.empty() && empty == EmptyFrom::kAlways) {
    period.from = UncertainDate::On(Date(1900, 1, 1));  // the calendar's first day here (dates.h)
  } else {
    KP_RETURN_IF_ERROR(Take(UncertainDate::Parse(from), path + "from", period.from));
  }
  if (!until.empty()) {
    KP_RETURN_IF_ERROR(Take(UncertainDate::Parse(until), path + "until", period.until));
  }
  return period;
}

absl::Status ReadParticipant(const pb::Participant& in, const std::string& path,
                             PartyFacts& facts) {
  std::vector<Period> periods;
  for (int i = 0; i < in.participations_size(); ++i) {
    KP_ASSIGN_OR_RETURN(
        Period period,
        ReadPeriod(in.participations(i).from(), in.participations(i).until(),
                   absl::StrCat(path, "participations[", i, "]."), EmptyFrom::kUnknown));
    periods.push_back(period);
  }
  if (in.kind() == pb::PARTICIPANT_KIND_TRADING_ENTITY) {
    TradingEntity& out = facts.trading_entities.emplace_back();
    KP_RETURN_IF_ERROR(Take(EntityCode::Parse(in.code()), path + "code", out.code));
    out.name = in.name();
    out.periods = std::move(periods);
    return absl::OkStatus();
  }
  Participant& out = facts.participants.emplace_back();
  KP_RETURN_IF_ERROR(Take(ParticipantCode::Parse(in.code()), path + "code", out.code));
  out.name = in.name();
  out.periods = std::move(periods);
  return absl::OkStatus();
}

absl::StatusOr<Authority> ReadAuthority(const pb::Authority& in, const std::string& path) {
  Authority out;
  out.name = in.id();
  out.aliases.assign(in.aliases().begin(), in.aliases().end());
  if (in.name() != in.id()) out.aliases.push_back(in.name());
  if (in.issues()) out.powers.push_back(Power::kIssue);
  if (in.validates()) out.powers.push_back(Power::kValidate);
  if (in.verifies()) out.powers.push_back(Power::kVerify);
  if (!in.from().empty() || !in.until().empty()) {
    KP_ASSIGN_OR_RETURN(const Period period,
                        ReadPeriod(in.from(), in.until(), path, EmptyFrom::kAlways));
    out.periods.push_back(period);
  }
  out.zone_name = in.time_zone();
  return out;
}

absl::Status ReadProfile(const pb::IssuingEntity& in, const std::string& path, const Entity& entity,
                         PartyFacts& facts) {
  IssuerProfile profile = KnownProfile(entity.code);
  profile.code = entity.code;
  for (int i = 0; i < in.prefix_aliases_size(); ++i) {
    // "EC" is the alias that EntityCode itself knows.
    EntityCode alias;
    KP_RETURN_IF_ERROR(Take(EntityCode::Parse(in.prefix_aliases(i)),
                            absl::StrCat(path, "prefix_aliases[", i, "]"), alias));
    if (alias != entity.code) profile.aliases.push_back(alias);
  }
  const pb::NumberProfile& form = in.profile();
  if (form.serial_digits() > 0) {
    profile.serial = SerialForm{form.serial_digits(), form.serial_hard()};
  }
  if (form.validity_months() > 0) {
    profile.validity = {form.validity_months(), ValidityLimit::Unit::kMonths, form.validity_hard()};
  } else if (form.validity_days() > 0) {
    profile.validity = {form.validity_days(), ValidityLimit::Unit::kDays, form.validity_hard()};
  }
  if (!form.time_zone().empty()) profile.zone_name = form.time_zone();
  if (!form.source().empty()) profile.source = form.source();
  facts.profiles.push_back(std::move(profile));
  return absl::OkStatus();
}

absl::StatusOr<Deadline> ReadDeadline(const pb::Deadline& in, const std::string& path) {
  Deadline out;
  out.count = in.count();
  out.source = in.source();
  switch (in.unit()) {
    case pb::DEADLINE_UNIT_DAYS:
      out.unit = Deadline::Unit::kDays;
      break;
    case pb::DEADLINE_UNIT_WORKING_DAYS:
      out.unit = Deadline::Unit::kWorkingDays;
      break;
    case pb::DEADLINE_UNIT_MONTHS:
      out.unit = Deadline::Unit::kMonths;
      break;
    default:
      return FieldError(
          {"ENUM_VALUE_UNKNOWN", path + ".unit", "is none that this version knows", ""});
  }
  if (out.count < 1 || out.count > kMaxDeadlineCount) {
    return FieldError(
        {kDeadlineMalformed, path + ".count", absl::StrCat("is not 1 to ", kMaxDeadlineCount), ""});
  }
  if (out.source.empty()) {
    return FieldError({kDeadlineMalformed, path + ".source", "is required: the clause", ""});
  }
  return out;
}

absl::Status CheckPercent(int percent, const std::string& path) {
  if (percent >= 0 && percent <= 100) return absl::OkStatus();
  return FieldError({kPercentMalformed, path, "is not 0 to 100", ""});
}

absl::StatusOr<ImportProfile> ReadImports(const pb::ImportProfile& in, const std::string& path) {
  ImportProfile out;
  out.inspection_required = in.inspection_required();
  out.original_required = in.original_required();
  out.own_certificate = in.own_certificate();
  KP_RETURN_IF_ERROR(CheckPercent(in.inspection_percent(), path + "inspection_percent"));
  KP_RETURN_IF_ERROR(CheckPercent(in.lots_percent(), path + "lots_percent"));
  out.inspection_percent = in.inspection_percent();
  out.lots_percent = in.lots_percent();
  if (in.has_confirmation()) {
    KP_ASSIGN_OR_RETURN(out.confirmation, ReadDeadline(in.confirmation(), path + "confirmation"));
  }
  if (in.has_original()) {
    KP_ASSIGN_OR_RETURN(out.original, ReadDeadline(in.original(), path + "original"));
  }
  if (in.has_failure_report()) {
    KP_ASSIGN_OR_RETURN(out.failure_report,
                        ReadDeadline(in.failure_report(), path + "failure_report"));
  }
  if (static_cast<size_t>(in.holidays_size()) > kMaxHolidays) {
    return FieldError({kDeadlineMalformed, path + "holidays",
                       absl::StrCat("at most ", kMaxHolidays, " days"), ""});
  }
  for (int i = 0; i < in.holidays_size(); ++i) {
    KP_RETURN_IF_ERROR(Take(ParseDate(in.holidays(i)), absl::StrCat(path, "holidays[", i, "]"),
                            out.holidays.emplace_back()));
  }
  return out;
}

// What its paper is like.
absl::Status ReadPaper(const pb::IssuingEntity& in, const std::string& path, Entity& out) {
  constexpr int kMost = 30;
  if (in.languages_size() > kMost || in.paper_features_size() > kMost) {
    return FieldError({kPaperMalformed,
                       path + (in.languages_size() > kMost ? "languages" : "paper_features"),
                       absl::StrCat("at most ", kMost), ""});
  }
  for (int i = 0; i < in.languages_size(); ++i) {
    const std::string& tag = in.languages(i);
    const bool good = tag.size() >= 2 && tag.size() <= 35 &&
                      std::all_of(tag.begin(), tag.end(), [](unsigned char c) {
                        return absl::ascii_isalnum(c) || c == '-';
                      });
    if (!good) {
      return FieldError({kPaperMalformed, absl::StrCat(path, "languages[", i, "]"),
                         "is no tag of a language", "BCP 47"});
    }
    out.languages.push_back(tag);
  }
  for (int i = 0; i < in.paper_features_size(); ++i) {
    const std::string at = absl::StrCat(path, "paper_features[", i, "].");
    const pb::PaperFeature& feature = in.paper_features(i);
    for (const auto& [name, text] :
         {std::pair{"text", feature.text()}, std::pair{"source", feature.source()}}) {
      const std::optional<Fault> fault = CheckText(text, at + name, kMaxAuthorityName);
      if (fault.has_value()) return FieldError(*fault);
      if (text.empty()) return FieldError({kPaperMalformed, at + name, "is empty", "F6"});
    }
    out.paper_features.push_back(feature.text());
  }
  return absl::OkStatus();
}

absl::Status ReadEntity(const pb::IssuingEntity& in, const std::string& path,
                        const std::function<bool(std::string_view)>& connected, PartyFacts& facts) {
  Entity out;
  KP_RETURN_IF_ERROR(Take(EntityCode::Parse(in.code()), path + "code", out.code));
  if (!in.participant().empty()) {
    KP_RETURN_IF_ERROR(
        Take(ParticipantCode::Parse(in.participant()), path + "participant", out.participant));
  }
  out.name = in.name();
  out.inspection_required = in.inspection_required();
  out.sources_required = in.sources_required();
  KP_RETURN_IF_ERROR(CheckPercent(in.inspection_percent(), path + "inspection_percent"));
  out.inspection_percent = in.inspection_percent();
  KP_RETURN_IF_ERROR(ReadPaper(in, path, out));
  if (in.has_imports()) {
    KP_ASSIGN_OR_RETURN(out.imports, ReadImports(in.imports(), path + "imports."));
  } else {
    out.imports = KnownImportProfile(out.code);
  }
  if (!in.served_by().empty()) {
    KP_RETURN_IF_ERROR(Take(EntityCode::Parse(in.served_by()), path + "served_by", out.served_by));
  }
  for (int i = 0; i < in.territories_size(); ++i) {
    const std::string at = absl::StrCat(path, "territories[", i, "].");
    Territory territory;
    KP_RETURN_IF_ERROR(
        Take(CountryCode::Parse(in.territories(i).country()), at + "country", territory.country));
    KP_ASSIGN_OR_RETURN(
        territory.period,
        ReadPeriod(in.territories(i).from(), in.territories(i).until(), at, EmptyFrom::kAlways));
    out.territories.push_back(territory);
  }
  for (int i = 0; i < in.authorities_size(); ++i) {
    KP_ASSIGN_OR_RETURN(
        Authority authority,
        ReadAuthority(in.authorities(i), absl::StrCat(path, "authorities[", i, "].")));
    out.authorities.push_back(std::move(authority));
  }
  if (!in.register_complete_from().empty()) {
    KP_RETURN_IF_ERROR(Take(ParseDate(in.register_complete_from()), path + "register_complete_from",
                            out.register_complete_from));
  }
  out.connected = connected(out.code.text());
  KP_RETURN_IF_ERROR(ReadProfile(in, path, out, facts));
  facts.entities.push_back(std::move(out));
  return absl::OkStatus();
}

constexpr std::pair<pb::MeasureKind, MeasureKind> kKinds[] = {
    {pb::MEASURE_KIND_EMBARGO, MeasureKind::kEmbargo},
    {pb::MEASURE_KIND_EMBARGO_EXCEPT_CERTIFIED, MeasureKind::kEmbargoExceptGovernmentCertificate},
    {pb::MEASURE_KIND_REMOVAL, MeasureKind::kRemoval},
    {pb::MEASURE_KIND_SUSPENSION, MeasureKind::kSuspension},
    {pb::MEASURE_KIND_SELF_SUSPENSION, MeasureKind::kSelfSuspension},
    {pb::MEASURE_KIND_AREA_RESTRICTION, MeasureKind::kAreaRestriction},
    {pb::MEASURE_KIND_AREA_PERMISSION, MeasureKind::kAreaPermission},
    {pb::MEASURE_KIND_OPERATION_PERMISSION, MeasureKind::kOperationPermission},
    {pb::MEASURE_KIND_COUNTERSIGNATURE, MeasureKind::kCountersignature},
    {pb::MEASURE_KIND_ENHANCED_VIGILANCE, MeasureKind::kEnhancedVigilance},
};
constexpr std::pair<pb::MeasureScope, MeasureScope> kScopes[] = {
    {pb::MEASURE_SCOPE_COUNTRY, MeasureScope::kCountry},
    {pb::MEASURE_SCOPE_AREA, MeasureScope::kArea},
    {pb::MEASURE_SCOPE_OPERATION, MeasureScope::kOperation},
    {pb::MEASURE_SCOPE_SHIPMENT, MeasureScope::kShipment},
};

template <typename Pairs, typename Theirs, typename Ours>
bool Lookup(const Pairs& pairs, Theirs value, Ours& out) {
  for (const auto& [theirs, ours] : pairs) {
    if (theirs != value) continue;
    out = ours;
    return true;
  }
  return false;
}

absl::StatusOr<Measure> ReadMeasure(const pb::Measure& in, const std::string& path) {
  Measure out;
  out.id = in.id();
  if (!Lookup(kKinds, in.kind(), out.kind)) {
    return FieldError({"ENUM_VALUE_UNKNOWN", path + "kind", "is none that this version knows", ""});
  }
  if (!Lookup(kScopes, in.scope(), out.scope)) {
    return FieldError(
        {"ENUM_VALUE_UNKNOWN", path + "scope", "is none that this version knows", ""});
  }
  KP_RETURN_IF_ERROR(
      Take(ParticipantCode::Parse(in.participant()), path + "participant", out.participant));
  out.areas.assign(in.areas().begin(), in.areas().end());
  out.operations.assign(in.operations().begin(), in.operations().end());
  KP_ASSIGN_OR_RETURN(out.period, ReadPeriod(in.from(), in.until(), path, EmptyFrom::kUnknown));
  out.decision = in.decision();
  out.source = in.source();
  out.exceptions = in.exceptions();
  out.countersigner_role = in.countersigner_role();
  out.monitor = in.monitor_spiffe_id();
  out.demo = in.demonstration();
  out.recorded_at = absl::FromUnixSeconds(in.record_time().seconds());
  return out;
}

}  // namespace

absl::StatusOr<PartyDirectory> ReadParticipants(
    const pb::ParticipantsPart& part, const std::function<bool(std::string_view)>& connected) {
  PartyFacts facts;
  for (int i = 0; i < part.participants_size(); ++i) {
    KP_RETURN_IF_ERROR(
        ReadParticipant(part.participants(i), absl::StrCat("participants[", i, "]."), facts));
  }
  for (int i = 0; i < part.entities_size(); ++i) {
    KP_RETURN_IF_ERROR(
        ReadEntity(part.entities(i), absl::StrCat("entities[", i, "]."), connected, facts));
  }
  return PartyDirectory::Create(std::move(facts));
}

absl::StatusOr<MeasureBook> ReadMeasures(const pb::MeasuresPart& part) {
  std::vector<Measure> measures;
  for (int i = 0; i < part.measures_size(); ++i) {
    KP_ASSIGN_OR_RETURN(Measure measure,
                        ReadMeasure(part.measures(i), absl::StrCat("measures[", i, "].")));
    measures.push_back(std::move(measure));
  }
  std::vector<Area> areas;
  for (int i = 0; i < part.areas_size(); ++i) {
    const pb::Area& in = part.areas(i);
    Area& out = areas.emplace_back();
    out.id = in.id();
    KP_RETURN_IF_ERROR(Take(ParticipantCode::Parse(in.participant()),
                            absl::StrCat("areas[", i, "].participant"), out.participant));
    out.name = in.name();
    out.aliases.assign(in.aliases().begin(), in.aliases().end());
  }
  std::vector<Operation> operations;
  for (int i = 0; i < part.operations_size(); ++i) {
    const pb::Operation& in = part.operations(i);
    Operation& out = operations.emplace_back();
    out.id = in.id();
    KP_RETURN_IF_ERROR(Take(ParticipantCode::Parse(in.participant()),
                            absl::StrCat("operations[", i, "].participant"), out.participant));
    out.area = in.area();
    out.name = in.name();
    out.aliases.assign(in.aliases().begin(), in.aliases().end());
  }
  return MeasureBook::Create(std::move(measures), std::move(areas), std::move(operations));
}

}  // namespace kp::scheme::wire
