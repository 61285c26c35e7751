// When a message is tried again, and when not. Internal to mesh/outbox.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace kp::outbox {

// The partner will never take these bytes; see Sender::Deliver.
bool IsFinal(const absl::Status& error);

// The pause after the `attempts`-th failed try: `first` doubled each time up to `cap`, times 0.8 to
// 1.2. The jitter comes from the id, so that messages that failed together do not return together.
absl::Duration RetryPause(std::string_view id, int64_t attempts, absl::Duration first,
                          absl::Duration cap);

}  // namespace kp::outbox
