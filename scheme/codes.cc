#include "scheme/codes.h"

#include <optional>

#include "base/error.h"
#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

// ISO 3166-1 alpha-2, the officially assigned codes, in order.
constexpr std::string_view kIsoCodes =
    "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCG"
    "CHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGL"
    "GMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLA"
    "LBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONP"
    "NRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSV"
    "SXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";

// The two letters of `text` in upper case, without surrounding spaces, or nothing.
std::optional<std::string> TwoLetters(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.size() != 2) return std::nullopt;
  std::string code;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') {
      code += c;
    } else if (c >= 'a' && c <= 'z') {
      code += static_cast<char>(c - 'a' + 'A');
    } else {
      return std::nullopt;
    }
  }
  return code;
}

absl::Status Malformed() {
  return FieldError({reasons::kCodeMalformed, "", "a code of two letters is needed", ""});
}

// EC stood for the European Community on certificates until Regulation 947/2012.
absl::StatusOr<std::string> SchemeCode(std::string_view text) {
  std::optional<std::string> code = TwoLetters(text);
  if (!code) return Malformed();
  if (*code == "EC") return std::string("EU");
  return *std::move(code);
}

}  // namespace

bool IsIsoCountry(std::string_view code) {
  if (code.size() != 2) return false;
  std::size_t low = 0;
  std::size_t high = kIsoCodes.size() / 2;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const std::string_view candidate = kIsoCodes.substr(middle * 2, 2);
    if (candidate == code) return true;
    if (candidate < code) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return false;
}

absl::StatusOr<CountryCode> CountryCode::Parse(std::string_view text) {
  std::optional<std::string> code = TwoLetters(text);
  if (!code) return Malformed();
  if (!IsIsoCountry(*code)) {
    return FieldError({reasons::kCountryUnknown, "", *code + " is no country of ISO 3166-1", ""});
  }
  return CountryCode(*std::move(code));
}

absl::StatusOr<ParticipantCode> ParticipantCode::Parse(std::string_view text) {
  KP_ASSIGN_OR_RETURN(std::string code, SchemeCode(text));
  return ParticipantCode(std::move(code));
}

absl::StatusOr<EntityCode> EntityCode::Parse(std::string_view text) {
  KP_ASSIGN_OR_RETURN(std::string code, SchemeCode(text));
  return EntityCode(std::move(code));
}

}  // namespace kp::scheme
