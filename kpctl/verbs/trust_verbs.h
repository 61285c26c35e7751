// The two halves of `kpctl trust`.
#pragma once

#include "kpctl/context.h"

namespace kp::kpctl {

void AddTrustFiles(Registrar& registrar, CLI::App* group);   // root|manifest|sign|review
void AddTrustServer(Registrar& registrar, CLI::App* group);  // publish|show|deny

}  // namespace kp::kpctl
