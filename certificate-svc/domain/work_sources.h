// Where each kind of work is found. Internal to the worklist.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "kp/certificate/v1/worklist_service.pb.h"
#include "mesh/store/session.h"
#include "scheme/dates.h"

namespace kp::certificate {

struct WorkScene {
  const Environment& env;
  const SchemeView& view;
  std::string person;  // who asks
  scheme::Date today;  // by the calendar of the authority of who asks
};

struct WorkBatch {
  // Without kind and lateness; may be fewer than asked for although there is more.
  std::vector<v1::WorkItem> items;
  // The place from which to go on; empty: that was all.
  std::string next;
};

// From `after` on, a place that an earlier batch told, or "" for the start: looks at no more than
// `limit` rows of the books.
using WorkSource = absl::StatusOr<WorkBatch> (*)(store::ReadSession& session,
                                                 const WorkScene& scene, const std::string& after,
                                                 int limit);

absl::StatusOr<WorkBatch> ToIssue(store::ReadSession& session, const WorkScene& scene,
                                  const std::string& after, int limit);
// Those that the one who asks issued are left to another person (R11).
absl::StatusOr<WorkBatch> ToValidate(store::ReadSession& session, const WorkScene& scene,
                                     const std::string& after, int limit);
absl::StatusOr<WorkBatch> ToExport(store::ReadSession& session, const WorkScene& scene,
                                   const std::string& after, int limit);
absl::StatusOr<WorkBatch> ToReturn(store::ReadSession& session, const WorkScene& scene,
                                   const std::string& after, int limit);
absl::StatusOr<WorkBatch> NotConfirmed(store::ReadSession& session, const WorkScene& scene,
                                       const std::string& after, int limit);
// Goods that are to go back, or have gone, are neither to be confirmed nor to be released.
absl::StatusOr<WorkBatch> ToConfirm(store::ReadSession& session, const WorkScene& scene,
                                    const std::string& after, int limit);
absl::StatusOr<WorkBatch> Detained(store::ReadSession& session, const WorkScene& scene,
                                   const std::string& after, int limit);
absl::StatusOr<WorkBatch> OriginalsMissing(store::ReadSession& session, const WorkScene& scene,
                                           const std::string& after, int limit);
absl::StatusOr<WorkBatch> FailuresToReport(store::ReadSession& session, const WorkScene& scene,
                                           const std::string& after, int limit);
absl::StatusOr<WorkBatch> CasesToAnswer(store::ReadSession& session, const WorkScene& scene,
                                        const std::string& after, int limit);
absl::StatusOr<WorkBatch> ToSendBack(store::ReadSession& session, const WorkScene& scene,
                                     const std::string& after, int limit);
// Those that the one who asks entered are left to another person.
absl::StatusOr<WorkBatch> SourcesToConfirm(store::ReadSession& session, const WorkScene& scene,
                                           const std::string& after, int limit);

}  // namespace kp::certificate
