#include "base/random.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include "absl/strings/escaping.h"

namespace kp {
namespace {

class KernelRandom final : public Random {
 public:
  void Fill(std::span<uint8_t> bytes) override {
    while (!bytes.empty()) {
      const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) std::abort();
      bytes = bytes.subspan(static_cast<size_t>(got));
    }
  }
};

class CountingRandom final : public Random {
 public:
  void Fill(std::span<uint8_t> bytes) override {
    // SplitMix64 of a counter: distinct from call to call, the same from run to run.
    for (size_t i = 0; i < bytes.size(); i += 8) {
      uint64_t x = (count_.fetch_add(1) + 1) * 0x9e3779b97f4a7c15U;
      x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
      x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
      x ^= x >> 31U;
      for (size_t j = i; j < std::min(i + 8, bytes.size()); ++j, x >>= 8U) {
        bytes[j] = static_cast<uint8_t>(x & 0xffU);
      }
    }
  }

 private:
  std::atomic<uint64_t> count_{0};
};

std::string Hex(std::span<const uint8_t> bytes) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

class RandomIds final : public IdSource {
 public:
  explicit RandomIds(Random& random) : random_(random) {}

  std::string NewUuid() override {
    std::array<uint8_t, 16> bytes{};
    random_.Fill(bytes);
    bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0fU) | 0x40U);  // version 4
    bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3fU) | 0x80U);  // variant 10
    std::string text = Hex(bytes);
    for (size_t hyphen : {8U, 13U, 18U, 23U}) text.insert(hyphen, 1, '-');
    return text;
  }

  std::string NewHex(size_t count) override {
    std::vector<uint8_t> bytes(count);
    do {
      random_.Fill(bytes);
    } while (std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; }));
    return Hex(bytes);
  }

 private:
  Random& random_;
};

}  // namespace

std::string Random::Bytes(size_t count) {
  std::string bytes(count, '\0');
  Fill({reinterpret_cast<uint8_t*>(bytes.data()), count});
  return bytes;
}

// Function statics without destructor: threads may still ask while the process ends.
Random& SystemRandom() {
  static auto* const random = new KernelRandom;
  return *random;
}

IdSource& SystemIds() {
  static auto* const ids = new RandomIds(SystemRandom());
  return *ids;
}

std::unique_ptr<IdSource> MakeIdSource(Random& random) {
  return std::make_unique<RandomIds>(random);
}

std::unique_ptr<Random> MakeCountingRandom() { return std::make_unique<CountingRandom>(); }

}  // namespace kp
