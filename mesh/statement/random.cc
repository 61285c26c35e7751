#include "mesh/statement/random.h"

#include <openssl/rand.h>

#include "absl/strings/str_cat.h"
#include "mesh/statement/openssl_ptr.h"

namespace kp::statement {
namespace {

class OpensslRandom final : public RandomSource {
 public:
  absl::StatusOr<std::string> Bytes(size_t count) override {
    std::string bytes(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
      return absl::InternalError(absl::StrCat("no random bytes: ", OpensslErrors()));
    }
    return bytes;
  }
};

}  // namespace

RandomSource& SystemRandom() {
  static OpensslRandom source;
  return source;
}

}  // namespace kp::statement
