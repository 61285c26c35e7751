// What a text column may hold. Internal to mesh/store.
#pragma once

#include <string_view>

namespace kp::store {

// UTF-8 (RFC 3629) without NUL: what both databases store and give back unchanged.
bool IsStorableText(std::string_view text);

}  // namespace kp::store
