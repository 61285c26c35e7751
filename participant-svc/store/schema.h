// The registry's tables.
#pragma once

#include "mesh/store/migration.h"

namespace kp::participant {

store::Component Schema();

}  // namespace kp::participant
