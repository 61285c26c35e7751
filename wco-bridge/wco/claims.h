// What a declaration claims of each certificate. A declaration claims whole certificates, and one
// certificate may stand on several items: its lines are those items.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wco-bridge/wco/declaration.h"

namespace kp::wco {

// One use of a certificate on one item. The pointers borrow from the declaration.
struct ClaimLine {
  const Item* item = nullptr;
  const KpDocument* document = nullptr;
  std::int64_t carats_thousandths = 0;
  std::int64_t value_usd_cents = 0;
};

struct CertificateClaim {
  std::string id{};  // canonical number
  std::vector<ClaimLine> lines{};
  std::int64_t carats_thousandths = 0;  // sums over the lines
  std::int64_t value_usd_cents = 0;
};

struct Claims {
  std::vector<CertificateClaim> certificates;  // in order of first appearance
  std::vector<Fault> faults;                   // the declaration contradicts itself
};

// Groups the certificates of `declaration` over its items, and compares on each item the claimed
// carats with the supplementary quantity and the net mass, both exactly where stated. The result
// borrows from `declaration`. Documents without a write-off (amendments of a status) claim nothing.
Claims CheckClaims(const Declaration& declaration);

// Net mass of diamonds in millionths of a kilogram: exactly 0.0002 kg a carat, rounded to the
// nearest where a third decimal of the carats does not fit six decimals of the mass.
std::int64_t NetMassMicroKg(std::int64_t carats_thousandths);

}  // namespace kp::wco
