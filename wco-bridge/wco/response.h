// WCO Response documents: what the bridge answers a customs administration, and what kpctl and
// tests read back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "wco-bridge/wco/fault.h"

namespace kp::wco {

// Response/FunctionCode, as the UK's CDS uses the values of EDIFACT 1225.
inline constexpr std::string_view kResponseAccepted = "01";
inline constexpr std::string_view kResponseReceived = "02";
inline constexpr std::string_view kResponseRejected = "03";
inline constexpr std::string_view kResponseControl = "05";
inline constexpr std::string_view kResponseCleared = "09";
inline constexpr std::string_view kResponseInvalidated = "10";
inline constexpr std::string_view kResponseRequestAnswered = "11";

struct ResponseError {
  std::string code;         // ValidationCode, at most 8 characters
  std::string description;  // cut to 512 characters when written
  Pointer pointer;          // may be empty

  friend bool operator==(const ResponseError&, const ResponseError&) = default;
};

// A remark beside or instead of errors (AdditionalInformation): a ticket, a deadline, a finding
// that does not decide.
struct ResponseStatement {
  std::string code;         // at most 17 characters
  std::string description;  // cut to 512 characters when written
  Pointer pointer;

  friend bool operator==(const ResponseStatement&, const ResponseStatement&) = default;
};

// Times are written in UTC, in whole seconds.
struct Response {
  std::string function;   // FunctionCode, two digits
  std::string reference;  // FunctionalReferenceID: this response's own, at most 35 characters
  absl::Time issued;
  std::vector<ResponseStatement> statements;
  std::vector<ResponseError> errors;
  // The declaration answered.
  std::string lrn;  // at most 35 characters; empty when it could not be read
  std::string mrn;  // at most 70; empty when there is none
  std::optional<absl::Time> accepted;
  std::optional<absl::Time> cancelled;
  std::optional<absl::Time> rejected;
  std::string version;  // at most 9; empty for none

  friend bool operator==(const Response&, const Response&) = default;
};

// A MetaData document with one Response: UTF-8 without byte order mark, two blanks of indentation,
// the same bytes for the same response. Characters that XML cannot hold become U+FFFD.
std::string WriteResponse(const Response& response);

// Faults as Response errors: the text carries value and what would be right.
std::vector<ResponseError> ToResponseErrors(const std::vector<Fault>& faults);

// Every Response of a MetaData document, in order; classes of the Response that the struct does not
// hold are passed over. INVALID_ARGUMENT with reason WCO_RESPONSE_UNREADABLE, naming the first
// fault.
absl::StatusOr<std::vector<Response>> ParseResponse(std::string_view message);

}  // namespace kp::wco
