#include "wco-bridge/wco/field_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/country_codes.h"
#include "wco-bridge/wco/text.h"

namespace kp::wco {
namespace {

constexpr int kCaratDecimals = 3;   // thousandths
constexpr int kDollarDecimals = 2;  // cents

bool Contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

const xmlNode* ValidChild(const xmlNode& parent, std::string_view name) {
  const xmlNode* child = FirstChild(parent, name);
  return child != nullptr && IsValidLeaf(*child) ? child : nullptr;
}

}  // namespace

void FieldReader::Add(std::string_view code, std::string_view text, Location at,
                      std::string_view value, std::string_view expected) {
  faults_.Add(MakeFault(code, text, std::move(at), value, expected));
}

void FieldReader::AddMissing(const xmlNode& parent, std::string_view name,
                             std::string_view expected) {
  // What is there but has a bad value was told already.
  if (FirstChild(parent, name) == nullptr) {
    Add(kRequired, absl::StrCat(std::string(name), " is missing"), LocationOfChild(parent, name),
        "", expected);
  }
}

std::optional<Text> FieldReader::ReadText(const xmlNode& parent, std::string_view name) {
  const xmlNode* node = ValidChild(parent, name);
  if (node == nullptr) {
    return std::nullopt;
  }
  const std::string raw = TextOf(*node);
  Text text{ToNfc(Trim(raw)), LocationOf(*node)};
  if (text.value != Trim(raw)) {
    notes_.push_back(MakeFault(kNormalized, "the text was brought to Unicode NFC", text.at, raw));
  }
  return text;
}

std::optional<Text> FieldReader::ReadReference(const xmlNode& parent, std::string_view name) {
  std::optional<Text> text = ReadText(parent, name);
  if (text) {
    const std::string raw = TextOf(*FirstChild(parent, name));
    if (Trim(raw).size() != raw.size()) {
      notes_.push_back(
          MakeFault(kTrimmed, "blanks around the reference were ignored", text->at, raw));
    }
  }
  return text;
}

std::optional<Text> FieldReader::ReadSeenReference(const xmlNode& parent, std::string_view name) {
  std::optional<Text> text = ReadReference(parent, name);
  if (!text) {
    return text;
  }
  if (const std::optional<char32_t> unseen = UnseenCharacterIn(text->value)) {
    // Named, not shown: the value could be read as another one.
    Add(kBadCode,
        absl::StrFormat("the reference has a character that is not seen, U+%04X",
                        static_cast<std::uint32_t>(*unseen)),
        text->at, "", "visible characters and plain blanks only");
  }
  return text;
}

std::optional<Text> FieldReader::ReadCountry(const xmlNode& parent, std::string_view name) {
  std::optional<Text> text = ReadText(parent, name);
  if (text && !IsCountryCode(text->value)) {
    Add(kBadCountry, "not a country code", text->at, text->value,
        "a code of ISO 3166-1 alpha-2, in capitals");
    return std::nullopt;
  }
  return text;
}

std::optional<Text> FieldReader::ReadCountryOf(const xmlNode& parent, std::string_view section,
                                               std::string_view name) {
  const xmlNode* node = FirstChild(parent, section);
  return node == nullptr ? std::nullopt : ReadCountry(*node, name);
}

std::optional<Located<Decimal>> FieldReader::ReadDecimal(const xmlNode& parent,
                                                         std::string_view name) {
  const xmlNode* node = ValidChild(parent, name);
  if (node == nullptr) {
    return std::nullopt;
  }
  return Located<Decimal>{Decimal::Parse(TextOf(*node)).value_or(Decimal()), LocationOf(*node)};
}

std::optional<Located<std::int64_t>> FieldReader::ReadCount(const xmlNode& parent,
                                                            std::string_view name, Sign sign) {
  const std::optional<Located<Decimal>> number = ReadDecimal(parent, name);
  if (!number) {
    return std::nullopt;
  }
  if (number->value.negative() || (sign == Sign::kPositive && !number->value.positive())) {
    Add(kNotPositive, "this number cannot be", number->at, number->value.ToString(),
        sign == Sign::kPositive ? "1 or more" : "0 or more");
    return std::nullopt;
  }
  return Located<std::int64_t>{number->value.ToScaled(0).value_or(0), number->at};
}

std::optional<Located<Decimal>> FieldReader::ReadKilograms(const xmlNode& parent,
                                                           std::string_view name) {
  std::optional<Located<Decimal>> mass = ReadDecimal(parent, name);
  if (!mass) {
    return std::nullopt;
  }
  const std::optional<std::string> unit = AttributeOf(*FirstChild(parent, name), "unitCode");
  if (unit && !Contains(profile_.mass_units, *unit)) {
    Add(kNotKilograms, "the unit of this mass is not kilogram", mass->at, *unit,
        absl::StrCat("unitCode ", absl::StrJoin(profile_.mass_units, " or "), ", or none"));
    return std::nullopt;
  }
  if (!mass->value.positive()) {
    Add(kNotPositive, "a mass must be greater than zero", mass->at, mass->value.ToString(),
        "more than 0");
    return std::nullopt;
  }
  return mass;
}

std::optional<Located<std::int64_t>> FieldReader::ReadCarats(const xmlNode& parent,
                                                             std::string_view name) {
  const std::optional<Located<Decimal>> carats = ReadDecimal(parent, name);
  if (!carats) {
    return std::nullopt;
  }
  const std::string unit = AttributeOf(*FirstChild(parent, name), "unitCode").value_or("");
  if (!Contains(profile_.carat_units, unit)) {
    Add(kNotCarats, "the unit of this quantity is not metric carat", carats->at, unit,
        absl::StrCat("unitCode ", absl::StrJoin(profile_.carat_units, " or ")));
  }
  const std::optional<std::int64_t> thousandths = carats->value.ToScaled(kCaratDecimals);
  if (!carats->value.positive()) {
    Add(kNotPositive, "carats must be greater than zero", carats->at, carats->value.ToString(),
        "more than 0");
  } else if (!thousandths) {
    Add(kTooPrecise, "carats with more than three decimals", carats->at, carats->value.ToString(),
        "at most three decimals");
  }
  return Located<std::int64_t>{thousandths.value_or(0), carats->at};
}

std::optional<Located<std::int64_t>> FieldReader::ReadDollars(const xmlNode& parent,
                                                              std::string_view name) {
  const std::optional<Located<Decimal>> value = ReadDecimal(parent, name);
  if (!value) {
    return std::nullopt;
  }
  const std::string currency = AttributeOf(*FirstChild(parent, name), "currencyID").value_or("");
  if (currency != "USD") {
    Add(kNotDollars, "the currency of this amount is not US dollar", value->at, currency,
        "currencyID USD");
  }
  const std::optional<std::int64_t> cents = value->value.ToScaled(kDollarDecimals);
  if (!value->value.positive()) {
    Add(kNotPositive, "an amount must be greater than zero", value->at, value->value.ToString(),
        "more than 0");
  } else if (!cents) {
    Add(kTooPrecise, "dollars with more than two decimals", value->at, value->value.ToString(),
        "at most two decimals");
  }
  return Located<std::int64_t>{cents.value_or(0), value->at};
}

std::optional<Located<Money>> FieldReader::ReadMoney(const xmlNode& parent, std::string_view name) {
  const std::optional<Located<Decimal>> amount = ReadDecimal(parent, name);
  if (!amount) {
    return std::nullopt;
  }
  if (amount->value.negative()) {
    Add(kNotPositive, "an amount cannot be negative", amount->at, amount->value.ToString(),
        "0 or more");
  }
  return Located<Money>{
      {amount->value, AttributeOf(*FirstChild(parent, name), "currencyID").value_or("")},
      amount->at};
}

std::optional<Located<DateOrTime>> FieldReader::ReadDate(const xmlNode& parent,
                                                         std::string_view name) {
  const xmlNode* node = ValidChild(parent, name);
  if (node == nullptr) {
    return std::nullopt;
  }
  const std::string text = TextOf(*ElementsOf(*node).front());
  const Location at = LocationOf(*node);
  if (const std::optional<absl::CivilDay> day = ParseDay(text)) {
    return Located<DateOrTime>{*day, at};
  }
  return Located<DateOrTime>{ParseInstant(text).value_or(absl::InfinitePast()), at};
}

std::optional<Party> FieldReader::ReadParty(const xmlNode& parent, std::string_view name) {
  const xmlNode* node = FirstChild(parent, name);
  if (node == nullptr) {
    return std::nullopt;
  }
  return Party{.name = ReadText(*node, "Name"),
               .id = ReadReference(*node, "ID"),
               .country = ReadCountryOf(*node, "Address", "CountryCode"),
               .at = LocationOf(*node)};
}

std::string PeekText(const xmlNode& parent, std::string_view name) {
  const xmlNode* node = ValidChild(parent, name);
  return node == nullptr ? std::string() : std::string(Trim(TextOf(*node)));
}

}  // namespace kp::wco
