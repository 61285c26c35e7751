// The watch streams of certificate-svc: an authority's own systems follow the register and the
// incoming certificates from a cursor, at least once, without asking again and again.
#pragma once

#include "absl/status/status.h"
#include "certificate-svc/domain/environment.h"
#include "kp/certificate/v1/register_service.pb.h"
#include "kp/certificate/v1/verification_service.pb.h"
#include "mesh/rpc/feed.h"
#include "mesh/rpc/stream_writer.h"

namespace kp::certificate {

// The cursor is negative, or beyond the newest: the caller followed another register, or a later
// state of this one, and would silently miss what comes: INVALID_ARGUMENT.
inline constexpr char kCursorAhead[] = "CURSOR_AHEAD";

// Thread-safe. Streams may outlive it.
class Watches final {
 public:
  explicit Watches(const Environment& environment);

  absl::Status Certificates(const v1::WatchCertificatesRequest& request,
                            const rpc::StreamWriter<v1::WatchCertificatesResponse>& writer);
  absl::Status Incoming(const v1::WatchIncomingCertificatesRequest& request,
                        const rpc::StreamWriter<v1::WatchIncomingCertificatesResponse>& writer);

 private:
  rpc::Feed<v1::WatchCertificatesResponse>::Source events_;
  rpc::Feed<v1::WatchIncomingCertificatesResponse>::Source incoming_;
  rpc::Feed<v1::WatchCertificatesResponse> event_feed_;
  rpc::Feed<v1::WatchIncomingCertificatesResponse> incoming_feed_;
};

}  // namespace kp::certificate
