// A private directory in which gRPC always finds one whole pair of key and certificate.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesh/tls/material.h"

namespace kp::tls {

// DIR/v<N>/{tls.crt,tls.key} with DIR/current pointing at the newest, replaced by rename. Not
// thread-safe. The destructor removes the copies of the key.
class Publication final {
 public:
  // Makes the directory if absent and removes what an earlier process left in it.
  // FAILED_PRECONDITION when it holds anything that is not a publication's.
  static absl::StatusOr<Publication> Open(std::string directory);
  ~Publication();
  Publication(Publication&& other) noexcept;
  Publication& operator=(Publication&&) = delete;

  // After an error the former version is still current.
  [[nodiscard]] absl::Status Publish(const Material& material);

  std::string certificate_path() const { return directory_ + "/current/tls.crt"; }
  std::string key_path() const { return directory_ + "/current/tls.key"; }

 private:
  explicit Publication(std::string directory) : directory_(std::move(directory)) {}

  std::string VersionPath(uint64_t version) const;

  std::string directory_;
  uint64_t version_ = 0;
  std::time_t last_stamp_ = 0;
};

}  // namespace kp::tls
