#include "mesh/tls/publication.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/tls/files.h"

namespace kp::tls {
namespace {

absl::Status SystemError(std::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat(std::string(what), ": ", std::generic_category().message(errno)));
}

// "v<N>", "current" and its draft; anything else in the directory is somebody else's.
bool IsOurs(const std::string& name) {
  if (name == "current" || name == "current.new") {
    return true;
  }
  return name.size() > 1 && name.front() == 'v' &&
         name.find_first_not_of("0123456789", 1) == std::string::npos;
}

// The names in `directory`, ours or others'.
std::vector<std::filesystem::path> Entries(const std::string& directory, bool ours) {
  std::vector<std::filesystem::path> entries;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    if (IsOurs(it->path().filename().string()) == ours) {
      entries.push_back(it->path());
    }
  }
  return entries;
}

void RemoveVersions(const std::string& directory) {
  for (const std::filesystem::path& entry : Entries(directory, true)) {
    std::error_code ignored;
    std::filesystem::remove_all(entry, ignored);
  }
}

}  // namespace

absl::StatusOr<Publication> Publication::Open(std::string directory) {
  KP_RETURN_IF_ERROR(MakeDirectory(directory));
  if (!Entries(directory, false).empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        directory, " holds other things; published keys need a directory of their own"));
  }
  if (chmod(directory.c_str(), 0700) != 0) {
    return SystemError(absl::StrCat("cannot keep others out of ", directory));
  }
  RemoveVersions(directory);
  return Publication(std::move(directory));
}

Publication::Publication(Publication&& other) noexcept
    : directory_(std::exchange(other.directory_, std::string())),
      version_(other.version_),
      last_stamp_(other.last_stamp_) {}

Publication::~Publication() {
  if (!directory_.empty()) {
    RemoveVersions(directory_);
  }
}

std::string Publication::VersionPath(uint64_t version) const {
  return absl::StrCat(directory_, "/v", version);
}

absl::Status Publication::Publish(const Material& material) {
  const uint64_t next = version_ + 1;
  const std::string path = VersionPath(next);
  const std::string key = path + "/tls.key";
  const std::string certificate = path + "/tls.crt";
  KP_RETURN_IF_ERROR(MakeDirectory(path));
  KP_RETURN_IF_ERROR(WriteFileByRename(key, material.key_pem, 0600));
  KP_RETURN_IF_ERROR(WriteFileByRename(certificate, material.certificate_pem, 0600));

  // gRPC reads key and certificate one after the other and notices a change between the two only
  // by their modification times in whole seconds: no two versions may share one.
  struct stat written {};
  if (stat(key.c_str(), &written) != 0) {
    return SystemError(absl::StrCat("cannot look at ", key));
  }
  const std::time_t stamp = std::max(written.st_mtim.tv_sec, last_stamp_ + 1);
  const timespec times[2] = {{stamp, 0}, {stamp, 0}};
  for (const std::string& file : {key, certificate}) {
    if (utimensat(AT_FDCWD, file.c_str(), times, 0) != 0) {
      return SystemError(absl::StrCat("cannot stamp ", file));
    }
  }

  const std::string draft = directory_ + "/current.new";
  unlink(draft.c_str());
  if (symlink(absl::StrCat("v", next).c_str(), draft.c_str()) != 0 ||
      std::rename(draft.c_str(), (directory_ + "/current").c_str()) != 0) {
    return SystemError(absl::StrCat("cannot switch ", directory_, "/current"));
  }
  // The version before stays for a reader that is between its two files; older ones go.
  if (version_ > 1) {
    std::error_code ignored;
    std::filesystem::remove_all(VersionPath(version_ - 1), ignored);
  }
  version_ = next;
  last_stamp_ = stamp;
  return absl::OkStatus();
}

}  // namespace kp::tls
