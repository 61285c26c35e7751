// The small files that certificates and keys live in.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kp::tls {

// The whole file, at most 256 KiB. NOT_FOUND when absent, else FAILED_PRECONDITION with the path.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

// Creates or replaces `path` by rename, so that no reader sees half of it; `mode` holds from the
// first byte. FAILED_PRECONDITION with the path.
[[nodiscard]] absl::Status WriteFileByRename(const std::string& path, std::string_view content,
                                             mode_t mode);

// Makes the directory and its parents; what did not exist gets mode 0700.
[[nodiscard]] absl::Status MakeDirectory(const std::string& path);

}  // namespace kp::tls
