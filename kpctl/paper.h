// What stands on a paper certificate, as flags and columns say it.
#pragma once

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "kp/certificate/v1/certificate.pb.h"
#include "kpctl/parse.h"

namespace kp::kpctl {

// What is not given is empty, or 0: not stated.
struct PaperFlags {
  // None of them is required: what is not given is not stated.
  void AddTo(CLI::App* verb);
  // Whether any was given.
  bool Given() const;
  // Dates, codes and origins go as they stand on the paper: what is wrong with them is a finding.
  certificate::v1::StatedPaper ToProto(Faults& faults) const;

  std::string issue_date, expiry_date, authority, importer, exporter, importing_entity;
  std::string origin, total_carats, total_value;
  std::vector<std::string> lines, seals;  // lines: HS:CARATS[:USD]
  int32_t parcels = 0;
};

}  // namespace kp::kpctl
