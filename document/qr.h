// The QR code of a certificate: its modules, and how large it is on paper.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace kp::document {

// On paper. Below 0.45 mm readers begin to fail.
inline constexpr double kModuleMm = 0.6;
// Light modules around the symbol (ISO/IEC 18004).
inline constexpr int kQuietZone = 4;

// The symbol is at least so large: of smaller ones a blot of 30 mm across damages more than level Q
// can mend (measured: version 25 is not always read, 26 is).
inline constexpr int kLeastVersion = 27;

// Level Q: up to a quarter of the symbol may be damaged. Immutable.
class QrCode final {
 public:
  // In alphanumeric mode, in the smallest version from kLeastVersion on that holds it.
  // CODE_TOO_LARGE for more than 2,420 characters, and for a character outside the alphabet.
  static absl::StatusOr<QrCode> Encode(const std::string& text);

  int version() const { return (modules_ - 17) / 4; }
  // Of a side, without the quiet zone.
  int modules() const { return modules_; }
  bool dark(int x, int y) const { return dark_[static_cast<size_t>(y * modules_ + x)]; }
  // Of a side, with the quiet zone: 79.8 at version 27, 111 at version 40.
  double side_mm() const { return (modules_ + 2 * kQuietZone) * kModuleMm; }

 private:
  int modules_ = 0;
  std::vector<bool> dark_;
};

}  // namespace kp::document
