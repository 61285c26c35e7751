#include "scheme/technical.h"

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

absl::Status CheckTechnicalGoods(std::span<const Line> leaves, std::span<const Line> came) {
  std::map<std::string, std::int64_t> left;
  for (const Line& line : came) {
    if (line.carats) left[line.hs.digits()] += line.carats->thousandths();
  }
  std::vector<Fault> faults;
  const auto fault = [&](std::size_t i, const char* field, std::string text) {
    faults.push_back({kTechnicalGoodsDiffer, absl::StrCat("lines[", i, "].", field),
                      std::move(text), "India, DGFT 34/2015-2020"});
  };
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const auto rest = left.find(leaves[i].hs.digits());
    if (rest == left.end()) {
      fault(i, "hs_code", "is not on the certificate under which the goods came");
    } else if (!leaves[i].carats || leaves[i].carats->thousandths() <= 0) {
      fault(i, "carats_thousandths", "is required");
    } else if ((rest->second -= leaves[i].carats->thousandths()) < 0) {
      fault(i, "carats_thousandths", "is more than came under the certificate");
    }
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
