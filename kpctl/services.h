// Every service of the mesh, as this program was built with them.
#pragma once

#include <vector>

#include "google/protobuf/descriptor.h"

namespace kp::kpctl {

// In the order of their full names.
std::vector<const google::protobuf::ServiceDescriptor*> AllServices();

}  // namespace kp::kpctl
