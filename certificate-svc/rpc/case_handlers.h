// CaseService, TechnicalService and WorklistService, bound to their use cases.
#pragma once

#include "certificate-svc/domain/cases.h"
#include "certificate-svc/domain/technical.h"
#include "certificate-svc/domain/worklist.h"
#include "mesh/rpc/service.h"

namespace kp::certificate {

// The use cases outlive the service.
void BindCases(rpc::Service& service, Cases& cases);
void BindTechnical(rpc::Service& service, Technicals& technicals);
void BindWorklist(rpc::Service& service, Worklist& worklist);

}  // namespace kp::certificate
