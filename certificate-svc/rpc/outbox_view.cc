#include "certificate-svc/rpc/outbox_view.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/list_filters.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "mesh/rpc/page_token.h"
#include "mesh/rpc/reasons.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

using outbox::State;

constexpr std::pair<State, v1::OutboxState> kStates[] = {
    {State::kPending, v1::OUTBOX_STATE_PENDING},     {State::kDelivered, v1::OUTBOX_STATE_DELIVERED},
    {State::kParked, v1::OUTBOX_STATE_PARKED},       {State::kFailed, v1::OUTBOX_STATE_REFUSED},
    {State::kHeld, v1::OUTBOX_STATE_HELD},       {State::kDiscarded, v1::OUTBOX_STATE_DISCARDED},
};

v1::OutboxMessage Show(const outbox::MessageInfo& info) {
  v1::OutboxMessage out;
  out.set_id(info.id);
  out.set_partner(info.partner);
  out.set_kind(info.kind);
  for (const auto& [ours, theirs] : kStates) {
    if (ours == info.state) out.set_state(theirs);
  }
  out.set_attempts(static_cast<int32_t>(info.attempts));
  *out.mutable_create_time() = trust::ToTimestamp(info.created_at);
  if (info.state == State::kPending) {
    *out.mutable_next_try_time() = trust::ToTimestamp(info.next_try_at);
  }
  out.set_last_error(info.last_error);
  return out;
}

}  // namespace

absl::StatusOr<v1::ListOutboxMessagesResponse> ListOutbox(
    const Environment& env, const identity::SpiffeId& caller,
    const v1::ListOutboxMessagesRequest& request) {
  outbox::ListQuery query;
  KP_ASSIGN_OR_RETURN(query.partner, ReadFilterEntity(env, request.partner(), "partner",
                                                      scheme::FilterRole::kPartner));
  KP_ASSIGN_OR_RETURN(query.page_size, rpc::PageSize(request.page_size(), 50, 500));
  if (request.state() != v1::OUTBOX_STATE_UNSPECIFIED) {
    for (const auto& [ours, theirs] : kStates) {
      if (theirs == request.state()) query.state = ours;
    }
    if (!query.state.has_value()) {
      return FieldError({scheme::wire::kEnumValueUnknown, "state", "is not a known state", ""});
    }
  }
  const std::string binding = absl::StrCat("ListOutboxMessages|", caller.ToString(), "|",
                                           query.partner, "|", request.state());
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  if (!key.empty()) {
    // "<position> <partner>"
    const std::pair<std::string, std::string> place =
        absl::StrSplit(key, absl::MaxSplits(' ', 1));
    if (!absl::SimpleAtoi(place.first, &query.after.position)) {
      return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
    }
    query.after.partner = place.second;
  }
  KP_ASSIGN_OR_RETURN(const outbox::ListPage page, env.outbox.List(query));
  v1::ListOutboxMessagesResponse response;
  for (const outbox::MessageInfo& info : page.messages) *response.add_messages() = Show(info);
  if (page.next.has_value()) {
    response.set_next_page_token(rpc::MakePageToken(
        absl::StrCat(page.next->position, " ", page.next->partner), binding));
  }
  return response;
}

absl::StatusOr<v1::OutboxMessage> DiscardOutboxMessage(
    const Environment& env, const OfficerRegister& officers, const identity::SpiffeId& caller,
    const v1::DiscardOutboxMessageRequest& request) {
  KP_RETURN_IF_ERROR(CheckReasons(request.text()));
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers.PersonOf(caller));
  KP_RETURN_IF_ERROR(
      Once<v1::DiscardOutboxMessageResponse>(
          env, caller.ToString(), "DiscardOutboxMessage", request,
          [&]() -> absl::StatusOr<Act<v1::DiscardOutboxMessageResponse>> {
            KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                                SignEvent(env, {.kind = "MESSAGE_DISCARDED",
                                                .subject = request.id(),
                                                .officer = &actor,
                                                .text = request.text()}));
            return Act<v1::DiscardOutboxMessageResponse>(
                [&env, &request, event](
                    store::Transaction& tx) -> absl::StatusOr<v1::DiscardOutboxMessageResponse> {
                  KP_RETURN_IF_ERROR(
                      env.outbox.Discard(tx, request.id(), request.text()).status());
                  KP_RETURN_IF_ERROR(env.events.Append(tx, event).status());
                  return v1::DiscardOutboxMessageResponse();
                });
          })
          .status());
  return ShowOutboxMessage(env, request.id());
}

absl::StatusOr<v1::OutboxMessage> ShowOutboxMessage(const Environment& env, const std::string& id) {
  KP_ASSIGN_OR_RETURN(const outbox::MessageInfo info, env.outbox.Show(id));
  return Show(info);
}

}  // namespace kp::certificate
