#include "certificate-svc/domain/uses.h"

#include <chrono>
#include <map>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/import_entry.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/verifier.h"
#include "certificate-svc/store/verifications.h"
#include "scheme/reasons.h"
#include "scheme/text.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;

// Left for the way back to the caller once the wait for a receipt ends.
constexpr std::chrono::milliseconds kReplyMargin{100};
// Longest wait for a receipt, and how many callers may wait for one partner at a time.
constexpr std::chrono::seconds kLongestWait{30};
constexpr int kMaxWaitingPerPartner = 8;

absl::StatusOr<scheme::CertificateNumber> ReadNumber(const std::string& text) {
  auto number = scheme::CertificateNumber::Parse(text);
  if (!number.ok()) return WithFieldPrefix(number.status(), "number");
  return number;
}

std::string KindOf(const v1::UseStatement& act) {
  return wire::ReadGoodsAct(act.act()).has_value() ? Uses::kGoodsKind : Uses::kUseKind;
}

}  // namespace

absl::Status CheckNotBeforeExport(scheme::Date day, const v1::PreAlertStatement& alert,
                                  const char* field) {
  // The two days are of two calendars, which may be a day apart.
  KP_ASSIGN_OR_RETURN(const scheme::Date exported, scheme::ParseDate(alert.export_date()));
  if (day + 1 >= exported) return absl::OkStatus();
  return FieldError(
      {kBeforeExport, field,
       absl::StrCat("is before the export, which the issuer tells of ", alert.export_date()),
       "R07"});
}

absl::Status CheckArrival(const SchemeView& view, const v1::Arrival& stated,
                          const scheme::Arrival& arrival, scheme::Date today) {
  std::vector<Fault> faults;
  const auto missing = [&](const std::string& field) {
    faults.push_back({kArrivalIncomplete, absl::StrCat("arrival.", field),
                      "is required in a confirmation of receipt", "CORE III(b)"});
  };
  if (stated.receipt_date().empty()) missing("receipt_date");
  if (arrival.lines.empty()) missing("lines");
  for (size_t i = 0; i < arrival.lines.size(); ++i) {
    if (arrival.lines[i].hs.empty()) missing(absl::StrCat("lines[", i, "].hs_code"));
    if (!arrival.lines[i].carats) missing(absl::StrCat("lines[", i, "].carats_thousandths"));
  }
  if (!arrival.parcels.has_value()) missing("parcels");
  KP_RETURN_IF_ERROR(FieldErrors(faults));
  KP_ASSIGN_OR_RETURN(const scheme::Date day, scheme::ParseDate(stated.receipt_date()));
  KP_RETURN_IF_ERROR(CheckDayOfAct(day, today, "arrival.receipt_date"));
  scheme::Certificate found = scheme::BlankCertificate();
  found.lines = arrival.lines;
  found.parcels = arrival.parcels;
  KP_RETURN_IF_ERROR(WithFieldPrefix(scheme::CheckForm(found), "arrival."));
  const scheme::RuleInput input{
      view.parties, view.measures, today, scheme::MeasureView::kPaper, "", ""};
  std::vector<scheme::Finding> findings = scheme::CheckApplication(found, input).findings;
  std::erase_if(findings, [](const scheme::Finding& finding) {
    return finding.rule != "R08" && finding.rule != "R09" && finding.rule != "R10";
  });
  return WithFieldPrefix(scheme::RefuseHard(findings), "arrival.");
}

// One of the places of a partner, for as long as it lives.
class Uses::WaitingPlace final {
 public:
  WaitingPlace(Waiting& waiting, std::string partner, int places)
      : waiting_(waiting), partner_(std::move(partner)) {
    const std::lock_guard<std::mutex> lock(waiting_.mutex);
    int& count = waiting_.by_partner[partner_];
    taken_ = count < places;
    if (taken_) ++count;
  }
  ~WaitingPlace() {
    if (!taken_) return;
    const std::lock_guard<std::mutex> lock(waiting_.mutex);
    --waiting_.by_partner[partner_];
  }
  WaitingPlace(const WaitingPlace&) = delete;
  WaitingPlace& operator=(const WaitingPlace&) = delete;
  bool taken() const { return taken_; }

 private:
  Waiting& waiting_;
  const std::string partner_;
  bool taken_ = false;
};

template <typename Request>
absl::StatusOr<v1::ActResult> Uses::Perform(const rpc::CallContext& call, const std::string& method,
                                            const Request& request, v1::UseStatement act,
                                            const v1::ImportInspection* inspection) {
  KP_ASSIGN_OR_RETURN(const auto number, ReadNumber(request.number()));
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  const scheme::Entity* issuer = view->parties.FindIssuer(number.issuer());
  const std::string partner = issuer == nullptr ? number.issuer().text() : issuer->code.text();
  if (partner == env_.entity.text() ||
      !view->trust->EndpointOf(partner, access::v1::ROLE_CERTIFICATE_SVC).ok()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, kIssuerUnreachable,
                     absl::StrCat("\"", partner,
                                  "\" is not an issuer in the mesh that could "
                                  "receive the act"));
  }
  act.set_number(number.canonical());
  *act.mutable_act_time() = trust::ToTimestamp(env_.clock.Now());
  // The ledger keeps which message carries the act; how it came out is read from the message, so
  // that a repetition learns more than the first call did.
  using Sent = v1::ActResult;
  KP_ASSIGN_OR_RETURN(
      const Sent sent,
      (Once<Sent>(
          env_, call.caller().ToString(), method, request, [&]() -> absl::StatusOr<Act<Sent>> {
            if (act.act() == v1::USE_ACT_CONFIRM) {
              KP_RETURN_IF_ERROR(
                  CheckConfirmation(*view, number.canonical(), act, inspection));
            }
            KP_ASSIGN_OR_RETURN(const statement::Statement signed_act,
                                env_.signer.Sign(UseContentType(), act, partner, env_.clock.Now()));
            KP_ASSIGN_OR_RETURN(
                const store::NewEvent event,
                SignEvent(env_, {.kind = absl::StrCat("HOME_", v1::UseAct_Name(act.act())),
                                 .subject = number.canonical(),
                                 .officer = act.has_officer() ? &act.officer() : nullptr,
                                 .actor_id = call.caller().ToString(),
                                 .statement_digest = signed_act.digest(),
                                 .text = act.text()}));
            return Act<Sent>([this, event, partner, view, act, inspection, key = number.canonical(),
                              kind = KindOf(act), bytes = signed_act.bytes()](
                                 store::Transaction& tx) -> absl::StatusOr<Sent> {
              // What customs do with the certificate is not what becomes of the goods here.
              if (act.has_officer()) {
                KP_RETURN_IF_ERROR(NoteMeshAct(tx, env_, *view, partner, act, inspection));
              }
              KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
              Sent out;
              KP_ASSIGN_OR_RETURN(
                  *out.mutable_message_id(),
                  env_.outbox.Enqueue(tx, {partner, key, kind, UseContentType(), bytes}));
              return out;
            });
          })));
  // Who waits holds a thread: only so many for one partner, so that one that never answers starves
  // nobody. The act is durable and on its way; the others learn PENDING at once.
  const WaitingPlace place(waiting_, partner, kMaxWaitingPerPartner);
  const auto left = std::min<std::chrono::steady_clock::duration>(
      call.deadline() - std::chrono::steady_clock::now() - kReplyMargin, kLongestWait);
  const auto wait = place.taken() ? std::max(left, std::chrono::steady_clock::duration(0))
                                  : std::chrono::steady_clock::duration(0);
  KP_ASSIGN_OR_RETURN(const outbox::Message message,
                      env_.outbox.Await(sent.message_id(), absl::FromChrono(wait),
                                        [&] { return call.IsCancelled(); }));
  return ResultOf(message);
}

absl::Status Uses::CheckConfirmation(const SchemeView& view, const std::string& number,
                                     const v1::UseStatement& act,
                                     const v1::ImportInspection* inspection) const {
  std::optional<ImportRow> row;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(row, FindImport(session, number));
    return absl::OkStatus();
  }));
  if (inspection != nullptr) {
    pb::ImportEntry entry = row.has_value() ? row->entry : pb::ImportEntry();
    if (entry.submission_date().empty()) entry.set_submission_date(act.arrival().receipt_date());
    KP_RETURN_IF_ERROR(CheckLookDay(entry, *inspection, "inspection.date"));
  }
  return CheckBeforeConfirmation(env_, view, row.has_value() ? &row->entry : nullptr, act.arrival(),
                                 inspection != nullptr);
}

absl::StatusOr<v1::ActResult> Uses::ResultOf(const outbox::Message& message) const {
  v1::ActResult result;
  result.set_message_id(message.id);
  switch (message.state) {
    case outbox::State::kDelivered: {
      KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(message.receipt));
      KP_ASSIGN_OR_RETURN(const auto receipt,
                          statement::DecodePayload<v1::ReceiptStatement>(parsed));
      result.set_state(v1::ACT_STATE_ANSWERED);
      result.set_outcome(receipt.outcome());
      result.set_reason(receipt.reason());
      result.set_text(receipt.text());
      result.set_receipt(message.receipt);
      if (receipt.has_use()) *result.mutable_use() = receipt.use();
      *result.mutable_differences() = receipt.differences();
      result.set_certificate_state(receipt.state());
      return result;
    }
    case outbox::State::kFailed:
      result.set_state(v1::ACT_STATE_ANSWERED);
      result.set_outcome(v1::OUTCOME_REFUSED);
      result.set_reason("STATEMENT_REFUSED");
      result.set_text(message.last_error);
      return result;
    case outbox::State::kDiscarded:
      result.set_state(v1::ACT_STATE_ANSWERED);
      result.set_outcome(v1::OUTCOME_REFUSED);
      result.set_reason("MESSAGE_DISCARDED");
      result.set_text(message.last_error);
      return result;
    default:
      result.set_state(v1::ACT_STATE_PENDING);
      return result;
  }
}

absl::StatusOr<std::optional<v1::PreAlertStatement>> Uses::Announced(
    const scheme::CertificateNumber& number) const {
  std::optional<Incoming> incoming;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(incoming, FindIncoming(session, number.canonical()));
    return absl::OkStatus();
  }));
  if (!incoming.has_value()) return std::optional<v1::PreAlertStatement>();
  KP_ASSIGN_OR_RETURN(const auto announced, statement::Statement::Parse(incoming->prealert));
  KP_ASSIGN_OR_RETURN(auto alert, statement::DecodePayload<v1::PreAlertStatement>(announced));
  return std::optional<v1::PreAlertStatement>(std::move(alert));
}

absl::Status Uses::CompleteConfirmation(const scheme::CertificateNumber& number,
                                        v1::UseStatement& act) const {
  KP_ASSIGN_OR_RETURN(const auto announced, Announced(number));
  v1::Arrival& arrival = *act.mutable_arrival();
  if (announced.has_value()) {
    const v1::PreAlertStatement& alert = *announced;
    act.set_certificate_digest(alert.certificate_digest());
    const absl::StatusOr<scheme::Date> day = scheme::ParseDate(arrival.receipt_date());
    if (!day.ok()) return WithFieldPrefix(day.status(), "arrival.receipt_date");
    KP_RETURN_IF_ERROR(CheckNotBeforeExport(*day, alert, "arrival.receipt_date"));
    if (arrival.exporter_name().empty()) arrival.set_exporter_name(alert.exporter_name());
    if (arrival.importer_name().empty()) arrival.set_importer_name(alert.importer_name());
  }
  std::vector<Fault> faults;
  for (const auto& [field, value] :
       {std::pair{"arrival.exporter_name", &arrival.exporter_name()},
        std::pair{"arrival.importer_name", &arrival.importer_name()}}) {
    if (value->empty()) {
      faults.push_back({kArrivalIncomplete, field,
                        "is required in a confirmation of receipt; no pre-alert tells it",
                        "CORE III(b)"});
    }
  }
  return FieldErrors(faults);
}

absl::StatusOr<v1::ActResult> Uses::Confirm(const rpc::CallContext& call,
                                            const v1::ConfirmImportRequest& request) {
  KP_RETURN_IF_ERROR(
      CheckConsignmentReference(request.consignment_reference(), "consignment_reference"));
  KP_ASSIGN_OR_RETURN(const scheme::Arrival arrival, wire::ReadArrival(request.arrival()));
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  KP_ASSIGN_OR_RETURN(const v1::Officer officer, officers_.PersonOf(call.caller()));
  const scheme::Date today = Today(env_, *view, officer.authority());
  KP_RETURN_IF_ERROR(CheckArrival(*view, request.arrival(), arrival, today));
  if (request.has_inspection()) {
    KP_RETURN_IF_ERROR(ReadLook(request.inspection(), today, "inspection.").status());
  }
  v1::UseStatement act;
  act.set_act(v1::USE_ACT_CONFIRM);
  act.set_consignment_reference(request.consignment_reference());
  *act.mutable_arrival() = request.arrival();
  *act.mutable_officer() = officer;
  KP_ASSIGN_OR_RETURN(const auto number, ReadNumber(request.number()));
  KP_RETURN_IF_ERROR(CompleteConfirmation(number, act));
  return Perform(call, "ConfirmImport", request, std::move(act),
                 request.has_inspection() ? &request.inspection() : nullptr);
}

absl::StatusOr<v1::ActResult> Uses::Record(const rpc::CallContext& call,
                                           const v1::RecordImportEventRequest& request) {
  static const std::map<pb::CertificateState, v1::UseAct> kActs = {
      {pb::CERTIFICATE_STATE_ARRIVED, v1::USE_ACT_ARRIVE},
      {pb::CERTIFICATE_STATE_DETAINED, v1::USE_ACT_DETAIN},
      {pb::CERTIFICATE_STATE_RELEASED, v1::USE_ACT_LET_GO},
      {pb::CERTIFICATE_STATE_SEIZED, v1::USE_ACT_SEIZE},
      {pb::CERTIFICATE_STATE_RETURNED, v1::USE_ACT_SEND_BACK},
  };
  const auto act_of = kActs.find(request.state());
  if (act_of == kActs.end()) {
    return FieldError({kGoodsStateNotRecordable, "state",
                       "must be ARRIVED, DETAINED, RELEASED, SEIZED or RETURNED", "KP 4.2"});
  }
  const scheme::Event event = *wire::ReadGoodsAct(act_of->second);
  const scheme::Transition& step = *scheme::FindTransition(event, scheme::Side::kImportingEntity);
  if (step.reasons || !request.text().empty()) {
    KP_RETURN_IF_ERROR(CheckReasons(request.text(), step.source));
  }
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  KP_ASSIGN_OR_RETURN(const v1::Officer officer, officers_.PersonOf(call.caller()));
  const scheme::Date today = Today(env_, *view, officer.authority());
  scheme::Date day = today;
  if (!request.date().empty()) {
    auto given = scheme::ParseDate(request.date());
    if (!given.ok()) return WithFieldPrefix(given.status(), "date");
    day = *given;
  }
  KP_RETURN_IF_ERROR(CheckDayOfAct(day, today, "date"));
  KP_ASSIGN_OR_RETURN(const auto number, ReadNumber(request.number()));
  KP_ASSIGN_OR_RETURN(const auto alert, Announced(number));
  if (alert.has_value()) KP_RETURN_IF_ERROR(CheckNotBeforeExport(day, *alert, "date"));
  v1::UseStatement act;
  act.set_act(act_of->second);
  act.mutable_arrival()->set_receipt_date(scheme::FormatDate(day));
  act.set_text(request.text());
  *act.mutable_officer() = officer;
  return Perform(call, "RecordImportEvent", request, std::move(act));
}

template <typename Request>
absl::StatusOr<v1::ActResult> Uses::Customs(const rpc::CallContext& call, const std::string& method,
                                            const Request& request, v1::UseAct kind) {
  if (request.consignment_reference().empty()) {
    return FieldError({scheme::reasons::kReferenceRequired, "consignment_reference",
                       "is required: the declaration's UCR, else <customs partner>/<LRN>",
                       "WCO D016"});
  }
  KP_RETURN_IF_ERROR(
      CheckConsignmentReference(request.consignment_reference(), "consignment_reference"));
  KP_ASSIGN_OR_RETURN(const auto snapshot, env_.trust.Usable());
  const trust::v1::Party* partner = snapshot->PartyById(request.customs_partner());
  if (partner == nullptr || partner->kind() != trust::v1::PARTY_KIND_CUSTOMS ||
      partner->acts_for() != env_.entity.text()) {
    return FieldError(
        {kCustomsUnknown, "customs_partner", "is not registered as acting for this entity", ""});
  }
  if (request.declaration_version() < 1) {
    return FieldError(
        {scheme::reasons::kStaleVersion, "declaration_version", "is required, from 1", ""});
  }
  v1::UseStatement act;
  act.set_act(kind);
  act.set_consignment_reference(request.consignment_reference());
  act.set_customs_partner(request.customs_partner());
  act.set_declaration_version(request.declaration_version());
  return Perform(call, method, request, std::move(act));
}

absl::StatusOr<v1::ActResult> Uses::Reserve(const rpc::CallContext& call,
                                            const v1::ReserveUseRequest& request) {
  return Customs(call, "ReserveUse", request, v1::USE_ACT_RESERVE);
}

absl::StatusOr<v1::ActResult> Uses::WriteOff(const rpc::CallContext& call,
                                             const v1::WriteOffUseRequest& request) {
  return Customs(call, "WriteOffUse", request, v1::USE_ACT_WRITE_OFF);
}

absl::StatusOr<v1::ActResult> Uses::Release(const rpc::CallContext& call,
                                            const v1::ReleaseUseRequest& request) {
  return Customs(call, "ReleaseUse", request, v1::USE_ACT_RELEASE);
}

absl::StatusOr<v1::GetUseResponse> Uses::Get(const v1::GetUseRequest& request) const {
  KP_ASSIGN_OR_RETURN(const auto number, ReadNumber(request.number()));
  v1::GetUseResponse response;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(*response.mutable_receipt(), FindHomeUse(session, number.canonical()));
    return absl::OkStatus();
  }));
  if (response.receipt().empty()) {
    return MakeError(absl::StatusCode::kNotFound, kUseUnknown,
                     "this entity has no receipt about the use of that certificate");
  }
  KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(response.receipt()));
  KP_ASSIGN_OR_RETURN(const auto receipt, statement::DecodePayload<v1::ReceiptStatement>(parsed));
  *response.mutable_use() = receipt.use();
  return response;
}

absl::StatusOr<v1::ReceiptStatement> Uses::CheckReceipt(const std::string& issuer,
                                                        const std::string& message_id,
                                                        const std::string& statement_bytes,
                                                        const std::string& receipt_bytes) const {
  KP_ASSIGN_OR_RETURN(const auto signed_receipt, statement::Statement::Parse(receipt_bytes));
  statement::Expectation expected;
  expected.content_type = ReceiptContentType();
  expected.issuer = issuer;
  expected.audience = env_.entity.text();
  expected.now = env_.clock.Now();
  expected.max_skew = kMaxStatementSkew;
  KP_RETURN_IF_ERROR(statement::VerifyStatement(signed_receipt, expected, env_.trust.KeyLookup()));
  KP_ASSIGN_OR_RETURN(auto receipt, statement::DecodePayload<v1::ReceiptStatement>(signed_receipt));
  if (receipt.message_id() != message_id ||
      receipt.statement_digest() != statement::Sha256(statement_bytes)) {
    return MakeError(absl::StatusCode::kFailedPrecondition, scheme::reasons::kBadAnswer,
                     "the receipt is for another message");
  }
  if (receipt.outcome() == v1::OUTCOME_UNSPECIFIED) {
    return MakeError(absl::StatusCode::kFailedPrecondition, scheme::reasons::kBadAnswer,
                     "the receipt does not say how the statement came out");
  }
  return receipt;
}

}  // namespace kp::certificate
