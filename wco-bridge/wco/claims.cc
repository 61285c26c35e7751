#include "wco-bridge/wco/claims.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "wco-bridge/wco/codes.h"

namespace kp::wco {
namespace {

constexpr int kMicroKg = 6;  // decimals of a kilogram in NetMassMicroKg

CertificateClaim& ClaimOf(std::vector<CertificateClaim>& claims, const std::string& id) {
  const auto found = std::find_if(claims.begin(), claims.end(),
                                  [&](const CertificateClaim& claim) { return claim.id == id; });
  if (found != claims.end()) {
    return *found;
  }
  claims.push_back({.id = id});
  return claims.back();
}

std::string Carats(std::int64_t thousandths) {
  return Decimal::FromScaled(thousandths, 3).ToString() + " carats";
}

std::string Kilograms(const Decimal& mass) { return mass.ToString() + " kg"; }

void CheckItem(const Item& item, std::int64_t claimed, std::vector<Fault>& faults) {
  if (item.tariff_carats_thousandths && item.tariff_carats_thousandths->value != claimed) {
    faults.push_back({.code = std::string(kTariffQuantityDiffers),
                      .text = "the certificates claimed on this item do not add up to its "
                              "supplementary quantity",
                      .at = item.tariff_carats_thousandths->at,
                      .value = Carats(item.tariff_carats_thousandths->value),
                      .expected = Carats(claimed)});
  }
  if (!item.net_mass_kg) {
    return;
  }
  const std::int64_t mass = NetMassMicroKg(claimed);
  if (item.net_mass_kg->value.ToScaled(kMicroKg) != mass) {
    faults.push_back({.code = std::string(kNetMassDiffers),
                      .text = "the net mass is not 0.0002 kg for each carat claimed",
                      .at = item.net_mass_kg->at,
                      .value = Kilograms(item.net_mass_kg->value),
                      .expected = Kilograms(Decimal::FromScaled(mass, kMicroKg))});
  }
}

}  // namespace

Claims CheckClaims(const Declaration& declaration) {
  Claims claims;
  for (const Item& item : declaration.items) {
    std::int64_t claimed = 0;
    for (const KpDocument& document : item.documents) {
      if (document.kind != DocumentKind::kCertificate || !document.write_off) {
        continue;
      }
      const ClaimLine line{.item = &item,
                           .document = &document,
                           .carats_thousandths = document.write_off->carats_thousandths.value,
                           .value_usd_cents = document.write_off->value_usd_cents.value};
      CertificateClaim& claim = ClaimOf(claims.certificates, document.id);
      claim.carats_thousandths += line.carats_thousandths;
      claim.value_usd_cents += line.value_usd_cents;
      claim.lines.push_back(line);
      claimed += line.carats_thousandths;
    }
    if (claimed > 0) {
      CheckItem(item, claimed, claims.faults);
    }
  }
  return claims;
}

std::int64_t NetMassMicroKg(std::int64_t carats_thousandths) {
  // A thousandth of a carat is 0.2 millionths of a kilogram; the fifths are never a tie.
  return carats_thousandths / 5 + (carats_thousandths % 5 * 2 + 5) / 10;
}

}  // namespace kp::wco
