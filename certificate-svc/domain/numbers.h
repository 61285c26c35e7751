// Numbers of this entity's certificates: ranges allotted to authorities and years, blank forms that
// are lost or stolen, the next number, and what is said about a number that was never issued (R06;
// docs/numbers.md). An entity that never allotted a range has one series of its own and no such
// checks.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "kp/certificate/v1/register_service.pb.h"
#include "mesh/identity/spiffe_id.h"
#include "scheme/certificate_number.h"
#include "scheme/finding.h"

namespace kp::certificate {

// A part of the range is allotted already: FAILED_PRECONDITION.
inline constexpr char kRangeOverlaps[] = "RANGE_OVERLAPS";
// Certificates were issued on forms of the range, so they are not blank: FAILED_PRECONDITION,
// named.
inline constexpr char kBlanksIssued[] = "BLANKS_ISSUED";
// An officer who issues allots to the own authority only: PERMISSION_DENIED. Ask an administrator.
inline constexpr char kAllotmentNotYours[] = "ALLOTMENT_NOT_YOURS";
// The ranges of this authority and year have run out: FAILED_PRECONDITION. Allot another.
inline constexpr char kSerialsExhausted[] = "SERIALS_EXHAUSTED";

// Thread-safe.
class SerialRanges final {
 public:
  SerialRanges(const Environment& environment, OfficerRegister& officers)
      : env_(environment), officers_(officers) {}

  absl::StatusOr<v1::AllotSerialRangeResponse> Allot(const identity::SpiffeId& caller,
                                                     const v1::AllotSerialRangeRequest& request);
  absl::StatusOr<v1::ListSerialRangesResponse> List(
      const identity::SpiffeId& caller, const v1::ListSerialRangesRequest& request) const;

 private:
  const Environment& env_;
  OfficerRegister& officers_;
};

// A number to check an application against before one is taken for it: of the right form, nobody's.
std::string ProvisionalNumber(const Environment& env, const scheme::IssuerProfile& profile);

// Takes the next number that is unused and may be issued by `authority` (as on the record) in
// `year`. One that a crash or a refusal leaves unused stays unused, and can still be stated as
// printed.
absl::StatusOr<std::string> NextNumber(const Environment& env, const SchemeView& view,
                                       const std::string& authority, int year);

// R06 for a record that is being issued, in the transaction of the issue and after its event was
// appended: that holds the register's row, and so keeps out every range that is entered meanwhile.
absl::Status CheckNumberIsAllotted(store::Transaction& tx, const Environment& env,
                                   const SchemeView& view, const v1::Certificate& record);

// What the ranges say about a number that the register does not know; see JudgeUnknownSerial.
absl::StatusOr<std::optional<scheme::Finding>> JudgeUnknownNumber(
    store::ReadSession& session, const Environment& env, const SchemeView& view,
    const scheme::CertificateNumber& number, std::optional<scheme::Date> stated_issue_date);

}  // namespace kp::certificate
