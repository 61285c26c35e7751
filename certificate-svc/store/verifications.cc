#include "certificate-svc/store/verifications.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/store/import_book.h"
#include "certificate-svc/store/shared.h"

namespace kp::certificate {
namespace {

using store::Bytes;
using store::ReadSession;
using store::Transaction;

absl::StatusOr<int64_t> NextChange(Transaction& tx) { return NextOf(tx, "incoming"); }

// The rows that a statement has changed, by their cursors.
absl::Status TouchIncoming(Transaction& tx, const absl::StatusOr<std::vector<int64_t>>& cursors) {
  KP_RETURN_IF_ERROR(cursors.status());
  for (const int64_t cursor : *cursors) tx.Touch("incoming", {std::to_string(cursor)});
  return absl::OkStatus();
}

template <typename... Arguments>
absl::StatusOr<std::vector<Incoming>> QueryIncoming(ReadSession& session,
                                                    const std::string& condition,
                                                    const Arguments&... arguments) {
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (session.Query<int64_t, int64_t, std::string, std::string, Bytes, absl::Time,
                     std::optional<Bytes>, int64_t, std::optional<Bytes>>(
          absl::StrCat("SELECT i.cursor, i.change, i.number, i.issuer, i.prealert, i.received_at, "
                       "u.receipt, i.state, i.status_statement FROM incoming i "
                       "LEFT JOIN home_uses u ON u.number = i.number ",
                       condition),
          arguments...)));
  std::vector<Incoming> list;
  for (const auto& [cursor, change, number, issuer, prealert, received_at, receipt, state, status] :
       found) {
    list.push_back({cursor, change, number, issuer, prealert.value, received_at,
                    receipt.value_or(Bytes{}).value, static_cast<pb::CertificateState>(state),
                    status.value_or(Bytes{}).value});
  }
  return list;
}

}  // namespace

absl::StatusOr<int64_t> WrongTries(ReadSession& session, std::string_view number,
                                   std::string_view asker) {
  KP_ASSIGN_OR_RETURN(
      const auto tries,
      session.QueryOne<int64_t>("SELECT tries FROM wrong_tries WHERE number = ? AND asker = ?",
                                number, asker));
  return tries.value_or(0);
}

absl::StatusOr<int64_t> CountWrongTry(Transaction& tx, std::string_view number,
                                      std::string_view asker) {
  KP_ASSIGN_OR_RETURN(const auto tries,
                      tx.QueryOne<int64_t>(
                          "INSERT INTO wrong_tries (number, asker, tries) VALUES (?, ?, 1) "
                          "ON CONFLICT (number, asker) DO UPDATE SET tries = wrong_tries.tries + 1 "
                          "RETURNING tries",
                          number, asker));
  if (!tries.has_value()) return absl::InternalError("a wrong try was not counted");
  return *tries;
}

absl::Status SaveAnswer(Transaction& tx, std::string_view digest, std::string_view number,
                        std::string_view asker, absl::Time answered_at,
                        const std::string& statement) {
  return tx
      .Execute(
          "INSERT INTO answers (digest, number, asker, answered_at, statement) "
          "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
          Bytes{std::string(digest)}, number, asker, answered_at, Bytes{statement})
      .status();
}

absl::StatusOr<int64_t> TouchUnsealed(Transaction& tx, int limit) {
  struct Kept {
    const char* table;
    const char* unsealed;
    const char* mark;
  };
  constexpr Kept kKept[] = {
      {"answers", "SELECT digest FROM answers WHERE sealed = 0 LIMIT ?",
       "UPDATE answers SET sealed = 1 WHERE digest = ? AND sealed = 0"},
      {"evidence", "SELECT id FROM evidence WHERE sealed = 0 LIMIT ?",
       "UPDATE evidence SET sealed = 1 WHERE id = ? AND sealed = 0"},
  };
  int64_t touched = 0;
  for (const Kept& kept : kKept) {
    KP_ASSIGN_OR_RETURN(const auto keys, tx.Query<std::string>(kept.unsealed, limit));
    for (const std::string& key : keys) {
      KP_ASSIGN_OR_RETURN(const int64_t marked, tx.Execute(kept.mark, key));
      if (marked == 0) continue;
      tx.Touch(kept.table, {key});
      ++touched;
    }
  }
  return touched;
}

absl::Status SaveEvidence(Transaction& tx, const Evidence& evidence) {
  return tx
      .Execute(
          "INSERT INTO evidence (id, caller, number, question, answer, response, verified_at) "
          "VALUES (?, ?, ?, ?, ?, ?, ?)",
          evidence.id, evidence.caller, evidence.number, Bytes{evidence.question},
          Bytes{evidence.answer}, Bytes{evidence.response}, evidence.verified_at)
      .status();
}

absl::StatusOr<std::optional<Evidence>> FindEvidence(ReadSession& session, std::string_view id) {
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (session.QueryOne<std::string, std::string, std::string, Bytes, Bytes, Bytes, absl::Time>(
          "SELECT id, caller, number, question, answer, response, verified_at FROM evidence "
          "WHERE id = ?",
          id)));
  if (!found.has_value()) return std::optional<Evidence>();
  const auto& [evidence_id, caller, number, question, answer, response, verified_at] = *found;
  return std::optional<Evidence>(Evidence{evidence_id, caller, number, question.value, answer.value,
                                          response.value, verified_at});
}

absl::Status SaveTicket(Transaction& tx, const Ticket& ticket) {
  return tx
      .Execute(
          "INSERT INTO tickets (id, caller, request, question, message_id, asked_at, "
          "evidence_id) VALUES (?, ?, ?, ?, ?, ?, NULL)",
          ticket.id, ticket.caller, Bytes{ticket.request}, Bytes{ticket.question},
          ticket.message_id, ticket.asked_at)
      .status();
}

absl::StatusOr<std::optional<Ticket>> FindTicket(ReadSession& session, std::string_view id) {
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (session.QueryOne<std::string, std::string, Bytes, Bytes, std::string, absl::Time,
                        std::optional<std::string>>(
          "SELECT id, caller, request, question, message_id, asked_at, evidence_id FROM tickets "
          "WHERE id = ?",
          id)));
  if (!found.has_value()) return std::optional<Ticket>();
  const auto& [ticket_id, caller, request, question, message_id, asked_at, evidence_id] = *found;
  return std::optional<Ticket>(Ticket{ticket_id, caller, request.value, question.value, message_id,
                                      asked_at, evidence_id.value_or("")});
}

absl::Status AnswerTicket(Transaction& tx, std::string_view id, std::string_view evidence_id) {
  return tx
      .Execute("UPDATE tickets SET evidence_id = ? WHERE id = ? AND evidence_id IS NULL",
               evidence_id, id)
      .status();
}

absl::Status SaveIncoming(Transaction& tx, const Incoming& incoming) {
  KP_ASSIGN_OR_RETURN(const int64_t next, NextChange(tx));
  return TouchIncoming(
      tx, tx.Query<int64_t>(
              "INSERT INTO incoming (cursor, change, number, issuer, prealert, received_at, state) "
              "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING cursor",
              next, next, incoming.number, incoming.issuer, Bytes{incoming.prealert},
              incoming.received_at, static_cast<int>(incoming.state)));
}

absl::StatusOr<bool> SaveIncomingStatus(Transaction& tx, std::string_view number,
                                        std::string_view issuer, pb::CertificateState state,
                                        const std::string& statement) {
  KP_ASSIGN_OR_RETURN(const int64_t change, NextChange(tx));
  KP_ASSIGN_OR_RETURN(
      const auto changed,
      tx.Query<int64_t>("UPDATE incoming SET state = CASE WHEN ? >= 10 THEN ? ELSE state END, "
                        "status_statement = ?, change = ? WHERE number = ? AND issuer = ? "
                        "RETURNING cursor",
                        static_cast<int>(state), static_cast<int>(state), Bytes{statement}, change,
                        number, issuer));
  KP_RETURN_IF_ERROR(TouchIncoming(tx, changed));
  // An endorsed error closes nothing.
  if (!changed.empty() && state >= pb::CERTIFICATE_STATE_CONFIRMED) {
    KP_RETURN_IF_ERROR(SetImportState(tx, number, state));
  }
  return !changed.empty();
}

absl::Status SaveIncomingState(Transaction& tx, std::string_view number,
                               pb::CertificateState state) {
  KP_ASSIGN_OR_RETURN(const int64_t change, NextChange(tx));
  KP_RETURN_IF_ERROR(TouchIncoming(
      tx, tx.Query<int64_t>("UPDATE incoming SET state = ?, change = ? WHERE number = ? AND "
                            "state < 10 RETURNING cursor",
                            static_cast<int>(state), change, number)));
  return SetImportState(tx, number, state);
}

std::string IncomingListSql(const IncomingFilter& filter) {
  // Numbers of an enumeration, no text of a caller.
  std::string states;
  for (const pb::CertificateState state : filter.states) {
    absl::StrAppend(&states, states.empty() ? "i.state IN (" : ", ", static_cast<int>(state));
  }
  if (!states.empty()) states += ") AND ";
  return absl::StrCat("WHERE ", filter.issuer.empty() ? "" : "i.issuer = ? AND ", states,
                      filter.by_day() ? "i.export_day >= ? AND (i.export_day, i.number) < (?, ?) "
                                        "ORDER BY i.export_day DESC, i.number DESC LIMIT ?"
                                      : "i.cursor < ? ORDER BY i.cursor DESC LIMIT ?");
}

absl::StatusOr<std::vector<Incoming>> ListIncoming(ReadSession& session,
                                                   const IncomingFilter& filter) {
  const std::string sql = IncomingListSql(filter);
  const int64_t before = filter.before_cursor == 0 ? INT64_MAX : filter.before_cursor;
  // Behind every day; and before the number "" of a day stands nothing of that day.
  const std::string first_out = filter.exported_until.empty() ? "9999-99-99"
                                                              : filter.exported_until;
  const std::string& day = filter.before_day.empty() ? first_out : filter.before_day;
  const auto query = [&](const auto&... issuer) {
    return filter.by_day()
               ? QueryIncoming(session, sql, issuer..., filter.exported_from, day,
                               filter.before_number, filter.limit)
               : QueryIncoming(session, sql, issuer..., before, filter.limit);
  };
  return filter.issuer.empty() ? query() : query(filter.issuer);
}

absl::StatusOr<int64_t> LastIncomingChange(ReadSession& session) {
  KP_ASSIGN_OR_RETURN(const auto last,
                      session.QueryOne<int64_t>("SELECT COALESCE(MAX(change), 0) FROM incoming"));
  return last.value_or(0);
}

absl::StatusOr<std::vector<Incoming>> IncomingChangedAfter(ReadSession& session,
                                                           int64_t after_change, int limit) {
  return QueryIncoming(session, "WHERE i.change > ? ORDER BY i.change LIMIT ?", after_change,
                       limit);
}

absl::StatusOr<std::optional<Incoming>> FindIncoming(ReadSession& session,
                                                     std::string_view number) {
  KP_ASSIGN_OR_RETURN(std::vector<Incoming> found,
                      QueryIncoming(session, "WHERE i.number = ?", number));
  if (found.empty()) return std::optional<Incoming>();
  return std::optional<Incoming>(std::move(found.front()));
}

absl::Status SaveHomeUse(Transaction& tx, std::string_view number, const std::string& receipt,
                         absl::Time received_at) {
  KP_ASSIGN_OR_RETURN(const int64_t change, NextChange(tx));
  KP_RETURN_IF_ERROR(TouchIncoming(
      tx, tx.Query<int64_t>("UPDATE incoming SET change = ? WHERE number = ? RETURNING cursor",
                            change, number)));
  tx.Touch("home_uses", {std::string(number)});
  return tx
      .Execute(
          "INSERT INTO home_uses (number, receipt, received_at) VALUES (?, ?, ?) "
          "ON CONFLICT (number) DO UPDATE SET receipt = excluded.receipt, "
          "received_at = excluded.received_at",
          number, Bytes{receipt}, received_at)
      .status();
}

absl::StatusOr<std::string> FindHomeUse(ReadSession& session, std::string_view number) {
  KP_ASSIGN_OR_RETURN(
      const auto receipt,
      session.QueryOne<Bytes>("SELECT receipt FROM home_uses WHERE number = ?", number));
  return receipt.has_value() ? receipt->value : std::string();
}

}  // namespace kp::certificate
