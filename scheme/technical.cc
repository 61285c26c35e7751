#include "scheme/technical.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/error.h"

namespace kp::scheme {
namespace {

constexpr std::string_view kMark = "-T-";
constexpr std::size_t kDigits = 7;

}  // namespace

absl::Status CheckTechnicalState(TechnicalReason reason, State state) {
  const State needed = reason == TechnicalReason::kSeized ? State::kSeized : State::kDetained;
  if (state == needed) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, kTechnicalNotDue,
                   absl::StrCat("this reason needs goods that are ", StateName(needed),
                                "; the certificate is ", StateName(state)),
                   {{"state", StateName(state)}, {"needed", StateName(needed)}});
}

absl::Status CheckTechnicalGoods(const TechnicalGoods& leaves, const TechnicalGoods& came,
                                 std::span<const TechnicalGoods> left) {
  // Sums of at most 1,000 lines of at most 10^12 thousandths each stay far below the limit.
  std::map<std::string, std::int64_t> rest;
  for (const Line& line : came.lines) {
    if (line.carats) rest[line.hs.digits()] += line.carats->thousandths();
  }
  std::int64_t parcels = came.parcels;
  for (const TechnicalGoods& gone : left) {
    parcels -= gone.parcels;
    for (const Line& line : gone.lines) {
      if (line.carats) rest[line.hs.digits()] -= line.carats->thousandths();
    }
  }
  std::vector<Fault> faults;
  const auto fault = [&](std::string field, std::string text) {
    faults.push_back(
        {kTechnicalGoodsDiffer, std::move(field), std::move(text), "India, DGFT 34/2015-2020"});
  };
  for (std::size_t i = 0; i < leaves.lines.size(); ++i) {
    const Line& line = leaves.lines[i];
    const std::string at = absl::StrCat("lines[", i, "].");
    const auto here = rest.find(line.hs.digits());
    if (here == rest.end()) {
      fault(at + "hs_code", "is not on the certificate under which the goods came");
    } else if (!line.carats || line.carats->thousandths() <= 0) {
      fault(at + "carats_thousandths", "is required");
    } else {
      const std::int64_t before = here->second;
      here->second -= line.carats->thousandths();
      if (here->second >= 0) continue;
      const auto still = Carats::FromThousandths(std::max<std::int64_t>(before, 0));
      fault(at + "carats_thousandths",
            absl::StrCat("is more than came under the certificate and did not leave yet",
                         still.ok() ? absl::StrCat(": ", still->ToString(), " carats") : ""));
    }
  }
  if (leaves.parcels > parcels) {
    fault("parcels", absl::StrCat("is more than the ", std::max<std::int64_t>(parcels, 0),
                                  " that came under the certificate and did not leave yet"));
  }
  return FieldErrors(faults);
}

std::string TechnicalNumber(std::string_view entity, std::int64_t serial) {
  return absl::StrFormat("%s%s%07d", std::string(entity), std::string(kMark), serial);
}

bool IsTechnicalNumberOf(std::string_view number, std::string_view entity) {
  if (number.substr(0, entity.size()) != entity) return false;
  number.remove_prefix(entity.size());
  if (number.substr(0, kMark.size()) != kMark) return false;
  number.remove_prefix(kMark.size());
  if (number.size() < kDigits || number.size() > 18) return false;
  for (const char c : number) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  // One number has one form.
  return number.size() == kDigits || number.front() != '0';
}

}  // namespace kp::scheme
