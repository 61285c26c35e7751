// Which tables an archive holds. Internal to archive/.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "kp/certificate/v1/archive.pb.h"
#include "mesh/store/catalog.h"

namespace kp::certificate {

// Every table of the database but those that say something about the database alone: its probe and
// its migrations, which the manifest tells.
absl::StatusOr<std::vector<store::TableShape>> ArchivedTables(store::ReadSession& session);

// The components of the database's schema with their latest versions, by name.
absl::StatusOr<std::vector<v1::ArchiveComponent>> ComponentsOf(store::ReadSession& session);

}  // namespace kp::certificate
