#include "document/printable.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "document/labels.h"
#include "document/sheet.h"

namespace kp::document {

std::vector<Fault> PrintFaults(const certificate::v1::Certificate& application) {
  std::vector<Fault> faults;
  Sheet sheet;
  const auto look = [&](const std::string& field, const std::string& text) {
    if (text.empty()) return;
    Cell cell;
    cell.field = field;
    cell.text = text;
    for (Fault& fault : FaultsOf(sheet.AddRow({cell}))) faults.push_back(std::move(fault));
  };
  const auto party = [&](const std::string& path, const certificate::v1::TradeParty& one) {
    look(path + ".name", one.name());
    look(path + ".address", one.address());
    look(path + ".registration", one.registration());
  };
  party("exporter", application.exporter());
  party("importer", application.importer());
  look("issuing_authority", application.issuing_authority());
  for (int i = 0; i < application.seals_size(); ++i) {
    look(absl::StrCat("seals[", i, "]"), application.seals(i));
  }
  const std::string& language = application.language();
  if (!language.empty() && !absl::EqualsIgnoreCase(language, "en")) {
    for (Fault& fault : FaultsOf(FindLanguage(language).status())) {
      faults.push_back(std::move(fault));
    }
  }
  return faults;
}

}  // namespace kp::document
