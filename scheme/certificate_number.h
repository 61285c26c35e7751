// The number of a certificate (field F5): the issuer's two letters and a serial.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "scheme/codes.h"

namespace kp::scheme {

inline constexpr std::size_t kMaxPrintedNumber = 40;  // bytes, as entered
inline constexpr std::size_t kMaxSerial = 20;         // characters, after normalisation

// Compared by issuer and serial; the printed form does not count. A serial is text: leading zeros
// belong to it. Empty when default-constructed.
class CertificateNumber final {
 public:
  CertificateNumber() = default;

  // Trims, upper-cases, removes spaces and hyphens inside; EC becomes EU. Keeps `printed` as given.
  // Says nothing about whether such an issuer exists. Errors, each with the position of the fault
  // counted in bytes from 0: NUMBER_EMPTY, NUMBER_TOO_LONG, NUMBER_BAD_CHARACTER, NUMBER_NO_ISSUER,
  // NUMBER_NO_SERIAL.
  static absl::StatusOr<CertificateNumber> Parse(std::string_view printed);

  const EntityCode& issuer() const { return issuer_; }
  const std::string& serial() const { return serial_; }               // "0001234"
  const std::string& printed() const { return printed_; }             // "bw 000-1234"
  std::string canonical() const { return issuer_.text() + serial_; }  // "BW0001234"
  bool empty() const { return serial_.empty(); }

  friend bool operator==(const CertificateNumber& a, const CertificateNumber& b) {
    return a.issuer_ == b.issuer_ && a.serial_ == b.serial_;
  }

 private:
  EntityCode issuer_;
  std::string serial_;
  std::string printed_;
};

}  // namespace kp::scheme
