// Work on many items by several threads at once.
#pragma once

#include <cstddef>
#include <functional>

namespace kp {

// Calls `work(i)` once for each i below `count`, in any order, on the calling thread and on up to
// three more (as many as the machine has cores); returns when all are done. `work` is called from
// several threads at the same time. For work of at least some tens of microseconds an item.
void ForEachInParallel(size_t count, const std::function<void(size_t)>& work);

}  // namespace kp
