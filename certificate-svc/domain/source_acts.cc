// What becomes of a source after it was opened, and own production beside what was filed.
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/sources.h"
#include "certificate-svc/store/sources.h"
#include "certificate-svc/store/statistics.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;

constexpr int kMaxUses = 200;
constexpr int kMaxEvents = 1000;

absl::StatusOr<int64_t> FiledOf(const pb::FiledFigures& figures, const std::string& origin) {
  int64_t filed = 0;
  for (const v1::FigureRow& row : figures.rows()) {
    if (row.origin() == origin &&
        __builtin_add_overflow(filed, row.carats_thousandths(), &filed)) {
      return absl::InternalError("figures do not fit");
    }
  }
  return filed;
}

}  // namespace

bool CanBeConfirmed(const pb::Source& source) {
  return source.kind() != pb::SOURCE_KIND_OWN_PRODUCTION || source.year() != 0;
}

bool StandsForSource(const pb::Source& source, std::string_view person) {
  for (const std::string& entered : source.entered_by()) {
    if (entered == person) return true;
  }
  const bool opener_settles = source.need() == pb::SOURCE_NEED_SETTLEMENT;
  return !opener_settles && source.officer().person() == person;
}

template <typename Request>
absl::StatusOr<v1::Source> Sources::Step(
    const identity::SpiffeId& caller, const char* method, const Request& request,
    const std::function<absl::StatusOr<Move>(const pb::Source&, const v1::Officer&)>& decide) {
  KP_RETURN_IF_ERROR(CheckReasons(request.text()));
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  return Once<v1::Source>(
      env_, caller.ToString(), method, request, [&]() -> absl::StatusOr<Act<v1::Source>> {
        pb::Source source;
        KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(source, ReadSource(session, request.id()));
          return absl::OkStatus();
        }));
        KP_ASSIGN_OR_RETURN(const Move move, decide(source, actor));
        KP_ASSIGN_OR_RETURN(const store::NewEvent event, SignEvent(env_, {.kind = move.kind,
                                                                          .subject = source.id(),
                                                                          .officer = &actor,
                                                                          .text = request.text()}));
        return Act<v1::Source>([this, id = source.id(), move, event](
                                   store::Transaction& tx) -> absl::StatusOr<v1::Source> {
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          KP_ASSIGN_OR_RETURN(const bool moved, MoveSource(tx, id, move.from, move.to));
          if (!moved) {
            return MakeError(absl::StatusCode::kAborted, kConcurrentChange,
                             "the source was changed by somebody else meanwhile");
          }
          return ReadSource(tx, id);
        });
      });
}

absl::StatusOr<v1::Source> Sources::Confirm(const identity::SpiffeId& caller,
                                            const v1::ConfirmSourceRequest& request) {
  return Step(caller, "ConfirmSource", request,
              [](const pb::Source& source, const v1::Officer& actor) -> absl::StatusOr<Move> {
                if (source.state() != pb::SOURCE_STATE_WAITING) {
                  return MakeError(absl::StatusCode::kFailedPrecondition, kSourceNotWaiting,
                                   absl::StrCat("\"", source.id(), "\" is ",
                                                source.state() == pb::SOURCE_STATE_CLOSED
                                                    ? "closed"
                                                    : "open: nothing is to be confirmed"));
                }
                if (!CanBeConfirmed(source)) {
                  return MakeError(absl::StatusCode::kFailedPrecondition, kSourceNotWaiting,
                                   absl::StrCat("no half-year of \"", source.id(),
                                                "\" is known: close it and open it anew"));
                }
                if (StandsForSource(source, actor.person())) {
                  return MakeError(absl::StatusCode::kPermissionDenied, kSourceSamePerson,
                                   absl::StrCat(actor.person(), " stands for \"", source.id(),
                                                "\" already: another person has to look at it"));
                }
                return Move{pb::SOURCE_STATE_WAITING, pb::SOURCE_STATE_OPEN,
                            source.need() == pb::SOURCE_NEED_SETTLEMENT ? "SOURCE_SETTLED"
                                                                        : "SOURCE_CONFIRMED"};
              });
}

absl::StatusOr<v1::Source> Sources::Close(const identity::SpiffeId& caller,
                                          const v1::CloseSourceRequest& request) {
  return Step(caller, "CloseSource", request,
              [](const pb::Source& source, const v1::Officer&) -> absl::StatusOr<Move> {
                if (source.state() == pb::SOURCE_STATE_CLOSED) {
                  return MakeError(absl::StatusCode::kFailedPrecondition, kSourceClosed,
                                   absl::StrCat("\"", source.id(), "\" is closed already"));
                }
                return Move{source.state(), pb::SOURCE_STATE_CLOSED, "SOURCE_CLOSED"};
              });
}

absl::StatusOr<v1::GetSourceResponse> Sources::Get(const v1::GetSourceRequest& request) const {
  v1::GetSourceResponse response;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(*response.mutable_source(), ReadSource(session, request.id()));
    const std::string& id = response.source().id();
    KP_ASSIGN_OR_RETURN(const auto events, env_.events.OfSubject(session, id, 0, kMaxEvents));
    for (const store::Event& event : events) {
      // A number's other events are those of its certificate.
      if (!event.what.kind.starts_with("SOURCE_")) continue;
      KP_ASSIGN_OR_RETURN(*response.add_events(), ShowEvent(event));
    }
    KP_ASSIGN_OR_RETURN(SourceUses found, UsesOfSource(session, id, kMaxUses));
    for (v1::SourceUse& use : found.uses) *response.add_uses() = std::move(use);
    response.set_uses_left_out(found.count - response.uses_size());
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<v1::GetSourceProductionResponse> Sources::GetProduction(
    const v1::GetSourceProductionRequest& request) const {
  KP_RETURN_IF_ERROR(scheme::HalfYear::Make(request.year(), 1).status());
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  v1::GetSourceProductionResponse response;
  std::vector<scheme::Production> all;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    for (const int half : {1, 2}) {
      const scheme::HalfYear half_year{request.year(), half};
      KP_ASSIGN_OR_RETURN(const auto figures, FindFigures(session, v1::FIGURE_KIND_PRODUCTION,
                                                          half_year.year, half));
      KP_ASSIGN_OR_RETURN(const auto rows, ReadProduction(session, half_year));
      for (const scheme::Production& production : rows) {
        v1::SourceProductionRow& row = *response.add_rows();
        row.set_half(half);
        row.set_origin(production.origin);
        row.set_figures_version(figures.has_value() ? figures->version() : 0);
        row.set_filed_thousandths(production.filed.value_or(0));
        row.set_opened_thousandths(production.opened);
        row.set_drawn_thousandths(production.drawn);
        row.set_due_date(scheme::FormatDate(scheme::ProductionDueDay(half_year.year, half)));
      }
      all.insert(all.end(), rows.begin(), rows.end());
    }
    KP_ASSIGN_OR_RETURN(const auto sums, SumProductionOfYear(session, request.year()));
    for (const ProductionSum& sum : sums) {
      if (sum.half != 0) continue;
      v1::SourceProductionRow& row = *response.add_rows();
      row.set_opened_thousandths(sum.opened);
      row.set_drawn_thousandths(sum.drawn);
    }
    return absl::OkStatus();
  }));
  for (const scheme::Finding& finding : scheme::CheckProduction(all, Today(env_, *view, ""))) {
    *response.add_findings() = wire::WriteFinding(finding);
  }
  return response;
}

absl::StatusOr<pb::Source> ReadSource(store::ReadSession& session, const std::string& id) {
  KP_ASSIGN_OR_RETURN(auto source, FindSource(session, id));
  const auto number = scheme::CertificateNumber::Parse(id);
  if (!source.has_value() && number.ok()) {
    KP_ASSIGN_OR_RETURN(source, FindSource(session, number->canonical()));
  }
  if (source.has_value()) return *std::move(source);
  return FieldError(
      {kSourceUnknown, "id", absl::StrCat("the source book has no \"", id, "\""), "R16"});
}

absl::StatusOr<std::vector<scheme::Production>> ReadProduction(store::ReadSession& session,
                                                               const scheme::HalfYear& half_year) {
  KP_ASSIGN_OR_RETURN(const auto figures, FindFigures(session, v1::FIGURE_KIND_PRODUCTION,
                                                      half_year.year, half_year.half));
  std::map<std::string, scheme::Production> rows;
  if (figures.has_value()) {
    for (const v1::FigureRow& row : figures->rows()) rows[row.origin()];
  }
  KP_ASSIGN_OR_RETURN(const auto sums, SumProductionOfYear(session, half_year.year));
  for (const ProductionSum& sum : sums) {
    if (sum.half != half_year.half) continue;
    rows[sum.origin].opened = sum.opened;
    rows[sum.origin].drawn = sum.drawn;
  }
  std::vector<scheme::Production> list;
  for (auto& [origin, row] : rows) {
    row.half_year = half_year;
    row.origin = origin;
    if (figures.has_value()) {
      KP_ASSIGN_OR_RETURN(row.filed, FiledOf(*figures, origin));
    }
    list.push_back(std::move(row));
  }
  return list;
}

absl::StatusOr<scheme::Production> ReadProduction(store::ReadSession& session,
                                                  const scheme::HalfYear& half_year,
                                                  const std::string& origin) {
  KP_ASSIGN_OR_RETURN(const auto figures, FindFigures(session, v1::FIGURE_KIND_PRODUCTION,
                                                      half_year.year, half_year.half));
  KP_ASSIGN_OR_RETURN(const ProductionSum sum,
                      SumProduction(session, half_year.year, half_year.half, origin));
  scheme::Production production{half_year, origin, std::nullopt, sum.opened, sum.drawn};
  if (figures.has_value()) {
    KP_ASSIGN_OR_RETURN(production.filed, FiledOf(*figures, origin));
  }
  return production;
}

pb::SourceNeed WriteNeed(scheme::SourceNeed need) {
  switch (need) {
    case scheme::SourceNeed::kSecondOfficer:
      return pb::SOURCE_NEED_SECOND_OFFICER;
    case scheme::SourceNeed::kSettlement:
      return pb::SOURCE_NEED_SETTLEMENT;
    case scheme::SourceNeed::kNothing:
      break;
  }
  return pb::SOURCE_NEED_NOTHING;
}

bool IsOwnTerritory(const Environment& env, const SchemeView& view,
                    const scheme::CountryCode& country, scheme::Date day) {
  return view.parties.ParticipantOfCountry(country, day) == view.parties.ParticipantOf(env.entity);
}

}  // namespace kp::certificate
