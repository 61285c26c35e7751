// The rows of the officer register.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kp/certificate/v1/administration_service.pb.h"
#include "mesh/store/session.h"

namespace kp::certificate {

// From here to the end of the transaction nobody else changes the register, on any replica, and
// what is read of it is what was committed last. Before any reading that a change is decided on.
absl::Status LockOfficers(store::Transaction& tx);

// The entry of this identity that holds at `at`, if one does.
absl::StatusOr<std::optional<v1::OfficerEntry>> FindOfficer(store::ReadSession& session,
                                                            std::string_view spiffe_id,
                                                            absl::Time at);
// Whether this identity has an entry that ends after `from`.
absl::StatusOr<bool> HasEntryAfter(store::ReadSession& session, std::string_view spiffe_id,
                                   absl::Time from);
absl::Status InsertOfficer(store::Transaction& tx, const v1::OfficerEntry& entry);
// Ends the entry that holds at `at`; false when there is none.
absl::StatusOr<bool> EndOfficer(store::Transaction& tx, std::string_view spiffe_id, absl::Time at);
// The person of any entry of this identity; empty when it has none.
absl::StatusOr<std::string> PersonBehind(store::ReadSession& session, std::string_view spiffe_id);
// Entries behind this identity and start, by both.
absl::StatusOr<std::vector<v1::OfficerEntry>> ListOfficers(store::ReadSession& session,
                                                           std::string_view after_id,
                                                           absl::Time after_time, int limit);
absl::StatusOr<bool> AnyOfficer(store::ReadSession& session);

}  // namespace kp::certificate
