// The outgoing messages in the database: written in the transaction that causes them, read and
// retried by operators. dispatcher.h delivers them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "mesh/outbox/message.h"
#include "mesh/store/database.h"

namespace kp::outbox {

// The tables of outbox and inbox; give it to Database::Open.
store::Component OutboxSchema();

// A place in the list, which goes by partner, then in the order of enqueuing.
struct ListPosition {
  std::string partner;
  int64_t position = 0;
};

struct ListQuery {
  std::string partner;         // empty: all
  std::optional<State> state;  // absent: all that are not delivered
  int page_size = 50;          // 1 to 1000
  ListPosition after;          // what follows it; the default is before everything
};

struct ListPage {
  std::vector<MessageInfo> messages;
  std::optional<ListPosition> next;  // where the next page starts after; absent on the last
};

// Figures of one partner, for metrics.
struct PartnerStats {
  std::string partner;
  int64_t pending = 0;  // held ones included
  int64_t parked = 0;
  int64_t failed = 0;
  absl::Time oldest;  // creation of the oldest message that is not delivered
};

// Thread-safe. Outlives the dispatcher that delivers for it.
class Outbox final {
 public:
  // `max_age`: a message not delivered by then is parked.
  Outbox(store::Database& database, const Clock& clock, IdSource& ids,
         absl::Duration max_age = absl::Hours(14 * 24));
  ~Outbox();

  // Takes the bodies of messages with this order key that were delivered; the messages stay.
  [[nodiscard]] static absl::Status ForgetDelivered(store::Transaction& tx,
                                                    std::string_view order_key);

  // Writes the message in the caller's transaction and returns its id. Delivery starts at the
  // commit. INVALID_ARGUMENT when partner, order key or kind is empty.
  [[nodiscard]] absl::StatusOr<std::string> Enqueue(store::Transaction& tx, NewMessage message);

  // The message as it stands, contents and receipt included. NOT_FOUND, MESSAGE_UNKNOWN.
  [[nodiscard]] absl::StatusOr<Message> Get(store::ReadSession& session, std::string_view id) const;

  // The message once it is delivered or refused, or as it stands when `timeout` has passed: a caller
  // that finds it PENDING, HELD or PARKED then tells so. Blocks, but looks at `cancelled` some times
  // a second. NOT_FOUND, MESSAGE_UNKNOWN.
  [[nodiscard]] absl::StatusOr<Message> Await(
      std::string_view id, absl::Duration timeout,
      const std::function<bool()>& cancelled = [] { return false; });

  // For operators: never contents.
  [[nodiscard]] absl::StatusOr<ListPage> List(const ListQuery& query) const;
  [[nodiscard]] absl::StatusOr<MessageInfo> Show(std::string_view id) const;

  // Makes a parked or refused message pending again, due now, with a fresh maximum age. NOT_FOUND,
  // MESSAGE_UNKNOWN; FAILED_PRECONDITION, MESSAGE_NOT_PARKED.
  [[nodiscard]] absl::Status Retry(std::string_view id);
  // Gives a parked or refused message up for good, so that it holds nothing back; what it was about,
  // without contents. Errors as Retry. The caller records who did it in the same transaction.
  [[nodiscard]] absl::StatusOr<NewMessage> Discard(store::Transaction& tx, std::string_view id,
                                                   std::string_view reasons);

  // Partners with anything undelivered.
  [[nodiscard]] absl::StatusOr<std::vector<PartnerStats>> Stats() const;

 private:
  friend class Dispatcher;
  class Signals;

  store::Database& database_;
  const Clock& clock_;
  IdSource& ids_;
  const absl::Duration max_age_;
  const std::unique_ptr<Signals> signals_;
};

}  // namespace kp::outbox
