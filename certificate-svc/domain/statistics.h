// The statistics of this entity (CORE Annex III): quarters computed and filed, production and stock as
// filed, the mirror with a partner, the monthly report, the balance. docs/statistics.md.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "certificate-svc/domain/trade.h"
#include "kp/certificate/v1/statistics_service.pb.h"
#include "mesh/identity/spiffe_id.h"
#include "scheme/statistics.h"

namespace kp::certificate {

// A quarter that has not begun has no trade to be shown, compared or filed: FAILED_PRECONDITION.
inline constexpr char kQuarterNotBegun[] = "QUARTER_NOT_BEGUN";
// Figures of production or stock that cannot be: INVALID_ARGUMENT.
inline constexpr char kFiguresMalformed[] = "FIGURES_MALFORMED";

// Outbox message kind of a filed quarter's part.
inline constexpr char kStatisticsKind[] = "statistics";

// Subject of a quarter's events, and order key of its messages: "statistics/2026-Q1".
std::string QuarterSubject(const scheme::Quarter& quarter);

// Whether the quarter has a day up to `today`: QUARTER_NOT_BEGUN.
absl::Status CheckBegun(const scheme::Quarter& quarter, scheme::Date today);

// Thread-safe.
class Statistics final {
 public:
  Statistics(const Environment& environment, const OfficerRegister& officers)
      : env_(environment), officers_(officers) {}

  absl::StatusOr<v1::GetQuarterResponse> GetQuarter(const v1::GetQuarterRequest& request) const;
  // One durable transaction: version, parts, signed event, messages.
  absl::StatusOr<v1::FileQuarterResponse> FileQuarter(const identity::SpiffeId& caller,
                                                      const v1::FileQuarterRequest& request);
  absl::StatusOr<v1::ListFiledQuartersResponse> ListFiledQuarters(
      const identity::SpiffeId& caller, const v1::ListFiledQuartersRequest& request) const;
  absl::StatusOr<v1::GetMirrorResponse> GetMirror(const v1::GetMirrorRequest& request) const;

  absl::StatusOr<v1::FileFiguresResponse> FileFigures(const identity::SpiffeId& caller,
                                                      const v1::FileFiguresRequest& request);
  absl::StatusOr<v1::ListFiguresResponse> ListFigures(const identity::SpiffeId& caller,
                                                      const v1::ListFiguresRequest& request) const;
  absl::StatusOr<v1::ListMonthlyReportResponse> MonthlyReport(
      const identity::SpiffeId& caller, const v1::ListMonthlyReportRequest& request) const;
  absl::StatusOr<v1::GetBalanceResponse> GetBalance(const v1::GetBalanceRequest& request) const;

 private:
  // The other entity that `code` names; empty for empty.
  absl::StatusOr<std::string> ReadPartner(const std::string& code) const;
  // A filed version as it is shown; `parts` as signed, of an own one.
  absl::StatusOr<v1::FiledQuarter> Show(const std::string& entity, const FiledRow& row,
                                        const std::vector<std::string>& parts) const;

  const Environment& env_;
  const OfficerRegister& officers_;
};

}  // namespace kp::certificate
