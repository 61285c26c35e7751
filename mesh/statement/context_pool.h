// Prepared OpenSSL contexts of one key. In OpenSSL 3.0 the initialisation of a context takes global
// locks and halves the throughput of two threads (openssl/openssl#17064), so each thread at work
// borrows a context that was initialised once. A pool rather than thread-local contexts: nothing
// outlives the key, and there are never more contexts than calls at one moment.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "mesh/statement/openssl_ptr.h"

namespace kp::statement {

// Thread-safe.
class ContextPool final {
 public:
  // `init` is EVP_PKEY_sign_init or EVP_PKEY_verify_init. `key` must outlive the pool.
  ContextPool(EVP_PKEY* key, int (*init)(EVP_PKEY_CTX*)) : key_(key), init_(init) {}

  // Runs `use` with an initialised context; false when there is none to be had.
  template <typename Use>
  bool With(Use use) {
    EvpPkeyCtxPtr context = Take();
    if (context == nullptr) return false;
    use(context.get());
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(context));
    return true;
  }

 private:
  EvpPkeyCtxPtr Take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        EvpPkeyCtxPtr context = std::move(idle_.back());
        idle_.pop_back();
        return context;
      }
    }
    EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(key_, nullptr));
    if (context == nullptr || init_(context.get()) != 1) return nullptr;
    return context;
  }

  EVP_PKEY* key_;
  int (*init_)(EVP_PKEY_CTX*);
  std::mutex mutex_;
  std::vector<EvpPkeyCtxPtr> idle_;
};

}  // namespace kp::statement
