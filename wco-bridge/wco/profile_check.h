// The semantic half of the bridge's own check: reads the checked tree into the canonical form, and
// reports what the data model allows but the partner profile or the Kimberley Process does not.
#pragma once

#include <vector>

#include "wco-bridge/wco/declaration.h"
#include "wco-bridge/wco/profile.h"
#include "wco-bridge/wco/structure_check.h"

namespace kp::wco {

// Reads `structure.declaration` (not null). The result is meaningful only if no fault was added to
// `faults`, here or by the structure check.
Declaration ReadDeclaration(const Structure& structure, const Profile& profile, FaultList& faults,
                            std::vector<Fault>& notes);

}  // namespace kp::wco
