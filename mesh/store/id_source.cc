#include "mesh/store/id_source.h"

#include <sys/random.h>

#include <array>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace kp::store {
namespace {

class KernelIds final : public IdSource {
 public:
  std::string NewUuid() override {
    std::array<unsigned char, 16> bytes;
    // Requests of up to 256 bytes are answered whole (getrandom(2)); without a random generator no
    // id can be trusted to be new.
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);  // RFC 4122 section 4.4
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
    const std::string hex = absl::BytesToHexString(
        absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                        hex.substr(16, 4), "-", hex.substr(20));
  }
};

}  // namespace

IdSource& RandomIds() {
  static KernelIds* const ids = new KernelIds;  // never destroyed: outlives all threads
  return *ids;
}

}  // namespace kp::store
