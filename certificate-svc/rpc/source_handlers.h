// SourceBookService, bound to its use case.
#pragma once

#include "certificate-svc/domain/sources.h"
#include "mesh/rpc/service.h"

namespace kp::certificate {

// The use case outlives the service.
void BindSourceBook(rpc::Service& service, Sources& sources);

}  // namespace kp::certificate
