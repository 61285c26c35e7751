#include "kpctl/private_directory.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace kp::kpctl {
namespace {

struct Registry {
  std::mutex mutex;
  std::set<std::string> paths;
};

// Never destroyed: the thread that waits for signals may outlive static objects.
Registry& Paths() {
  static Registry* const registry = new Registry;
  return *registry;
}

std::string Parent() {
  for (const char* name : {"XDG_RUNTIME_DIR", "TMPDIR"}) {
    const char* const value = std::getenv(name);
    std::error_code ignored;
    if (value != nullptr && std::filesystem::is_directory(value, ignored)) return value;
  }
  return "/tmp";
}

}  // namespace

absl::StatusOr<std::unique_ptr<PrivateDirectory>> PrivateDirectory::Create() {
  std::string path = Parent() + "/kpctl-XXXXXX";
  Registry& registry = Paths();
  const std::lock_guard lock(registry.mutex);
  if (mkdtemp(path.data()) == nullptr) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "NO_PRIVATE_DIRECTORY",
                     absl::StrCat("no private directory can be made: ",
                                  std::string(absl::ErrnoToStatus(errno, path).message())));
  }
  registry.paths.insert(path);
  return std::unique_ptr<PrivateDirectory>(new PrivateDirectory(path));
}

PrivateDirectory::~PrivateDirectory() {
  Registry& registry = Paths();
  const std::lock_guard lock(registry.mutex);
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  registry.paths.erase(path_);
}

void RemovePrivateDirectories() {
  Registry& registry = Paths();
  const std::lock_guard lock(registry.mutex);
  std::error_code ignored;
  for (const std::string& path : registry.paths) std::filesystem::remove_all(path, ignored);
}

}  // namespace kp::kpctl
