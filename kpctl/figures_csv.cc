#include "kpctl/figures_csv.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "kpctl/csv.h"
#include "kpctl/parse.h"
#include "scheme/hs_code.h"
#include "scheme/origin.h"

namespace kp::kpctl {
namespace {

constexpr size_t kMaxRows = 500;
constexpr size_t kMaxFaults = 20;

const std::vector<std::string>& Columns() {
  static const std::vector<std::string> columns = {"origin", "hs_code", "carats", "value_usd"};
  return columns;
}

absl::Status Malformed(const std::string& where, std::string_view what) {
  return FieldError({"FIGURES_MALFORMED", where, std::string(what), "CORE Annex III"});
}

// Takes fields of a record, and keeps what is wrong with them under their position.
class Row final {
 public:
  Row(const CsvRecord& record, std::vector<Fault>& faults) : record_(record), faults_(faults) {}

  template <typename Parse>
  auto Take(size_t column, Parse parse) {
    auto parsed = parse(record_[column].text);
    if (!parsed.ok()) {
      std::vector<Fault> found = FaultsOf(parsed.status());
      if (found.empty()) {
        found.push_back({ReasonOf(parsed.status()), "", std::string(parsed.status().message()), ""});
      }
      for (Fault& fault : found) {
        fault.field = absl::StrCat(record_[column].Position(), ", ", Columns()[column]);
        faults_.push_back(std::move(fault));
      }
    }
    return parsed;
  }

 private:
  const CsvRecord& record_;
  std::vector<Fault>& faults_;
};

}  // namespace

absl::StatusOr<std::vector<certificate::v1::FigureRow>> ReadFiguresCsv(std::string_view text) {
  KP_ASSIGN_OR_RETURN(const auto records, ParseCsv(text));
  if (records.empty() || Texts(records[0]) != Columns()) {
    return Malformed("line 1, character 1",
                     absl::StrCat("the header is not ", absl::StrJoin(Columns(), ",")));
  }
  if (records.size() > kMaxRows + 1) {
    return Malformed(records[kMaxRows + 1][0].Position(), absl::StrCat("more than ", kMaxRows,
                                                                       " rows"));
  }
  std::vector<certificate::v1::FigureRow> rows;
  std::vector<Fault> faults;
  std::map<std::pair<std::string, std::string>, std::string> seen;  // where a row first stood
  for (size_t i = 1; i < records.size() && faults.size() < kMaxFaults; ++i) {
    const CsvRecord& record = records[i];
    if (record.size() != Columns().size()) {
      return Malformed(record[0].Position(),
                       absl::StrCat("the row has ", record.size(), " fields, not 4"));
    }
    Row reader(record, faults);
    certificate::v1::FigureRow& row = rows.emplace_back();
    if (const auto origin = reader.Take(0, scheme::Origin::Parse); origin.ok()) {
      row.set_origin(origin->ToString());
    }
    if (const auto hs = reader.Take(1, scheme::HsCode::Parse); hs.ok()) {
      row.set_hs_code(hs->digits());
    }
    if (const auto carats = reader.Take(2, ParseCarats); carats.ok()) {
      row.set_carats_thousandths(*carats);
    }
    const auto [first, added] =
        seen.try_emplace({row.origin(), row.hs_code()}, record[0].Position());
    if (!added && !row.origin().empty() && !row.hs_code().empty()) {
      faults.push_back({"FIGURES_MALFORMED", record[0].Position(),
                        absl::StrCat("origin and HS code stand there already, at ", first->second),
                        "CORE Annex III"});
    }
    if (record[3].text.empty()) continue;
    if (const auto value = reader.Take(3, ParseDollars); value.ok()) {
      row.set_value_usd_cents(*value);
    }
  }
  KP_RETURN_IF_ERROR(FieldErrors(faults));
  return rows;
}

}  // namespace kp::kpctl
