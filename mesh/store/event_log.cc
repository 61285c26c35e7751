#include "mesh/store/event_log.h"

#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/keys.h"
#include "mesh/store/reasons.h"

namespace kp::store {
namespace {

constexpr int kMaxPage = 1000;
constexpr int kCheckPage = 500;
constexpr size_t kMaxFaults = 1000;

const std::string& GenesisChain() {
  static const auto* const zeros = new std::string(32, '\0');
  return *zeros;
}

std::string ChainOf(const std::string& before, const std::string& register_id, const Event& event) {
  std::string input = absl::StrCat("KP-EVENT-1:", before);
  const auto add = [&](const std::string& part) {
    absl::StrAppend(&input, part.size(), ":", part);
  };
  add(register_id);
  add(absl::StrCat(event.sequence));
  add(event.what.subject);
  add(event.what.kind);
  add(absl::StrCat(absl::ToUnixMicros(event.recorded_at)));
  add(event.what.actor_id);
  add(event.what.actor_person);
  add(event.what.content_type);
  add(event.digest);
  return statement::Sha256(input);
}

#define KP_EVENT_COLUMNS                                                                    \
  "sequence, subject, kind, recorded_at, actor_id, actor_person, content_type, statement, " \
  "digest, chain"

// Runs a SELECT of KP_EVENT_COLUMNS.
template <typename... Args>
absl::StatusOr<std::vector<Event>> Select(ReadSession& session, std::string_view sql,
                                          const Args&... args) {
  KP_ASSIGN_OR_RETURN(
      auto rows, (session.Query<int64_t, std::string, std::string, absl::Time, std::string,
                                std::string, std::string, Bytes, Bytes, Bytes>(sql, args...)));
  std::vector<Event> events;
  events.reserve(rows.size());
  for (auto& [sequence, subject, kind, at, actor, person, type, bytes, digest, chain] : rows) {
    events.push_back({sequence, at,
                      {std::move(subject), std::move(kind), std::move(actor), std::move(person),
                       std::move(type), std::move(bytes.value)},
                      std::move(digest.value), std::move(chain.value)});
  }
  return events;
}

absl::Status CheckLimit(int limit) {
  if (limit >= 1 && limit <= kMaxPage) return absl::OkStatus();
  return MakeError(absl::StatusCode::kInvalidArgument, kStoreBadValue,
                   absl::StrCat("a page has 1 to ", kMaxPage, " events"));
}

// Follows the chain from event to event and collects what is wrong.
class ChainWalker final {
 public:
  // `taken`: whether a statement that is gone is a fault.
  ChainWalker(std::string register_id, bool taken, std::vector<EventFault>& faults)
      : register_id_(std::move(register_id)), taken_(taken), faults_(faults) {}

  void Visit(const Event& event) {
    if (event.sequence < 1) {
      Report(event.sequence, EventFault::Kind::kEventChanged,
             absl::StrCat("event ", event.sequence, " stands before the first"));
      return;
    }
    const bool gap = event.sequence != last_ + 1;
    ReportMissing(event.sequence);
    const std::string about = absl::StrCat("event ", event.sequence, " (", event.what.kind, " of ",
                                           event.what.subject, ")");
    const bool same = statement::Sha256(event.what.statement) == event.digest;
    if (!same && event.what.statement.empty()) {
      if (taken_) {
        Report(event.sequence, EventFault::Kind::kStatementTaken,
               absl::StrCat(about, ": its statement is gone"));
      }
    } else if (!same) {
      Report(event.sequence, EventFault::Kind::kStatementChanged,
             absl::StrCat(about, ": its statement does not have the recorded digest"));
    }
    const std::string computed = ChainOf(recorded_, register_id_, event);
    // Where the chain value of the event before was changed, only that event is to blame.
    if (!gap && computed != event.chain &&
        ChainOf(computed_, register_id_, event) != event.chain) {
      Report(event.sequence, EventFault::Kind::kEventChanged,
             absl::StrCat(about, ": differs from what was recorded"));
    }
    last_ = event.sequence;
    recorded_ = event.chain;
    computed_ = computed;
  }

  // Names the events between the last one seen and `next`.
  void ReportMissing(int64_t next) {
    for (int64_t missing = last_ + 1; missing < next && !full(); ++missing) {
      Report(missing, EventFault::Kind::kMissing, absl::StrCat("event ", missing, " is missing"));
    }
  }

  void Report(int64_t sequence, EventFault::Kind kind, std::string text) {
    if (!full()) faults_.push_back({sequence, kind, std::move(text)});
  }

  bool full() const { return faults_.size() >= kMaxFaults; }
  int64_t last() const { return last_; }
  const std::string& recorded() const { return recorded_; }

 private:
  const std::string register_id_;
  const bool taken_;
  std::vector<EventFault>& faults_;
  int64_t last_ = 0;
  std::string recorded_ = GenesisChain();  // the chain column of the last event
  std::string computed_ = GenesisChain();  // what it should have been
};

}  // namespace

EventLog::EventLog(Database& database, std::string register_id)
    : database_(database), register_id_(std::move(register_id)) {}

absl::StatusOr<Event> EventLog::Append(Transaction& tx, NewEvent what) const {
  const auto advance = [&] {
    return tx.QueryOne<int64_t, Bytes>(
        "UPDATE store_register SET last_sequence = last_sequence + 1 WHERE register_id = ?"
        " RETURNING last_sequence, chain",
        register_id_);
  };
  KP_ASSIGN_OR_RETURN(auto head, advance());
  if (!head.has_value()) {
    KP_RETURN_IF_ERROR(tx.Execute("INSERT INTO store_register (register_id, last_sequence, chain)"
                                  " VALUES (?, 0, ?) ON CONFLICT (register_id) DO NOTHING",
                                  register_id_, Bytes{GenesisChain()})
                           .status());
    KP_ASSIGN_OR_RETURN(head, advance());
    if (!head.has_value()) {
      return MakeError(absl::StatusCode::kInternal, kStoreBadValue, "the register has no counter");
    }
  }
  Event event;
  event.sequence = std::get<0>(*head);
  // As it will be read back: the column holds microseconds.
  event.recorded_at = absl::FromUnixMicros(absl::ToUnixMicros(database_.clock().Now()));
  event.what = std::move(what);
  event.digest = statement::Sha256(event.what.statement);
  event.chain = ChainOf(std::get<1>(*head).value, register_id_, event);
  KP_RETURN_IF_ERROR(
      tx.Execute("INSERT INTO store_event (register_id, " KP_EVENT_COLUMNS
                 ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                 register_id_, event.sequence, event.what.subject, event.what.kind,
                 event.recorded_at, event.what.actor_id, event.what.actor_person,
                 event.what.content_type, Bytes{event.what.statement}, Bytes{event.digest},
                 Bytes{event.chain})
          .status());
  KP_RETURN_IF_ERROR(tx.Execute("UPDATE store_register SET chain = ? WHERE register_id = ?",
                                Bytes{event.chain}, register_id_)
                         .status());
  return event;
}

absl::StatusOr<std::vector<Event>> EventLog::OfSubject(ReadSession& session,
                                                       std::string_view subject, int64_t after,
                                                       int limit) const {
  KP_RETURN_IF_ERROR(CheckLimit(limit));
  return Select(session,
                "SELECT " KP_EVENT_COLUMNS
                " FROM store_event WHERE register_id = ? AND subject = ? AND sequence > ?"
                " ORDER BY sequence LIMIT ?",
                register_id_, subject, after, limit);
}

absl::StatusOr<std::vector<Event>> EventLog::After(ReadSession& session, int64_t after,
                                                   int limit) const {
  KP_RETURN_IF_ERROR(CheckLimit(limit));
  return Select(session,
                "SELECT " KP_EVENT_COLUMNS
                " FROM store_event WHERE register_id = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                register_id_, after, limit);
}

absl::StatusOr<int64_t> EventLog::TakeStatements(Transaction& tx, std::string_view subject,
                                                 int64_t until) const {
  return tx.Execute(
      "UPDATE store_event SET statement = '' WHERE register_id = ? AND subject = ? AND "
      "sequence <= ? AND statement <> ''",
      register_id_, subject, until);
}

absl::StatusOr<int64_t> EventLog::Last(ReadSession& session) const {
  KP_ASSIGN_OR_RETURN(
      const auto last,
      session.QueryOne<int64_t>("SELECT last_sequence FROM store_register WHERE register_id = ?",
                                register_id_));
  return last.value_or(0);
}

// Walks a register from before its first event: a row put in front of the sequence is a fault too.
class EventLog::Checker final {
 public:
  Checker(std::string register_id, bool taken)
      : register_id_(std::move(register_id)), walker_(register_id_, taken, faults_) {}

  // Where the register stands. What is appended afterwards is left to the next check.
  absl::Status Begin(ReadSession& session) {
    KP_ASSIGN_OR_RETURN(const auto row,
                        (session.QueryOne<int64_t, std::string>(
                            "SELECT last_sequence, chain FROM store_register WHERE register_id = ?",
                            register_id_)));
    if (row.has_value()) {
      last_ = std::get<0>(*row);
      head_ = Read(std::get<1>(*row), last_, "the register's chain value");
    }
    KP_ASSIGN_OR_RETURN(doubled_,
                        (session.Query<std::string, std::string, int64_t>(
                            "SELECT subject, kind, MAX(sequence) FROM store_event"
                            " WHERE register_id = ? AND statement <> ''"
                            " GROUP BY subject, kind, digest HAVING COUNT(*) > 1"
                            " ORDER BY MAX(sequence) LIMIT ?",
                            register_id_, kMaxFaults)));
    return absl::OkStatus();
  }

  // The next page; empty at the end.
  absl::StatusOr<std::vector<Event>> Page(ReadSession& session) {
    KP_ASSIGN_OR_RETURN(
        auto rows,
        (session.Query<int64_t, std::string, std::string, absl::Time, std::string, std::string,
                       std::string, std::string, std::string, std::string>(
            "SELECT " KP_EVENT_COLUMNS
            " FROM store_event WHERE register_id = ? AND sequence > ? AND sequence <= ?"
            " ORDER BY sequence LIMIT ?",
            register_id_, after_, last_, kCheckPage)));
    std::vector<Event> events;
    for (auto& [sequence, subject, kind, at, actor, person, type, bytes, digest, chain] : rows) {
      after_ = sequence;
      const std::string about = absl::StrCat(" of event ", sequence);
      events.push_back({sequence, at,
                        {std::move(subject), std::move(kind), std::move(actor), std::move(person),
                         std::move(type), Read(bytes, sequence, "the statement" + about)},
                        Read(digest, sequence, "the digest" + about),
                        Read(chain, sequence, "the chain value" + about)});
      walker_.Visit(events.back());
    }
    return events;
  }

  bool full() const { return walker_.full(); }

  std::vector<EventFault> Finish() {
    walker_.ReportMissing(last_ + 1);
    if (walker_.last() == last_ && walker_.recorded() != head_) {
      walker_.Report(last_, EventFault::Kind::kEventChanged,
                     absl::StrCat("event ", last_, ": the register recorded another chain value"));
    }
    for (const auto& [subject, kind, sequence] : doubled_) {
      walker_.Report(sequence, EventFault::Kind::kDoubled,
                     absl::StrCat("event ", sequence, " (", kind, " of ", subject,
                                  ") repeats the statement of an earlier one"));
    }
    return std::move(faults_);
  }

 private:
  // The bytes of a column. Text that is no base64, or not as it is written, was changed.
  std::string Read(const std::string& text, int64_t sequence, const std::string& what) {
    std::string bytes;
    if (!absl::Base64Unescape(text, &bytes) || absl::Base64Escape(bytes) != text) {
      walker_.Report(sequence, EventFault::Kind::kEventChanged, what + " is not as it was written");
    }
    return bytes;
  }

  const std::string register_id_;
  std::vector<EventFault> faults_;
  ChainWalker walker_;
  int64_t last_ = 0;
  int64_t after_ = INT64_MIN;
  std::string head_ = GenesisChain();
  std::vector<std::tuple<std::string, std::string, int64_t>> doubled_;
};

absl::StatusOr<std::vector<EventFault>> EventLog::Check() const {
  Checker checker(register_id_, /*taken=*/true);
  KP_RETURN_IF_ERROR(
      database_.Read([&](ReadSession& session) { return checker.Begin(session); }));
  for (bool more = true; more && !checker.full();) {
    KP_RETURN_IF_ERROR(database_.Read([&](ReadSession& session) -> absl::Status {
      KP_ASSIGN_OR_RETURN(const auto page, checker.Page(session));
      more = !page.empty();
      return absl::OkStatus();
    }));
  }
  return checker.Finish();
}

absl::StatusOr<std::vector<EventFault>> EventLog::Check(ReadSession& session,
                                                        const VisitPage& visit) const {
  Checker checker(register_id_, /*taken=*/false);
  KP_RETURN_IF_ERROR(checker.Begin(session));
  while (true) {
    KP_ASSIGN_OR_RETURN(const std::vector<Event> page, checker.Page(session));
    if (page.empty()) return checker.Finish();
    KP_RETURN_IF_ERROR(visit(page));
  }
}

}  // namespace kp::store
