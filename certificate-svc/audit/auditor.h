// What the parts of an audit share: where faults go, and reading what may have been changed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "certificate-svc/audit/audit.h"
#include "mesh/statement/statement.h"

namespace kp::certificate {

inline constexpr size_t kMaxAuditFaults = 1000;

// Used by one thread at a time.
class Auditor final {
 public:
  Auditor(AuditReport& report, const statement::KeyLookup& keys) : report_(report), keys_(keys) {}

  AuditReport& report() { return report_; }

  void Fault(std::string_view table, std::string_view subject, std::string text) {
    if (report_.faults.size() >= kMaxAuditFaults) {
      report_.more = true;
      return;
    }
    report_.faults.push_back({std::string(table), std::string(subject), std::move(text)});
  }

  // A fault naming both values unless they are equal. False when they differ.
  template <typename A, typename B>
  bool Same(std::string_view table, std::string_view subject, std::string_view what,
            const A& stored, const B& expected) {
    if (stored == expected) return true;
    Fault(table, subject, absl::StrCat(std::string(what), " is ", stored, ", not ", expected));
    return false;
  }

  // The bytes of a base64 column. Nothing, and a fault, for text that is not as it is written.
  std::optional<std::string> Bytes(std::string_view table, std::string_view subject,
                                   std::string_view column, const std::string& text);

  // The statement in `bytes`, well signed by `issuer` and of this kind. Nothing, and a fault,
  // otherwise.
  std::optional<statement::Statement> Signed(std::string_view table, std::string_view subject,
                                             const std::string& bytes,
                                             const std::string& content_type,
                                             const std::string& issuer);

  const statement::KeyLookup& keys() const { return keys_; }

 private:
  AuditReport& report_;
  const statement::KeyLookup& keys_;
};

// Parsed and well signed, whatever its audience and age. Thread-safe.
absl::StatusOr<statement::Statement> CheckSigned(const std::string& bytes,
                                                 const std::string& content_type,
                                                 const std::string& issuer,
                                                 const statement::KeyLookup& keys);

// Runs `work(i)` for 0 <= i < count on the machine's cores.
void InParallel(size_t count, const std::function<void(size_t)>& work);

// "lines[0].carats_thousandths: 5 -> 6" for each field that differs, joined.
std::string Difference(const google::protobuf::Message& expected,
                       const google::protobuf::Message& stored);

}  // namespace kp::certificate
