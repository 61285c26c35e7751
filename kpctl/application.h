// The flags that say what an exporter applies for.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "kp/certificate/v1/certificate.pb.h"

namespace kp::kpctl {

class ApplicationFlags {
 public:
  void AddTo(CLI::App* verb);
  // The application, or every fault of the flags.
  absl::StatusOr<certificate::v1::Certificate> ToProto() const;

 private:
  struct PartyFlags {
    std::string name, address, registration, country;
    void AddTo(CLI::App* verb, const std::string& prefix);
    certificate::v1::TradeParty ToProto() const;
  };
  PartyFlags exporter_, importer_;
  std::string importing_entity_, origin_, authority_, language_;
  std::vector<std::string> lines_, seals_, sources_;
  int32_t parcels_ = 0;
  bool no_conflict_declared_ = false;
};

// Says on `err` what no font of this machine can draw, and a language without labels: `certificate
// print` would stop there. The application is made all the same, because another machine may print.
void TellPrintFaults(const certificate::v1::Certificate& application, std::ostream& err);

}  // namespace kp::kpctl
