// kpctl never replaces a key, a certificate or a trust document.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace kp::kpctl {

// ALREADY_EXISTS with reason FILE_EXISTS when there is anything at `path`.
absl::Status RefuseOverwrite(const std::string& path);

}  // namespace kp::kpctl
