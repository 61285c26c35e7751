#include "base/clock.h"

#include <chrono>
#include <fstream>
#include <mutex>

#include "absl/time/clock.h"

namespace kp {
namespace {

class RealClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

class FileClock final : public Clock {
 public:
  explicit FileClock(std::string path) : path_(std::move(path)) {}

  absl::Time Now() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_read_) {
      next_read_ = now + std::chrono::milliseconds(50);
      offset_ = ReadOffset();
    }
    return absl::Now() + offset_;
  }

 private:
  absl::Duration ReadOffset() const {
    std::ifstream file(path_);
    std::string text;
    if (!(file >> text)) return absl::ZeroDuration();
    absl::Duration total = absl::ZeroDuration();
    // absl::ParseDuration knows no days, which is what certificates and manifests are counted in.
    std::string rest = text;
    bool negative = false;
    if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
      negative = rest[0] == '-';
      rest.erase(0, 1);
    }
    if (const size_t d = rest.find('d'); d != std::string::npos) {
      const std::string days = rest.substr(0, d);
      if (days.empty() || days.find_first_not_of("0123456789") != std::string::npos ||
          days.size() > 6) {
        return offset_;
      }
      total += absl::Hours(24) * std::stoi(days);
      rest.erase(0, d + 1);
    }
    absl::Duration part = absl::ZeroDuration();
    if (!rest.empty() && !absl::ParseDuration(rest, &part)) return offset_;
    total += part;
    return negative ? -total : total;
  }

  const std::string path_;
  mutable std::mutex mutex_;
  mutable std::chrono::steady_clock::time_point next_read_;
  mutable absl::Duration offset_ = absl::ZeroDuration();
};

}  // namespace

const Clock& SystemClock() {
  static const RealClock* const clock = new RealClock;  // never destroyed: outlives all threads
  return *clock;
}

struct FakeClock::State {
  mutable std::mutex mutex;
  absl::Time now;
};

FakeClock::FakeClock(absl::Time start) : state_(std::make_unique<State>()) { state_->now = start; }
FakeClock::~FakeClock() = default;

absl::Time FakeClock::Now() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->now;
}

void FakeClock::Set(absl::Time time) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->now = time;
}

void FakeClock::Advance(absl::Duration by) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->now += by;
}

std::unique_ptr<Clock> OffsetFileClock(std::string path) {
  return std::make_unique<FileClock>(std::move(path));
}

}  // namespace kp
