// The one source of the time of day. Everything that asks what time it is gets a Clock; the system
// clock is read in clock.cc and nowhere else, so that tests can move time.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace kp {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The machine's clock.
const Clock& SystemClock();

// A clock that moves only when told. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time start);
  ~FakeClock() override;
  absl::Time Now() const override;
  void Set(absl::Time time);
  void Advance(absl::Duration by);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A clock read from a file that holds an offset to the system clock ("+36h", "-90d12h"; an absent or
// empty file is no offset): how a test moves the clock of a running process. The file is read again
// at most every 50 ms. An unreadable offset keeps the last good one.
std::unique_ptr<Clock> OffsetFileClock(std::string path);

}  // namespace kp
