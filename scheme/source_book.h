// The source book (R16): who besides its author stands for a source, which papers are entered in
// it, and how own production in it compares with what is filed (CORE Annex III(c)). Pure; weights
// are thousandths of a carat.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scheme/certificate_number.h"
#include "scheme/dates.h"
#include "scheme/finding.h"

namespace kp::scheme {

// --- Who stands for it ---

enum class SourceNeed { kNothing, kSecondOfficer, kSettlement };

// What a paper import lacks before certificates draw on it. `refer`: a finding for an officer is
// open; `second_person`: somebody else than who entered it confirmed it.
SourceNeed NeedOfPaper(bool refer, bool second_person);
// What own production lacks: nothing once figures of its half-year are filed.
SourceNeed NeedOfProduction(bool filed);

// --- Papers ---

struct SourcePaper {
  CertificateNumber number;
  EntityCode issuer;  // the entity whose certificates bear the number's letters
  Date issue_date;
  Date receipt_date;
  bool issuer_on_mesh = false;
  std::optional<Date> complete_from;  // since when the issuer's register on the mesh is whole
};

// A paper entered by hand: what an issuer on the mesh issued since its register is whole comes in
// by the mesh, or by the import book with written reasons. INVALID_ARGUMENT for
// "document.receipt_date": DATE_OF_ISSUE_WRONG; for "id": SOURCE_ISSUER_ON_MESH.
absl::Status CheckSourcePaper(const SourcePaper& paper);

// --- Own production ---

// Half of a calendar year, from 2003 to 2999.
struct HalfYear {
  int year = 2003;
  int half = 1;

  // Errors: PERIOD_OUT_OF_RANGE for field "year" or "half".
  static absl::StatusOr<HalfYear> Make(int year, int half);
  Date first_day() const { return Date(year, half == 1 ? 1 : 7, 1); }
  Date last_day() const { return AddMonths(first_day(), 6) - 1; }
  std::string ToString() const;  // "2026-H1"
  friend auto operator<=>(const HalfYear&, const HalfYear&) = default;
};

// Production of one half-year and one country.
struct Production {
  HalfYear half_year;
  std::string origin;                 // "BW"
  std::optional<std::int64_t> filed;  // nothing while the half-year's figures are not filed
  std::int64_t opened = 0;  // in sources that are not closed, and drawn from those that are
  std::int64_t drawn = 0;
};

// Whether `carats` more may be opened on `today`. FAILED_PRECONDITION: PRODUCTION_NOT_BEGUN,
// PRODUCTION_NOT_FILED behind the last day of filing; INVALID_ARGUMENT: SOURCE_ABOVE_FILED for
// "source.carats_thousandths".
absl::Status CheckOpenProduction(const Production& before, std::int64_t carats, Date today);

// Whether the draws of a half-year stay within what is filed of it, where anything is; `after`
// counts the new draw. INVALID_ARGUMENT: PRODUCTION_EXHAUSTED for `field`.
absl::Status CheckDrawnProduction(const Production& after, const std::string& field);

// What officers should know: figures that are late, sources and draws above what is filed. Pointers
// are "rows[1]".
std::vector<Finding> CheckProduction(std::span<const Production> rows, Date today);

}  // namespace kp::scheme
