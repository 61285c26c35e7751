#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace kp {
namespace {

constexpr size_t kMaxThreads = 4;

}  // namespace

void ForEachInParallel(size_t count, const std::function<void(size_t)>& work) {
  const size_t cores = std::max<size_t>(std::thread::hardware_concurrency(), 1);
  const size_t threads = std::min({count, cores, kMaxThreads});
  std::atomic<size_t> next = 0;
  const auto take = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> others;
  for (size_t i = 1; i < threads; ++i) others.emplace_back(take);
  take();
}

}  // namespace kp
