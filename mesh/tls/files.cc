#include "mesh/tls/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace kp::tls {
namespace {

constexpr size_t kMaxFileBytes = 256 * 1024;

absl::Status FileError(std::string_view what, const std::string& path, int error) {
  const std::string message =
      absl::StrCat(std::string(what), " ", path, ": ", std::generic_category().message(error));
  return error == ENOENT ? absl::NotFoundError(message) : absl::FailedPreconditionError(message);
}

class FileDescriptor final {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return FileError("cannot open", path, errno);
  }
  std::string content;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t size = read(file.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size < 0) {
      return FileError("cannot read", path, errno);
    }
    if (size == 0) {
      return content;
    }
    content.append(buffer.data(), static_cast<size_t>(size));
    if (content.size() > kMaxFileBytes) {
      return absl::FailedPreconditionError(absl::StrCat(path, " is larger than 256 KiB"));
    }
  }
}

absl::Status WriteFileByRename(const std::string& path, std::string_view content, mode_t mode) {
  const std::string draft = path + ".new";
  unlink(draft.c_str());
  {
    const FileDescriptor file(
        open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (file.get() < 0) {
      return FileError("cannot create", draft, errno);
    }
    for (size_t done = 0; done < content.size();) {
      const ssize_t size = write(file.get(), content.data() + done, content.size() - done);
      if (size < 0 && errno == EINTR) {
        continue;
      }
      if (size < 0) {
        return FileError("cannot write", draft, errno);
      }
      done += static_cast<size_t>(size);
    }
    if (fsync(file.get()) != 0) {
      return FileError("cannot flush", draft, errno);
    }
  }
  if (std::rename(draft.c_str(), path.c_str()) != 0) {
    return FileError("cannot replace", path, errno);
  }
  return absl::OkStatus();
}

absl::Status MakeDirectory(const std::string& path) {
  const std::filesystem::path target(path);
  std::filesystem::path made;
  for (const auto& part : target) {
    made /= part;
    if (mkdir(made.c_str(), 0700) != 0 && errno != EEXIST) {
      return FileError("cannot make directory", made.string(), errno);
    }
  }
  std::error_code error;
  if (!std::filesystem::is_directory(target, error)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is not a directory"));
  }
  return absl::OkStatus();
}

}  // namespace kp::tls
