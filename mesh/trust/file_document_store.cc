#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kp/trust/v1/trust_service.pb.h"
#include "mesh/statement/keys.h"
#include "mesh/trust/document_store.h"

namespace kp::trust {
namespace {

absl::Status Errno(const std::string& what, const std::string& path) {
  return absl::UnavailableError(absl::StrCat(what, " ", path, ": ", std::strerror(errno)));
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, " cannot be read"));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// After it returns OK, a crash leaves the whole new file.
absl::Status WriteFile(const std::string& path, const std::string& bytes) {
  const std::string temporary = path + ".new";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return Errno("open", temporary);
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const absl::Status status = Errno("write", temporary);
      ::close(fd);
      return status;
    }
    done += static_cast<size_t>(n);
  }
  const bool synced = ::fsync(fd) == 0;
  const absl::Status sync_status = synced ? absl::OkStatus() : Errno("fsync", temporary);
  ::close(fd);
  KP_RETURN_IF_ERROR(sync_status);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return Errno("rename", path);
  const std::string directory = std::filesystem::path(path).parent_path();
  const int dir = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0) return Errno("open", directory);
  const bool dir_synced = ::fsync(dir) == 0;
  ::close(dir);
  return dir_synced ? absl::OkStatus() : Errno("fsync", directory);
}

class FileDocumentStore final : public DocumentStore {
 public:
  FileDocumentStore(std::string directory, bool writes)
      : directory_(std::move(directory)), writes_(writes) {}

  absl::StatusOr<StoredDocuments> Load() override {
    if (writes_) {
      KP_RETURN_IF_ERROR(MakeDirectories());
    } else if (!std::filesystem::is_directory(directory_)) {
      return absl::NotFoundError(absl::StrCat(directory_, " is no directory"));
    }
    StoredDocuments documents;
    for (uint32_t version = 2;; ++version) {
      auto root = ReadFile(RootPath(version));
      if (!root.ok()) break;
      documents.roots.push_back(*std::move(root));
    }
    if (auto manifest = ReadFile(ManifestPath()); manifest.ok()) {
      documents.manifest = *std::move(manifest);
    }
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(PartsPath(), error)) {
      auto part = ReadFile(entry.path());
      // A part is what its bytes are, whatever the file is called.
      if (part.ok()) documents.parts.emplace(statement::Sha256(*part), *part);
    }
    if (auto bytes = ReadFile(FreshnessPath()); bytes.ok()) {
      v1::WatchFreshnessResponse latest;
      if (latest.ParseFromString(*bytes)) {
        documents.freshness = latest.freshness();
        documents.denials.assign(latest.denials().begin(), latest.denials().end());
      }
    }
    return documents;
  }

  absl::Status SaveRoot(uint32_t version, const std::string& root) override {
    KP_RETURN_IF_ERROR(MayWrite());
    return WriteFile(RootPath(version), root);
  }

  absl::Status SaveManifest(uint64_t /*version*/, const std::string& manifest,
                            const std::map<std::string, std::string>& parts) override {
    KP_RETURN_IF_ERROR(MayWrite());
    // Parts first: a manifest in place always has its parts.
    std::set<std::string> names;
    for (const auto& [digest, part] : parts) {
      const std::string name = statement::ToHex(digest);
      names.insert(name);
      KP_RETURN_IF_ERROR(WriteFile(absl::StrCat(PartsPath(), "/", name), part));
    }
    KP_RETURN_IF_ERROR(WriteFile(ManifestPath(), manifest));
    std::error_code error;  // a file that stays does no harm
    for (const auto& entry : std::filesystem::directory_iterator(PartsPath(), error)) {
      if (!names.contains(entry.path().filename())) std::filesystem::remove(entry.path(), error);
    }
    return absl::OkStatus();
  }

  absl::Status SaveFreshness(const std::string& freshness,
                             const std::vector<std::string>& denials) override {
    KP_RETURN_IF_ERROR(MayWrite());
    v1::WatchFreshnessResponse latest;
    latest.set_freshness(freshness);
    for (const std::string& denial : denials) latest.add_denials(denial);
    return WriteFile(FreshnessPath(), latest.SerializeAsString());
  }

 private:
  absl::Status MayWrite() const {
    return writes_ ? absl::OkStatus()
                   : absl::FailedPreconditionError(absl::StrCat(directory_, " is only read"));
  }
  absl::Status MakeDirectories() const {
    std::error_code error;
    std::filesystem::create_directories(directory_ + "/roots", error);
    if (!error) std::filesystem::create_directories(PartsPath(), error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("cannot make ", directory_, ": ", error.message()));
    }
    if (::chmod(directory_.c_str(), 0700) != 0) return Errno("chmod", directory_);
    return absl::OkStatus();
  }
  std::string RootPath(uint32_t version) const {
    return absl::StrCat(directory_, "/roots/", version);
  }
  std::string ManifestPath() const { return directory_ + "/manifest"; }
  std::string PartsPath() const { return directory_ + "/parts"; }
  std::string FreshnessPath() const { return directory_ + "/freshness"; }

  const std::string directory_;
  const bool writes_;
};

}  // namespace

std::unique_ptr<DocumentStore> MakeFileDocumentStore(std::string directory) {
  return std::make_unique<FileDocumentStore>(std::move(directory), true);
}

std::unique_ptr<DocumentStore> MakeReadOnlyDocumentStore(std::string directory) {
  return std::make_unique<FileDocumentStore>(std::move(directory), false);
}

}  // namespace kp::trust
