#include "mesh/rpc/call_context.h"

namespace kp::rpc {

bool CallContext::IsCancelled() const {
  return (context_ != nullptr && context_->IsCancelled()) ||
         (server_ends_ != nullptr && *server_ends_) ||
         std::chrono::steady_clock::now() >= info_.deadline;
}

}  // namespace kp::rpc
