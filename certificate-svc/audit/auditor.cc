#include "certificate-svc/audit/auditor.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "google/protobuf/util/message_differencer.h"

namespace kp::certificate {

std::optional<std::string> Auditor::Bytes(std::string_view table, std::string_view subject,
                                          std::string_view column, const std::string& text) {
  std::string bytes;
  if (absl::Base64Unescape(text, &bytes) && absl::Base64Escape(bytes) == text) return bytes;
  Fault(table, subject,
        absl::StrCat("the column ", std::string(column), " is not as it is written"));
  return std::nullopt;
}

std::optional<statement::Statement> Auditor::Signed(std::string_view table,
                                                    std::string_view subject,
                                                    const std::string& bytes,
                                                    const std::string& content_type,
                                                    const std::string& issuer) {
  auto statement = CheckSigned(bytes, content_type, issuer, keys_);
  ++report_.signatures;
  if (statement.ok()) return *std::move(statement);
  Fault(table, subject,
        absl::StrCat(
            "the signed statement does not hold: ", std::string(statement.status().message()), " (",
            ReasonOf(statement.status()), ")"));
  return std::nullopt;
}

absl::StatusOr<statement::Statement> CheckSigned(const std::string& bytes,
                                                 const std::string& content_type,
                                                 const std::string& issuer,
                                                 const statement::KeyLookup& keys) {
  KP_ASSIGN_OR_RETURN(statement::Statement parsed, statement::Statement::Parse(bytes));
  statement::Expectation expected;
  expected.content_type = content_type;
  expected.issuer = issuer;
  expected.now = parsed.issued_at();  // its age is not the question
  KP_RETURN_IF_ERROR(statement::VerifyStatement(parsed, expected, keys));
  return parsed;
}

void InParallel(size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = 0;
  const auto take = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  const size_t threads = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, 16);
  std::vector<std::jthread> helpers;
  for (size_t i = 1; i < threads && i < count; ++i) helpers.emplace_back(take);
  take();
}

std::string Difference(const google::protobuf::Message& expected,
                       const google::protobuf::Message& stored) {
  std::string text;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&text);
  if (differencer.Compare(expected, stored)) return "";
  return absl::StrReplaceAll(absl::StripSuffix(text, "\n"), {{"\n", "; "}});
}

}  // namespace kp::certificate
