#include "mesh/outbox/queue.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace kp::outbox {
namespace {

using store::Bytes;

constexpr size_t kMaxError = 300;

// No earlier message of the order key is undelivered: the one rule of the order.
#define KP_OUTBOX_FIRST                                                    \
  "NOT EXISTS (SELECT 1 FROM outbox_message e WHERE e.partner = m.partner" \
  " AND e.order_key = m.order_key AND e.position < m.position AND e.state <> 'DELIVERED')"

// For operators: short, one line, whatever bytes the partner sent.
std::string ErrorText(const absl::Status& error) {
  const std::string reason = ReasonOf(error);
  std::string text = absl::CEscape(
      absl::StrCat(absl::StatusCodeToString(error.code()), reason.empty() ? "" : " ", reason, ": ",
                   error.message()));
  if (text.size() > kMaxError) text.resize(kMaxError);
  return text;
}

}  // namespace

Queue::Queue(store::Database& database, const Clock& clock, std::string owner,
             absl::Duration lease, std::function<void()> recorded)
    : database_(database),
      clock_(clock),
      owner_(std::move(owner)),
      lease_(lease),
      recorded_(std::move(recorded)) {}

absl::Status Queue::TakeBackClaims() {
  return database_.Write([this](store::Transaction& tx) {
    return tx
        .Execute("UPDATE outbox_message SET claimed_until = 0"
                 " WHERE state = 'PENDING' AND claimed_by = ? AND claimed_until > 0",
                 owner_)
        .status();
  });
}

absl::StatusOr<std::map<std::string, absl::Time>> Queue::Due() const {
  std::map<std::string, absl::Time> due;
  KP_RETURN_IF_ERROR(database_.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(const auto rows,
                        (session.Query<std::string, absl::Time>(
                            "SELECT partner, MIN(next_try_at) FROM outbox_message"
                            " WHERE state = 'PENDING' GROUP BY partner")));
    due.clear();
    for (const auto& [partner, at] : rows) due[partner] = at;
    return absl::OkStatus();
  }));
  return due;
}

absl::Status Queue::MakeDue(const std::string& partner) {
  return database_.Write([&](store::Transaction& tx) {
    const absl::Time now = clock_.Now();
    return tx
        .Execute("UPDATE outbox_message SET next_try_at = ?"
                 " WHERE partner = ? AND state = 'PENDING' AND next_try_at > ?",
                 now, partner, now)
        .status();
  });
}

absl::StatusOr<std::optional<Message>> Queue::Claim(const std::string& partner) {
  // A read finds the candidate, so that looking in vain costs the writer nothing. Another replica may
  // take it meanwhile; after a few such losses its dispatcher has the work in hand.
  for (int attempt = 0; attempt < 3; ++attempt) {
    KP_ASSIGN_OR_RETURN(const std::optional<std::string> id, Candidate(partner));
    if (!id.has_value()) return std::nullopt;
    KP_ASSIGN_OR_RETURN(std::optional<Message> message, ClaimOne(*id));
    if (message.has_value()) return message;
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<std::string>> Queue::Candidate(const std::string& partner) const {
  std::optional<std::string> id;
  KP_RETURN_IF_ERROR(database_.Read([&](store::ReadSession& session) -> absl::Status {
    const absl::Time now = clock_.Now();
    KP_ASSIGN_OR_RETURN(id, session.QueryOne<std::string>(
                                "SELECT m.id FROM outbox_message m WHERE m.partner = ?"
                                " AND m.state = 'PENDING' AND m.next_try_at <= ?"
                                " AND m.claimed_until <= ? AND " KP_OUTBOX_FIRST
                                " ORDER BY m.next_try_at, m.position LIMIT 1",
                                partner, now, now));
    return absl::OkStatus();
  }));
  return id;
}

absl::StatusOr<std::optional<Message>> Queue::ClaimOne(const std::string& id) {
  std::optional<Message> message;
  KP_RETURN_IF_ERROR(database_.Write([&](store::Transaction& tx) -> absl::Status {
    message.reset();
    const absl::Time now = clock_.Now();
    KP_ASSIGN_OR_RETURN(
        const auto row,
        (tx.QueryOne<std::string, std::string, std::string, std::string, Bytes, absl::Time, int64_t>(
            "UPDATE outbox_message AS m SET claimed_by = ?, claimed_until = ?,"
            " attempts = attempts + 1 WHERE m.id = ? AND m.state = 'PENDING'"
            " AND m.claimed_until <= ? AND " KP_OUTBOX_FIRST
            " RETURNING partner, order_key, kind, content_type, body, created_at, attempts",
            owner_, now + lease_, id, now)));
    if (!row.has_value()) return absl::OkStatus();
    const auto& [partner, key, kind, type, body, created, attempts] = *row;
    message.emplace();
    message->id = id;
    message->what = {partner, key, kind, type, body.value};
    message->created_at = created;
    message->attempts = attempts;
    return absl::OkStatus();
  }));
  return message;
}

absl::StatusOr<absl::Time> Queue::NextDue(const std::string& partner) const {
  std::optional<absl::Time> due;
  KP_RETURN_IF_ERROR(database_.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(due, session.QueryOne<absl::Time>(
                                 "SELECT m.next_try_at FROM outbox_message m WHERE m.partner = ?"
                                 " AND m.state = 'PENDING' AND m.next_try_at > ?"
                                 " AND " KP_OUTBOX_FIRST
                                 " ORDER BY m.next_try_at, m.position LIMIT 1",
                                 partner, clock_.Now()));
    return absl::OkStatus();
  }));
  return due.value_or(absl::InfiniteFuture());
}

absl::Status Queue::RecordDelivered(const Message& message, const Delivery& delivery,
                                    Effects& effects) {
  return database_.Write([&](store::Transaction& tx) -> absl::Status {
    KP_ASSIGN_OR_RETURN(
        const int64_t changed,
        tx.Execute("UPDATE outbox_message SET state = 'DELIVERED', receipt = ?, outcome = ?,"
                   " last_error = '', claimed_until = 0"
                   " WHERE id = ? AND state = 'PENDING' AND claimed_by = ?",
                   Bytes{delivery.receipt}, delivery.outcome, message.id, owner_));
    if (changed == 0) return absl::OkStatus();
    tx.OnCommit(recorded_);
    return effects.OnDelivered(tx, message, delivery);
  });
}

absl::Status Queue::RecordRefused(const Message& message, const absl::Status& error,
                                  Effects& effects) {
  return database_.Write([&](store::Transaction& tx) -> absl::Status {
    KP_ASSIGN_OR_RETURN(const int64_t changed,
                        tx.Execute("UPDATE outbox_message SET state = 'FAILED', last_error = ?,"
                                   " claimed_until = 0"
                                   " WHERE id = ? AND state = 'PENDING' AND claimed_by = ?",
                                   ErrorText(error), message.id, owner_));
    if (changed == 0) return absl::OkStatus();
    tx.OnCommit(recorded_);
    return effects.OnRefused(tx, message, error);
  });
}

absl::Status Queue::RecordRetry(const Message& message, const absl::Status& error,
                                absl::Duration pause) {
  return database_.Write([&](store::Transaction& tx) -> absl::Status {
    const absl::Time now = clock_.Now();
    tx.OnCommit(recorded_);
    return tx
        .Execute("UPDATE outbox_message SET"
                 " state = CASE WHEN give_up_at <= ? THEN 'PARKED' ELSE 'PENDING' END,"
                 " next_try_at = ?, last_error = ?, claimed_until = 0"
                 " WHERE id = ? AND state = 'PENDING' AND claimed_by = ?",
                 now, now + pause, ErrorText(error), message.id, owner_)
        .status();
  });
}

}  // namespace kp::outbox
