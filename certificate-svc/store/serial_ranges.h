// The ranges of numbers of the register: allotted ones and blank forms that are gone. Rows are only
// added; of an allotted one the place of the next number moves on. Functions work in the caller's
// transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kp/certificate/v1/serial_range.pb.h"
#include "mesh/store/session.h"
#include "scheme/certificate_number.h"
#include "scheme/serial_range.h"

namespace kp::certificate {

namespace pb = ::kp::certificate::v1;

struct SerialRangeRow {
  int64_t position = 0;
  pb::SerialRange record;
  scheme::SerialRange range;
  int64_t next = 0;  // of allotted ones: what is tried next; behind the last when it has run out
};

// The range that a record states; DATA_LOSS for one that states none.
absl::StatusOr<scheme::SerialRange> ReadSerialRange(const pb::SerialRange& record);

absl::Status InsertSerialRange(store::Transaction& tx, const pb::SerialRange& record);

// What the ranges say about a number.
absl::StatusOr<scheme::SerialFacts> FindSerialFacts(store::ReadSession& session,
                                                    const scheme::CertificateNumber& number);

// An allotted range that shares a number with this one.
absl::StatusOr<std::optional<SerialRangeRow>> FindOverlap(store::ReadSession& session,
                                                          const scheme::SerialRange& range);

// Numbers of the range that were given, in their order, at most `limit`.
absl::StatusOr<std::vector<std::string>> NumbersGivenOf(store::ReadSession& session,
                                                        const scheme::SerialRange& range,
                                                        int limit);

// Newest first, below `before_position` (0: from the newest).
absl::StatusOr<std::vector<SerialRangeRow>> ListSerialRanges(store::ReadSession& session,
                                                             int64_t before_position, int limit);

// Ranges of an authority for a year, "BW0000001 to BW0000100, BW0000200 to ...", at most five.
absl::StatusOr<std::string> DescribeRanges(store::ReadSession& session, std::string_view authority,
                                           int year);

// Whether any range was ever allotted.
absl::StatusOr<bool> HasAllottedRanges(store::ReadSession& session);

// The next number of an authority's ranges of a year, those of the year before those of any, that
// is neither used nor a lost blank; two callers never get the same. Empty when it looked at `tries`
// without finding one: call again in another transaction. NOT_FOUND when all have run out.
absl::StatusOr<std::string> TakeSerial(store::Transaction& tx, std::string_view authority, int year,
                                       int tries);

}  // namespace kp::certificate
