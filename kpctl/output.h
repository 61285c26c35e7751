// What kpctl prints: tables and facts for people, JSON for programs, errors as one block.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/generated_enum_reflection.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "nlohmann/json.hpp"

namespace kp::kpctl {

// Text of others made fit for a terminal: control characters, which could rewrite what an officer
// reads, and bytes that are no UTF-8 become '?'.
std::string Printable(std::string_view text);

// Columns padded to their widest cell, counted in characters; a last column is not padded. No cell
// is cut. Prints "(none)" without rows.
class Table final {
 public:
  explicit Table(std::vector<std::string> columns) : columns_(std::move(columns)) {}
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void Print(std::ostream& out) const;

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Lines "name   value"; those with an empty value are left out.
class Facts final {
 public:
  void Add(std::string name, std::string value);
  void Print(std::ostream& out) const;

 private:
  std::vector<std::pair<std::string, std::string>> facts_;
};

// The message as protobuf JSON with the field names of the proto, all fields present.
absl::StatusOr<nlohmann::json> ToJson(const google::protobuf::Message& message);

// One object or array with a newline; bytes that are no UTF-8 are replaced.
void PrintJson(std::ostream& out, const nlohmann::json& json);

// What failed, why, and each wrong field with its rule. As JSON: {code, reason, message, metadata,
// faults[{field, reason, message, rule}], request_id}, the last only when there is one.
void PrintError(std::ostream& err, bool json, std::string_view what, const absl::Status& error,
                const std::string& request_id);

// "2026-11-24 10:05:00Z"; empty when absent (0).
std::string TimeText(const google::protobuf::Timestamp& time);

// The part of an enum value's name that says something: "ACCEPT" of VERDICT_ACCEPT with the prefix
// "VERDICT_"; "-" for the value 0; the number where this program does not know it.
std::string EnumText(const google::protobuf::EnumDescriptor& type, int value,
                     std::string_view prefix);
template <typename Enum>
std::string EnumText(Enum value, std::string_view prefix) {
  return EnumText(*google::protobuf::GetEnumDescriptor<Enum>(), static_cast<int>(value), prefix);
}

}  // namespace kp::kpctl
