// What happens with a declaration: read, kept, every certificate verified, all of them reserved, and
// answered.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "kp/bridge/v1/bridge_service.pb.h"
#include "kp/certificate/v1/use_service.pb.h"
#include "kp/certificate/v1/verification_service.pb.h"
#include "mesh/rpc/client_pool.h"
#include "mesh/store/database.h"
#include "wco-bridge/store/messages.h"
#include "wco-bridge/wco/claims.h"
#include "wco-bridge/wco/declaration.h"
#include "wco-bridge/wco/profile.h"
#include "wco-bridge/wco/response.h"
#include "wco-bridge/wco/schema.h"

namespace kp::bridge {

// The document is no XML, or no declaration whose reference could be read: INVALID_ARGUMENT.
inline constexpr char kDeclarationUnreadable[] = "DECLARATION_UNREADABLE";
// The same reference with other content: ALREADY_EXISTS.
inline constexpr char kDeclarationChanged[] = "DECLARATION_CHANGED";
// No declaration of this administration has that id or reference: NOT_FOUND.
inline constexpr char kDeclarationUnknown[] = "DECLARATION_UNKNOWN";

// The home certificate-svc. Thread-safe; calls block until the deadline.
class Home {
 public:
  virtual ~Home() = default;
  virtual absl::StatusOr<certificate::v1::VerifyCertificateResponse> Verify(
      const certificate::v1::VerifyCertificateRequest& request, const rpc::CallOptions& options) = 0;
  virtual absl::StatusOr<certificate::v1::ActResult> Reserve(
      const certificate::v1::ReserveUseRequest& request, const rpc::CallOptions& options) = 0;
  virtual absl::StatusOr<certificate::v1::ActResult> Release(
      const certificate::v1::ReleaseUseRequest& request, const rpc::CallOptions& options) = 0;
};

struct DeclarationOptions {
  std::chrono::milliseconds home_deadline{8000};
  std::vector<wco::Profile> profiles;
};

// Thread-safe.
class Declarations final {
 public:
  // `schema` may be null.
  Declarations(store::Database& database, const Clock& clock, IdSource& ids, Home& home,
               const wco::Schema* schema, DeclarationOptions options);

  // `partner`: party id of the customs administration, from the handshake. The message is durable
  // before it is judged, its answer before it is returned. An interrupted message is judged again when
  // it is sent again; every step has one effect however often it is done.
  absl::StatusOr<v1::SubmitDeclarationResponse> Submit(const std::string& partner,
                                                       const std::string& document,
                                                       const rpc::CallOptions& options);
  absl::StatusOr<v1::GetMessageStatusResponse> Status(const std::string& partner,
                                                      const v1::GetMessageStatusRequest& request);

 private:
  struct Judgement {
    v1::DeclarationState state = v1::DECLARATION_STATE_UNSPECIFIED;
    std::vector<wco::ResponseError> errors;
    std::vector<wco::ResponseStatement> statements;
  };

  absl::StatusOr<Judgement> Judge(const std::string& message_id, const std::string& partner,
                                  const wco::Declaration& declaration,
                                  const rpc::CallOptions& options);
  // Reserves every claim, or none: what was reserved is released when a later one is refused.
  absl::Status ReserveAll(const std::string& message_id, const std::string& partner,
                          const std::string& reference, const wco::Claims& claims,
                          const rpc::CallOptions& options, Judgement& judgement);
  rpc::CallOptions HomeOptions(const rpc::CallOptions& options) const;

  store::Database& database_;
  const Clock& clock_;
  IdSource& ids_;
  Home& home_;
  const wco::Schema* schema_;
  const DeclarationOptions options_;
};

}  // namespace kp::bridge
