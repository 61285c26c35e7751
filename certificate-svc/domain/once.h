// Writes that may be repeated: one request_id of one caller and method has one effect and one result.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/error.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/store/certificates.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "mesh/statement/keys.h"
#include "mesh/store/request_ledger.h"

namespace kp::certificate {

// A request_id that is no UUID: INVALID_ARGUMENT.
inline constexpr char kRequestIdMalformed[] = "REQUEST_ID_MALFORMED";

// OK for a UUID in its canonical text form.
absl::Status CheckRequestId(std::string_view request_id);

// Who repeats what: the digest covers the whole request but its id.
template <typename Request>
absl::StatusOr<store::Request> RequestKey(const std::string& caller, const std::string& method,
                                          const Request& request) {
  KP_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  Request content = request;
  content.clear_request_id();
  // Not the encoding of statements: what is wrong in a request is for its use case to name.
  std::string canonical;
  {
    google::protobuf::io::StringOutputStream stream(&canonical);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    content.SerializeToCodedStream(&coded);
  }
  return store::Request{caller, method, request.request_id(), statement::Sha256(canonical)};
}

// `prepare` reads, decides and signs outside the write, and returns what to do inside it; it runs
// again when somebody else changed the same row in between.
template <typename Response>
using Act = std::function<absl::StatusOr<Response>(store::Transaction&)>;

template <typename Response, typename Request>
absl::StatusOr<Response> Once(const Environment& env, const std::string& caller,
                              const std::string& method, const Request& request,
                              const std::function<absl::StatusOr<Act<Response>>()>& prepare) {
  KP_ASSIGN_OR_RETURN(const store::Request key, RequestKey(caller, method, request));
  const auto parse = [](const std::string& bytes) -> absl::StatusOr<Response> {
    Response response;
    if (!response.ParseFromString(bytes)) {
      return absl::DataLossError("the stored response is damaged");
    }
    return response;
  };
  std::optional<std::string> stored;
  KP_RETURN_IF_ERROR(env.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(stored, store::FindResponse(session, key));
    return absl::OkStatus();
  }));
  if (stored.has_value()) return parse(*stored);
  constexpr int kTries = 4;
  absl::Status status;
  for (int i = 0; i < kTries; ++i) {
    KP_ASSIGN_OR_RETURN(const Act<Response> act, prepare());
    std::string response;
    status = env.database.Write([&](store::Transaction& tx) -> absl::Status {
      KP_ASSIGN_OR_RETURN(
          store::OnceResult result,
          store::RunOnce(tx, env.clock, key, [&]() -> absl::StatusOr<std::string> {
            KP_ASSIGN_OR_RETURN(const Response made, act(tx));
            return made.SerializeAsString();
          }));
      response = std::move(result.response);
      return absl::OkStatus();
    });
    if (status.ok()) return parse(response);
    if (ReasonOf(status) != kConcurrentChange) return status;
  }
  return status;
}

}  // namespace kp::certificate
