#include "certificate-svc/domain/sources.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/store/import_book.h"
#include "certificate-svc/store/sources.h"
#include "certificate-svc/store/verifications.h"
#include "mesh/rpc/page_token.h"
#include "mesh/rpc/reasons.h"
#include "scheme/reasons.h"
#include "scheme/text.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;

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
  if (source.kind() != pb::SOURCE_KIND_OWN_PRODUCTION &&
      source.kind() != pb::SOURCE_KIND_PAPER_IMPORT) {
    fault("kind", "must be own production or a paper import; a confirmation opens its certificate");
  }
  const auto carats = scheme::Carats::FromThousandths(source.carats_thousandths());
  if (!carats.ok() || *carats <= scheme::Carats())
    fault("carats_thousandths", "must be above zero");
  if (source.drawn_thousandths() != 0 || source.attestations_size() > 0 || source.has_officer() ||
      source.has_open_time()) {
    fault("drawn_thousandths", "and what the register fills must be left empty");
  }
  KP_RETURN_IF_ERROR(FieldErrors(faults));
  KP_RETURN_IF_ERROR(WithFieldPrefix(CheckReasons(source.text()), "source."));
  return WithFieldPrefix(wire::ReadOrigin(source.origin()).status(), "source.");
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
        v1::Source source = request.source();
        *source.mutable_officer() = actor;
        source.mutable_open_time()->set_seconds(absl::ToUnixSeconds(env_.clock.Now()));
        KP_ASSIGN_OR_RETURN(
            const store::NewEvent event,
            SignEvent(env_, {.kind = "SOURCE_OPENED",
                             .subject = source.id(),
                             .officer = &actor,
                             .statement_digest = statement::Sha256(source.SerializeAsString()),
                             .text = source.text(),
                             .source = &source}));
        return Act<v1::Source>(
            [this, source, event](store::Transaction& tx) -> absl::StatusOr<v1::Source> {
              // A certificate is entered by hand once: here without its checks, or in the import
              // book.
              const auto number = scheme::CertificateNumber::Parse(source.id());
              if (source.kind() == pb::SOURCE_KIND_PAPER_IMPORT && number.ok()) {
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
              return source;
            });
      });
}

absl::StatusOr<v1::ListSourcesResponse> Sources::List(const identity::SpiffeId& caller,
                                                      const v1::ListSourcesRequest& request) const {
  const std::string binding =
      absl::StrCat("ListSources|", caller.ToString(), "|", request.open_only() ? "open" : "all");
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), 50, 500));
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  int64_t before = 0;
  if (!key.empty() && !absl::SimpleAtoi(key, &before)) {
    return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
  }
  std::vector<SourceRow> rows;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(rows, ListSources(session, request.open_only(), before, size + 1));
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
  for (const int i : order) {
    const pb::SourceDraw& draw = record.sources(i);
    KP_ASSIGN_OR_RETURN(const bool drawn, DrawSource(tx, record.application_id(), draw.source_id(),
                                                     draw.carats_thousandths()));
    if (drawn) continue;
    KP_ASSIGN_OR_RETURN(const auto source, FindSource(tx, draw.source_id()));
    const int64_t left =
        source.has_value() ? source->carats_thousandths() - source->drawn_thousandths() : 0;
    const auto carats = scheme::Carats::FromThousandths(left);
    return FieldError({kSourceExhausted, absl::StrCat("sources[", i, "]"),
                       absl::StrCat("only ", carats.ok() ? carats->ToString() : "0",
                                    " carats are left of \"", draw.source_id(), "\""),
                       "R16"});
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
