// The flags that say what was found when somebody looked at goods that came in or pass through.
#pragma once

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "kp/certificate/v1/import_book.pb.h"
#include "kpctl/parse.h"

namespace kp::kpctl {

class InspectionFlags final {
 public:
  void AddTo(CLI::App* verb);
  certificate::v1::ImportInspection ToProto(Faults& faults) const;

 private:
  std::string date_, inspector_, text_;
  std::vector<std::string> containers_, broken_;
  std::vector<int32_t> lots_;
  bool opened_ = false, not_as_stated_ = false;
};

}  // namespace kp::kpctl
