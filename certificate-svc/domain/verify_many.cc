// Many certificates at once: one call for each issuer, one transaction for all evidence.
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/parallel.h"
#include "certificate-svc/domain/verifier.h"
#include "scheme/reasons.h"

namespace kp::certificate {
namespace {

constexpr int kMaxBatch = 1000;
// A call's questions together; the largest message that a server takes is 1 MiB.
constexpr size_t kMaxCallBytes = size_t{768} << 10;
// Issuers that are asked at the same time.
constexpr size_t kMaxThreads = 16;

}  // namespace

void Verifier::AskIssuer(const SchemeView& view, const rpc::CallContext& call,
                         const std::string& issuer, const std::vector<size_t>& indices,
                         std::vector<absl::StatusOr<Asked>>& asked) const {
  if (issuer == env_.entity.text()) {
    ForEachInParallel(indices.size(), [&](size_t i) {
      absl::StatusOr<Asked>& one = asked[indices[i]];
      auto answer = own_register_.Answer(issuer, one->question);
      if (answer.ok()) {
        TakeAnswer(*one, *std::move(answer));
      } else {
        one = answer.status();  // this node's own error, not a silent issuer
      }
    });
    return;
  }
  const auto endpoint = view.trust->EndpointOf(issuer, access::v1::ROLE_CERTIFICATE_SVC);
  if (!endpoint.ok()) return;
  for (size_t next = 0; next < indices.size();) {
    const size_t first = next;
    size_t bytes = 0;
    std::vector<std::string> questions;
    do {
      bytes += asked[indices[next]]->question.size();
      questions.push_back(asked[indices[next]]->question);
      ++next;
    } while (next < indices.size() &&
             bytes + asked[indices[next]]->question.size() <= kMaxCallBytes);
    auto answers = issuers_.AskMany(*endpoint, questions, IssuerOptions(call));
    if (answers.ok() && answers->size() != questions.size()) {
      answers = MakeError(absl::StatusCode::kFailedPrecondition, scheme::reasons::kBadAnswer,
                          "the issuer gave another number of answers");
      ReportBadAnswer(issuer, answers.status());
    }
    ForEachInParallel(next - first, [&](size_t i) {
      Asked& one = *asked[indices[first + i]];
      if (!answers.ok()) {
        TakeAnswer(one, answers.status());
      } else if ((*answers)[i].empty()) {
        TakeAnswer(one, absl::UnavailableError("the issuer gave no answer to this question"));
      } else {
        TakeAnswer(one, std::move((*answers)[i]));
      }
    });
  }
}

absl::StatusOr<std::vector<absl::StatusOr<v1::VerifyCertificateResponse>>> Verifier::VerifyMany(
    const rpc::CallContext& call, const v1::BatchVerifyCertificatesRequest& request) {
  if (request.requests().empty() || request.requests_size() > kMaxBatch) {
    return FieldError({kBatchSize, "requests",
                       absl::StrCat("must be 1 to ", kMaxBatch, ", not ", request.requests_size()),
                       ""});
  }
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  const auto requests = [&](size_t i) -> const v1::VerifyCertificateRequest& {
    return request.requests(static_cast<int>(i));
  };
  const auto count = static_cast<size_t>(request.requests_size());
  std::vector<absl::StatusOr<Asked>> asked(count, absl::UnknownError(""));
  ForEachInParallel(count, [&](size_t i) { asked[i] = Pose(*view, requests(i)); });
  std::map<std::string, std::vector<size_t>> by_issuer;
  for (size_t i = 0; i < count; ++i) {
    if (asked[i].ok()) by_issuer[asked[i]->prepared.issuer].push_back(i);
  }
  {
    // No issuer waits for another; each writes only to its own questions.
    std::vector<std::jthread> threads;
    for (const auto& [issuer, indices] : by_issuer) {
      if (threads.size() == kMaxThreads) threads.clear();
      threads.emplace_back([&, &issuer = issuer, &indices = indices] {
        AskIssuer(*view, call, issuer, indices, asked);
      });
    }
  }
  std::vector<absl::StatusOr<Concluded>> concluded(count, absl::UnknownError(""));
  ForEachInParallel(count, [&](size_t i) {
    concluded[i] = asked[i].ok() ? Conclude(*view, call.caller(), requests(i), *std::move(asked[i]))
                                 : absl::StatusOr<Concluded>(asked[i].status());
  });
  KP_RETURN_IF_ERROR(env_.database.Write([&](store::Transaction& tx) -> absl::Status {
    for (absl::StatusOr<Concluded>& one : concluded) {
      if (one.ok()) KP_RETURN_IF_ERROR(Save(tx, *one));
    }
    return absl::OkStatus();
  }));
  std::vector<absl::StatusOr<v1::VerifyCertificateResponse>> responses;
  for (absl::StatusOr<Concluded>& one : concluded) {
    if (one.ok()) {
      responses.emplace_back(std::move(one->response));
    } else {
      responses.emplace_back(one.status());
    }
  }
  return responses;
}

}  // namespace kp::certificate
