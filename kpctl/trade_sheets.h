// The statistics as sheets: what an officer reads as a table and exports as CSV. Figures are exact:
// dollars with two decimals, carats with two, and with a third where it is not zero.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "kp/certificate/v1/statistics_service.pb.h"

namespace kp::kpctl {

struct Sheet {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  void PrintTable(std::ostream& out) const;
  // RFC 4180 with a header line.
  void PrintCsv(std::ostream& out) const;
};

// "-1250.50" or "0.005" carats, "187500.00" dollars.
std::string ExactCarats(int64_t thousandths);
std::string ExactDollars(int64_t cents);

Sheet TradeSheet(const google::protobuf::RepeatedPtrField<certificate::v1::TradeRow>& rows);
Sheet TotalsSheet(const google::protobuf::RepeatedPtrField<certificate::v1::TradeTotal>& totals);
// A line for each figure of each row: own, the partner's, the difference, what of it is unexplained;
// the last three empty while the partner has not filed.
Sheet MirrorSheet(const certificate::v1::GetMirrorResponse& mirror);
// The certificates behind differences.
Sheet MirrorCertificatesSheet(const certificate::v1::GetMirrorResponse& mirror);
// `import`: with who verified and when; else with the state.
Sheet MonthlySheet(const google::protobuf::RepeatedPtrField<certificate::v1::MonthlyRow>& rows,
                   bool import);
Sheet FiguresSheet(const google::protobuf::RepeatedPtrField<certificate::v1::FiledFigures>& filed);
Sheet BalanceSheet(const certificate::v1::GetBalanceResponse& balance);

}  // namespace kp::kpctl
