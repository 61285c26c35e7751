// Answers to others and evidence of what they answered are written by the thousand, and a signature
// for each would cost more than the rest of it. They are sealed in batches behind.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"

namespace kp::certificate {

// Seals what waits, at most 1,000 rows in one write; returns how many there were.
// SealRowsOfWrites must have been called.
absl::StatusOr<int64_t> SealWaitingRows(const Environment& env);

// Does so every five seconds, and once more at its end. What could not be sealed is logged and tried
// again.
class SealLater final {
 public:
  explicit SealLater(const Environment& env);
  ~SealLater();

 private:
  void Round();

  const Environment& env_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses the above
};

}  // namespace kp::certificate
