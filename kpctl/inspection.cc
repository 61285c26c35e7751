#include "kpctl/inspection.h"

#include <utility>

#include "absl/strings/str_split.h"

namespace kp::kpctl {

namespace {

// "LABEL:SEAL[,SEAL...]"; the label may be left out.
void AddContainer(const std::string& text, bool unbroken,
                  certificate::v1::ImportInspection& inspection) {
  certificate::v1::ContainerFound& container = *inspection.add_containers();
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  container.set_label(parts.first);
  for (const auto seal : absl::StrSplit(parts.second, ',', absl::SkipWhitespace())) {
    container.add_seals(std::string(seal));
  }
  container.set_seals_unbroken(unbroken);
}

}  // namespace

void InspectionFlags::AddTo(CLI::App* verb) {
  verb->add_option("--date", date_, "Day of the inspection")->required()->type_name("DATE");
  verb->add_option("--inspector", inspector_, "Who looked")->required()->type_name("NAME");
  verb->add_option("--container", containers_,
                   "A container with its seals, all of them whole; repeatable")
      ->type_name("LABEL:SEAL[,SEAL]");
  verb->add_option("--broken-container", broken_,
                   "A container of which a seal is broken or missing; repeatable")
      ->type_name("LABEL:SEAL[,SEAL]");
  verb->add_flag("--opened", opened_, "Containers were opened");
  verb->add_option("--lot", lots_, "A lot that was opened, from 1, ascending; repeatable")
      ->type_name("N");
  verb->add_flag("--not-as-stated", not_as_stated_,
                 "The content is not as the certificate says; tell it in --text");
  verb->add_option("--text", text_, "Remarks")->type_name("TEXT");
}

certificate::v1::ImportInspection InspectionFlags::ToProto(Faults& faults) const {
  certificate::v1::ImportInspection inspection;
  inspection.set_date(faults.Take(ParseDay(date_), "inspection.date"));
  inspection.set_inspector(inspector_);
  for (const std::string& container : containers_) AddContainer(container, true, inspection);
  for (const std::string& container : broken_) AddContainer(container, false, inspection);
  inspection.set_opened(opened_);
  for (const int32_t lot : lots_) inspection.add_lots_opened(lot);
  inspection.set_as_stated(!not_as_stated_);
  inspection.set_text(text_);
  return inspection;
}

}  // namespace kp::kpctl
