#include "certificate-svc/rpc/outbox_view.h"

#include "base/error.h"
#include "mesh/rpc/page_token.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

using outbox::State;

constexpr std::pair<State, v1::OutboxState> kStates[] = {
    {State::kPending, v1::OUTBOX_STATE_PENDING},     {State::kDelivered, v1::OUTBOX_STATE_DELIVERED},
    {State::kParked, v1::OUTBOX_STATE_PARKED},       {State::kFailed, v1::OUTBOX_STATE_REFUSED},
    {State::kHeld, v1::OUTBOX_STATE_HELD},
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
    const Environment& env, const v1::ListOutboxMessagesRequest& request) {
  outbox::ListQuery query;
  query.partner = request.partner();
  KP_ASSIGN_OR_RETURN(query.page_size, rpc::PageSize(request.page_size(), 50, 500));
  query.page_token = request.page_token();
  if (request.state() != v1::OUTBOX_STATE_UNSPECIFIED) {
    for (const auto& [ours, theirs] : kStates) {
      if (theirs == request.state()) query.state = ours;
    }
    if (!query.state.has_value()) {
      return FieldError({scheme::wire::kEnumValueUnknown, "state", "is not a known state", ""});
    }
  }
  KP_ASSIGN_OR_RETURN(outbox::ListPage page, env.outbox.List(query));
  v1::ListOutboxMessagesResponse response;
  for (const outbox::MessageInfo& info : page.messages) *response.add_messages() = Show(info);
  response.set_next_page_token(std::move(page.next_page_token));
  return response;
}

absl::StatusOr<v1::OutboxMessage> ShowOutboxMessage(const Environment& env, const std::string& id) {
  KP_ASSIGN_OR_RETURN(const outbox::MessageInfo info, env.outbox.Show(id));
  return Show(info);
}

}  // namespace kp::certificate
