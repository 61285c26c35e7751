#pragma once

#include <string_view>

namespace kp::wco {

// Whether `code` is an officially assigned code of ISO 3166-1 alpha-2, or one that ISO leaves to
// users (AA, QM-QZ, XA-XZ, ZZ), which test and training messages carry. Upper case only. "EU" is
// neither: it is no country of origin.
bool IsCountryCode(std::string_view code);

}  // namespace kp::wco
