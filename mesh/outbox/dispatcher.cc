#include "mesh/outbox/dispatcher.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/error.h"
#include "mesh/outbox/queue.h"
#include "mesh/outbox/retry_policy.h"
#include "mesh/outbox/signals.h"
#include "mesh/store/fault_point.h"

namespace kp::outbox {
namespace {

using Steady = std::chrono::steady_clock;

// How often the clock is looked at while a message waits for its next try: the clock may be one that
// moves by itself, so that no condition variable can be told when.
constexpr std::chrono::milliseconds kTick(50);
// After the database failed.
constexpr absl::Duration kStorePause = absl::Seconds(1);
// A claim outlasts the delivery by the time it takes to record the result, and by the clock skew of
// replicas.
constexpr absl::Duration kLeaseMargin = absl::Seconds(20);

}  // namespace

class Dispatcher::Impl final {
 public:
  Impl(Outbox& outbox, Sender& sender, Effects& effects, DispatcherOptions options)
      : signals_(*outbox.signals_),
        clock_(outbox.clock_),
        sender_(sender),
        effects_(effects),
        options_(std::move(options)),
        queue_(outbox.database_, outbox.clock_, options_.owner, options_.timeout + kLeaseMargin,
               [this] { signals_.Recorded(); }) {}

  ~Impl() {
    signals_.SetWake(nullptr);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
      kicked_ = true;
    }
    kick_.notify_all();
    if (scheduler_.joinable()) scheduler_.join();
    workers_.clear();
  }

  absl::Status Start() {
    KP_RETURN_IF_ERROR(queue_.TakeBackClaims());
    signals_.SetWake([this](const std::string& partner) { Wake(partner, false); });
    scheduler_ = std::jthread([this] { Schedule(); });
    return absl::OkStatus();
  }

  void Wake(const std::string& partner, bool ready) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      Partner& state = partners_[partner];
      state.work = true;
      state.ready = state.ready || ready;
      kicked_ = true;
    }
    kick_.notify_one();
  }

 private:
  struct Partner {
    bool work = false;   // look for a due message
    bool ready = false;  // make all that waits due first
    int running = 0;     // workers
    absl::Time next_due = absl::InfiniteFuture();
    std::mutex claiming;  // one worker of the partner claims at a time
  };

  struct Worker {
    std::atomic<bool> done = false;
    std::jthread thread;
  };

  void Schedule() {
    auto next_scan = Steady::now();
    std::unique_lock<std::mutex> lock(mutex_);
    while (!stopping_) {
      if (Steady::now() >= next_scan) {
        lock.unlock();
        const auto due = queue_.Due();
        next_scan = Steady::now() + absl::ToChronoNanoseconds(options_.scan_interval);
        lock.lock();
        if (due.ok()) {
          for (const auto& [name, at] : *due) {
            Partner& partner = partners_[name];
            partner.next_due = std::min(partner.next_due, at);
          }
        }
      }
      StartWorkers();
      auto until = next_scan;
      for (const auto& [name, partner] : partners_) {
        if (partner.next_due == absl::InfiniteFuture()) continue;
        until = std::min(until, Steady::now() + kTick);
      }
      kick_.wait_until(lock, until, [this] { return kicked_; });
      kicked_ = false;
    }
  }

  // One more worker for each partner that has work and room; each that finds a message asks for the
  // next one. Called with mutex_ held.
  void StartWorkers() {
    const absl::Time now = clock_.Now();
    for (auto& [name, partner] : partners_) {
      if (partner.next_due <= now) partner.work = true;
      if (stopping_ || !partner.work || partner.running >= options_.workers_per_partner) continue;
      partner.work = false;
      partner.next_due = absl::InfiniteFuture();
      ++partner.running;
      Worker& worker = workers_.emplace_back();
      worker.thread = std::jthread([this, &worker, &name = name, &partner = partner] {
        Work(name, partner);
        worker.done = true;
      });
    }
    workers_.remove_if([](const Worker& worker) { return worker.done.load(); });
  }

  void Work(const std::string& name, Partner& partner) {
    absl::Time next_due = absl::InfiniteFuture();
    while (!Stopping()) {
      const absl::StatusOr<bool> found = DeliverNext(name, partner);
      if (found.ok() && *found) continue;
      const absl::StatusOr<absl::Time> due = found.ok() ? queue_.NextDue(name) : found.status();
      next_due = due.ok() ? *due : clock_.Now() + kStorePause;
      break;
    }
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      partner.next_due = std::min(partner.next_due, next_due);
      --partner.running;
      kicked_ = true;
    }
    kick_.notify_one();
  }

  bool Stopping() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return stopping_;
  }

  // False when the partner has no due message. Errors are the database's.
  absl::StatusOr<bool> DeliverNext(const std::string& name, Partner& partner) {
    std::optional<Message> message;
    {
      const std::lock_guard<std::mutex> claiming(partner.claiming);
      if (TakeReady(partner)) KP_RETURN_IF_ERROR(queue_.MakeDue(name));
      KP_ASSIGN_OR_RETURN(message, queue_.Claim(name));
    }
    if (!message.has_value()) return false;
    Wake(name, false);
    const absl::StatusOr<Delivery> delivery = Deliver(*message);
    absl::Status error = delivery.status();
    if (error.ok()) error = queue_.RecordDelivered(*message, *delivery, effects_);
    if (error.ok()) return true;
    if (!delivery.ok() && IsFinal(error)) {
      error = queue_.RecordRefused(*message, error, effects_);
      if (error.ok()) return true;
    }
    KP_RETURN_IF_ERROR(queue_.RecordRetry(
        *message, error,
        RetryPause(message->id, message->attempts, options_.first_pause, options_.max_pause)));
    return true;
  }

  bool TakeReady(Partner& partner) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(partner.ready, false);
  }

  absl::StatusOr<Delivery> Deliver(const Message& message) {
    KP_RETURN_IF_ERROR(store::FaultPoint("outbox.before_deliver"));
    absl::StatusOr<Delivery> delivery = sender_.Deliver(message, options_.timeout);
    KP_RETURN_IF_ERROR(store::FaultPoint("outbox.after_deliver"));
    return delivery;
  }

  Outbox::Signals& signals_;
  const Clock& clock_;
  Sender& sender_;
  Effects& effects_;
  const DispatcherOptions options_;
  Queue queue_;

  mutable std::mutex mutex_;
  std::condition_variable kick_;
  // Guarded by mutex_.
  bool kicked_ = false;
  bool stopping_ = false;
  std::map<std::string, Partner> partners_;  // never shrinks: the partners of the mesh
  std::list<Worker> workers_;                // touched by the scheduler alone, and after it ended

  std::jthread scheduler_;
};

Dispatcher::Dispatcher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Dispatcher::~Dispatcher() = default;

absl::StatusOr<std::unique_ptr<Dispatcher>> Dispatcher::Start(Outbox& outbox, Sender& sender,
                                                              Effects& effects,
                                                              DispatcherOptions options) {
  auto impl = std::make_unique<Impl>(outbox, sender, effects, std::move(options));
  KP_RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<Dispatcher>(new Dispatcher(std::move(impl)));
}

void Dispatcher::PartnerReady(std::string_view partner) { impl_->Wake(std::string(partner), true); }

}  // namespace kp::outbox
