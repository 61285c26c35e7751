#include "scheme/source_book.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/error.h"
#include "scheme/quantity.h"
#include "scheme/reasons.h"
#include "scheme/statistics.h"

namespace kp::scheme {
namespace {

constexpr char kFiling[] = "CORE Annex III(c)";

std::string Text(std::int64_t thousandths) {
  const auto carats = Carats::FromThousandths(thousandths);
  return carats.ok() ? carats->ToString() : absl::StrCat(thousandths, " thousandths of");
}

std::string What(const Production& production) {
  return absl::StrCat("own production of ", production.origin, " in ",
                      production.half_year.ToString());
}

Date DueDay(const HalfYear& half_year) {
  return ProductionDueDay(half_year.year, half_year.half);
}

}  // namespace

SourceNeed NeedOfPaper(bool refer, bool second_person) {
  if (refer) return SourceNeed::kSettlement;
  return second_person ? SourceNeed::kNothing : SourceNeed::kSecondOfficer;
}

SourceNeed NeedOfProduction(bool filed) {
  return filed ? SourceNeed::kNothing : SourceNeed::kSecondOfficer;
}

absl::Status CheckSourcePaper(const SourcePaper& paper) {
  std::vector<Fault> faults;
  if (paper.receipt_date < paper.issue_date) {
    faults.push_back({reasons::kDateOfIssueWrong, "document.receipt_date",
                      absl::StrCat("is before the day of issue, ", FormatDate(paper.issue_date)),
                      "R16"});
  }
  const bool before = paper.complete_from.has_value() && paper.issue_date < *paper.complete_from;
  if (paper.issuer_on_mesh && !before) {
    faults.push_back(
        {reasons::kSourceIssuerOnMesh, "id",
         absl::StrCat(paper.issuer.text(), " is on the mesh",
                      paper.complete_from.has_value()
                          ? absl::StrCat(", and its register is whole from ",
                                         FormatDate(*paper.complete_from), " on")
                          : ", and the registry does not tell since when its register is whole",
                      ": confirm the import there, or enter it in the import book"),
         "R16"});
  }
  return FieldErrors(faults);
}

absl::StatusOr<HalfYear> HalfYear::Make(int year, int half) {
  KP_RETURN_IF_ERROR(Quarter::Make(year, 1).status());
  if (half == 1 || half == 2) return HalfYear{year, half};
  return FieldError({reasons::kPeriodOutOfRange, "half", "is 1 or 2", kFiling});
}

std::string HalfYear::ToString() const { return absl::StrFormat("%04d-H%d", year, half); }

absl::Status CheckOpenProduction(const Production& before, std::int64_t carats, Date today) {
  if (today < before.half_year.first_day()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, reasons::kProductionNotBegun,
                     absl::StrCat(before.half_year.ToString(), " begins on ",
                                  FormatDate(before.half_year.first_day())));
  }
  if (!before.filed.has_value()) {
    if (today <= DueDay(before.half_year)) return absl::OkStatus();
    return MakeError(absl::StatusCode::kFailedPrecondition, reasons::kProductionNotFiled,
                     absl::StrCat("the production of ", before.half_year.ToString(),
                                  " was to be filed by ",
                                  FormatDate(DueDay(before.half_year)), " (", kFiling,
                                  "): file it before more of it is opened"));
  }
  if (carats <= *before.filed - before.opened) return absl::OkStatus();
  return FieldError({reasons::kSourceAboveFiled, "source.carats_thousandths",
                     absl::StrCat(What(before), " is filed as ", Text(*before.filed),
                                  " carats, of which ", Text(before.opened),
                                  " are in the source book already"),
                     "R16"});
}

absl::Status CheckDrawnProduction(const Production& after, const std::string& field) {
  if (!after.filed.has_value() || after.drawn <= *after.filed) return absl::OkStatus();
  return FieldError({reasons::kProductionExhausted, field,
                     absl::StrCat(What(after), " is filed as ", Text(*after.filed),
                                  " carats; with this certificate ", Text(after.drawn),
                                  " would be drawn"),
                     "R16"});
}

std::vector<Finding> CheckProduction(std::span<const Production> rows, Date today) {
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Production& row = rows[i];
    const auto find = [&](Severity severity, const char* reason, std::string text) {
      findings.push_back({"R16", severity, absl::StrCat("rows[", i, "]"), std::move(text), reason});
    };
    if (!row.filed.has_value()) {
      const Date due = DueDay(row.half_year);
      if (today > due) {
        find(Severity::kRefer, reasons::kProductionNotFiled,
             absl::StrCat(What(row), " was to be filed by ", FormatDate(due), "; ",
                          Text(row.opened), " carats of it rest on the word of officers"));
      }
      continue;
    }
    if (row.drawn > *row.filed) {
      find(Severity::kRefer, reasons::kProductionExhausted,
           absl::StrCat("certificates draw ", Text(row.drawn), " carats on ", What(row), ", ",
                        Text(*row.filed), " are filed: no more is drawn"));
    } else if (row.opened > *row.filed) {
      find(Severity::kInfo, reasons::kSourcesAboveProduction,
           absl::StrCat("the source book holds ", Text(row.opened), " carats of ", What(row), ", ",
                        Text(*row.filed), " are filed, and no more than that is drawn"));
    }
  }
  return findings;
}

}  // namespace kp::scheme
