// Which error of a certificate is minor, so that its issuer may correct it in writing and the paper
// stays valid (India, DGFT 34/2015-2020: "typographical"; domain section 4.4). No source says where
// typographical ends. The bounds below are this project's:
//
//   - a name or an address of the exporter or the importer: at most 2 edits for a name and 10 for an
//     address, and never more than a fifth of what was printed (but 1); an edit is a character put
//     in, left out or replaced, or two neighbours that changed places, after folding (text.h);
//   - a registration number, a seal: 1 edit;
//   - an address or a registration that was left out may be filled in;
//   - not the name and the registration of one party: together they would make it another party.
//
// Everything is measured from what was printed, also after an earlier correction, so that many small
// steps are no large one. Numbers, dates, carats, values, parcels, origin, HS codes, entities and
// countries are never minor: they ask for a replacement (Canada, Act s. 11).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kp::scheme {

// A certificate with more errors than this is not minor wrong; and all go into one statement.
inline constexpr std::size_t kMaxCorrections = 20;

// A field that can be corrected.
struct MinorPath {
  enum class Kind { kName, kAddress, kRegistration, kSeal };
  Kind kind = Kind::kName;
  bool importer = false;  // else the exporter; not of a seal
  std::size_t seal = 0;   // index of a seal
  friend bool operator==(const MinorPath&, const MinorPath&) = default;
};

// "importer.name", "seals[0]". `seals`: how many the certificate has.
// INVALID_ARGUMENT, field "field": CORRECTION_NOT_MINOR for a field that is never minor,
// CORRECTION_FIELD_UNKNOWN for a path that the certificate has not.
absl::StatusOr<MinorPath> ParseMinorPath(std::string_view path, std::size_t seals);

// Characters put in, left out, replaced or exchanged with their neighbour between two texts, after
// folding. Texts of at most 500 characters.
std::size_t EditsBetween(std::string_view from, std::string_view to);

// What is to be corrected. Views into what outlives the call.
struct ProposedCorrection {
  std::string_view field;
  std::string_view printed;  // on the paper, before every correction
  std::string_view present;  // with the corrections so far
  std::string_view value;
};
// Whether it is minor, beside those that the certificate has: `corrected` are their fields.
// INVALID_ARGUMENT, fields "field" and "value": CORRECTION_SAME, CORRECTION_NOT_MINOR.
absl::Status CheckMinor(const MinorPath& path, const ProposedCorrection& correction,
                        std::span<const std::string> corrected);

}  // namespace kp::scheme
