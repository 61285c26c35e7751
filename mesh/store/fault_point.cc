#include "mesh/store/fault_point.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "mesh/store/reasons.h"

namespace kp::store {
namespace {

struct Armed {
  std::string action;
  int at = 1;
  int passed = 0;
};

class Faults final {
 public:
  Faults() {
    const char* const text = std::getenv("KP_FAULT");
    if (text == nullptr) return;
    for (const auto entry : absl::StrSplit(text, ',', absl::SkipEmpty())) {
      const std::vector<std::string> parts = absl::StrSplit(entry, ':');
      int at = 1;
      if (parts.size() < 2 || (parts.size() > 2 && !absl::SimpleAtoi(parts[2], &at))) continue;
      Arm(parts[0], parts[1], at);
    }
  }

  void Arm(const std::string& name, const std::string& action, int at) {
    const std::lock_guard<std::mutex> lock(mutex_);
    armed_[name] = {action, at, 0};
    any_ = true;
  }

  void Disarm(const std::string& name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    armed_.erase(name);
    any_ = !armed_.empty();
  }

  absl::Status Hit(std::string_view name) {
    if (!any_) return absl::OkStatus();
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = armed_.find(std::string(name));
    if (it == armed_.end() || ++it->second.passed < it->second.at) return absl::OkStatus();
    if (it->second.action == "kill") kill(getpid(), SIGKILL);
    return MakeError(absl::StatusCode::kUnavailable, kStoreFailed,
                     absl::StrCat("fault at ", it->first));
  }

 private:
  std::atomic<bool> any_ = false;
  std::mutex mutex_;
  std::map<std::string, Armed> armed_;
};

Faults& TheFaults() {
  static Faults* const faults = new Faults;  // never destroyed: outlives all threads
  return *faults;
}

}  // namespace

absl::Status FaultPoint(std::string_view name) { return TheFaults().Hit(name); }

ScopedFault::ScopedFault(std::string name, std::string action, int at) : name_(std::move(name)) {
  TheFaults().Arm(name_, action, at);
}

ScopedFault::~ScopedFault() { TheFaults().Disarm(name_); }

}  // namespace kp::store
