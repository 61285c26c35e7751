// Reasons of the errors that mesh/store makes (base/error.h).
#pragma once

namespace kp::store {

// The database could not do its work (disk full, read-only, connection lost, damaged): UNAVAILABLE.
// Nothing of the call was acknowledged; only after a lost PostgreSQL connection at the very commit
// may it nevertheless have been done, so a repeat needs a request_id.
inline constexpr char kStoreFailed[] = "STORE_FAILED";
// The queue of writers, or the wait for a read session, is full: RESOURCE_EXHAUSTED.
inline constexpr char kStoreBusy[] = "STORE_BUSY";
// The database was written by a newer program: FAILED_PRECONDITION, at open only.
inline constexpr char kStoreNewer[] = "STORE_NEWER";
// The database lacks a migration of this program, which was to read it only: FAILED_PRECONDITION.
inline constexpr char kStoreOlder[] = "STORE_OLDER";
// A write to a database that was opened to be read: FAILED_PRECONDITION.
inline constexpr char kStoreReadOnly[] = "STORE_READ_ONLY";
// A migration that was applied is not the one this program has: FAILED_PRECONDITION, at open only.
inline constexpr char kStoreMigrationChanged[] = "STORE_MIGRATION_CHANGED";
// A unique key, foreign key, check or append-only trigger said no: ALREADY_EXISTS for a unique key,
// else FAILED_PRECONDITION.
inline constexpr char kStoreConstraint[] = "STORE_CONSTRAINT";
// A value or a result that this layer cannot store or read: INVALID_ARGUMENT or INTERNAL.
inline constexpr char kStoreBadValue[] = "STORE_BAD_VALUE";
// The same caller, method and request_id with other content: ALREADY_EXISTS.
inline constexpr char kRequestIdReused[] = "REQUEST_ID_REUSED";

}  // namespace kp::store
