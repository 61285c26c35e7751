// The rules at the place of import and in transit: what inspections find (R13), what stands before
// a confirmation (R13, R19), what a paper lacks (R01), and whether goods in transit may leave
// (R25). Pure; findings only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scheme/certificate.h"
#include "scheme/finding.h"
#include "scheme/import_profile.h"
#include "scheme/inspection_day.h"

namespace kp::scheme {

inline constexpr std::size_t kMaxContainers = 100;

// One container as it was found.
struct FoundContainer {
  std::vector<std::string> seals;
  bool seals_unbroken = true;
};

// One look at goods that came in or pass through.
struct ImportLook {
  Date day;
  std::vector<FoundContainer> containers;
  bool opened = false;
  std::vector<std::int64_t> lots_opened;  // from 1
  bool as_stated = true;

  std::vector<std::string> AllSeals() const;
  bool SealsUnbroken() const;
};

// What was chosen to be opened.
struct OpeningChoice {
  bool selected = false;
  std::vector<std::int64_t> lots;  // ascending from 1
};

// The lots of a consignment that are opened: `percent` of them, rounded up, at least one; none for
// 0 percent or no lot. Decided by `seed` and `id` alone, the same for ever.
std::vector<std::int64_t> SelectLots(std::string_view seed, std::string_view id, std::int64_t lots,
                                     int percent);

// Of the latest look: a day on which it cannot have been one at these goods (R13), seals broken or
// not those of the certificate (R13), content not as stated (R20), what was chosen and not opened.
// REFER, since the goods are there and an officer decides.
std::vector<Finding> CheckLook(const Certificate& certificate, const ImportLook& look,
                               const OpeningChoice& choice, const InspectionBounds& bounds);

// R07 at the place of import: nothing is presented or received under a certificate that was not
// issued yet. HARD at `pointer`; `act` in words ("presentation"). The two days are of two calendars:
// one day before is lawful across the date line.
std::vector<Finding> CheckNotBeforeIssue(const Certificate& paper, Date day, std::string pointer,
                                         const std::string& act);

// What stands before a confirmation.
struct ImportReadiness {
  bool inspected = false;  // by a look that counts (inspection_day.h)
  bool original_missing = false;
  bool own_certificate = false;  // it was issued
};
// HARD where the profile says that a confirmation is refused without it, else INFO or REFER.
std::vector<Finding> CheckReadiness(const ImportProfile& profile, const ImportReadiness& readiness);

// R01 of a paper that an officer has before him: a field of the minimum content that it does not
// state is missed, HARD.
std::vector<Finding> CheckPaperWhole(const Certificate& paper);

// Whether nothing that is done at import can remedy what was found: who takes part and what
// measures forbid (R03, R15, R23), and a paper by which its issuer does not stand. Goods with
// another fault may be let go after remedial measures (EU art. 5(2)).
bool IsBeyondRemedy(const Finding& finding);

// A shipment that passes through.
struct TransitFacts {
  std::vector<std::string> certificate_seals;  // empty: not noted
  bool purpose_shown = false;                  // the certificate clearly shows the transit
  bool new_certificate = false;                // one was issued for the goods on the way
  ImportLook entry;
  std::optional<ImportLook> exit;  // absent while the goods are there
};
// R25: HARD when opened, tampered with, or given a new certificate. REFER where the certificate
// does not show the transit (EU art. 18), or seals that could tell were not noted.
std::vector<Finding> CheckTransit(const TransitFacts& facts);

}  // namespace kp::scheme
