// The registry's trust documents in its database, each change one transaction.
#pragma once

#include <memory>

#include "mesh/store/database.h"
#include "mesh/trust/document_store.h"

namespace kp::participant {

// `database` has Schema() and outlives the store.
std::unique_ptr<trust::DocumentStore> MakeDocumentStore(store::Database& database);

}  // namespace kp::participant
