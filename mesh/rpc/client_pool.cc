#include "mesh/rpc/client_pool.h"

#include <algorithm>
#include <set>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/unknown_field_set.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "mesh/rpc/reasons.h"

namespace kp::rpc {
namespace {

// How long a connectivity watch stays armed; bounds how long the pool's end waits for it.
constexpr std::chrono::milliseconds kWatchTime{500};

gpr_timespec ToTimespec(SteadyTime deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
      deadline - std::chrono::steady_clock::now());
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_micros(left.count(), GPR_TIMESPAN));
}

grpc::ChannelArguments ChannelArgs(const ClientPoolOptions& options) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Neither the environment nor the DNS may say where calls go and how.
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  args.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // Until then a call to a peer that is back fails at once: trust documents must act within 5 s.
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  // In 1.51 this is the least time that an attempt to connect gets, whatever its name.
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  args.SetMaxReceiveMessageSize(options.max_receive_message_bytes);
  return args;
}

struct Entry {
  Entry(Peer its_peer, std::shared_ptr<grpc::Channel> its_channel, size_t its_places)
      : peer(std::move(its_peer)), channel(std::move(its_channel)), places(its_places) {}

  const Peer peer;
  const std::shared_ptr<grpc::Channel> channel;
  grpc_connectivity_state last_state = GRPC_CHANNEL_IDLE;  // of the watching thread

  std::mutex mutex;
  std::condition_variable freed;
  size_t places;
  size_t waiting = 0;
};

}  // namespace

CallOptions CallOptions::Within(const CallContext& call) {
  return {.deadline = call.deadline(), .request_id = call.request_id(), .trace = call.trace()};
}

CallOptions CallOptions::For(std::chrono::milliseconds time) {
  return {.deadline = std::chrono::steady_clock::now() + time, .request_id = {}, .trace = {}};
}

struct ClientPool::State {
  explicit State(ClientPoolOptions its_options) : options(std::move(its_options)) {
    if (options.on_ready) watcher = std::jthread([this] { Watch(); });
  }

  ~State() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
      entries.clear();
    }
    queue.Shutdown();
    if (watcher.joinable()) {
      watcher.join();
    } else {
      void* tag = nullptr;
      bool ok = false;
      while (queue.Next(&tag, &ok)) {
      }
    }
  }

  std::mutex active_mutex;
  std::set<grpc::ClientContext*> active;
  bool cancelled = false;

  std::shared_ptr<Entry> Find(const Peer& peer) {
    const std::lock_guard lock(mutex);
    auto& entry = entries[peer];
    if (entry == nullptr) {
      entry = std::make_shared<Entry>(
          peer,
          grpc::CreateCustomChannel(peer.address, options.credentials(peer.id),
                                    ChannelArgs(options)),
          options.calls_per_peer);
      if (options.on_ready) ArmLocked(entry);
    }
    return entry;
  }

  // Asks for the next change of state; the question keeps the entry, and with it the channel.
  void ArmLocked(const std::shared_ptr<Entry>& entry) {
    entry->last_state = entry->channel->GetState(/*try_to_connect=*/true);
    entry->channel->NotifyOnStateChange(entry->last_state,
                                        ToTimespec(std::chrono::steady_clock::now() + kWatchTime),
                                        &queue, new std::shared_ptr<Entry>(entry));
  }

  void Watch() {
    void* tag = nullptr;
    bool changed = false;
    while (queue.Next(&tag, &changed)) {
      const std::unique_ptr<std::shared_ptr<Entry>> held(static_cast<std::shared_ptr<Entry>*>(tag));
      const std::shared_ptr<Entry>& entry = *held;
      const grpc_connectivity_state before = entry->last_state;
      {
        const std::lock_guard lock(mutex);
        const auto found = entries.find(entry->peer);
        if (stopping || found == entries.end() || found->second != entry) continue;
        ArmLocked(entry);
      }
      if (before != GRPC_CHANNEL_READY && entry->last_state == GRPC_CHANNEL_READY) {
        options.on_ready(entry->peer);
      }
    }
  }

  const ClientPoolOptions options;
  std::mutex mutex;
  bool stopping = false;
  std::map<Peer, std::shared_ptr<Entry>> entries;
  grpc::CompletionQueue queue;
  std::jthread watcher;
};

ClientPool::ClientPool(ClientPoolOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

ClientPool::~ClientPool() = default;

std::shared_ptr<grpc::Channel> ClientPool::GetChannel(const Peer& peer) {
  return state_->Find(peer)->channel;
}

absl::StatusOr<PeerPermit> ClientPool::Acquire(const Peer& peer, SteadyTime deadline) {
  const std::shared_ptr<Entry> entry = state_->Find(peer);
  std::unique_lock lock(entry->mutex);
  const ClientPoolOptions& options = state_->options;
  bool free = entry->places > 0;
  // Before the first is woken a freed place is anybody's, so a newcomer may take it.
  if (!free && entry->waiting < options.waiters_per_peer) {
    const SteadyTime until =
        std::min(deadline, std::chrono::steady_clock::now() + options.longest_wait);
    ++entry->waiting;
    free = entry->freed.wait_until(lock, until, [&entry] { return entry->places > 0; });
    --entry->waiting;
  }
  if (!free) {
    return MakeError(absl::StatusCode::kResourceExhausted, kPeerBusy,
                     absl::StrCat("too many calls wait for ", peer.id.ToString()));
  }
  --entry->places;
  return PeerPermit([entry] {
    {
      const std::lock_guard release(entry->mutex);
      ++entry->places;
    }
    entry->freed.notify_one();
  });
}

ClientPool::Active::Active(ClientPool& pool, grpc::ClientContext& context)
    : pool_(pool), context_(context) {
  const std::lock_guard lock(pool_.state_->active_mutex);
  allowed_ = !pool_.state_->cancelled;
  if (allowed_) pool_.state_->active.insert(&context_);
}

ClientPool::Active::~Active() {
  const std::lock_guard lock(pool_.state_->active_mutex);
  pool_.state_->active.erase(&context_);
}

absl::Status ClientPool::Cancelled() {
  return absl::CancelledError("this process is stopping");
}

void ClientPool::CancelCalls() {
  const std::lock_guard lock(state_->active_mutex);
  state_->cancelled = true;
  for (grpc::ClientContext* const context : state_->active) context->TryCancel();
}

void ClientPool::Prepare(grpc::ClientContext& context, const CallOptions& options) {
  IdSource& ids = *state_->options.ids;
  context.set_deadline(ToTimespec(options.deadline));
  context.AddMetadata(
      kMetadataTime,
      absl::FormatTime(absl::RFC3339_full, state_->options.clock->Now(), absl::UTCTimeZone()));
  context.AddMetadata(kMetadataRequestId,
                      options.request_id.empty() ? ids.NewUuid() : options.request_id);
  context.AddMetadata(
      kMetadataTraceparent,
      (options.trace.has_value() ? *options.trace : TraceContext::New(ids)).Child(ids));
}

void ClientPool::Retain(const std::vector<Peer>& peers) {
  std::map<Peer, std::shared_ptr<Entry>> kept;
  const std::lock_guard lock(state_->mutex);
  for (const Peer& peer : peers) {
    const auto found = state_->entries.find(peer);
    if (found != state_->entries.end()) kept.insert(*found);
  }
  state_->entries.swap(kept);
}

absl::Status ClientPool::CheckHealth(const Peer& peer, std::string_view service,
                                     const CallOptions& options) {
  KP_ASSIGN_OR_RETURN(const PeerPermit permit, Acquire(peer, options.deadline));
  // HealthCheckRequest { string service = 1; } and HealthCheckResponse { ServingStatus status = 1;
  // }, written and read as unknown fields: nobody packages the health proto.
  google::protobuf::Empty message;
  message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(1,
                                                                              std::string(service));
  grpc::ByteBuffer request;
  bool own_buffer = false;
  grpc::Status status =
      grpc::SerializationTraits<google::protobuf::Empty>::Serialize(message, &request, &own_buffer);
  grpc::ClientContext context;
  Prepare(context, options);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> ended;
  grpc::GenericStub(GetChannel(peer))
      .UnaryCall(&context, "/grpc.health.v1.Health/Check", grpc::StubOptions(), &request, &response,
                 [&ended](grpc::Status result) { ended.set_value(std::move(result)); });
  status = ended.get_future().get();
  if (!status.ok()) return FromGrpcStatus(status);
  status = grpc::SerializationTraits<google::protobuf::Empty>::Deserialize(&response, &message);
  constexpr uint64_t kServing = 1;
  const auto& fields = message.GetReflection()->GetUnknownFields(message);
  if (status.ok() && fields.field_count() == 1 && fields.field(0).number() == 1 &&
      fields.field(0).type() == google::protobuf::UnknownField::TYPE_VARINT &&
      fields.field(0).varint() == kServing) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat(peer.address, " is not serving"));
}

}  // namespace kp::rpc
