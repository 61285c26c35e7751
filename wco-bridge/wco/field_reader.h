// Reads single values of a checked tree, by the rules of a partner profile. What is absent, or was
// already refused by the structure check, is read as nothing and not reported again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wco-bridge/wco/declaration.h"
#include "wco-bridge/wco/profile.h"
#include "wco-bridge/wco/structure_check.h"

namespace kp::wco {

enum class Sign { kPositive, kNotNegative };

// Every `name` is that of a child of `parent`; the first one counts where there are several.
class FieldReader final {
 public:
  // Borrows all three.
  FieldReader(const Profile& profile, FaultList& faults, std::vector<Fault>& notes)
      : profile_(profile), faults_(faults), notes_(notes) {}

  void Add(std::string_view code, std::string_view text, Location at, std::string_view value = "",
           std::string_view expected = "");
  // Reports that the child is missing, unless it is there.
  void AddMissing(const xmlNode& parent, std::string_view name, std::string_view expected);

  // In NFC, without blanks around it. A reference notes that there were some.
  std::optional<Text> ReadText(const xmlNode& parent, std::string_view name);
  std::optional<Text> ReadReference(const xmlNode& parent, std::string_view name);
  // A reference that a consignment may be known by: every character of it is seen.
  std::optional<Text> ReadSeenReference(const xmlNode& parent, std::string_view name);
  std::optional<Text> ReadCountry(const xmlNode& parent, std::string_view name);
  // The country in the child `section` of `parent`.
  std::optional<Text> ReadCountryOf(const xmlNode& parent, std::string_view section,
                                    std::string_view name);
  std::optional<Located<std::int64_t>> ReadCount(const xmlNode& parent, std::string_view name,
                                                 Sign sign);
  std::optional<Located<Decimal>> ReadKilograms(const xmlNode& parent, std::string_view name);
  // In thousandths; unit and sign are checked.
  std::optional<Located<std::int64_t>> ReadCarats(const xmlNode& parent, std::string_view name);
  // In cents; currency and sign are checked.
  std::optional<Located<std::int64_t>> ReadDollars(const xmlNode& parent, std::string_view name);
  std::optional<Located<Money>> ReadMoney(const xmlNode& parent, std::string_view name);
  std::optional<Located<DateOrTime>> ReadDate(const xmlNode& parent, std::string_view name);
  std::optional<Party> ReadParty(const xmlNode& parent, std::string_view name);

 private:
  std::optional<Located<Decimal>> ReadDecimal(const xmlNode& parent, std::string_view name);

  const Profile& profile_;
  FaultList& faults_;
  std::vector<Fault>& notes_;
};

// The value as sent but for blanks around it; empty when there is none that passed the check.
std::string PeekText(const xmlNode& parent, std::string_view name);

}  // namespace kp::wco
