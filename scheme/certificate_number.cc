#include "scheme/certificate_number.h"

#include <vector>

#include "base/error.h"
#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

absl::Status Faulty(const char* reason, const std::string& message) {
  return FieldError({reason, "", message, ""});
}

std::string At(std::size_t position) { return " at position " + std::to_string(position); }

bool IsLetter(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

absl::StatusOr<CertificateNumber> CertificateNumber::Parse(std::string_view printed) {
  if (printed.size() > kMaxPrintedNumber) {
    return Faulty(reasons::kNumberTooLong,
                  "longer than " + std::to_string(kMaxPrintedNumber) + " characters");
  }
  std::string normal;
  std::vector<std::size_t> positions;  // of each kept character in `printed`
  for (std::size_t i = 0; i < printed.size(); ++i) {
    char c = printed[i];
    if (c == ' ' || c == '\t' || c == '-') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!IsLetter(c) && !(c >= '0' && c <= '9')) {
      return Faulty(reasons::kNumberBadCharacter,
                    "only letters, digits, spaces and hyphens are read; another character" + At(i));
    }
    normal += c;
    positions.push_back(i);
  }
  if (normal.empty()) return Faulty(reasons::kNumberEmpty, "no number" + At(0));
  for (std::size_t i = 0; i < 2; ++i) {
    if (i >= normal.size() || !IsLetter(normal[i])) {
      return Faulty(reasons::kNumberNoIssuer,
                    "a number begins with the two letters of its issuer; no letter" +
                        At(i < positions.size() ? positions[i] : printed.size()));
    }
  }
  if (normal.size() == 2) {
    return Faulty(reasons::kNumberNoSerial, "no serial after the letters" + At(printed.size()));
  }
  if (normal.size() - 2 > kMaxSerial) {
    return Faulty(reasons::kNumberTooLong, "a serial has at most " + std::to_string(kMaxSerial) +
                                               " characters; one more" +
                                               At(positions[2 + kMaxSerial]));
  }
  CertificateNumber number;
  KP_ASSIGN_OR_RETURN(number.issuer_, EntityCode::Parse(normal.substr(0, 2)));
  number.serial_ = normal.substr(2);
  number.printed_ = std::string(printed);
  return number;
}

}  // namespace kp::scheme
