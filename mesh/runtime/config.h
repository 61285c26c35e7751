// Configuration files: one textproto per service, its schema a proto of the service.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace kp::runtime {

// Reads `path` into `config`. INVALID_ARGUMENT names file, line, column and the key or value that
// is wrong (an unknown key is wrong); NOT_FOUND or PERMISSION_DENIED when the file cannot be read.
[[nodiscard]] absl::Status ReadTextproto(const std::string& path,
                                         google::protobuf::Message& config);

template <class Config>
absl::StatusOr<Config> LoadTextprotoConfig(const std::string& path) {
  Config config;
  if (absl::Status status = ReadTextproto(path, config); !status.ok()) return status;
  return config;
}

}  // namespace kp::runtime
