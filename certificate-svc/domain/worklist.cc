#include "certificate-svc/domain/worklist.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/work_sources.h"
#include "mesh/rpc/page_token.h"
#include "mesh/rpc/reasons.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

using access::v1::POWER_ISSUE;
using access::v1::POWER_VALIDATE;
using access::v1::POWER_VERIFY;

// In the order of WorkKind; any of the powers suffices.
struct Kind {
  v1::WorkKind kind;
  std::vector<access::v1::Power> powers;
  WorkSource source;
};

const std::vector<Kind>& Kinds() {
  static const auto& kinds = *new std::vector<Kind>{
      {v1::WORK_KIND_ISSUE, {POWER_ISSUE}, &ToIssue},
      {v1::WORK_KIND_VALIDATE, {POWER_VALIDATE}, &ToValidate},
      {v1::WORK_KIND_EXPORT, {POWER_ISSUE}, &ToExport},
      {v1::WORK_KIND_RETURN, {POWER_ISSUE}, &ToReturn},
      {v1::WORK_KIND_CONFIRMATION_MISSING, {POWER_ISSUE}, &NotConfirmed},
      {v1::WORK_KIND_CONFIRM, {POWER_VERIFY}, &ToConfirm},
      {v1::WORK_KIND_DETAINED, {POWER_VERIFY}, &Detained},
      {v1::WORK_KIND_ORIGINAL, {POWER_VERIFY}, &OriginalsMissing},
      {v1::WORK_KIND_FAILURE_REPORT, {POWER_VERIFY}, &FailuresToReport},
      {v1::WORK_KIND_CASE, {POWER_ISSUE, POWER_VERIFY}, &CasesToAnswer},
      {v1::WORK_KIND_TECHNICAL, {POWER_ISSUE}, &ToSendBack},
      {v1::WORK_KIND_SOURCE, {POWER_ISSUE, POWER_VALIDATE, POWER_VERIFY}, &SourcesToConfirm},
  };
  return kinds;
}

absl::Status SetLateness(scheme::Date today, v1::WorkItem& item) {
  if (item.due_date().empty()) return absl::OkStatus();
  KP_ASSIGN_OR_RETURN(const scheme::Date due, scheme::ParseDate(item.due_date()));
  item.set_days_overdue(std::max(0, static_cast<int32_t>(today - due)));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ListWorkItemsResponse> Worklist::List(
    const identity::SpiffeId& caller, const v1::ListWorkItemsRequest& request) const {
  std::set<int> asked(request.kinds().begin(), request.kinds().end());
  for (const int kind : asked) {
    if (kind == v1::WORK_KIND_UNSPECIFIED || !v1::WorkKind_IsValid(kind)) {
      return FieldError({scheme::wire::kEnumValueUnknown, "kinds",
                         absl::StrCat("has ", kind, ", which is no kind of work"), ""});
    }
  }
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), 50, 500));
  const std::string binding =
      absl::StrCat("ListWorkItems|", caller.ToString(), "|", absl::StrJoin(asked, ","));
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  // "<kind> <place in it>"
  std::pair<std::string, std::string> place = absl::StrSplit(key, absl::MaxSplits(' ', 1));
  int first = 0;
  if (!key.empty() && !absl::SimpleAtoi(place.first, &first)) {
    return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
  }
  KP_ASSIGN_OR_RETURN(const v1::Officer officer, officers_.PersonOf(caller));
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  const WorkScene scene{env_, *view, officer.person(), Today(env_, *view, officer.authority())};
  v1::ListWorkItemsResponse response;
  response.set_today(scheme::FormatDate(scene.today));
  for (const Kind& kind : Kinds()) {
    if (kind.kind < first || (!asked.empty() && !asked.contains(kind.kind))) continue;
    bool may = false;
    for (const access::v1::Power power : kind.powers) {
      KP_ASSIGN_OR_RETURN(const bool has, officers_.HasPower(caller, power, env_.clock.Now()));
      may = may || has;
    }
    if (!may) continue;
    const int room = size - response.items_size();
    if (room == 0) {
      response.set_next_page_token(rpc::MakePageToken(absl::StrCat(kind.kind, " "), binding));
      break;
    }
    WorkBatch batch;
    KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
      KP_ASSIGN_OR_RETURN(batch,
                          kind.source(session, scene, kind.kind == first ? place.second : "", room));
      return absl::OkStatus();
    }));
    for (v1::WorkItem& item : batch.items) {
      item.set_kind(kind.kind);
      KP_RETURN_IF_ERROR(SetLateness(scene.today, item));
      *response.add_items() = std::move(item);
    }
    if (!batch.next.empty()) {
      response.set_next_page_token(
          rpc::MakePageToken(absl::StrCat(kind.kind, " ", batch.next), binding));
      break;
    }
  }
  return response;
}

}  // namespace kp::certificate
