// Brings a schema up to date. Internal to mesh/store.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "base/clock.h"
#include "mesh/store/connection.h"
#include "mesh/store/migration.h"

namespace kp::store {

// Applies what is missing, in one transaction, with other replicas that start at the same time kept
// out. Errors as Database::Open.
absl::Status Migrate(Connection& connection, const Clock& clock,
                     const std::vector<Component>& components);

// OK when the database holds exactly these components at their latest versions; changes nothing.
absl::Status CheckSchema(Connection& connection, const std::vector<Component>& components);

}  // namespace kp::store
