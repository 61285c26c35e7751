// What a paper says against what the issuer's register says, field by field, and who may see how
// much of the outcome.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scheme/certificate.h"
#include "scheme/codes.h"
#include "scheme/party_directory.h"

namespace kp::scheme {

enum class Field {
  kNumber,
  kIssueDate,
  kExpiryDate,
  kIssuingAuthority,
  kExporter,
  kImporter,
  kImportingEntity,
  kLines,
  kTotalCarats,
  kTotalValue,
  kParcels,
  kOrigin,
  kSeals,
};
inline constexpr std::array kAllFields = {
    Field::kNumber,      Field::kIssueDate,  Field::kExpiryDate,      Field::kIssuingAuthority,
    Field::kExporter,    Field::kImporter,   Field::kImportingEntity, Field::kLines,
    Field::kTotalCarats, Field::kTotalValue, Field::kParcels,         Field::kOrigin,
    Field::kSeals};

// NOT_STATED: the asker did not state it. WITHHELD: it did, and is not told.
enum class FieldMatch { kMatch, kMismatch, kNotStated, kWithheld };

const char* FieldName(Field field);  // "issue_date": also its pointer
std::optional<Field> FieldFromName(std::string_view name);
const char* FieldMatchName(FieldMatch match);  // "NOT_STATED"

// The issuer and the importing entity named on the certificate see everything, nobody else does.
enum class Standing { kNone, kNamedImporter, kIssuer };
const char* StandingName(Standing standing);  // "NAMED_IMPORTER"
Standing StandingOf(const EntityCode& asker, const Certificate& certificate,
                    const PartyDirectory& parties);
inline bool SeesEverything(Standing standing) { return standing != Standing::kNone; }

// How much of the comparison is told.
enum class Disclosure {
  kFull,      // with values and the exact part of a line
  kMatches,   // MATCH and MISMATCH by field, no values
  kWithheld,  // nothing of what was stated
};
inline constexpr int kDefaultWrongTries = 3;
// `wrong_tries`: how many comparisons of this asker with this certificate had a mismatch before.
Disclosure DisclosureFor(Standing standing, int wrong_tries, int limit = kDefaultWrongTries);

struct FieldResult {
  Field field = Field::kNumber;
  FieldMatch match = FieldMatch::kNotStated;
  std::string pointer;   // "exporter.name", "lines[1].carats"
  std::string expected;  // the register's value, only with a mismatch and full disclosure
  friend bool operator==(const FieldResult&, const FieldResult&) = default;
};

// At least one result for every field, in their order; several where several parts of it differ
// under full disclosure. Names are compared by SameName, parties by name and, where both state it,
// country; lines by the sums of each HS code, with value where all lines of it state one; they count
// as stated when each has HS code and carats, or when what is there is more than the certificate
// has. Stated seals must all be on the certificate. Totals are compared
// with the sums of the certificate's lines.
std::vector<FieldResult> CompareFields(const Certificate& stated, const Certificate& actual,
                                       Disclosure disclosure);

// The same for a certificate with endorsed errors: a field agrees when it agrees with `actual` or,
// as the paper was printed, with `printed`.
std::vector<FieldResult> CompareWithCorrections(const Certificate& stated,
                                                const Certificate& actual,
                                                const Certificate& printed,
                                                Disclosure disclosure);

// The one match of a field: MISMATCH before WITHHELD before NOT_STATED before MATCH; NOT_STATED
// when there is no result.
FieldMatch MatchOf(const std::vector<FieldResult>& results, Field field);

// Whether the comparison (made with at least kMatches) counts as a wrong try.
bool IsWrongTry(const std::vector<FieldResult>& results);

}  // namespace kp::scheme
