// The directory from which gRPC reads the identity during one run of kpctl.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace kp::kpctl {

// Made with mode 0700 under XDG_RUNTIME_DIR, else TMPDIR, else /tmp; it holds a copy of the key, so
// it goes away with the object and, by RemovePrivateDirectories, when a signal ends the process.
class PrivateDirectory final {
 public:
  static absl::StatusOr<std::unique_ptr<PrivateDirectory>> Create();
  ~PrivateDirectory();
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit PrivateDirectory(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

// Removes those of this process that are still there. Thread-safe.
void RemovePrivateDirectories();

}  // namespace kp::kpctl
