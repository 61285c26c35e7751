// What kpctl's exit codes say; scripts branch on them, so a number never changes its meaning.
#pragma once

#include "absl/status/status.h"
#include "kp/bridge/v1/bridge_service.pb.h"
#include "kp/certificate/v1/certificate.pb.h"
#include "kp/certificate/v1/use_service.pb.h"
#include "kp/certificate/v1/verification_service.pb.h"

namespace kp::kpctl {

enum ExitCode : int {
  kExitDone = 0,         // done; ACCEPT; accepted; serving
  kExitFailed = 1,       // nobody could be asked, or the server refused to answer
  kExitWrongUsage = 2,   // the flags or the fields are wrong: correct them and call again
  kExitRefer = 10,       // REFER; a declaration under control; two sides that differ
  kExitReject = 11,      // REJECT; a refused act or declaration; a register with faults
  kExitUnavailable = 12  // UNAVAILABLE; an open ticket; an act whose receipt is awaited;
                         // a mirror whose partner has not filed
};

// Faulty input is wrong usage, whether it was found here or by the server.
int ExitCodeOf(const absl::Status& error);

int ExitCodeOf(certificate::v1::Verdict verdict);

// Answered: that of its verdict. Given up, as open, is no answer.
int ExitCodeOf(const certificate::v1::GetTicketResponse& ticket);

int ExitCodeOf(const certificate::v1::ActResult& result);

int ExitCodeOf(bridge::v1::DeclarationState state);

}  // namespace kp::kpctl
