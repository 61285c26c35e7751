// The issuer's side of verification: answers questions by the register.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/filing_standing.h"
#include "kp/certificate/v1/statements.pb.h"

namespace kp::certificate {

// The question cannot be read: INVALID_ARGUMENT.
inline constexpr char kQuestionMalformed[] = "QUESTION_MALFORMED";
// The number is not of this issuer: INVALID_ARGUMENT.
inline constexpr char kNotThisIssuer[] = "NOT_THIS_ISSUER";

// More than every paper within the limits of docs/rules.md needs.
inline constexpr size_t kMaxQuestionSize = size_t{256} << 10;
inline constexpr size_t kNonceSize = 16;

// Reads a question's bytes. Errors: INVALID_ARGUMENT with QUESTION_MALFORMED or the field's fault.
absl::StatusOr<v1::Question> ReadQuestion(const std::string& bytes);

struct AnswererOptions {
  // Wrong statements of an entity without standing after which fields are withheld.
  int wrong_tries = 3;
};

// Thread-safe.
class Answerer final {
 public:
  Answerer(const Environment& environment, const AnswererOptions& options)
      : env_(environment), options_(options), filings_(environment) {}

  // A signed answer for `asker` (party id), bound to the question's bytes. An unknown number is an
  // answer. A wrong statement by an asker without standing is counted, durably, before the answer
  // is given; this register's copy of the answer is durable within 50 ms after it
  // (architecture section 6, 2).
  absl::StatusOr<std::string> Answer(const std::string& asker, const std::string& question);
  // Up to 1,000 questions; an empty text for one that cannot be answered. INVALID_ARGUMENT,
  // QUESTION_MALFORMED for none or too many.
  absl::StatusOr<std::vector<std::string>> AnswerMany(const std::string& asker,
                                                      const std::vector<std::string>& questions);


 private:
  absl::StatusOr<v1::AnswerStatement> Compose(const SchemeView& view, const std::string& asker,
                                              const v1::Question& question);

  const Environment& env_;
  const AnswererOptions options_;
  const FilingStanding filings_;
};

}  // namespace kp::certificate
