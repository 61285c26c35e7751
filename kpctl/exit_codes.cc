#include "kpctl/exit_codes.h"

namespace kp::kpctl {

namespace cert = certificate::v1;

int ExitCodeOf(const absl::Status& error) {
  if (error.ok()) return kExitDone;
  return error.code() == absl::StatusCode::kInvalidArgument ? kExitWrongUsage : kExitFailed;
}

int ExitCodeOf(cert::Verdict verdict) {
  switch (verdict) {
    case cert::VERDICT_ACCEPT:
      return kExitDone;
    case cert::VERDICT_REFER:
      return kExitRefer;
    case cert::VERDICT_REJECT:
      return kExitReject;
    case cert::VERDICT_UNAVAILABLE:
      return kExitUnavailable;
    default:
      return kExitFailed;
  }
}

int ExitCodeOf(const cert::GetTicketResponse& ticket) {
  if (ticket.state() == cert::TICKET_STATE_ANSWERED) return ExitCodeOf(ticket.response().verdict());
  return kExitUnavailable;
}

int ExitCodeOf(const cert::ActResult& result) {
  if (result.state() == cert::ACT_STATE_PENDING) return kExitUnavailable;
  switch (result.outcome()) {
    case cert::OUTCOME_DONE:
    case cert::OUTCOME_ALREADY_DONE:
      return kExitDone;
    case cert::OUTCOME_ALREADY_USED:
    case cert::OUTCOME_NOT_THE_IMPORTER:
    case cert::OUTCOME_REFUSED:
      return kExitReject;
    default:
      return kExitFailed;
  }
}

int ExitCodeOf(bridge::v1::DeclarationState state) {
  switch (state) {
    case bridge::v1::DECLARATION_STATE_ACCEPTED:
      return kExitDone;
    case bridge::v1::DECLARATION_STATE_CONTROL:
      return kExitRefer;
    case bridge::v1::DECLARATION_STATE_REJECTED:
      return kExitReject;
    default:
      return kExitFailed;
  }
}

}  // namespace kp::kpctl
