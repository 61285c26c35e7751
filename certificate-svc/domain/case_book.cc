#include "certificate-svc/domain/case_book.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/store/verifications.h"
#include "scheme/dates.h"
#include "scheme/text.h"

namespace kp::certificate {
namespace {

using scheme::Side;

constexpr int kMaxDifferences = 100;
constexpr int kMaxCases = 500;
// Outcome of an own act that took effect at the other side.
constexpr char kDone[] = "DONE";

struct ActNames {
  v1::CaseAct wire;
  scheme::CaseAct act;
  const char* event;
};
constexpr ActNames kActs[] = {
    {v1::CASE_ACT_OPEN, scheme::CaseAct::kOpen, "CASE_OPENED"},
    {v1::CASE_ACT_REMARK, scheme::CaseAct::kRemark, "CASE_REMARK"},
    {v1::CASE_ACT_PROPOSE, scheme::CaseAct::kPropose, "CASE_PROPOSED"},
    {v1::CASE_ACT_AGREE, scheme::CaseAct::kAgree, "CASE_AGREED"},
    {v1::CASE_ACT_DECLINE, scheme::CaseAct::kDecline, "CASE_DECLINED"},
};

const ActNames* NamesOf(v1::CaseAct act) {
  for (const ActNames& names : kActs) {
    if (names.wire == act) return &names;
  }
  return nullptr;
}

absl::Status Malformed(const char* field, std::string_view text) {
  return FieldError({kCaseMalformed, field, std::string(text), "CORE III(b), V(f)"});
}

const CaseBook::Told* FindTold(const CaseBook& book, const std::string& digest) {
  for (const CaseBook::Told& told : book.told) {
    if (told.digest == digest) return &told;
  }
  return nullptr;
}

std::string EntityOf(const Environment& env, const CaseRow& row, Side by) {
  return by == row.side ? env.entity.text() : row.partner;
}

// Whether a failure was reported later than a month after the day on which it was found: by the
// calendar of the authority that reports it, so that both sides come to the same.
bool IsLate(const SchemeView& view, const std::string& author, const v1::CaseStatement& open) {
  const auto found_on = scheme::ParseDate(open.found_on());
  const auto entity = scheme::EntityCode::Parse(author);
  if (!found_on.ok() || !entity.ok()) return false;
  const scheme::Date reported = scheme::DayInZone(
      trust::ToTime(open.act_time()), view.parties.ZoneOf(*entity, open.officer().authority()));
  return reported > scheme::AddMonths(*found_on, 1);
}

// What the row shows, from what was said.
absl::Status Refresh(const Environment& env, CaseBook& book) {
  const scheme::CasePosition position = scheme::PositionOfCase(book.moves);
  v1::Case& shown = book.row.shown;
  const Side own = book.row.side;
  shown.set_own_proposal(position.on_table[scheme::SideIndex(own)]);
  shown.set_partner_proposal(position.on_table[scheme::SideIndex(scheme::OtherSide(own))]);
  shown.set_state(v1::CASE_STATE_OPEN);
  shown.clear_agreed_digest();
  shown.clear_agreed_remedy();
  if (position.agreement.has_value()) {
    shown.set_state(v1::CASE_STATE_CLOSED);
    for (const CaseBook::Told& told : book.told) {
      const bool awaited = told.row.by == own && position.agreement->by == own &&
                           told.row.sequence == position.agreement->sequence &&
                           told.row.outcome != kDone;
      if (awaited) shown.set_state(v1::CASE_STATE_AGREED);
    }
    shown.set_agreed_digest(position.agreement->proposal);
    if (const CaseBook::Told* agreed = FindTold(book, position.agreement->proposal)) {
      shown.set_agreed_remedy(agreed->content.remedy());
    }
  }
  for (const CaseBook::Told& told : book.told) {
    if (told.content.act() != v1::CASE_ACT_OPEN) continue;
    // An amended confirmation has said since what differs.
    if (shown.confirmation_version() == 0) {
      *shown.mutable_differences() = told.content.differences();
    }
    shown.set_found_on(told.content.found_on());
    KP_ASSIGN_OR_RETURN(const auto view, env.scheme.Current());
    shown.set_late(IsLate(*view, EntityOf(env, book.row, told.row.by), told.content));
  }
  *shown.mutable_update_time() = trust::ToTimestamp(env.clock.Now());
  return absl::OkStatus();
}

// The row with everything it shows now, in place of the one before; entered where it is new.
absl::Status Store(store::Transaction& tx, const Environment& env, CaseBook& book) {
  KP_RETURN_IF_ERROR(Refresh(env, book));
  if (book.row.revision > 1) return UpdateCase(tx, book.row);
  KP_ASSIGN_OR_RETURN(const bool inserted, InsertCase(tx, book.row));
  if (inserted) return absl::OkStatus();
  return MakeError(absl::StatusCode::kAborted, kConcurrentChange,
                   "the case was opened by somebody else meanwhile");
}

// What the newest confirmation leaves of differences.
struct Standing {
  int32_t version = 0;
  const google::protobuf::RepeatedPtrField<v1::Finding>& differences;
};

// Puts it into the case of differences that is not agreed; false where there is none.
absl::StatusOr<bool> ShowStanding(store::Transaction& tx, const Environment& env,
                                  const std::string& number, const Standing& standing) {
  CaseFilter filter;
  filter.number = number;
  filter.open_only = true;
  filter.limit = kMaxCases;
  KP_ASSIGN_OR_RETURN(const std::vector<CaseRow> open, ListCases(tx, filter));
  for (const CaseRow& row : open) {
    if (row.shown.kind() != v1::CASE_KIND_DIFFERENCES) continue;
    if (row.shown.state() != v1::CASE_STATE_OPEN) continue;
    KP_ASSIGN_OR_RETURN(CaseBook book, ReadCaseBook(tx, row.id));
    if (book.row.shown.confirmation_version() >= standing.version) return true;
    book.row.shown.set_confirmation_version(standing.version);
    *book.row.shown.mutable_differences() = standing.differences;
    ++book.row.revision;
    KP_RETURN_IF_ERROR(Store(tx, env, book));
    return true;
  }
  return false;
}

// A UUID that both sides make of the amended confirmation's digest.
std::string ReferenceOf(const std::string& digest) {
  const std::string hex = statement::ToHex(digest);
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20, 12));
}

v1::ReceiptStatement Refusal(const absl::Status& why) {
  v1::ReceiptStatement receipt;
  receipt.set_outcome(pb::OUTCOME_REFUSED);
  receipt.set_reason(ReasonOf(why));
  receipt.set_text(std::string(why.message()));
  return receipt;
}

}  // namespace

absl::StatusOr<std::optional<CasePair>> FindCasePair(store::ReadSession& session,
                                                     const SchemeView& view,
                                                     const std::string& number) {
  KP_ASSIGN_OR_RETURN(const auto own, FindByNumber(session, number));
  if (own.has_value()) {
    const pb::Certificate& record = own->certificate;
    if (record.export_date().empty()) return std::optional<CasePair>();
    KP_ASSIGN_OR_RETURN(const auto named, scheme::EntityCode::Parse(record.importing_entity()));
    return std::optional<CasePair>({Side::kIssuingEntity, ServedBy(view, named).text(),
                                    statement::Sha256(record.statement())});
  }
  KP_ASSIGN_OR_RETURN(const auto incoming, FindIncoming(session, number));
  if (!incoming.has_value()) return std::optional<CasePair>();
  KP_ASSIGN_OR_RETURN(const auto signed_alert, statement::Statement::Parse(incoming->prealert));
  KP_ASSIGN_OR_RETURN(const auto alert,
                      statement::DecodePayload<v1::PreAlertStatement>(signed_alert));
  return std::optional<CasePair>(
      {Side::kImportingEntity, incoming->issuer, alert.certificate_digest()});
}

std::string CaseId(std::string_view number, std::string_view certificate_digest, v1::CaseKind kind,
                   std::string_view reference) {
  const std::string named =
      absl::StrCat(std::string(number), "|", statement::ToHex(certificate_digest), "|",
                   static_cast<int>(kind), "|", std::string(reference));
  return statement::ToHex(statement::Sha256(named).substr(0, 16));
}

absl::StatusOr<CaseBook> ReadCaseBook(store::ReadSession& session, std::string_view case_id) {
  KP_ASSIGN_OR_RETURN(auto row, FindCase(session, case_id));
  if (!row.has_value()) {
    return MakeError(absl::StatusCode::kNotFound, kCaseUnknown, "there is no such case");
  }
  CaseBook book;
  book.row = *std::move(row);
  KP_ASSIGN_OR_RETURN(std::vector<CaseEntryRow> entries, ReadCaseEntries(session, case_id));
  for (CaseEntryRow& entry : entries) {
    KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(entry.statement));
    KP_ASSIGN_OR_RETURN(auto content, statement::DecodePayload<v1::CaseStatement>(parsed));
    KP_ASSIGN_OR_RETURN(scheme::CaseMove move, ReadCaseMove(entry.by, content, parsed.digest()));
    book.moves.push_back(std::move(move));
    book.told.push_back({std::move(entry), std::move(content), parsed.digest()});
  }
  return book;
}

absl::StatusOr<std::optional<CaseRow>> FindAgreedOrder(store::ReadSession& session,
                                                       const std::string& number) {
  CaseFilter filter;
  filter.number = number;
  filter.limit = kMaxCases;
  KP_ASSIGN_OR_RETURN(std::vector<CaseRow> cases, ListCases(session, filter));
  for (CaseRow& row : cases) {
    if (row.shown.agreed_remedy() == v1::CASE_REMEDY_ORDER_BACK) {
      return std::optional<CaseRow>(std::move(row));
    }
  }
  return std::optional<CaseRow>();
}

CaseBook NewCase(const Environment& env, const std::string& number, const CasePair& pair,
                 v1::CaseKind kind, const std::string& reference) {
  CaseBook book;
  book.row.id = CaseId(number, pair.digest, kind, reference);
  book.row.number = number;
  book.row.partner = pair.partner;
  book.row.side = pair.side;
  book.row.certificate_digest = pair.digest;
  book.row.reference = reference;
  book.row.shown.set_case_id(book.row.id);
  book.row.shown.set_number(number);
  book.row.shown.set_partner(pair.partner);
  book.row.shown.set_kind(kind);
  *book.row.shown.mutable_open_time() = trust::ToTimestamp(env.clock.Now());
  return book;
}

absl::StatusOr<scheme::CaseMove> ReadCaseMove(Side by, const v1::CaseStatement& content,
                                              const std::string& digest) {
  const ActNames* names = NamesOf(content.act());
  if (names == nullptr) return Malformed("act", "is none of a case's acts");
  return scheme::CaseMove{by,     content.sequence(),       content.seen(), names->act,
                          digest, content.proposal_digest()};
}

absl::Status CheckCaseContent(Side by, const v1::CaseStatement& content) {
  const bool issuer = by == Side::kIssuingEntity;
  const bool opens = content.act() == v1::CASE_ACT_OPEN;
  const bool differences = content.kind() == v1::CASE_KIND_DIFFERENCES;
  const bool failure = content.kind() == v1::CASE_KIND_FAILURE_REPORT;
  if (!differences && !failure && content.kind() != v1::CASE_KIND_IRREGULAR_SHIPMENT) {
    return Malformed("kind", "is none of the kinds of cases");
  }
  if (NamesOf(content.act()) == nullptr) return Malformed("act", "is none of a case's acts");
  KP_RETURN_IF_ERROR(CheckReasons(content.text(), "CORE III(b), V(f)"));
  if (!(differences && content.reference().empty()) && !CheckRequestId(content.reference()).ok()) {
    return Malformed("reference", "must be a UUID, or empty for differences");
  }
  if (opens && (differences ? !issuer : failure && issuer)) {
    return Malformed("kind", failure ? "a failure is reported by the importing side"
                                     : "differences come from a confirmation of import");
  }
  if (content.differences_size() > kMaxDifferences ||
      (content.differences_size() > 0) != (opens && differences)) {
    return Malformed("differences", "belong into the opening of a case of differences");
  }
  if ((opens && failure) != scheme::ParseDate(content.found_on()).ok() ||
      (!(opens && failure) && !content.found_on().empty())) {
    return Malformed("found_on", "is required for a failure report, and only there");
  }
  const bool proposes = content.act() == v1::CASE_ACT_PROPOSE;
  if (proposes != (content.remedy() != v1::CASE_REMEDY_UNSPECIFIED) ||
      !v1::CaseRemedy_IsValid(content.remedy())) {
    return Malformed("remedy", "is required for a proposal, and only there");
  }
  if (content.remedy() == v1::CASE_REMEDY_ORDER_BACK && !issuer) {
    return Malformed("remedy", "goods are ordered back by the authority that issued for them");
  }
  const bool answers = content.act() == v1::CASE_ACT_AGREE || content.act() == v1::CASE_ACT_DECLINE;
  if (content.proposal_digest().size() != (answers ? statement::kDigestSize : 0)) {
    return Malformed("proposal_digest",
                     "must be the SHA-256 of the proposal, for an answer and only there");
  }
  if (content.has_officer()) {
    for (const std::string* text : {&content.officer().spiffe_id(), &content.officer().person(),
                                    &content.officer().authority()}) {
      if (text->empty() || scheme::CheckText(*text, "officer", 300).has_value()) {
        return Malformed("officer", "is not named whole");
      }
    }
  } else if (!(opens && differences)) {
    return Malformed("officer", "is required");
  }
  return absl::OkStatus();
}

absl::Status AddToCase(store::Transaction& tx, const Environment& env, CaseBook& book, Side by,
                       const v1::CaseStatement& content, const statement::Statement& statement) {
  KP_ASSIGN_OR_RETURN(scheme::CaseMove move, ReadCaseMove(by, content, statement.digest()));
  ++book.row.revision;
  book.moves.push_back(std::move(move));
  book.told.push_back(
      {{by, content.sequence(), book.row.revision, statement.bytes(), env.clock.Now(), ""},
       content,
       statement.digest()});
  KP_RETURN_IF_ERROR(Store(tx, env, book));
  KP_RETURN_IF_ERROR(InsertCaseEntry(tx, book.row.id, book.told.back().row));
  const bool own = by == book.row.side;
  KP_ASSIGN_OR_RETURN(
      const store::NewEvent event,
      SignEvent(env, {.kind = NamesOf(content.act())->event,
                      .subject = book.row.number,
                      .officer = own && content.has_officer() ? &content.officer() : nullptr,
                      .actor_id = EntityOf(env, book.row, by),
                      .statement_digest = statement.digest(),
                      .text = content.text()}));
  return env.events.Append(tx, event).status();
}

absl::Status OpenDifferences(store::Transaction& tx, const Environment& env,
                             const v1::Certificate& record, const std::string& partner,
                             const google::protobuf::RepeatedPtrField<v1::Finding>& differences,
                             const std::string& reference) {
  const absl::Time now = env.clock.Now();
  CaseBook book = NewCase(env, record.number(),
                          {Side::kIssuingEntity, partner, statement::Sha256(record.statement())},
                          v1::CASE_KIND_DIFFERENCES, reference);
  v1::CaseStatement content;
  content.set_number(record.number());
  content.set_certificate_digest(book.row.certificate_digest);
  content.set_case_id(book.row.id);
  content.set_kind(v1::CASE_KIND_DIFFERENCES);
  content.set_reference(reference);
  content.set_act(v1::CASE_ACT_OPEN);
  content.set_sequence(1);
  content.set_text("what arrived differs from the certificate");
  *content.mutable_differences() = differences;
  content.mutable_act_time()->set_seconds(absl::ToUnixSeconds(now));
  KP_ASSIGN_OR_RETURN(const auto signed_act,
                      env.signer.Sign(CaseContentType(), content, partner, now));
  KP_RETURN_IF_ERROR(AddToCase(tx, env, book, Side::kIssuingEntity, content, signed_act));
  return env.outbox
      .Enqueue(tx,
               {partner, record.number(), kCaseMessageKind, CaseContentType(), signed_act.bytes()})
      .status();
}

absl::Status NoteDifferences(store::Transaction& tx, const Environment& env,
                             const std::string& number, const std::string& issuer,
                             const v1::ReceiptStatement& receipt) {
  KP_ASSIGN_OR_RETURN(const auto view, env.scheme.Current());
  KP_ASSIGN_OR_RETURN(const auto pair, FindCasePair(tx, *view, number));
  // Without the pre-alert the issuer's own statement opens it, which comes behind that.
  if (!pair.has_value() || pair->partner != issuer) return absl::OkStatus();
  CaseBook book = NewCase(env, number, *pair, v1::CASE_KIND_DIFFERENCES, "");
  book.row.revision = 1;
  *book.row.shown.mutable_differences() = receipt.differences();
  KP_RETURN_IF_ERROR(Refresh(env, book));
  return InsertCase(tx, book.row).status();
}

absl::Status AmendDifferences(store::Transaction& tx, const Environment& env,
                              const v1::Certificate& record, const std::string& partner,
                              int32_t version, const std::string& digest,
                              const google::protobuf::RepeatedPtrField<v1::Finding>& differences) {
  const Standing standing{version, differences};
  KP_ASSIGN_OR_RETURN(const bool shown, ShowStanding(tx, env, record.number(), standing));
  if (shown || differences.empty()) return absl::OkStatus();
  const std::string first = CaseId(record.number(), statement::Sha256(record.statement()),
                                   v1::CASE_KIND_DIFFERENCES, "");
  KP_ASSIGN_OR_RETURN(const auto closed, FindCase(tx, first));
  return OpenDifferences(tx, env, record, partner, differences,
                         closed.has_value() ? ReferenceOf(digest) : "");
}

absl::Status NoteAmendedDifferences(store::Transaction& tx, const Environment& env,
                                    const std::string& number, const std::string& issuer,
                                    int32_t version, const v1::ReceiptStatement& receipt) {
  const Standing standing{version, receipt.differences()};
  KP_ASSIGN_OR_RETURN(const bool shown, ShowStanding(tx, env, number, standing));
  if (shown || receipt.differences().empty()) return absl::OkStatus();
  // Of a further case the issuer's own statement tells, which is on its way.
  return NoteDifferences(tx, env, number, issuer, receipt);
}

absl::StatusOr<v1::ReceiptStatement> ReceiveCase(store::Transaction& tx, const Environment& env,
                                                 const std::string& sender,
                                                 const statement::Statement& statement) {
  KP_ASSIGN_OR_RETURN(const auto content, statement::DecodePayload<v1::CaseStatement>(statement));
  KP_ASSIGN_OR_RETURN(const auto view, env.scheme.Current());
  KP_ASSIGN_OR_RETURN(const auto pair, FindCasePair(tx, *view, content.number()));
  if (!pair.has_value() || pair->partner != sender ||
      pair->digest != content.certificate_digest()) {
    // The same words whatever is missing: nobody learns here which certificates there are.
    return Refusal(MakeError(absl::StatusCode::kPermissionDenied, kCaseNotAParty,
                             "the sender is no party of such a certificate"));
  }
  const Side by = scheme::OtherSide(pair->side);
  absl::Status sound = CheckCaseContent(by, content);
  if (sound.ok() && content.case_id() != CaseId(content.number(), content.certificate_digest(),
                                                content.kind(), content.reference())) {
    sound = Malformed("case_id", "is not that of such a case");
  }
  if (sound.ok() && trust::ToTime(content.act_time()) != statement.issued_at()) {
    sound = Malformed("act_time", "is not the time at which it was signed");
  }
  if (!sound.ok()) return Refusal(sound);
  auto book = ReadCaseBook(tx, content.case_id());
  if (!book.ok()) {
    if (ReasonOf(book.status()) != kCaseUnknown) return book.status();
    // What the sender says after its opening may overtake that; anything else is about no case.
    if (content.act() != v1::CASE_ACT_OPEN && content.sequence() <= 1) {
      return Refusal(book.status());
    }
    book = NewCase(env, content.number(), *pair, content.kind(), content.reference());
  }
  v1::ReceiptStatement receipt;
  if (FindTold(*book, statement.digest()) != nullptr) {
    receipt.set_outcome(pb::OUTCOME_ALREADY_DONE);
    return receipt;
  }
  KP_ASSIGN_OR_RETURN(const scheme::CaseMove move, ReadCaseMove(by, content, statement.digest()));
  if (const absl::Status fits = scheme::CheckCaseMove(book->moves, move); !fits.ok()) {
    // What has overtaken an earlier act is no refusal: the sender's outbox brings it again.
    if (ReasonOf(fits) == scheme::kCaseGap) return fits;
    return Refusal(fits);
  }
  KP_RETURN_IF_ERROR(AddToCase(tx, env, *book, by, content, statement));
  receipt.set_outcome(pb::OUTCOME_DONE);
  const scheme::CasePosition position = scheme::PositionOfCase(book->moves);
  if (move.act == scheme::CaseAct::kAgree && position.agreement->by != by) {
    receipt.set_reason(kCaseCrossed);
    receipt.set_text("the issuing side had agreed to another proposal, which holds");
  }
  return receipt;
}

std::string OutcomeText(const v1::ReceiptStatement& receipt) {
  if (!receipt.reason().empty()) return receipt.reason();
  const bool done =
      receipt.outcome() == pb::OUTCOME_DONE || receipt.outcome() == pb::OUTCOME_ALREADY_DONE;
  return done ? kDone : v1::Outcome_Name(receipt.outcome());
}

absl::Status NoteCaseOutcome(store::Transaction& tx, const Environment& env,
                             const std::string& sent, const std::string& outcome) {
  KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(sent));
  KP_ASSIGN_OR_RETURN(const auto content, statement::DecodePayload<v1::CaseStatement>(parsed));
  KP_ASSIGN_OR_RETURN(CaseBook book, ReadCaseBook(tx, content.case_id()));
  for (CaseBook::Told& told : book.told) {
    if (told.digest == parsed.digest()) told.row.outcome = outcome;
  }
  KP_RETURN_IF_ERROR(SaveCaseOutcome(tx, book.row.id, book.row.side, content.sequence(), outcome));
  ++book.row.revision;
  return Store(tx, env, book);
}

}  // namespace kp::certificate
