#include "certificate-svc/domain/technical.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "certificate-svc/domain/case_book.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/store/technical.h"
#include "certificate-svc/store/verifications.h"
#include "mesh/rpc/page_token.h"
#include "mesh/rpc/reasons.h"
#include "scheme/technical.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;
using scheme::Side;

constexpr char kClause[] = "India, DGFT 34/2015-2020";
constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 500;

absl::Status Malformed(const char* field, std::string_view text) {
  return FieldError({kTechnicalMalformed, field, std::string(text), kClause});
}

absl::StatusOr<scheme::TechnicalReason> ReadReason(v1::TechnicalReason reason) {
  switch (reason) {
    case v1::TECHNICAL_REASON_ORDERED_BACK:
      return scheme::TechnicalReason::kOrderedBack;
    case v1::TECHNICAL_REASON_DETAINED:
      return scheme::TechnicalReason::kDetained;
    case v1::TECHNICAL_REASON_SEIZED:
      return scheme::TechnicalReason::kSeized;
    default:
      return Malformed("reason", "must be ORDERED_BACK, DETAINED or SEIZED");
  }
}

// The goods in the scheme's own types, within the limits of a certificate's.
absl::StatusOr<scheme::Certificate> ReadGoods(const v1::TechnicalStatement& stated) {
  if (stated.lines().empty()) return Malformed("lines", "are required: what leaves");
  if (stated.parcels() < 1) return Malformed("parcels", "is required: how many leave");
  pb::Certificate goods;
  *goods.mutable_lines() = stated.lines();
  goods.set_parcels(stated.parcels());
  *goods.mutable_seals() = stated.seals();
  KP_ASSIGN_OR_RETURN(scheme::Certificate read, wire::ReadCertificate(goods));
  KP_RETURN_IF_ERROR(scheme::CheckForm(read));
  return read;
}

// Goods that came, and those of them that left already.
struct Goods {
  scheme::TechnicalGoods came;
  std::vector<scheme::TechnicalGoods> left;
};

absl::StatusOr<Goods> ReadGoodsOf(store::ReadSession& session, const std::string& number,
                                  const google::protobuf::RepeatedPtrField<pb::Line>& lines,
                                  int32_t parcels) {
  Goods goods;
  pb::Certificate certified;
  *certified.mutable_lines() = lines;
  KP_ASSIGN_OR_RETURN(scheme::Certificate came, wire::ReadCertificate(certified));
  goods.came = {std::move(came.lines), parcels};
  KP_ASSIGN_OR_RETURN(const auto standing, StandingTechnical(session, number));
  for (const v1::TechnicalCertificate& one : standing) {
    KP_ASSIGN_OR_RETURN(scheme::Certificate left, ReadGoods(one.content()));
    goods.left.push_back({std::move(left.lines), one.content().parcels()});
  }
  return goods;
}

// What a technical certificate must say of a part of `held`, of a certificate in `state`.
absl::Status CheckContent(const v1::TechnicalStatement& content, const std::string& home,
                          scheme::State state, const Goods& held) {
  KP_ASSIGN_OR_RETURN(const scheme::TechnicalReason reason, ReadReason(content.reason()));
  KP_RETURN_IF_ERROR(CheckReasons(content.text()));
  KP_ASSIGN_OR_RETURN(scheme::Certificate goods, ReadGoods(content));
  KP_RETURN_IF_ERROR(scheme::CheckTechnicalGoods({std::move(goods.lines), content.parcels()},
                                                 held.came, held.left));
  if (!scheme::EntityCode::Parse(content.destination()).ok()) {
    return Malformed("destination", "is no code of an entity");
  }
  const bool back = reason == scheme::TechnicalReason::kOrderedBack;
  if (back && content.destination() != home) {
    return Malformed("destination", "goods ordered back go to the issuer of their certificate");
  }
  if (content.request_digest().size() != (back ? statement::kDigestSize : 0)) {
    return Malformed("request_digest",
                     "is the SHA-256 of the issuer's request, for goods ordered "
                     "back and only there");
  }
  return scheme::CheckTechnicalState(reason, state);
}

absl::Status NotOrdered() {
  return MakeError(absl::StatusCode::kFailedPrecondition, kTechnicalNotOrdered,
                   "the issuer's request to order the goods back is agreed in no case");
}

absl::Status Exists() {
  return MakeError(absl::StatusCode::kAlreadyExists, kTechnicalExists,
                   "there is a technical certificate of this number already");
}

v1::ReceiptStatement Refusal(const absl::Status& why) {
  v1::ReceiptStatement receipt;
  receipt.set_outcome(pb::OUTCOME_REFUSED);
  receipt.set_reason(ReasonOf(why));
  receipt.set_text(std::string(why.message()));
  return receipt;
}

// What this entity's books know of the goods that it is to send away.
struct Held {
  CasePair pair;
  scheme::State state = scheme::State::kExported;
  Goods goods;
  std::string order;   // the issuer's request that is agreed
  int64_t issued = 0;  // CountTechnical
};

absl::StatusOr<Held> ReadHeld(store::ReadSession& session, const SchemeView& view,
                              const std::string& number) {
  Held held;
  KP_ASSIGN_OR_RETURN(const auto pair, FindCasePair(session, view, number));
  KP_ASSIGN_OR_RETURN(const auto incoming, FindIncoming(session, number));
  if (!pair.has_value() || pair->side != Side::kImportingEntity || !incoming.has_value()) {
    return MakeError(absl::StatusCode::kNotFound, kCertificateUnknown,
                     "no such certificate was announced to here");
  }
  held.pair = *pair;
  KP_ASSIGN_OR_RETURN(held.state, wire::ReadState(incoming->state));
  KP_ASSIGN_OR_RETURN(const auto announced, statement::Statement::Parse(incoming->prealert));
  KP_ASSIGN_OR_RETURN(const auto alert, statement::DecodePayload<v1::PreAlertStatement>(announced));
  KP_ASSIGN_OR_RETURN(const auto signed_certificate,
                      statement::Statement::Parse(alert.certificate_statement()));
  KP_ASSIGN_OR_RETURN(const auto certificate,
                      statement::DecodePayload<v1::CertificateStatement>(signed_certificate));
  KP_ASSIGN_OR_RETURN(
      held.goods, ReadGoodsOf(session, number, certificate.lines(), certificate.parcels()));
  KP_ASSIGN_OR_RETURN(const auto order, FindAgreedOrder(session, number));
  if (order.has_value()) held.order = order->shown.agreed_digest();
  KP_ASSIGN_OR_RETURN(held.issued, CountTechnical(session));
  return held;
}

}  // namespace

absl::StatusOr<v1::IssueTechnicalCertificateResponse> Technicals::Issue(
    const identity::SpiffeId& caller, const v1::IssueTechnicalCertificateRequest& request) {
  using Response = v1::IssueTechnicalCertificateResponse;
  const auto number = scheme::CertificateNumber::Parse(request.number());
  if (!number.ok()) return WithFieldPrefix(number.status(), "number");
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  return Once<Response>(
      env_, caller.ToString(), "IssueTechnicalCertificate", request,
      [&]() -> absl::StatusOr<Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        Held held;
        KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(held, ReadHeld(session, *view, number->canonical()));
          return absl::OkStatus();
        }));
        const absl::Time now = env_.clock.Now();
        Response response;
        v1::TechnicalCertificate& made = *response.mutable_technical();
        v1::TechnicalStatement& content = *made.mutable_content();
        content.set_technical_number(scheme::TechnicalNumber(env_.entity.text(), held.issued + 1));
        content.set_number(number->canonical());
        content.set_certificate_digest(held.pair.digest);
        content.set_reason(request.reason());
        content.set_issue_date(scheme::FormatDate(Today(env_, *view, actor.authority())));
        content.set_issuing_authority(actor.authority());
        content.set_destination(request.destination().empty() ? held.pair.partner
                                                              : request.destination());
        *content.mutable_lines() = request.lines();
        content.set_parcels(request.parcels());
        *content.mutable_seals() = request.seals();
        content.set_text(request.text());
        *content.mutable_officer() = actor;
        if (request.reason() == v1::TECHNICAL_REASON_ORDERED_BACK) {
          if (held.order.empty()) return NotOrdered();
          content.set_request_digest(held.order);
        }
        if (const auto to = scheme::EntityCode::Parse(content.destination());
            to.ok() && view->parties.FindEntity(*to) == nullptr) {
          return Malformed("destination", "no entity of that code takes part");
        }
        KP_RETURN_IF_ERROR(CheckContent(content, held.pair.partner, held.state, held.goods));
        KP_ASSIGN_OR_RETURN(
            const statement::Statement signed_technical,
            env_.signer.Sign(TechnicalContentType(), content, held.pair.partner, now));
        made.set_issuer(env_.entity.text());
        made.set_partner(held.pair.partner);
        made.set_statement(signed_technical.bytes());
        *made.mutable_record_time() = trust::ToTimestamp(now);
        KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                            SignEvent(env_, {.kind = "TECHNICAL_ISSUED",
                                             .subject = number->canonical(),
                                             .officer = &actor,
                                             .statement_digest = signed_technical.digest(),
                                             .text = request.text()}));
        return Act<Response>([this, response, event, now, before = held.issued](
                                 store::Transaction& tx) -> absl::StatusOr<Response> {
          const v1::TechnicalCertificate& out = response.technical();
          KP_RETURN_IF_ERROR(TakeTechnicalSerial(tx, before));
          KP_ASSIGN_OR_RETURN(const bool inserted, InsertTechnical(tx, out, now));
          if (!inserted) return Exists();
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          KP_RETURN_IF_ERROR(
              env_.outbox
                  .Enqueue(tx, {out.partner(), out.content().number(), kTechnicalMessageKind,
                                TechnicalContentType(), out.statement()})
                  .status());
          return response;
        });
      });
}

absl::StatusOr<v1::ListTechnicalCertificatesResponse> Technicals::List(
    const identity::SpiffeId& caller, const v1::ListTechnicalCertificatesRequest& request) const {
  TechnicalFilter filter;
  filter.technical_number = request.number();
  // Any printed form of a certificate's number, which a technical number may look like.
  if (const auto number = scheme::CertificateNumber::Parse(request.number()); number.ok()) {
    filter.number = number->canonical();
  }
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), kDefaultPage, kMaxPage));
  const std::string binding =
      absl::StrCat("ListTechnicalCertificates|", caller.ToString(), "|", request.number());
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  if (!key.empty()) {
    // "<microseconds> <technical number>"
    const std::pair<std::string, std::string> after = absl::StrSplit(key, absl::MaxSplits(' ', 1));
    int64_t micros = 0;
    if (!absl::SimpleAtoi(after.first, &micros)) {
      return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
    }
    filter.before_time = absl::FromUnixMicros(micros);
    filter.before_number = after.second;
  }
  filter.limit = size + 1;
  std::vector<v1::TechnicalCertificate> found;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(found, ListTechnical(session, filter));
    return absl::OkStatus();
  }));
  v1::ListTechnicalCertificatesResponse response;
  if (found.size() > static_cast<size_t>(size)) {
    found.pop_back();
    const v1::TechnicalCertificate& last = found.back();
    response.set_next_page_token(
        rpc::MakePageToken(absl::StrCat(absl::ToUnixMicros(trust::ToTime(last.record_time())), " ",
                                        last.content().technical_number()),
                           binding));
  }
  for (v1::TechnicalCertificate& one : found) {
    KP_RETURN_IF_ERROR(ShowVoid(one));
    *response.add_technical_certificates() = std::move(one);
  }
  return response;
}

absl::StatusOr<v1::ListReturnsDueResponse> Technicals::ReturnsDue(
    const identity::SpiffeId& caller, const v1::ListReturnsDueRequest& request) const {
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  const std::string today = scheme::FormatDate(Today(env_, *view, ""));
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), kDefaultPage, kMaxPage));
  const std::string binding = absl::StrCat("ListReturnsDue|", caller.ToString());
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  // "<day of expiry> <number>"
  const std::pair<std::string, std::string> after = absl::StrSplit(key, absl::MaxSplits(' ', 1));
  std::vector<CertificateRow> rows;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(rows, ListNotExported(session, today, after.first, after.second, size + 1));
    return absl::OkStatus();
  }));
  v1::ListReturnsDueResponse response;
  if (rows.size() > static_cast<size_t>(size)) {
    rows.pop_back();
    const pb::Certificate& last = rows.back().certificate;
    response.set_next_page_token(
        rpc::MakePageToken(absl::StrCat(last.expiry_date(), " ", last.number()), binding));
  }
  for (CertificateRow& row : rows) *response.add_certificates() = std::move(row.certificate);
  return response;
}

absl::StatusOr<v1::ReceiptStatement> ReceiveTechnical(store::Transaction& tx,
                                                      const Environment& env,
                                                      const std::string& sender,
                                                      const statement::Statement& statement) {
  KP_ASSIGN_OR_RETURN(const auto content,
                      statement::DecodePayload<v1::TechnicalStatement>(statement));
  KP_ASSIGN_OR_RETURN(const auto view, env.scheme.Current());
  KP_ASSIGN_OR_RETURN(const auto pair, FindCasePair(tx, *view, content.number()));
  if (!pair.has_value() || pair->side != Side::kIssuingEntity || pair->partner != sender ||
      pair->digest != content.certificate_digest()) {
    return Refusal(MakeError(absl::StatusCode::kPermissionDenied, kTechnicalNotAParty,
                             "the sender is not the importing entity of such a certificate"));
  }
  KP_ASSIGN_OR_RETURN(const auto row, FindByNumber(tx, content.number()));
  pb::Certificate record = row->certificate;
  v1::ReceiptStatement receipt;
  receipt.set_outcome(pb::OUTCOME_ALREADY_DONE);
  receipt.set_state(record.state());
  KP_ASSIGN_OR_RETURN(const auto known, FindTechnical(tx, content.technical_number()));
  if (known.has_value() && known->statement() == statement.bytes()) return receipt;
  if (known.has_value()) return Refusal(Exists());
  if (!scheme::IsTechnicalNumberOf(content.technical_number(), sender)) {
    return Refusal(Malformed("technical_number", "is none of the sender's"));
  }
  if (!content.has_officer() || content.issuing_authority().empty() ||
      !scheme::ParseDate(content.issue_date()).ok()) {
    return Refusal(Malformed("officer", "authority, officer and day are required"));
  }
  KP_ASSIGN_OR_RETURN(const scheme::State state, wire::ReadState(record.state()));
  // Behind the record's revision, which is taken below: nobody else adds to these meanwhile.
  KP_ASSIGN_OR_RETURN(const Goods held,
                      ReadGoodsOf(tx, content.number(), record.lines(), record.parcels()));
  if (const absl::Status sound = CheckContent(content, env.entity.text(), state, held);
      !sound.ok()) {
    return Refusal(sound);
  }
  KP_ASSIGN_OR_RETURN(const auto order, FindAgreedOrder(tx, content.number()));
  if (content.reason() == v1::TECHNICAL_REASON_ORDERED_BACK &&
      (!order.has_value() || order->shown.agreed_digest() != content.request_digest())) {
    return Refusal(NotOrdered());
  }
  v1::TechnicalCertificate made;
  *made.mutable_content() = content;
  made.set_issuer(sender);
  made.set_partner(env.entity.text());
  made.set_statement(statement.bytes());
  *made.mutable_record_time() = trust::ToTimestamp(env.clock.Now());
  KP_ASSIGN_OR_RETURN(const bool inserted, InsertTechnical(tx, made, env.clock.Now()));
  if (!inserted) return Refusal(Exists());
  record.set_technical_number(content.technical_number());
  *record.mutable_update_time() = trust::ToTimestamp(env.clock.Now());
  KP_RETURN_IF_ERROR(UpdateCertificate(tx, row->revision, record));
  KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                      SignEvent(env, {.kind = "TECHNICAL_ISSUED",
                                      .subject = record.number(),
                                      .actor_id = sender,
                                      .certificate = &record,
                                      .statement_digest = statement.digest(),
                                      .text = content.text()}));
  KP_RETURN_IF_ERROR(env.events.Append(tx, event).status());
  receipt.set_outcome(pb::OUTCOME_DONE);
  return receipt;
}

absl::Status NoteTechnicalOutcome(store::Transaction& tx, const std::string& sent,
                                  const std::string& outcome) {
  KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(sent));
  KP_ASSIGN_OR_RETURN(const auto content, statement::DecodePayload<v1::TechnicalStatement>(parsed));
  return SaveTechnicalOutcome(tx, content.technical_number(), outcome);
}

}  // namespace kp::certificate
