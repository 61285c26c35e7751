#include "certificate-svc/domain/sources.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/store/import_book.h"
#include "certificate-svc/store/sources.h"
#include "certificate-svc/store/statistics.h"
#include "certificate-svc/store/verifications.h"
#include "mesh/rpc/page_token.h"
#include "mesh/rpc/reasons.h"
#include "scheme/reasons.h"
#include "scheme/text.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;

constexpr size_t kMaxReference = 200;

absl::Status CheckSource(const pb::Source& source) {
  std::vector<Fault> faults;
  const auto fault = [&](const char* field, std::string message) {
    faults.push_back({kSourceMalformed, absl::StrCat("source.", field), std::move(message), "R16"});
  };
  if (scheme::FoldName(source.id()).empty()) {
    fault("id", "is required");
  } else if (const auto bad = scheme::CheckText(source.id(), "id", scheme::kMaxIdentifier)) {
    fault("id", bad->message);
  }
  const bool own = source.kind() == pb::SOURCE_KIND_OWN_PRODUCTION;
  const bool paper = source.kind() == pb::SOURCE_KIND_PAPER_IMPORT;
  if (!own && !paper) {
    fault("kind", "must be own production or a paper import; a confirmation opens its certificate");
  }
  const auto carats = scheme::Carats::FromThousandths(source.carats_thousandths());
  if (!carats.ok() || *carats <= scheme::Carats())
    fault("carats_thousandths", "must be above zero");
  if (!own && (source.year() != 0 || source.half() != 0)) {
    fault("year", "and half are of own production alone");
  }
  if (paper && !source.has_document()) fault("document", "is required for a paper import");
  if (!paper && source.has_document()) fault("document", "is of a paper import alone");
  if (source.drawn_thousandths() != 0 || source.attestations_size() > 0 || source.has_officer() ||
      source.has_open_time() || source.figures_version() != 0 ||
      source.need() != pb::SOURCE_NEED_UNSPECIFIED || source.entered_by_size() > 0 ||
      source.state() != pb::SOURCE_STATE_UNSPECIFIED ||
      !source.document().printed_number().empty()) {
    fault("drawn_thousandths", "and what the register fills must be left empty");
  }
  KP_RETURN_IF_ERROR(FieldErrors(faults));
  KP_RETURN_IF_ERROR(WithFieldPrefix(CheckReasons(source.text()), "source."));
  return WithFieldPrefix(wire::ReadOrigin(source.origin()).status(), "source.");
}

// A day of the document, or a fault.
std::optional<scheme::Date> ReadDay(const std::string& text, scheme::Date today,
                                    const std::string& field, std::vector<Fault>& faults) {
  const auto day = scheme::ParseDate(text);
  const absl::Status status =
      day.ok() ? CheckDayOfAct(*day, today, field) : WithFieldPrefix(day.status(), field);
  for (Fault& fault : FaultsOf(status)) faults.push_back(std::move(fault));
  return status.ok() ? std::optional<scheme::Date>(*day) : std::nullopt;
}

// Puts the paper's number into its one spelling, and checks its document.
absl::Status ReadPaperSource(const Environment& env, const SchemeView& view, scheme::Date today,
                             pb::Source& source) {
  const auto number = scheme::CertificateNumber::Parse(source.id());
  if (!number.ok()) return WithFieldPrefix(number.status(), "source.id");
  pb::PaperDocument& document = *source.mutable_document();
  std::vector<Fault> faults;
  const auto fault = [&](const char* field, std::string message) {
    faults.push_back({kSourceMalformed, absl::StrCat("source.", field), std::move(message), "R16"});
  };
  const scheme::Entity* issuer = view.parties.FindIssuer(number->issuer());
  if (issuer == nullptr) {
    fault("id", absl::StrCat("no issuing entity of the registry has the letters ",
                             number->issuer().text()));
  } else if (document.issuer() != issuer->code.text()) {
    fault("document.issuer",
          absl::StrCat("must be ", issuer->code.text(), ", whose letters the number bears"));
  }
  if (scheme::FoldName(document.reference()).empty()) {
    fault("document.reference", "is required: where the document is kept");
  } else if (const auto bad = scheme::CheckText(document.reference(), "", kMaxReference)) {
    fault("document.reference", bad->message);
  }
  const auto issued =
      ReadDay(document.issue_date(), today, "source.document.issue_date", faults);
  const auto received =
      ReadDay(document.receipt_date(), today, "source.document.receipt_date", faults);
  KP_RETURN_IF_ERROR(FieldErrors(faults));
  // What this entity issued is told as such in the transaction.
  if (issuer->code != env.entity) {
    const std::string& code = issuer->code.text();
    KP_RETURN_IF_ERROR(WithFieldPrefix(
        scheme::CheckSourcePaper(
            {*number, issuer->code, *issued, *received,
             view.trust->EndpointOf(code, access::v1::ROLE_CERTIFICATE_SVC).ok(),
             issuer->register_complete_from}),
        "source."));
  }
  document.set_printed_number(source.id());
  source.set_id(number->canonical());
  source.set_need(WriteNeed(scheme::NeedOfPaper(false, false)));
  return absl::OkStatus();
}

// Checks the half-year and the origin of own production, and says whether figures stand behind it.
absl::StatusOr<scheme::HalfYear> ReadProductionSource(const Environment& env,
                                                      const SchemeView& view, pb::Source& source) {
  const auto half_year = scheme::HalfYear::Make(source.year(), source.half());
  if (!half_year.ok()) return WithFieldPrefix(half_year.status(), "source.");
  KP_ASSIGN_OR_RETURN(const scheme::Origin origin, wire::ReadOrigin(source.origin()));
  if (origin.kind() != scheme::Origin::Kind::kSingle) {
    return FieldError({kSourceMalformed, "source.origin",
                       "stones are mined in one country: one source for each", "R16"});
  }
  const scheme::CountryCode& country = *origin.countries().begin();
  if (!IsOwnTerritory(env, view, country, half_year->last_day())) {
    return FieldError({kSourceMalformed, "source.origin",
                       absl::StrCat(country.text(), " is no territory of ", env.entity.text(),
                                    ": its stones are no own production"),
                       "R16"});
  }
  std::optional<pb::FiledFigures> figures;
  KP_RETURN_IF_ERROR(env.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(figures, FindFigures(session, v1::FIGURE_KIND_PRODUCTION, half_year->year,
                                             half_year->half));
    return absl::OkStatus();
  }));
  source.set_figures_version(figures.has_value() ? figures->version() : 0);
  source.set_need(WriteNeed(scheme::NeedOfProduction(figures.has_value())));
  return *half_year;
}

// Once the act holds the event log, so that nobody opens or files meanwhile.
absl::Status CheckStillOpens(store::Transaction& tx, const scheme::HalfYear& half_year,
                             const pb::Source& source, scheme::Date today) {
  KP_ASSIGN_OR_RETURN(const auto figures, FindFigures(tx, v1::FIGURE_KIND_PRODUCTION,
                                                      half_year.year, half_year.half));
  if ((figures.has_value() ? figures->version() : 0) != source.figures_version()) {
    return MakeError(absl::StatusCode::kAborted, kConcurrentChange,
                     "the figures were filed by somebody else meanwhile");
  }
  KP_ASSIGN_OR_RETURN(scheme::Production production,
                      ReadProduction(tx, half_year, source.origin().countries(0)));
  production.opened -= source.carats_thousandths();
  return scheme::CheckOpenProduction(production, source.carats_thousandths(), today);
}

// What this entity issued never came in, and what was announced on the mesh comes in by its
// confirmation, with the carats that arrived.
absl::Status CheckCameOnPaper(const Environment& env, store::Transaction& tx,
                              const scheme::CertificateNumber& number) {
  if (number.issuer() == env.entity) {
    return FieldError({kSourceNotPaper, "source.id",
                       absl::StrCat(number.canonical(), " is a certificate of this entity itself"),
                       "R16"});
  }
  KP_ASSIGN_OR_RETURN(const auto announced, FindIncoming(tx, number.canonical()));
  if (!announced.has_value()) return absl::OkStatus();
  return FieldError(
      {kSourceNotPaper, "source.id",
       absl::StrCat(number.canonical(), " was announced on the mesh: its confirmation opens it"),
       "R16"});
}

}  // namespace

absl::StatusOr<v1::Source> Sources::Open(const identity::SpiffeId& caller,
                                         const v1::OpenSourceRequest& request) {
  KP_RETURN_IF_ERROR(CheckSource(request.source()));
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  return Once<v1::Source>(
      env_, caller.ToString(), "OpenSource", request, [&]() -> absl::StatusOr<Act<v1::Source>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        const scheme::Date today = Today(env_, *view, actor.authority());
        v1::Source source = request.source();
        *source.mutable_officer() = actor;
        source.mutable_open_time()->set_seconds(absl::ToUnixSeconds(env_.clock.Now()));
        std::optional<scheme::HalfYear> half_year;
        if (source.kind() == pb::SOURCE_KIND_OWN_PRODUCTION) {
          KP_ASSIGN_OR_RETURN(half_year, ReadProductionSource(env_, *view, source));
        } else {
          KP_RETURN_IF_ERROR(ReadPaperSource(env_, *view, today, source));
        }
        KP_ASSIGN_OR_RETURN(
            const store::NewEvent event,
            SignEvent(env_, {.kind = "SOURCE_OPENED",
                             .subject = source.id(),
                             .officer = &actor,
                             .statement_digest = statement::Sha256(source.SerializeAsString()),
                             .text = source.text(),
                             .source = &source}));
        return Act<v1::Source>([this, source, event, half_year, today](
                                   store::Transaction& tx) -> absl::StatusOr<v1::Source> {
          // A certificate is entered by hand once: here without its checks, or in the import book.
          const auto number = scheme::CertificateNumber::Parse(source.id());
          if (!half_year.has_value() && number.ok()) {
            KP_RETURN_IF_ERROR(CheckCameOnPaper(env_, tx, *number));
            KP_ASSIGN_OR_RETURN(const bool claimed,
                                ClaimBookNumber(tx, number->canonical(), kInSourceBook));
            if (!claimed) {
              return MakeError(absl::StatusCode::kAlreadyExists, kSourceExists,
                               absl::StrCat("the import book or the source book has ",
                                            number->canonical(), " already"));
            }
          }
          KP_ASSIGN_OR_RETURN(const bool inserted, InsertSource(tx, source));
          if (!inserted) {
            return MakeError(absl::StatusCode::kAlreadyExists, kSourceExists,
                             absl::StrCat("there is a source \"", source.id(), "\" already"));
          }
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          if (half_year.has_value()) {
            KP_RETURN_IF_ERROR(CheckStillOpens(tx, *half_year, source, today));
          }
          return ReadSource(tx, source.id());
        });
      });
}

absl::StatusOr<v1::ListSourcesResponse> Sources::List(const identity::SpiffeId& caller,
                                                      const v1::ListSourcesRequest& request) const {
  if (!pb::SourceState_IsValid(request.state())) {
    return FieldError({kSourceMalformed, "state", "is none that this version knows", ""});
  }
  const std::string binding =
      absl::StrCat("ListSources|", caller.ToString(), "|",
                   request.open_only() ? "open" : "all", "|", static_cast<int>(request.state()));
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), 50, 500));
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  int64_t before = 0;
  if (!key.empty() && !absl::SimpleAtoi(key, &before)) {
    return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
  }
  std::vector<SourceRow> rows;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(rows, ListSources(session, {.open_only = request.open_only(),
                                                   .state = request.state(),
                                                   .before_position = before,
                                                   .limit = size + 1}));
    return absl::OkStatus();
  }));
  v1::ListSourcesResponse response;
  if (rows.size() > static_cast<size_t>(size)) {
    rows.pop_back();
    response.set_next_page_token(rpc::MakePageToken(absl::StrCat(rows.back().position), binding));
  }
  for (SourceRow& row : rows) *response.add_sources() = std::move(row.source);
  return response;
}

absl::Status ReadSources(const Environment& env, const pb::Certificate& record,
                         scheme::Certificate& certificate) {
  if (record.sources().empty()) return absl::OkStatus();
  std::vector<Fault> faults;
  KP_RETURN_IF_ERROR(env.database.Read([&](store::ReadSession& session) -> absl::Status {
    for (int i = 0; i < record.sources_size() && faults.size() < 20; ++i) {
      scheme::SourceDraw& draw = certificate.sources[static_cast<size_t>(i)];
      KP_ASSIGN_OR_RETURN(const auto source, FindSource(session, draw.id));
      if (!source.has_value()) {
        faults.push_back({kSourceUnknown, absl::StrCat("sources[", i, "].source_id"),
                          absl::StrCat("the source book has no \"", draw.id, "\""), "R16"});
        continue;
      }
      KP_ASSIGN_OR_RETURN(draw.origin, wire::ReadOrigin(source->origin()));
      for (const pb::MeasureAttestation& attestation : source->attestations()) {
        KP_ASSIGN_OR_RETURN(scheme::AreaAttestation read, wire::ReadAttestation(attestation));
        draw.attestations.push_back(std::move(read));
      }
    }
    return absl::OkStatus();
  }));
  return FieldErrors(faults);
}

absl::Status DrawSources(store::Transaction& tx, const pb::Certificate& record) {
  // Always in one order, so that two certificates of the same sources do not wait for each other.
  std::vector<int> order(static_cast<size_t>(record.sources_size()));
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  std::ranges::sort(order, {}, [&](int i) { return record.sources(i).source_id(); });
  std::map<std::pair<scheme::HalfYear, std::string>, int> production;
  for (const int i : order) {
    const pb::SourceDraw& draw = record.sources(i);
    const std::string field = absl::StrCat("sources[", i, "]");
    KP_ASSIGN_OR_RETURN(const auto drawn, DrawSource(tx, record.application_id(), draw.source_id(),
                                                     draw.carats_thousandths()));
    if (drawn.has_value()) {
      if (drawn->year != 0) production[{{drawn->year, drawn->half}, drawn->origin}] = i;
      continue;
    }
    KP_ASSIGN_OR_RETURN(const auto source, FindSource(tx, draw.source_id()));
    if (source.has_value() && source->state() == pb::SOURCE_STATE_WAITING) {
      return FieldError({kSourceNotConfirmed, field,
                         absl::StrCat("\"", draw.source_id(), "\" rests on one officer's word: ",
                                      "another one has to confirm it"),
                         "R16"});
    }
    if (source.has_value() && source->state() == pb::SOURCE_STATE_CLOSED) {
      return FieldError({kSourceClosed, field,
                         absl::StrCat("\"", draw.source_id(), "\" is closed"), "R16"});
    }
    const int64_t left =
        source.has_value() ? source->carats_thousandths() - source->drawn_thousandths() : 0;
    const auto carats = scheme::Carats::FromThousandths(left);
    return FieldError({kSourceExhausted, field,
                       absl::StrCat("only ", carats.ok() ? carats->ToString() : "0",
                                    " carats are left of \"", draw.source_id(), "\""),
                       "R16"});
  }
  for (const auto& [key, i] : production) {
    KP_ASSIGN_OR_RETURN(const scheme::Production after, ReadProduction(tx, key.first, key.second));
    KP_RETURN_IF_ERROR(scheme::CheckDrawnProduction(after, absl::StrCat("sources[", i, "]")));
  }
  return absl::OkStatus();
}

absl::Status OpenConfirmedSource(store::Transaction& tx, const Environment& env,
                                 const std::string& number, const v1::Arrival& arrival) {
  KP_ASSIGN_OR_RETURN(const auto incoming, FindIncoming(tx, number));
  if (!incoming.has_value()) return absl::OkStatus();
  KP_ASSIGN_OR_RETURN(const std::string book, BookOfNumber(tx, number));
  if (book == kInSourceBook) return absl::OkStatus();
  KP_ASSIGN_OR_RETURN(const auto signed_alert, statement::Statement::Parse(incoming->prealert));
  KP_ASSIGN_OR_RETURN(const auto alert,
                      statement::DecodePayload<v1::PreAlertStatement>(signed_alert));
  KP_ASSIGN_OR_RETURN(const auto signed_certificate,
                      statement::Statement::Parse(alert.certificate_statement()));
  KP_ASSIGN_OR_RETURN(const auto certificate,
                      statement::DecodePayload<v1::CertificateStatement>(signed_certificate));
  int64_t arrived = 0;
  for (const v1::Line& line : arrival.lines()) arrived += line.carats_thousandths();
  pb::Source source;
  source.set_id(number);
  source.set_kind(pb::SOURCE_KIND_CERTIFICATE);
  source.set_need(pb::SOURCE_NEED_NOTHING);
  source.set_carats_thousandths(std::min(arrived, alert.total_carats_thousandths()));
  *source.mutable_origin() = certificate.origin();
  *source.mutable_attestations() = certificate.attestations();
  source.mutable_open_time()->set_seconds(absl::ToUnixSeconds(env.clock.Now()));
  KP_ASSIGN_OR_RETURN(const bool inserted, InsertSource(tx, source));
  if (!inserted) return absl::OkStatus();
  KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                      SignEvent(env, {.kind = "SOURCE_OPENED",
                                      .subject = number,
                                      .actor_id = incoming->issuer,
                                      .statement_digest = alert.certificate_digest(),
                                      .source = &source}));
  return env.events.Append(tx, event).status();
}

}  // namespace kp::certificate
