#include "kpctl/work_command.h"

#include "absl/strings/str_cat.h"

namespace kp::kpctl {

std::string CommandOf(const certificate::v1::WorkItem& item) {
  namespace cert = certificate::v1;
  const char* const paper = item.paper() ? " --paper" : "";
  switch (item.kind()) {
    case cert::WORK_KIND_ISSUE:
      return absl::StrCat("kpctl certificate issue ", item.subject());
    case cert::WORK_KIND_VALIDATE:
      return absl::StrCat("kpctl certificate validate ", item.subject());
    case cert::WORK_KIND_EXPORT:
      return absl::StrCat("kpctl certificate export ", item.subject());
    case cert::WORK_KIND_RETURN:
      return absl::StrCat("kpctl certificate return ", item.subject(), " --text TEXT");
    case cert::WORK_KIND_CONFIRMATION_MISSING:
      return absl::StrCat("kpctl case open ", item.subject(),
                          " --kind irregular-shipment --text TEXT");
    case cert::WORK_KIND_CONFIRM:
      return absl::StrCat("kpctl import confirm ", item.subject(),
                          " --arrived-line HS:CARATS --parcels N --receipt-date DATE", paper);
    case cert::WORK_KIND_DETAINED:
      return absl::StrCat("kpctl import release ", item.subject(), " --text TEXT", paper);
    case cert::WORK_KIND_ORIGINAL:
      return absl::StrCat("kpctl import original ", item.subject(), " --produced");
    case cert::WORK_KIND_FAILURE_REPORT:
      return absl::StrCat("kpctl import report ", item.subject(), " --text TEXT");
    case cert::WORK_KIND_CASE:
      // A proposal is agreed to or declined by the digest of what was read.
      return item.proposal() ? absl::StrCat("kpctl case show ", item.case_id())
                             : absl::StrCat("kpctl case remark ", item.case_id(), " --text TEXT");
    case cert::WORK_KIND_TECHNICAL:
      return absl::StrCat("kpctl technical issue ", item.subject(),
                          " --reason ordered-back --line HS:CARATS --parcels N --text TEXT");
    case cert::WORK_KIND_SOURCE:
      return absl::StrCat("kpctl source confirm ", item.subject(), " --text TEXT");
    default:
      return "";
  }
}

}  // namespace kp::kpctl
