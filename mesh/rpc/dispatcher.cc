#include "mesh/rpc/dispatcher.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "grpc/support/time.h"
#include "mesh/rpc/open_stream.h"
#include "mesh/rpc/reasons.h"
#include "mesh/telemetry/names.h"

namespace kp::rpc {
namespace {

// Which power would have done: "issue or validate"; none where an entry alone is asked for.
absl::Status MissingPower(const std::vector<access::v1::Power>& wanted) {
  constexpr std::string_view kPrefix = "POWER_";
  std::string powers;
  for (const access::v1::Power power : wanted) {
    if (power == access::v1::POWER_UNSPECIFIED) continue;
    const std::string name = access::v1::Power_Name(power).substr(kPrefix.size());
    absl::StrAppend(&powers, powers.empty() ? "" : " or ", absl::AsciiStrToLower(name));
  }
  const std::string text =
      powers.empty() ? "the officer register has no entry for this officer today"
                     : absl::StrCat("the officer register gives this officer no power to ", powers,
                                    " today; docs/access-table.md tells who may do what");
  return MakeError(absl::StatusCode::kPermissionDenied, kPowerMissing, text, {{"power", powers}});
}

std::string_view Metadata(const grpc::CallbackServerContext& context, const char* key) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(key);
  return found == metadata.end() ? std::string_view()
                                 : std::string_view(found->second.data(), found->second.size());
}

// What is left of the caller's deadline; nullopt when it sent none.
std::optional<std::chrono::nanoseconds> TimeLeft(const grpc::CallbackServerContext& context) {
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) return std::nullopt;
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return std::chrono::seconds(left.tv_sec) + std::chrono::nanoseconds(left.tv_nsec);
}

}  // namespace

// A call that was given to the executor.
struct Dispatcher::HeldCall {
  const Lane lane;
  const std::string domain;
  const std::function<void()> run;
  const std::function<void(const absl::Status&)> refuse;
};

absl::Status Dispatcher::Draining() {
  return MakeError(absl::StatusCode::kUnavailable, kDraining, "the server is stopping");
}

Dispatcher::Dispatcher(const ServerOptions& options, std::shared_ptr<const Authorizer> authorizer)
    : options_(options),
      authorizer_(std::move(authorizer)),
      open_streams_(options.metrics->AddGauge(telemetry::kRpcOpenStreams, "Open watch streams.")) {}

absl::StatusOr<CallInfo> Dispatcher::Admit(const BoundMethod& method,
                                           const grpc::CallbackServerContext& context) const {
  // Asked again, although the hook has let the call pass: an in-process call never meets the hook.
  KP_ASSIGN_OR_RETURN(identity::SpiffeId caller, options_.peer_check(*context.auth_context()));
  const auto refuse = [&](const absl::Status& refusal) {
    authorizer_->CountRefusal(method.path, caller.ToString(), refusal);
    return refusal;
  };
  if (absl::Status gate = options_.trust_gate(method.path); !gate.ok()) return refuse(gate);
  if (absl::Status clocks = CheckClock(context); !clocks.ok()) return refuse(clocks);

  const auto now = std::chrono::steady_clock::now();
  SteadyTime deadline = now + options_.limits.default_deadline;
  if (const auto left = TimeLeft(context); left.has_value()) {
    if (*left < options_.limits.least_deadline) {
      return refuse(MakeError(absl::StatusCode::kDeadlineExceeded, kDeadlineTooShort,
                              absl::StrCat("less than ", options_.limits.least_deadline.count(),
                                           " ms were left when the call arrived")));
    }
    // A client that waits for years must not overflow the clock.
    const auto capped = std::min<std::chrono::nanoseconds>(*left, std::chrono::hours(24 * 365));
    deadline = now + capped - options_.limits.hop_margin;
  }
  const auto trace = TraceContext::Parse(Metadata(context, kMetadataTraceparent));
  const std::string_view request_id = Metadata(context, kMetadataRequestId);
  return CallInfo{.caller = std::move(caller),
                  .method = method.path,
                  .deadline = deadline,
                  .request_id = IsUsableRequestId(request_id) ? std::string(request_id)
                                                              : options_.ids->NewUuid(),
                  .trace = trace.has_value() ? *trace : TraceContext::New(*options_.ids)};
}

absl::Status Dispatcher::CheckClock(const grpc::CallbackServerContext& context) const {
  const std::string_view text = Metadata(context, kMetadataTime);
  if (text.empty()) return absl::OkStatus();  // a stock client does not send its time
  absl::Time theirs;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, absl::string_view(text.data(), text.size()), &theirs,
                       &error)) {
    return FieldError({.reason = std::string(kMalformedRequest),
                       .field = kMetadataTime,
                       .message = "is no RFC 3339 time",
                       .rule = "RFC 3339"});
  }
  const absl::Time ours = options_.clock->Now();
  const absl::Duration limit = absl::FromChrono(options_.limits.max_clock_skew);
  if (absl::AbsDuration(ours - theirs) <= limit) return absl::OkStatus();
  const auto utc = [](absl::Time time) {
    return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
  };
  return MakeError(absl::StatusCode::kFailedPrecondition, kClockSkew,
                   absl::StrCat("the clocks differ by more than ", absl::FormatDuration(limit),
                                ": caller ", utc(theirs), ", server ", utc(ours)),
                   {{"caller_time", utc(theirs)}, {"server_time", utc(ours)}});
}

absl::Status Dispatcher::Submit(const BoundMethod& method, const identity::SpiffeId& caller,
                                std::function<void()> run,
                                std::function<void(const absl::Status&)> refuse) {
  const Lane lane = method.binding->lane;
  const size_t limit = options_.limits.calls_per_domain > 0
                           ? options_.limits.calls_per_domain
                           : std::max<size_t>(1, options_.executor->QueueLimit(lane) / 4);
  const auto call = std::make_shared<HeldCall>(
      HeldCall{lane, caller.trust_domain(), std::move(run), std::move(refuse)});
  bool busy = false;
  {
    const std::lock_guard lock(calls_mutex_);
    if (given_up_) return Draining();
    size_t& in_hand = in_hand_[static_cast<size_t>(lane)][call->domain];
    busy = in_hand >= limit;
    if (!busy) {
      ++in_hand;
      waiting_.insert(call);
    }
  }
  if (busy) return Busy(method, caller, absl::StrCat(limit, " calls"));
  const bool queued = options_.executor->Submit(lane, [this, call] {
    if (!TakeFromWaiting(call)) return;
    call->run();
    GiveBackPlace(*call);
  });
  // Between the two, GiveUp may have refused it.
  if (queued || !TakeFromWaiting(call)) return absl::OkStatus();
  GiveBackPlace(*call);
  return MakeError(absl::StatusCode::kResourceExhausted, kOverloaded,
                   "the server has more work than it may queue; ask again later");
}

absl::Status Dispatcher::Busy(const BoundMethod& method, const identity::SpiffeId& caller,
                              const std::string& held) const {
  const absl::Status refusal =
      MakeError(absl::StatusCode::kResourceExhausted, kPeerBusy,
                absl::StrCat("the server holds ", held, " of ", caller.trust_domain(),
                             " already; ask again later"));
  authorizer_->CountRefusal(method.path, caller.ToString(), refusal);
  return refusal;
}

bool Dispatcher::TakeFromWaiting(const std::shared_ptr<HeldCall>& call) {
  const std::lock_guard lock(calls_mutex_);
  return waiting_.erase(call) > 0;
}

void Dispatcher::GiveBackPlace(const HeldCall& call) {
  const std::lock_guard lock(calls_mutex_);
  auto& in_hand = in_hand_[static_cast<size_t>(call.lane)];
  const auto found = in_hand.find(call.domain);
  if (--found->second == 0) in_hand.erase(found);
}

void Dispatcher::GiveUp() {
  std::unordered_set<std::shared_ptr<HeldCall>> waiting;
  {
    const std::lock_guard lock(calls_mutex_);
    given_up_ = true;
    waiting.swap(waiting_);
  }
  for (const auto& call : waiting) {
    call->refuse(Draining());
    GiveBackPlace(*call);
  }
}

absl::Status Dispatcher::CheckPowers(const BoundMethod& method,
                                     const identity::SpiffeId& caller) const {
  const PowerDemand demand =
      authorizer_->table().PowersNeeded(method.path, caller, authorizer_->own_domain());
  // A server without an officer register asks no powers (BuildAndStart), so the role is all.
  if (!demand.officer_entry || options_.powers == nullptr) return absl::OkStatus();
  const std::vector<access::v1::Power> wanted =
      demand.any_of.empty() ? std::vector{access::v1::POWER_UNSPECIFIED} : demand.any_of;
  absl::Status unknown;
  for (const access::v1::Power power : wanted) {
    const absl::StatusOr<bool> held =
        options_.powers->HasPower(caller, power, options_.clock->Now());
    if (!held.ok()) {
      unknown = MakeError(absl::StatusCode::kUnavailable, kPowersUnknown,
                          "the officer register cannot be read");
    } else if (*held) {
      return absl::OkStatus();
    }
  }
  const absl::Status refusal =
      !unknown.ok() ? unknown
                    : MissingPower(wanted);
  authorizer_->CountRefusal(method.path, caller.ToString(), refusal);
  return refusal;
}

int Dispatcher::FinalCode(int handled, const grpc::CallbackServerContext& context) const {
  if (!context.IsCancelled()) return handled;
  // The client's deadline came a transit earlier than the one computed here from what it sent.
  const auto left = TimeLeft(context);
  return left.has_value() && *left <= options_.limits.hop_margin
             ? grpc::StatusCode::DEADLINE_EXCEEDED
             : grpc::StatusCode::CANCELLED;
}

void Dispatcher::AddStream(OpenStream* stream) {
  bool draining = false;
  {
    const std::lock_guard lock(mutex_);
    streams_.emplace(stream, "");
    draining = draining_;
  }
  open_streams_.Increment();
  if (draining) stream->Finish(Draining());
}

void Dispatcher::RemoveStream(OpenStream* stream) {
  open_streams_.Decrement();
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(stream);
  const auto of_domain = streams_of_.find(found->second);
  if (of_domain != streams_of_.end() && --of_domain->second == 0) streams_of_.erase(of_domain);
  streams_.erase(found);
}

absl::Status Dispatcher::AdmitStream(OpenStream* stream, const identity::SpiffeId& caller) {
  const size_t limit = options_.limits.streams_per_domain;
  {
    const std::lock_guard lock(mutex_);
    const auto open = streams_of_.find(caller.trust_domain());
    if (open == streams_of_.end() || open->second < limit) {
      ++streams_of_[caller.trust_domain()];
      streams_.at(stream) = caller.trust_domain();
      return absl::OkStatus();
    }
  }
  return Busy(stream->method(), caller, absl::StrCat(limit, " open streams"));
}

std::vector<std::shared_ptr<OpenStream>> Dispatcher::Streams() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<OpenStream>> streams;
  streams.reserve(streams_.size());
  for (const auto& [stream, domain] : streams_) streams.push_back(stream->shared_from_this());
  return streams;
}

absl::Status Dispatcher::CheckStream(const OpenStream& stream) const {
  const auto caller = authorizer_->Check(stream.method().path, stream.peer());
  if (!caller.ok()) return caller.status();
  KP_RETURN_IF_ERROR(options_.trust_gate(stream.method().path));
  return CheckPowers(stream.method(), *caller);
}

void Dispatcher::RecheckStreams() {
  for (const auto& stream : Streams()) {
    if (absl::Status refusal = CheckStream(*stream); !refusal.ok()) stream->Abort(refusal);
  }
}

void Dispatcher::EndStreams() {
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
  }
  for (const auto& stream : Streams()) stream->Finish(Draining());
}

}  // namespace kp::rpc
