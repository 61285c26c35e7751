// Ranges of certificate numbers (R06): which were allotted to an authority and a year, and which
// blank forms were lost or stolen before anything was printed on them. Pure; the caller keeps the
// ranges.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "scheme/certificate_number.h"
#include "scheme/finding.h"

namespace kp::scheme {

// A number as a place in a series: "SL004306" is {"SL", 6, 4306}, "BW14A0001" is {"BW14A", 4, 1}.
// The series is everything before the last digits and how many digits these are, because leading
// zeros belong to a number: SL4306 and SL004306 are two numbers of two series.
struct SerialKey {
  std::string head;
  int digits = 0;  // 1 to 18, which an int64_t holds; what is longer belongs to the head
  std::int64_t value = 0;

  friend bool operator==(const SerialKey&, const SerialKey&) = default;
};

// Absent for a number that ends in a letter: it lies in no range.
std::optional<SerialKey> SerialKeyOf(const CertificateNumber& number);
// "SL004306", canonical.
std::string NumberText(const SerialKey& key);

enum class RangeKind { kAllotted, kBlanksLost, kBlanksStolen };

struct SerialRange {
  RangeKind kind = RangeKind::kAllotted;
  SerialKey first;
  std::int64_t last = 0;  // in the series of `first`
  // Of allotted ones.
  std::string authority;
  int year = 0;  // of use; 0: any

  bool SameSeries(const SerialKey& key) const {
    return key.head == first.head && key.digits == first.digits;
  }
  bool Contains(const SerialKey& key) const {
    return SameSeries(key) && key.value >= first.value && key.value <= last;
  }
  std::string ToString() const;  // "SL004001 to SL004500"
};

// From first to last number, both included. RANGE_MALFORMED on "first_number" or "last_number"
// where the two are not of one series or stand in the wrong order.
absl::StatusOr<SerialRange> MakeSerialRange(const CertificateNumber& first,
                                            const CertificateNumber& last);

// What a register's ranges say about one number.
struct SerialFacts {
  bool kept = false;                    // any range was ever allotted here
  std::optional<SerialRange> allotted;  // that the number lies in
  std::optional<RangeKind> blank;       // by the latest report of blank forms that covers it
  bool archived = false;                // it was issued, and its record has gone (retention)
};

// Where a number stands to the ranges of its register.
enum class SerialPosition {
  kNotKept,         // the register allots no ranges: nothing can be told
  kInside,          // in a range of this authority and year
  kOutside,         // in no range
  kOtherYear,       // in a range of another year
  kOtherAuthority,  // in a range of another authority
  kBlankLost,
  kBlankStolen,
  kArchived,
};
inline constexpr SerialPosition kAllSerialPositions[] = {
    SerialPosition::kNotKept,    SerialPosition::kInside,         SerialPosition::kOutside,
    SerialPosition::kOtherYear,  SerialPosition::kOtherAuthority, SerialPosition::kBlankLost,
    SerialPosition::kBlankStolen, SerialPosition::kArchived};

const char* SerialPositionName(SerialPosition position);  // "OTHER_YEAR"

// `authority`: of issue, as the ranges spell it; empty: not asked. `year`: of issue; 0: not stated,
// which no range contradicts.
SerialPosition PositionOf(const SerialFacts& facts, std::string_view authority, int year);

// R06 at issue: nothing, or the HARD finding on `pointer` with which the number is refused.
std::optional<Finding> CheckSerial(const CertificateNumber& number, const SerialFacts& facts,
                                   std::string_view authority, int year,
                                   const std::string& pointer);

// R06 where somebody presents a number that the issuer never issued: nothing, or what the issuer's
// ranges add. `year` of the date of issue on the paper, 0 where it states none;
// `register_complete`: whether the issuer's register is complete for that date, so that no older
// range can explain it.
std::optional<Finding> JudgeUnknownSerial(const CertificateNumber& number, const SerialFacts& facts,
                                          int year, bool register_complete);

}  // namespace kp::scheme
