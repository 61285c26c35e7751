// Optional validation against XML schemas that the operator has (the product ships none: the WCO's
// are not ours to ship; the bridge's own check works without them).
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "wco-bridge/wco/fault.h"

struct _xmlDoc;  // libxml2

namespace kp::wco {

// A compiled schema. Immutable, so any number of threads may validate with it at once.
class Schema final {
 public:
  // Compiles the schema file at `driver`: one that imports both the MetaData schema and the
  // message's, because the MetaData schema alone refuses every message. Imports are read from local
  // files only. FAILED_PRECONDITION with reason WCO_SCHEMA_UNUSABLE when it does not compile.
  static absl::StatusOr<std::unique_ptr<Schema>> Load(const std::filesystem::path& driver);

  ~Schema();
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  // Schema errors as KP1190, one an element, in document order, at most 100; empty when valid.
  std::vector<Fault> Validate(_xmlDoc& document) const;
  // The same for a message as text (which must be well-formed within the default limits).
  std::vector<Fault> ValidateText(std::string_view message) const;

 private:
  struct Compiled;
  explicit Schema(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace kp::wco
