#include <map>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/audit/checks.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/store/certificates.h"
#include "certificate-svc/store/serial_ranges.h"
#include "kp/certificate/v1/verification_service.pb.h"
#include "mesh/statement/proto_cbor.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

constexpr int kPage = 500;

class StatementWalk final {
 public:
  StatementWalk(store::ReadSession& session, const std::string& entity, Auditor& auditor,
                EventBook& book)
      : session_(session), entity_(entity), auditor_(auditor), book_(book) {}

  absl::Status Run() {
    KP_RETURN_IF_ERROR(CheckAnswers());
    KP_RETURN_IF_ERROR(CheckEvidence());
    KP_RETURN_IF_ERROR(CheckIncoming());
    return CheckHomeUses();
  }

 private:
  absl::Status CheckAnswers() {
    constexpr char kTable[] = "answers";
    std::string after;
    while (true) {
      KP_ASSIGN_OR_RETURN(
          const auto page,
          (session_.Query<std::string, std::string, std::string, absl::Time, std::string>(
              "SELECT digest, number, asker, answered_at, statement FROM answers "
              "WHERE digest > ? ORDER BY digest LIMIT ?",
              after, kPage)));
      std::vector<absl::StatusOr<statement::Statement>> checked(page.size(),
                                                                absl::InternalError(""));
      InParallel(page.size(), [&](size_t i) {
        std::string bytes;
        if (absl::Base64Unescape(std::get<4>(page[i]), &bytes)) {
          checked[i] = CheckSigned(bytes, AnswerContentType(), entity_, auditor_.keys());
        }
      });
      for (size_t i = 0; i < page.size(); ++i) {
        const auto& [digest, number, asker, answered_at, text] = page[i];
        after = digest;
        ++auditor_.report().answers;
        const std::string subject = absl::StrCat(number, " to ", asker);
        if (!auditor_.Bytes(kTable, subject, "statement", text).has_value()) continue;
        ++auditor_.report().signatures;
        if (!checked[i].ok()) {
          auditor_.Fault(kTable, subject,
                         absl::StrCat("the signed statement does not hold: ",
                                      std::string(checked[i].status().message())));
          continue;
        }
        const statement::Statement& answer = *checked[i];
        auditor_.Same(kTable, subject, "the digest", digest, absl::Base64Escape(answer.digest()));
        auditor_.Same(kTable, subject, "the asker", asker, answer.audience().value_or(""));
        auditor_.Same(kTable, subject, "the time", absl::ToUnixSeconds(answered_at),
                      absl::ToUnixSeconds(answer.issued_at()));
        const auto content = statement::DecodePayload<v1::AnswerStatement>(answer);
        auditor_.Same(kTable, subject, "the number", number,
                      content.ok() ? content->number() : "unreadable");
      }
      if (page.size() < kPage) return absl::OkStatus();
    }
  }

  absl::Status CheckEvidence() {
    constexpr char kTable[] = "evidence";
    std::string after;
    while (true) {
      KP_ASSIGN_OR_RETURN(
          const auto page,
          (session_.Query<std::string, std::string, std::string, std::string, std::string>(
              "SELECT id, number, question, answer, response FROM evidence "
              "WHERE id > ? ORDER BY id LIMIT ?",
              after, kPage)));
      for (const auto& [id, number, question_text, answer_text, response_text] : page) {
        after = id;
        ++auditor_.report().evidence;
        const std::string subject = absl::StrCat(id, " about ", number);
        const auto question = auditor_.Bytes(kTable, subject, "question", question_text);
        const auto answer = auditor_.Bytes(kTable, subject, "answer", answer_text);
        const auto response = auditor_.Bytes(kTable, subject, "response", response_text);
        if (question && answer && response)
          CheckOne(subject, id, number, *question, *answer, *response);
      }
      if (page.size() < kPage) return absl::OkStatus();
    }
  }

  void CheckOne(const std::string& subject, const std::string& id, const std::string& number,
                const std::string& question_bytes, const std::string& answer_bytes,
                const std::string& response_bytes) {
    constexpr char kTable[] = "evidence";
    v1::VerifyCertificateResponse response;
    if (!response.ParseFromString(response_bytes)) {
      auditor_.Fault(kTable, subject, "the response cannot be read");
      return;
    }
    v1::Question question;
    if (!statement::DecodePayload(question_bytes, question).ok()) {
      auditor_.Fault(kTable, subject, "the question cannot be read");
      return;
    }
    auditor_.Same(kTable, subject, "the id in the response", response.evidence_id(), id);
    auditor_.Same(kTable, subject, "the number in the response", response.number(), number);
    auditor_.Same(kTable, subject, "the number in the question", question.number(), number);
    if (response.answer() != answer_bytes) {
      auditor_.Fault(kTable, subject, "the response holds another answer");
    }
    // An answer that was not believed proves nothing, and was kept for the alarm.
    if (response.reachability() != pb::REACHABILITY_ANSWERED) return;
    const auto signed_answer =
        auditor_.Signed(kTable, subject, answer_bytes, AnswerContentType(), response.issuer());
    if (!signed_answer.has_value()) return;
    const auto content = statement::DecodePayload<v1::AnswerStatement>(*signed_answer);
    if (!content.ok() || content->question_digest() != statement::Sha256(question_bytes)) {
      auditor_.Fault(kTable, subject, "the answer is about another question");
      return;
    }
    if (content->known() &&
        (content->state() != response.state() || content->standing() != response.standing() ||
         content->use() != response.use())) {
      auditor_.Fault(kTable, subject, "the response says other than the answer");
    }
  }

  absl::Status CheckIncoming() {
    constexpr char kTable[] = "incoming";
    std::map<std::string, std::string, std::less<>> expected = book_.prealerts;
    int64_t after = INT64_MIN;
    while (true) {
      KP_ASSIGN_OR_RETURN(
          const auto page,
          (session_
               .Query<int64_t, std::string, std::string, std::string, std::optional<std::string>>(
                   "SELECT cursor, number, issuer, prealert, status_statement FROM incoming "
                   "WHERE cursor > ? ORDER BY cursor LIMIT ?",
                   after, kPage)));
      for (const auto& [cursor, number, issuer, prealert, status] : page) {
        after = cursor;
        ++auditor_.report().incoming;
        const auto known = expected.find(number);
        if (known == expected.end()) {
          auditor_.Fault(kTable, number, "no event speaks of its pre-alert");
        }
        if (const auto bytes = auditor_.Bytes(kTable, number, "prealert", prealert)) {
          CheckHeld(kTable, number, *bytes, PreAlertContentType(), issuer,
                    known == expected.end() ? "" : known->second);
        }
        if (known != expected.end()) expected.erase(known);
        const auto last = book_.statuses.find(number);
        if (status.has_value() != (last != book_.statuses.end())) {
          auditor_.Fault(kTable, number,
                         status.has_value() ? "no event speaks of its status statement"
                                            : "the status statement is missing");
        } else if (status.has_value()) {
          if (const auto bytes = auditor_.Bytes(kTable, number, "status_statement", *status)) {
            CheckHeld(kTable, number, *bytes, StatusContentType(), issuer, last->second);
          }
        }
      }
      if (page.size() < kPage) break;
    }
    for (const auto& [number, digest] : expected) {
      auditor_.Fault(kTable, number, "the row is missing, though its pre-alert came");
    }
    return absl::OkStatus();
  }

  // A statement of another entity: well signed, and the one of which the event tells.
  void CheckHeld(const char* table, const std::string& number, const std::string& bytes,
                 const std::string& content_type, const std::string& issuer,
                 const std::string& digest) {
    const auto statement = auditor_.Signed(table, number, bytes, content_type, issuer);
    if (statement.has_value() && !digest.empty() && statement->digest() != digest) {
      auditor_.Fault(
          table, number,
          absl::StrCat("another statement (", content_type, ") than the one that was received"));
    }
  }

  absl::Status CheckHomeUses() {
    constexpr char kTable[] = "home_uses";
    std::string after;
    while (true) {
      KP_ASSIGN_OR_RETURN(const auto page,
                          (session_.Query<std::string, std::string>(
                              "SELECT number, receipt FROM home_uses WHERE number > ? "
                              "ORDER BY number LIMIT ?",
                              after, kPage)));
      for (const auto& [number, text] : page) {
        after = number;
        const auto bytes = auditor_.Bytes(kTable, number, "receipt", text);
        if (!bytes.has_value()) continue;
        const auto parsed = statement::Statement::Parse(*bytes);
        const auto receipt = auditor_.Signed(kTable, number, *bytes, ReceiptContentType(),
                                             parsed.ok() ? parsed->issuer() : "");
        if (receipt.has_value() && !book_.use_receipts.contains(receipt->digest())) {
          auditor_.Fault(kTable, number, "no event speaks of this receipt");
        }
      }
      if (page.size() < kPage) return absl::OkStatus();
    }
  }

  store::ReadSession& session_;
  const std::string& entity_;
  Auditor& auditor_;
  EventBook& book_;
};

}  // namespace

absl::Status CheckUses(store::ReadSession& session, Auditor& auditor, EventBook& book) {
  constexpr char kTable[] = "uses";
  std::string after;
  while (true) {
    KP_ASSIGN_OR_RETURN(
        const auto page,
        (session.Query<std::string, int64_t>(
            "SELECT number, confirmed FROM uses WHERE number > ? ORDER BY number LIMIT ?", after,
            kPage)));
    for (const auto& [number, confirmed] : page) {
      after = number;
      if (confirmed != 0 && confirmed != 1) {
        auditor.Fault(kTable, number, "the column confirmed is not as it is written");
      }
      const auto known = book.uses.find(number);
      if (known == book.uses.end()) {
        auditor.Fault(kTable, number, "no event speaks of a use of it");
        continue;
      }
      known->second.seen = true;
      const auto row = FindUse(session, number);
      if (!row.ok()) {
        auditor.Fault(kTable, number, "the row cannot be read");
        continue;
      }
      // As of the past, when a reservation had not lapsed yet: the event was written then.
      const pb::UseRecord stored =
          scheme::wire::WriteUse(row->use, row->customs_partner, absl::InfinitePast());
      const std::string difference = Difference(known->second.use, stored);
      if (!difference.empty()) {
        auditor.Fault(
            kTable, number,
            absl::StrCat("is not as event ", known->second.sequence, " says: ", difference));
      }
    }
    if (page.size() < kPage) break;
  }
  for (const auto& [number, facts] : book.uses) {
    if (facts.seen) continue;
    auditor.Fault(kTable, number,
                  absl::StrCat("the row is missing; event ", facts.sequence, " used it"));
  }
  return absl::OkStatus();
}

absl::Status CheckRanges(store::ReadSession& session, Auditor& auditor, EventBook& book) {
  constexpr char kTable[] = "serial_ranges";
  std::map<std::string, std::string, std::less<>> expected = book.ranges;
  std::string after;
  while (true) {
    KP_ASSIGN_OR_RETURN(
        const auto page,
        (session.Query<std::string, int64_t, std::string, int64_t, int64_t, int64_t, std::string,
                       int64_t, std::string>(
            "SELECT id, kind, head, digits, first_value, last_value, authority, year, record "
            "FROM serial_ranges WHERE id > ? ORDER BY id LIMIT ?",
            after, kPage)));
    for (const auto& [id, kind, head, digits, first, last, authority, year, text] : page) {
      after = id;
      const auto known = expected.find(id);
      if (known == expected.end()) {
        auditor.Fault(kTable, id, "no event speaks of this range");
        continue;
      }
      const std::string said = known->second;
      expected.erase(known);
      const auto bytes = auditor.Bytes(kTable, id, "record", text);
      pb::SerialRange record;
      if (!bytes.has_value()) continue;
      if (*bytes != said) {
        pb::SerialRange event;
        event.ParseFromString(said);
        auditor.Fault(kTable, id,
                      record.ParseFromString(*bytes)
                          ? "the record is not that of its event: " + Difference(event, record)
                          : "the record cannot be read");
        continue;
      }
      record.ParseFromString(*bytes);
      const auto range = ReadSerialRange(record);
      if (!range.ok() || head != range->first.head || digits != range->first.digits ||
          first != range->first.value || last != range->last || authority != range->authority ||
          year != range->year || kind != static_cast<int64_t>(range->kind)) {
        auditor.Fault(kTable, id, "a column is not what the record says");
      }
    }
    if (page.size() < kPage) break;
  }
  for (const auto& [id, record] : expected) auditor.Fault(kTable, id, "the row is missing");
  return absl::OkStatus();
}

absl::Status CheckStatements(store::ReadSession& session, const std::string& entity,
                             Auditor& auditor, EventBook& book) {
  return StatementWalk(session, entity, auditor, book).Run();
}

}  // namespace kp::certificate
