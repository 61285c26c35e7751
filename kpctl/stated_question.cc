#include "kpctl/stated_question.h"

#include "kpctl/parse.h"

namespace kp::kpctl {

absl::StatusOr<certificate::v1::VerifyCertificateRequest> QuestionOf(const StatedQuestion& flags) {
  Faults faults;
  certificate::v1::VerifyCertificateRequest request;
  request.set_number(flags.number);
  request.set_qr(flags.qr);
  request.set_purpose(faults.Take(ParsePurpose(flags.purpose), "purpose"));
  request.set_consignment_reference(flags.consignment);
  *request.mutable_paper() = flags.paper.ToProto(faults);
  KP_RETURN_IF_ERROR(faults.Status());
  return request;
}

}  // namespace kp::kpctl
