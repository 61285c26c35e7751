// What the tests of this folder share. They run in the root of the source tree.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "wco-bridge/wco/parser.h"

namespace kp::wco::testing {

inline constexpr absl::CivilDay kToday(2026, 3, 2);

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

inline std::string TestData(std::string_view name) {
  return ReadFile(std::filesystem::path("wco-bridge/wco/testdata") / name);
}

// Published schemas and samples, which are not part of the project. May not exist.
inline std::filesystem::path WcoDirectory() {
  const char* directory = std::getenv("KP_WCO_DIR");
  return directory == nullptr ? "../shared/data/wco" : directory;
}

inline bool HasWcoDirectory() { return std::filesystem::exists(WcoDirectory() / "hmrc-cds-2.0"); }

inline constexpr std::string_view kNoWcoDirectory =
    "the published WCO schemas are not here: set KP_WCO_DIR to their folder";

// `text` with the first `from` made `to`; a test whose `from` is not there must not pass by
// accident.
inline std::string Replace(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  return at == std::string::npos ? "" : text.replace(at, from.size(), to);
}

inline std::string ImportDeclaration() { return TestData("kp-import-declaration.xml"); }

inline ParseResult Parse(std::string_view message, const ParseOptions& options = {}) {
  return ParseDeclaration(message, PlainProfile(), kToday, options);
}

// UTF-16 with byte order mark.
inline std::string ToUtf16(std::string_view ascii, bool little_endian) {
  std::string out = little_endian ? "\xFF\xFE" : "\xFE\xFF";
  for (const char c : ascii) {
    out += little_endian ? c : '\0';
    out += little_endian ? '\0' : c;
  }
  return out;
}

}  // namespace kp::wco::testing
