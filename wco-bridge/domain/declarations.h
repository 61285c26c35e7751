// What happens with a declaration: read, kept, every certificate verified, all of them reserved, and
// answered.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

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
#include "wco-bridge/wco/parser.h"
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
  // before it is judged, its answer before it is returned. A message that was interrupted, or
  // answered CONTROL only because an answer or a receipt was not there, is judged again when it is
  // sent again; every step has one effect however often it is done. One call at a time judges a
  // reference; others wait for it and get its answer.
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
    bool awaiting = false;  // CONTROL, and no officer is asked: asking again may bring the answer
  };

  // What is stored of the message after it was answered, by this call or before.
  absl::StatusOr<Message> Answer(const std::string& partner, const std::string& document,
                                 const wco::ParseResult& parsed, bool waited,
                                 const rpc::CallOptions& options);
  absl::StatusOr<Judgement> Judge(const Message& message, const wco::Declaration& declaration,
                                  const rpc::CallOptions& options);
  // Reserves every claim, or none: what was asked for, now or at an earlier judging, is released
  // when one is refused.
  absl::Status ReserveAll(const Message& message, const std::string& reference,
                          const wco::Claims& claims, const rpc::CallOptions& options,
                          Judgement& judgement);
  absl::Status Release(const Message& message, const std::string& reference,
                       const wco::CertificateClaim& claim, const rpc::CallOptions& options);
  rpc::CallOptions HomeOptions(const rpc::CallOptions& options) const;

  store::Database& database_;
  const Clock& clock_;
  IdSource& ids_;
  Home& home_;
  const wco::Schema* schema_;
  const DeclarationOptions options_;
  std::mutex judging_mutex_;
  std::condition_variable judged_;
  std::set<std::pair<std::string, std::string>> judging_;  // partner and LRN
};

}  // namespace kp::bridge
