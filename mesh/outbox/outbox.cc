#include "mesh/outbox/outbox.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/outbox/reasons.h"
#include "mesh/outbox/signals.h"

namespace kp::outbox {
namespace {

using store::Bytes;
using Steady = std::chrono::steady_clock;

constexpr int kMaxPage = 1000;
// Messages that may wait for one partner. At the scheme's volume that is a partner gone for years.
constexpr int64_t kMaxOpen = 100'000;
// How often a result recorded by another replica is looked for.
constexpr std::chrono::milliseconds kAwaitPoll(250);

// Pending, but behind a message that was given up or refused.
#define KP_OUTBOX_HELD                                                                   \
  "(m.state = 'PENDING' AND EXISTS (SELECT 1 FROM outbox_message e"                      \
  " WHERE e.partner = m.partner AND e.order_key = m.order_key AND e.position < m.position" \
  " AND e.state <> 'DELIVERED' AND e.state <> 'PENDING'))"

#define KP_OUTBOX_INFO                                                              \
  "m.id, m.partner, m.order_key, m.kind, m.created_at, CASE WHEN " KP_OUTBOX_HELD   \
  " THEN 'HELD' WHEN m.outcome = 'DISCARDED' THEN 'DISCARDED' ELSE m.state END, "   \
  "m.attempts, m.next_try_at, m.last_error, m.position"

absl::StatusOr<State> ParseState(std::string_view name) {
  for (const State state : {State::kPending, State::kDelivered, State::kParked, State::kFailed,
                            State::kHeld, State::kDiscarded}) {
    if (StateName(state) == name) return state;
  }
  return absl::InternalError("an outbox message has an unknown state");
}

absl::Status Unknown() {
  return MakeError(absl::StatusCode::kNotFound, kMessageUnknown, "no message has this id");
}

// Why an operator can do nothing about this message.
absl::Status NotParked(store::Transaction& tx, std::string_view id) {
  KP_ASSIGN_OR_RETURN(const auto exists,
                      tx.QueryOne<int64_t>("SELECT 1 FROM outbox_message WHERE id = ?", id));
  if (!exists.has_value()) return Unknown();
  return MakeError(absl::StatusCode::kFailedPrecondition, kMessageNotParked,
                   "only a parked or refused message can be retried or discarded; the one that "
                   "holds this one back may be");
}

struct PositionedInfo {
  MessageInfo info;
  int64_t position = 0;
};

// Runs a SELECT of KP_OUTBOX_INFO.
template <typename... Args>
absl::StatusOr<std::vector<PositionedInfo>> SelectInfo(store::ReadSession& session,
                                                       std::string_view sql, const Args&... args) {
  KP_ASSIGN_OR_RETURN(
      auto rows,
      (session.Query<std::string, std::string, std::string, std::string, absl::Time, std::string,
                     int64_t, absl::Time, std::string, int64_t>(sql, args...)));
  std::vector<PositionedInfo> infos;
  for (auto& [id, partner, key, kind, created, name, attempts, next, error, position] : rows) {
    KP_ASSIGN_OR_RETURN(const State state, ParseState(name));
    infos.push_back({{id, partner, key, kind, created, state, attempts, next, error}, position});
  }
  return infos;
}

const char* StateCondition(const ListQuery& query) {
  if (!query.state.has_value()) return "m.state <> 'DELIVERED'";
  switch (*query.state) {
    case State::kPending: return "m.state = 'PENDING' AND NOT " KP_OUTBOX_HELD;
    case State::kDelivered: return "m.state = 'DELIVERED' AND m.outcome <> 'DISCARDED'";
    // Stored as delivered with this outcome: it is as far out of the way.
    case State::kDiscarded: return "m.state = 'DELIVERED' AND m.outcome = 'DISCARDED'";
    case State::kParked: return "m.state = 'PARKED'";
    case State::kFailed: return "m.state = 'FAILED'";
    case State::kHeld: return KP_OUTBOX_HELD;
  }
  return "";
}

}  // namespace

std::string_view StateName(State state) {
  switch (state) {
    case State::kPending: return "PENDING";
    case State::kDelivered: return "DELIVERED";
    case State::kParked: return "PARKED";
    case State::kFailed: return "FAILED";
    case State::kHeld: return "HELD";
    case State::kDiscarded: return "DISCARDED";
  }
  return "";
}

Outbox::Outbox(store::Database& database, const Clock& clock, IdSource& ids,
               absl::Duration max_age)
    : database_(database),
      clock_(clock),
      ids_(ids),
      max_age_(max_age),
      signals_(std::make_unique<Signals>()) {}

Outbox::~Outbox() = default;

absl::StatusOr<std::string> Outbox::Enqueue(store::Transaction& tx, NewMessage message) {
  std::vector<Fault> faults;
  const auto require = [&](const std::string& value, const char* field) {
    if (value.empty()) faults.push_back({kMessageIncomplete, field, "is required", ""});
  };
  require(message.partner, "partner");
  require(message.order_key, "order_key");
  require(message.kind, "kind");
  KP_RETURN_IF_ERROR(FieldErrors(faults));

  // The partner's counter row is held until the commit, so that positions are taken in the order of
  // the commits and no earlier message shows up behind one that was delivered.
  const auto advance = [&] {
    return tx.QueryOne<int64_t>(
        "UPDATE outbox_partner SET last_position = last_position + 1 WHERE partner = ?"
        " RETURNING last_position",
        message.partner);
  };
  KP_ASSIGN_OR_RETURN(std::optional<int64_t> position, advance());
  if (!position.has_value()) {
    KP_RETURN_IF_ERROR(tx.Execute("INSERT INTO outbox_partner (partner, last_position)"
                                  " VALUES (?, 0) ON CONFLICT (partner) DO NOTHING",
                                  message.partner)
                           .status());
    KP_ASSIGN_OR_RETURN(position, advance());
    if (!position.has_value()) return absl::InternalError("a partner has no counter");
  }
  KP_ASSIGN_OR_RETURN(const auto last_place,
                      tx.QueryOne<int64_t>("SELECT position FROM outbox_message WHERE partner = ?"
                                           " AND state <> 'DELIVERED' ORDER BY position"
                                           " LIMIT 1 OFFSET ?",
                                           message.partner, kMaxOpen - 1));
  if (last_place.has_value()) {
    return MakeError(absl::StatusCode::kResourceExhausted, kOutboxFull,
                     absl::StrCat(kMaxOpen, " messages wait for this partner already"));
  }
  const std::string id = ids_.NewUuid();
  const absl::Time now = clock_.Now();
  KP_RETURN_IF_ERROR(
      tx.Execute("INSERT INTO outbox_message (id, partner, position, order_key, kind, content_type,"
                 " body, created_at, state, attempts, next_try_at, give_up_at, last_error, receipt,"
                 " outcome, claimed_by, claimed_until)"
                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'PENDING', 0, ?, ?, '', '', '', '', 0)",
                 id, message.partner, *position, message.order_key, message.kind,
                 message.content_type, Bytes{message.body}, now, now, now + max_age_)
          .status());
  tx.OnCommit([this, partner = std::move(message.partner)] { signals_->Wake(partner); });
  return id;
}

absl::StatusOr<Message> Outbox::Get(store::ReadSession& session, std::string_view id) const {
  KP_ASSIGN_OR_RETURN(
      const auto row,
      (session.QueryOne<std::string, Bytes, Bytes, std::string>(
          "SELECT content_type, body, receipt, outcome FROM outbox_message WHERE id = ?", id)));
  if (!row.has_value()) return Unknown();
  KP_ASSIGN_OR_RETURN(
      auto infos,
      SelectInfo(session, "SELECT " KP_OUTBOX_INFO " FROM outbox_message m WHERE m.id = ?", id));
  if (infos.empty()) return Unknown();
  MessageInfo& info = infos.front().info;
  const auto& [content_type, body, receipt, outcome] = *row;
  return Message{info.id,
                 {info.partner, info.order_key, info.kind, content_type, body.value},
                 info.created_at,
                 info.state,
                 info.attempts,
                 info.next_try_at,
                 info.last_error,
                 receipt.value,
                 outcome};
}

absl::StatusOr<Message> Outbox::Await(std::string_view id, absl::Duration timeout,
                                      const std::function<bool()>& cancelled) {
  const auto deadline = Steady::now() + absl::ToChronoNanoseconds(timeout);
  for (;;) {
    const uint64_t seen = signals_->recorded();
    absl::StatusOr<Message> message = Unknown();
    KP_RETURN_IF_ERROR(database_.Read([&](store::ReadSession& session) {
      message = Get(session, id);
      return message.status();
    }));
    const bool done = message->state == State::kDelivered || message->state == State::kFailed ||
                      message->state == State::kDiscarded;
    const auto now = Steady::now();
    if (done || now >= deadline || cancelled()) return message;
    signals_->WaitAfter(seen, std::min(deadline, now + kAwaitPoll));
  }
}

absl::StatusOr<ListPage> Outbox::List(const ListQuery& query) const {
  if (query.page_size < 1 || query.page_size > kMaxPage) {
    return FieldError({kPageSizeInvalid, "page_size", absl::StrCat("is not 1 to ", kMaxPage), ""});
  }
  const std::string sql = absl::StrCat(
      "SELECT " KP_OUTBOX_INFO " FROM outbox_message m WHERE ", StateCondition(query),
      query.partner.empty() ? "" : " AND m.partner = ?",
      " AND (m.partner, m.position) > (?, ?) ORDER BY m.partner, m.position LIMIT ?");
  // One more than asked for tells whether there is another page.
  const int limit = query.page_size + 1;
  std::vector<PositionedInfo> infos;
  KP_RETURN_IF_ERROR(database_.Read([&](store::ReadSession& session) -> absl::Status {
    auto found = query.partner.empty()
                     ? SelectInfo(session, sql, query.after.partner, query.after.position, limit)
                     : SelectInfo(session, sql, query.partner, query.after.partner,
                                  query.after.position, limit);
    if (found.ok()) infos = *std::move(found);
    return found.status();
  }));
  ListPage page;
  if (infos.size() == static_cast<size_t>(limit)) {
    infos.pop_back();
    page.next = ListPosition{infos.back().info.partner, infos.back().position};
  }
  for (PositionedInfo& found : infos) page.messages.push_back(std::move(found.info));
  return page;
}

absl::StatusOr<MessageInfo> Outbox::Show(std::string_view id) const {
  std::vector<PositionedInfo> infos;
  KP_RETURN_IF_ERROR(database_.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(infos, SelectInfo(session,
                                          "SELECT " KP_OUTBOX_INFO
                                          " FROM outbox_message m WHERE m.id = ?",
                                          id));
    return absl::OkStatus();
  }));
  if (infos.empty()) return Unknown();
  return std::move(infos.front().info);
}

absl::StatusOr<NewMessage> Outbox::Discard(store::Transaction& tx, std::string_view id,
                                           std::string_view reasons) {
  KP_ASSIGN_OR_RETURN(
      const auto row,
      (tx.QueryOne<std::string, std::string, std::string>(
          "UPDATE outbox_message SET state = 'DELIVERED', outcome = 'DISCARDED', last_error = ?"
          " WHERE id = ? AND state IN ('PARKED', 'FAILED') RETURNING partner, order_key, kind",
          reasons, id)));
  if (!row.has_value()) return NotParked(tx, id);
  const auto& [partner, order_key, kind] = *row;
  tx.OnCommit([this, partner] { signals_->Wake(partner); });
  return NewMessage{partner, order_key, kind, "", ""};
}

absl::Status Outbox::Retry(std::string_view id) {
  const std::string key(id);
  return database_.Write([this, key](store::Transaction& tx) -> absl::Status {
    const absl::Time now = clock_.Now();
    KP_ASSIGN_OR_RETURN(
        const auto partner,
        tx.QueryOne<std::string>("UPDATE outbox_message SET state = 'PENDING', next_try_at = ?,"
                                 " give_up_at = ?, claimed_until = 0"
                                 " WHERE id = ? AND state IN ('PARKED', 'FAILED')"
                                 " RETURNING partner",
                                 now, now + max_age_, key));
    if (partner.has_value()) {
      tx.OnCommit([this, name = *partner] { signals_->Wake(name); });
      return absl::OkStatus();
    }
    return NotParked(tx, key);
  });
}

absl::StatusOr<std::vector<PartnerStats>> Outbox::Stats() const {
  std::vector<PartnerStats> stats;
  KP_RETURN_IF_ERROR(database_.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(const auto rows,
                        (session.Query<std::string, std::string, int64_t, absl::Time>(
                            "SELECT partner, state, COUNT(*), MIN(created_at) FROM outbox_message"
                            " WHERE state <> 'DELIVERED' GROUP BY partner, state"
                            " ORDER BY partner")));
    stats.clear();
    for (const auto& [partner, state, count, oldest] : rows) {
      if (stats.empty() || stats.back().partner != partner) {
        stats.push_back({partner, 0, 0, 0, oldest});
      }
      PartnerStats& entry = stats.back();
      entry.oldest = std::min(entry.oldest, oldest);
      if (state == StateName(State::kPending)) entry.pending = count;
      if (state == StateName(State::kParked)) entry.parked = count;
      if (state == StateName(State::kFailed)) entry.failed = count;
    }
    return absl::OkStatus();
  }));
  return stats;
}

absl::Status Outbox::ForgetDelivered(store::Transaction& tx, std::string_view order_key) {
  return tx
      .Execute("UPDATE outbox_message SET body = '' WHERE order_key = ? AND state = 'DELIVERED'",
               order_key)
      .status();
}

}  // namespace kp::outbox
