// Flags of an officer's words turned into protos, by the scheme's own parsers. Errors are
// INVALID_ARGUMENT with field, reason and rule; every faulty flag is told, not only the first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/error.h"
#include "google/protobuf/timestamp.pb.h"
#include "kp/certificate/v1/certificate.pb.h"

namespace kp::kpctl {

// Collects faults over several flags.
class Faults final {
 public:
  // Takes the value, or notes the faults under `field`.
  template <typename T>
  T Take(absl::StatusOr<T> parsed, const std::string& field) {
    if (parsed.ok()) return *std::move(parsed);
    Note(parsed.status(), field);
    return T();
  }
  void Note(const absl::Status& status, const std::string& field);
  // OK when there is none.
  [[nodiscard]] absl::Status Status() const { return FieldErrors(faults_); }

 private:
  std::vector<Fault> faults_;
};

// "1250.50" in thousandths of a carat.
absl::StatusOr<int64_t> ParseCarats(std::string_view text);

// "187500.00", "187500 USD" in cents. Another currency is refused (CURRENCY_NOT_USD, R09).
absl::StatusOr<int64_t> ParseDollars(std::string_view text);

// "HS:CARATS:USD[:ORIGIN[:AREA[:OPERATION]]]". Faults have the fields "hs_code",
// "carats_thousandths", "value_usd_cents"; a wrong number of parts has none.
absl::StatusOr<certificate::v1::Line> ParseLine(std::string_view text);

// "HS:CARATS[:USD]", "HS::USD": what is left out is not stated. The HS code is taken as it is
// given.
absl::StatusOr<certificate::v1::Line> ParseStatedLine(std::string_view text);

// "ZW"; "mixed"; "mixed:BW,NA". Countries are taken as they are given: what is wrong with them (EU,
// a list of one) is for the rules to say.
certificate::v1::Origin ParseOrigin(std::string_view text);

// "import", "export", "transit", "reexport-proof", "audit".
absl::StatusOr<certificate::v1::Purpose> ParsePurpose(std::string_view text);

// OK for "" and for a day of the calendar.
absl::StatusOr<std::string> ParseDay(const std::string& text);

// "2026-01-31" (midnight UTC) or RFC 3339. Errors: TIME_MALFORMED.
absl::StatusOr<google::protobuf::Timestamp> ParseInstant(std::string_view text);

// Sends back what the scheme's rules of content (R01, R05, R08, R09, R10) and the limits of texts
// refuse in an application, before it is sent. The server checks again, and checks more.
absl::Status CheckApplication(const certificate::v1::Certificate& application);

// "1250.5", "187500.00"; empty for 0.
std::string CaratsText(int64_t thousandths);
std::string DollarsText(int64_t cents);

// "ZW", "***", "BW,NA"; empty when absent.
std::string OriginText(const certificate::v1::Origin& origin);

// "exported": the state of a certificate. ENUM_VALUE_UNKNOWN names --state.
absl::StatusOr<certificate::v1::CertificateState> ParseState(const std::string& name);

}  // namespace kp::kpctl
