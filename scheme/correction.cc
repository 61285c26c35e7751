#include "scheme/correction.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/error.h"
#include "scheme/reasons.h"
#include "scheme/text.h"

namespace kp::scheme {
namespace {

constexpr char kClause[] = "India, DGFT 34/2015-2020";
constexpr char kReplace[] = "Canada, Act s. 11";
constexpr char kOurs[] = "K04, this project; India, DGFT 34/2015-2020";

// Where the material fields of a certificate begin, in the words of a record and of a paper.
constexpr std::array<std::string_view, 21> kMaterial = {
    "number",          "printed_number",    "issue_date",   "expiry_date",
    "export_date",     "validation_date",   "lines",        "carats",
    "total_carats",    "value",             "total_value",  "parcels",
    "origin",          "importing_entity",  "hs_code",      "issuing_authority",
    "issuing_entity",  "validating_authority", "exporter.country", "importer.country",
    "sources"};

bool Begins(std::string_view path, std::string_view with) {
  return path.starts_with(with) &&
         (path.size() == with.size() || path[with.size()] == '[' || path[with.size()] == '.' ||
          path[with.size()] == '_');
}

std::size_t LimitOf(MinorPath::Kind kind, std::size_t printed) {
  const std::size_t fifth = std::max<std::size_t>(1, printed / 5);
  switch (kind) {
    case MinorPath::Kind::kName:
      return std::min<std::size_t>(2, fifth);
    case MinorPath::Kind::kAddress:
      return std::min<std::size_t>(10, fifth);
    case MinorPath::Kind::kRegistration:
    case MinorPath::Kind::kSeal:
      return 1;
  }
  return 1;
}

std::string PartyField(const MinorPath& path, const char* field) {
  return std::string(path.importer ? "importer." : "exporter.") + field;
}

absl::StatusOr<MinorPath> ParseSeal(std::string_view path, std::size_t seals) {
  MinorPath out{MinorPath::Kind::kSeal, false, 0};
  const std::string_view index = path.substr(6, path.size() - 7);
  const auto [end, error] = std::from_chars(index.data(), index.data() + index.size(), out.seal);
  const bool number = error == std::errc() && end == index.data() + index.size() &&
                      std::to_string(out.seal) == index;
  if (number && out.seal < seals) return out;
  return FieldError({reasons::kCorrectionFieldUnknown, "field",
                     "\"" + std::string(path) + "\": the certificate has " +
                         (seals == 0 ? std::string("no seals")
                          : seals == 1
                              ? std::string("one seal, seals[0]")
                              : std::to_string(seals) + " seals, seals[0] to seals[" +
                                    std::to_string(seals - 1) + "]"),
                     kClause});
}

}  // namespace

absl::StatusOr<MinorPath> ParseMinorPath(std::string_view path, std::size_t seals) {
  if (path.starts_with("seals[") && path.ends_with("]")) return ParseSeal(path, seals);
  for (const bool importer : {false, true}) {
    using Kind = MinorPath::Kind;
    const std::string party = importer ? "importer." : "exporter.";
    if (path == party + "name") return MinorPath{Kind::kName, importer, 0};
    if (path == party + "address") return MinorPath{Kind::kAddress, importer, 0};
    if (path == party + "registration") return MinorPath{Kind::kRegistration, importer, 0};
  }
  if (std::ranges::any_of(kMaterial, [&](std::string_view one) { return Begins(path, one); })) {
    return FieldError({reasons::kCorrectionNotMinor, "field",
                       "\"" + std::string(path) +
                           "\" is material, and no correction changes it: replace the certificate",
                       kReplace});
  }
  return FieldError({reasons::kCorrectionFieldUnknown, "field",
                     "\"" + std::string(path) +
                         "\" is no field that can be corrected; these are exporter.name, .address "
                         "and .registration, importer likewise, and seals[0] and on",
                     kClause});
}

std::size_t EditsBetween(std::string_view from, std::string_view to) {
  const std::u32string a = CodePoints(FoldName(from));
  const std::u32string b = CodePoints(FoldName(to));
  // Optimal string alignment, three rows of it.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

absl::Status CheckMinor(const MinorPath& path, const ProposedCorrection& correction,
                        std::span<const std::string> corrected) {
  using Kind = MinorPath::Kind;
  const auto refuse = [](const char* reason, const char* field, std::string message,
                         const char* rule) {
    return FieldError({reason, field, std::move(message), rule});
  };
  if (corrected.size() >= kMaxCorrections) {
    return refuse(reasons::kCorrectionNotMinor, "field",
                  "the certificate has " + std::to_string(kMaxCorrections) +
                      " corrections, and no more: replace it",
                  kOurs);
  }
  if (FoldName(correction.value).empty()) {
    return refuse(reasons::kCorrectionSame, "value", "is required: what is right", kClause);
  }
  if (correction.value == correction.present) {
    return refuse(reasons::kCorrectionSame, "value", "is what the certificate says already",
                  kClause);
  }
  if (path.kind == Kind::kName || path.kind == Kind::kRegistration) {
    const std::string other =
        PartyField(path, path.kind == Kind::kName ? "registration" : "name");
    if (std::ranges::find(corrected, other) != corrected.end()) {
      return refuse(reasons::kCorrectionNotMinor, "field",
                    other + " was corrected: with " + std::string(correction.field) +
                        " as well it would be another party; replace the certificate",
                    kOurs);
    }
  }
  const bool left_out = FoldName(correction.printed).empty();
  if (left_out && (path.kind == Kind::kAddress || path.kind == Kind::kRegistration)) {
    return absl::OkStatus();
  }
  const std::size_t limit = LimitOf(path.kind, CountCodePoints(FoldName(correction.printed)));
  const std::size_t edits = EditsBetween(correction.printed, correction.value);
  if (edits <= limit) return absl::OkStatus();
  return refuse(reasons::kCorrectionNotMinor, "value",
                "differs from what is printed in " + std::to_string(edits) +
                    " characters; a typographical error here is at most " +
                    std::to_string(limit) + ": replace the certificate",
                kOurs);
}

}  // namespace kp::scheme
