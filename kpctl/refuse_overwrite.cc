#include "kpctl/refuse_overwrite.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace kp::kpctl {

absl::Status RefuseOverwrite(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
    return absl::OkStatus();
  }
  return MakeError(absl::StatusCode::kAlreadyExists, "FILE_EXISTS",
                   absl::StrCat(path, " exists and is not replaced: move it away first"));
}

}  // namespace kp::kpctl
