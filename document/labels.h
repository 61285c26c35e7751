// The words of a printed certificate, in English and in the further languages that stand beside it.
// All are in one table (labels.cc). The translations are this project's own: an authority whose law
// prescribes other words puts them there.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace kp::document {

enum class Label {
  kTitle,              // F1
  kStatement,          // F2
  kOrigin,             // F3
  kLanguage,           // F4
  kNumber,             // F5
  kSecurity,           // F6
  kIssueDate,          // F7
  kExpiryDate,         // F8
  kIssuingAuthority,   // F9
  kExporter,           // F10
  kImporter,           // F10
  kCarats,             // F11
  kValue,              // F12
  kParcels,            // F13
  kHsCode,             // F14
  kValidation,         // F15
  kValidationDate,     // F15
  kSignatureAndStamp,  // F15
  kTotal,
  kPlaceOfImport,
  kSeals,
  kReplaces,
  kCorrections,
  // The import confirmation part (CORE Annex I C).
  kImportConfirmation,
  kDestination,
  kImporterIdentification,
  kReceiptDate,
  kAuthentication,
  kCode,
};
inline constexpr std::size_t kLabels = static_cast<std::size_t>(Label::kCode) + 1;

struct Language {
  std::string_view tag;                     // BCP 47, lower case; also for the choice of glyphs
  std::string_view name;                    // in itself
  const std::string_view* texts = nullptr;  // by Label

  std::string_view operator[](Label label) const { return texts[static_cast<std::size_t>(label)]; }
};

const Language& English();

// All but English.
const std::vector<Language>& FurtherLanguages();

// By BCP 47 tag, whatever its case; a region that the table does not have falls back to the
// language alone ("fr-BE" to "fr"). "zh" is not enough: China and Japan write one code point with
// two shapes. LANGUAGE_UNKNOWN names the tags that there are; also for English, which is on every
// certificate.
absl::StatusOr<const Language*> FindLanguage(std::string_view tag);

}  // namespace kp::document
