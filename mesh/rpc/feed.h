// Watch streams over a list that only grows: each reader gets what comes after its cursor, in order, at
// its own pace, and then what is added.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesh/rpc/stream_writer.h"

namespace kp::rpc {

// Thread-safe. A reader costs at most one page of memory, however slow it is and however far behind:
// the next page is read when it has taken the last. Readers without news cost one look at the newest
// cursor for all of them together, every `look_every`; so items that another replica of the service
// added are seen like one's own.
template <class Item>
class Feed final {
 public:
  struct Source {
    // Cursor of the newest item; 0 when there is none.
    std::function<absl::StatusOr<int64_t>()> newest;
    // Items after `after`, oldest first, at most `limit`, each with its cursor.
    std::function<absl::StatusOr<std::vector<std::pair<int64_t, Item>>>(int64_t after, int limit)>
        read;
  };

  // `source` is called on the feed's own thread.
  explicit Feed(Source source, std::chrono::milliseconds look_every = std::chrono::milliseconds(200))
      : source_(std::move(source)),
        look_every_(look_every),
        thread_([this](const std::stop_token& stop) { Run(stop); }) {}
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // Sends what comes after `after` for as long as the stream is open. Returns at once.
  void Watch(const StreamWriter<Item>& writer, int64_t after) {
    const std::shared_ptr<Shared> shared = shared_;
    uint64_t id = 0;
    {
      const std::lock_guard lock(shared->mutex);
      id = shared->next_id++;
      shared->readers.emplace(id, Reader{writer, after, /*ready=*/true});
      shared->woken = true;
    }
    shared->wake.notify_all();
    writer.OnEnd([shared, id] {
      const std::lock_guard lock(shared->mutex);
      shared->readers.erase(id);
    });
  }

  // Open readers.
  size_t size() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->readers.size();
  }

 private:
  // Below the queue of a stream (ServerLimits::stream_queue), which would call the reader slow.
  static constexpr int kPage = 64;

  struct Reader {
    StreamWriter<Item> writer;
    int64_t after = 0;
    bool ready = false;  // has taken everything that was sent
  };
  // Streams may outlive the feed.
  struct Shared {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unordered_map<uint64_t, Reader> readers;
    uint64_t next_id = 1;
    bool woken = false;
  };

  void Run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      SendNews();
      std::unique_lock lock(shared_->mutex);
      if (shared_->readers.empty()) {
        shared_->wake.wait(lock, stop, [this] { return shared_->woken; });
      } else {
        shared_->wake.wait_for(lock, stop, look_every_, [this] { return shared_->woken; });
      }
      shared_->woken = false;
    }
  }

  void SendNews() {
    std::vector<std::pair<uint64_t, Reader>> ready;
    {
      const std::lock_guard lock(shared_->mutex);
      for (const auto& [id, reader] : shared_->readers) {
        if (reader.ready) ready.emplace_back(id, reader);
      }
    }
    if (ready.empty()) return;
    const absl::StatusOr<int64_t> newest = source_.newest();
    for (auto& [id, reader] : ready) {
      if (!newest.ok()) {
        reader.writer.Finish(newest.status());
      } else if (reader.after < *newest) {
        SendPage(id, reader);
      }
    }
  }

  void SendPage(uint64_t id, const Reader& reader) {
    auto page = source_.read(reader.after, kPage);
    if (!page.ok()) {
      reader.writer.Finish(page.status());
      return;
    }
    if (page->empty()) return;
    {
      const std::lock_guard lock(shared_->mutex);
      const auto found = shared_->readers.find(id);
      if (found == shared_->readers.end()) return;
      found->second.ready = false;
      found->second.after = page->back().first;
    }
    // Outside the lock: a write may end the stream, which takes it.
    for (const auto& [cursor, item] : *page) {
      if (!reader.writer.Write(item)) return;
    }
    reader.writer.WhenSent([shared = shared_, id] {
      {
        const std::lock_guard lock(shared->mutex);
        const auto found = shared->readers.find(id);
        if (found == shared->readers.end()) return;
        found->second.ready = true;
        shared->woken = true;
      }
      shared->wake.notify_all();
    });
  }

  const Source source_;
  const std::chrono::milliseconds look_every_;
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::jthread thread_;  // last: ends first
};

}  // namespace kp::rpc
