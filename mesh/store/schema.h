// The tables of mesh/store itself. Internal.
#pragma once

#include "mesh/store/migration.h"

namespace kp::store {

Component StoreSchema();

}  // namespace kp::store
