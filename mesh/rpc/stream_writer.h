// The server's end of a watch stream. No thread is held while a stream is idle.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "mesh/rpc/call_context.h"

namespace kp::rpc {

// One open stream, whatever it carries. Thread-safe. It ends by Finish, when the client goes, when
// the server drains (UNAVAILABLE, DRAINING), when the caller is no longer trusted or allowed, or
// when its queue overflows (RESOURCE_EXHAUSTED, SLOW_READER): the client then asks again from where
// it was.
class StreamHandle {
 public:
  virtual ~StreamHandle() = default;
  // False once the stream has ended.
  virtual bool Send(const google::protobuf::Message& item) = 0;
  // Ends the stream after what is queued. The first end counts.
  virtual void Finish(const absl::Status& status) = 0;
  virtual bool IsOpen() const = 0;
  // `on_end` runs once, on any thread, when the stream has ended (at once if it has): the place to
  // leave a list of watchers. It must not block. One only.
  virtual void OnEnd(std::function<void()> on_end) = 0;
  // `on_sent` runs once, on any thread, when nothing waits to be written any more (at once if nothing
  // does): the place to fetch the next items for a reader that takes them at its own pace. It must
  // not block, and does not run after the end. One at a time.
  virtual void WhenSent(std::function<void()> on_sent) = 0;
};

// The same, for one message type. Copyable; copies share the stream.
template <class Item>
class StreamWriter final {
 public:
  explicit StreamWriter(std::shared_ptr<StreamHandle> stream) : stream_(std::move(stream)) {}
  bool Write(const Item& item) const { return stream_->Send(item); }
  void Finish(const absl::Status& status) const { stream_->Finish(status); }
  bool IsOpen() const { return stream_->IsOpen(); }
  void OnEnd(std::function<void()> on_end) const { stream_->OnEnd(std::move(on_end)); }
  void WhenSent(std::function<void()> on_sent) const { stream_->WhenSent(std::move(on_sent)); }

 private:
  std::shared_ptr<StreamHandle> stream_;
};

}  // namespace kp::rpc
