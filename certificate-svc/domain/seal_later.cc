#include "certificate-svc/domain/seal_later.h"

#include <chrono>

#include "base/error.h"
#include "certificate-svc/store/verifications.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"

namespace kp::certificate {
namespace {

constexpr int kPerTable = 500;
constexpr std::chrono::seconds kInterval(5);

}  // namespace

absl::StatusOr<int64_t> SealWaitingRows(const Environment& env) {
  int64_t sealed = 0;
  KP_RETURN_IF_ERROR(env.database.Write([&](store::Transaction& tx) -> absl::Status {
    KP_ASSIGN_OR_RETURN(sealed, TouchUnsealed(tx, kPerTable));
    return absl::OkStatus();
  }));
  return sealed;
}

SealLater::SealLater(const Environment& env) : env_(env) {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!stop.stop_requested()) {
      wake_.wait_for(lock, stop, kInterval, [] { return false; });
      Round();
    }
  });
}

SealLater::~SealLater() = default;

void SealLater::Round() {
  while (true) {
    const auto sealed = SealWaitingRows(env_);
    if (!sealed.ok()) {
      telemetry::Error("rows_not_sealed", {{telemetry::kLogError, sealed.status()}});
      return;
    }
    if (*sealed == 0) return;
  }
}

}  // namespace kp::certificate
