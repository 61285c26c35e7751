// The source book: what the stones of certificates come from, and how much of it is left (R16).
// Functions work in the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kp/certificate/v1/certificate.pb.h"
#include "mesh/store/session.h"

namespace kp::certificate {

namespace pb = ::kp::certificate::v1;

struct SourceRow {
  int64_t position = 0;
  pb::Source source;  // with what is drawn
};

// False when there is one of this id.
absl::StatusOr<bool> InsertSource(store::Transaction& tx, const pb::Source& source);
absl::StatusOr<std::optional<pb::Source>> FindSource(store::ReadSession& session,
                                                     std::string_view id);
// Newest first, below `before_position` (0: from the newest).
absl::StatusOr<std::vector<SourceRow>> ListSources(store::ReadSession& session, bool open_only,
                                                   int64_t before_position, int limit);

// Draws for one application; false when less than `carats` is left. Of two draws at once on the
// last carats one is refused.
absl::StatusOr<bool> DrawSource(store::Transaction& tx, std::string_view application_id,
                                std::string_view source_id, int64_t carats_thousandths);
// Gives back what an application has drawn.
absl::Status GiveBackSources(store::Transaction& tx, std::string_view application_id);

}  // namespace kp::certificate
