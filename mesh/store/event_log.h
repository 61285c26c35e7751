// The register as a sequence of events: one append-only row each, gapless from 1 within a register,
// holding the bytes as signed. Until the Merkle ledger stands on top of it, a chain of digests makes
// a later change visible.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesh/store/database.h"

namespace kp::store {

// What happened, as the caller states it.
struct NewEvent {
  std::string subject;       // what it is about: a certificate number
  std::string kind;          // "CERTIFICATE_ISSUED"
  std::string actor_id;      // SPIFFE id of who did it
  std::string actor_person;  // the person behind it, from the officer register; may be empty
  std::string content_type;  // of `statement`; empty when there is none
  std::string statement;     // the bytes as signed, never re-serialised; may be empty
};

struct Event {
  int64_t sequence = 0;
  absl::Time recorded_at;
  NewEvent what;
  std::string digest;  // SHA-256 of the statement, 32 bytes
  // SHA-256 over the chain of the event before (32 zero bytes before the first) and every column of
  // this one, 32 bytes.
  std::string chain;
};

// One fault that Check found.
struct EventFault {
  enum class Kind {
    kMissing,           // no event with this sequence
    kStatementChanged,  // the statement's bytes do not have the recorded digest
    kStatementTaken,    // its bytes are gone
    kEventChanged,      // another column, or the chain, differs from what was recorded
    kDoubled,           // the statement of an earlier event of the same subject and kind again
  };
  int64_t sequence = 0;
  Kind kind = Kind::kMissing;
  std::string text;  // for a person; names the sequence and the subject
};

// Stateless; thread-safe.
class EventLog final {
 public:
  // `register_id`: whose register this is, e.g. "BW".
  EventLog(Database& database, std::string register_id);

  // Appends in the caller's transaction and returns the event with its sequence, time and digests.
  // Holds the register's counter row until the commit, which is what makes the sequence gapless.
  [[nodiscard]] absl::StatusOr<Event> Append(Transaction& tx, NewEvent event) const;

  // Events of one subject with a sequence above `after`, oldest first, at most `limit` (<= 1000).
  [[nodiscard]] absl::StatusOr<std::vector<Event>> OfSubject(ReadSession& session,
                                                             std::string_view subject,
                                                             int64_t after, int limit) const;

  // Events of the register with a sequence above `after`, oldest first, at most `limit` (<= 1000).
  [[nodiscard]] absl::StatusOr<std::vector<Event>> After(ReadSession& session, int64_t after,
                                                         int limit) const;

  // Takes the statements of a subject's events up to `until` for good, and returns of how many. All
  // else of these events stays, their digests in the chain too.
  [[nodiscard]] absl::StatusOr<int64_t> TakeStatements(Transaction& tx, std::string_view subject,
                                                       int64_t until) const;

  // Sequence of the newest event; 0 when there is none.
  [[nodiscard]] absl::StatusOr<int64_t> Last(ReadSession& session) const;

  // Walks the whole register and names every fault, the first 1,000 at most. Blocks for as long as
  // it takes (about 20 s a million events), in short read transactions; writers go on meanwhile.
  [[nodiscard]] absl::StatusOr<std::vector<EventFault>> Check() const;

  // The same in the caller's session, where all that is read is of one moment. `visit` is given the
  // events page by page in their order, changed ones as they stand; its error ends the walk. Whether
  // a statement that is gone went by right is for `visit` to say: it is no fault here.
  using VisitPage = std::function<absl::Status(const std::vector<Event>& page)>;
  [[nodiscard]] absl::StatusOr<std::vector<EventFault>> Check(ReadSession& session,
                                                              const VisitPage& visit) const;

 private:
  class Checker;

  Database& database_;
  const std::string register_id_;
};

}  // namespace kp::store
