#include "mesh/statement/compact.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/random.h"
#include "mesh/statement/base45.h"
#include "mesh/statement/reasons.h"
#include "mesh/statement/statement.h"

namespace kp::statement {
namespace {

absl::Status Malformed(std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, kCompactMalformed, what);
}

absl::Status TooLarge(size_t max_size) {
  return MakeError(absl::StatusCode::kInvalidArgument, kTooLarge,
                   absl::StrCat("the statement has more than ", max_size, " bytes"));
}

absl::StatusOr<std::string> Inflate(std::string_view compressed, size_t max_size) {
  std::string out(max_size, '\0');
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return absl::InternalError("zlib does not start");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
  // zlib's interface is older than const.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_FINISH);
  if (result != Z_STREAM_END) {
    if (result == Z_BUF_ERROR && stream.avail_out == 0) return TooLarge(max_size);
    return Malformed(absl::StrCat("not a whole zlib stream: fault at byte ", stream.total_in, " of ",
                                  compressed.size()));
  }
  if (stream.avail_in != 0) {
    return Malformed(absl::StrCat("byte ", stream.total_in, " comes after the zlib stream's end"));
  }
  out.resize(stream.total_out);
  return out;
}

std::string Deflate(std::string_view bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string compressed(size, '\0');
  // It fails for want of memory or room alone; the room is there.
  if (compress2(reinterpret_cast<Bytef*>(compressed.data()), &size,
                reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()),
                Z_BEST_COMPRESSION) != Z_OK) {
    throw std::bad_alloc();
  }
  compressed.resize(size);
  return compressed;
}

// The same bytes for the same seed, as good as random for a compressor (xorshift).
class Filler final : public Random {
 public:
  explicit Filler(uint32_t seed) : state_(seed * 2'654'435'761U) {}
  void Fill(std::span<uint8_t> bytes) override {
    for (uint8_t& byte : bytes) {
      state_ ^= state_ << 13U;
      state_ ^= state_ >> 17U;
      state_ ^= state_ << 5U;
      byte = static_cast<uint8_t>(state_ >> 24U);
    }
  }

 private:
  uint32_t state_;
};

// Stands where the issuer's key will: signs nothing.
class FillerSigner final : public Signer {
 public:
  explicit FillerSigner(uint32_t seed) {
    Filler filler(seed);
    key_id_ = filler.Bytes(kDigestSize);
    signature_ = filler.Bytes(kSignatureSize);
  }
  const std::string& KeyId() const override { return key_id_; }
  absl::StatusOr<std::string> Sign(std::string_view /*message*/) const override {
    return signature_;
  }

 private:
  std::string key_id_;
  std::string signature_;
};

}  // namespace

absl::StatusOr<std::string> CompactEncode(std::string_view statement) {
  if (statement.size() > kMaxCompactStatementSize) return TooLarge(kMaxCompactStatementSize);
  return absl::StrCat(kCompactPrefix, Base45Encode(Deflate(statement)));
}

CompactSize CompactSizeOf(std::string_view statement) {
  return {statement.size(), Deflate(statement).size()};
}

bool SurelyFitsQr(size_t plain) {
  return plain <= kMaxCompactStatementSize &&
         compressBound(static_cast<uLong>(plain)) <= kMaxQrBytes;
}

absl::StatusOr<CompactSize> LargestCompactSize(const std::string& issuer,
                                               const std::string& content_type,
                                               const google::protobuf::Message& payload) {
  CompactSize largest;
  for (const uint32_t seed : {1U, 2U, 3U, 4U}) {
    Filler salts(seed);
    const StatementSigner signer(issuer, std::make_shared<FillerSigner>(seed + 100), salts);
    // Any day of this century takes five bytes.
    KP_ASSIGN_OR_RETURN(const Statement statement,
                        signer.Sign(content_type, payload, std::nullopt,
                                    absl::FromUnixSeconds(1'793'563'247)));
    const CompactSize size = CompactSizeOf(statement.bytes());
    largest.plain = size.plain;
    largest.compressed = std::max(largest.compressed, size.compressed);
  }
  largest.compressed += kSizeMargin;
  return largest;
}

bool LooksCompact(std::string_view text) {
  if (text.size() < 4 || absl::ascii_toupper(static_cast<unsigned char>(text[0])) != 'K' ||
      absl::ascii_toupper(static_cast<unsigned char>(text[1])) != 'P') {
    return false;
  }
  const size_t end = text.find_first_not_of("0123456789", 2);
  return end != std::string_view::npos && end > 2 && text[end] == ':';
}

absl::Status CheckCompactPrefix(std::string_view text) {
  const std::string_view prefix = kCompactPrefix;
  if (text.starts_with(prefix)) return absl::OkStatus();
  if (!LooksCompact(text)) {
    const auto at = std::mismatch(text.begin(), text.end(), prefix.begin(), prefix.end()).first;
    return Malformed(
        absl::StrCat("character ", at - text.begin(), ": the text does not begin with KP1:"));
  }
  const std::string head(text.substr(0, text.find(':')));
  if (const std::string upper = absl::AsciiStrToUpper(head); upper != head) {
    return Malformed(absl::StrCat("character ", head[0] == 'k' ? 0 : 1, ": ", head,
                                  ": stands in small letters; the prefix is ", kCompactPrefix,
                                  ", in capitals, and so is all of a code"));
  }
  return Malformed(absl::StrCat("character 2: ", head,
                                ": is a version of the code that this program does not know; it "
                                "knows ",
                                kCompactPrefix));
}

absl::StatusOr<std::string> CompactDecode(std::string_view text, size_t max_size) {
  KP_RETURN_IF_ERROR(CheckCompactPrefix(text));
  const std::string_view prefix = kCompactPrefix;
  text.remove_prefix(prefix.size());
  // Nothing that fits the bound is longer, even where zlib could not compress it.
  if (text.size() > (compressBound(static_cast<uLong>(max_size)) + 1) / 2 * 3) {
    return TooLarge(max_size);
  }
  KP_ASSIGN_OR_RETURN(const std::string compressed, Base45Decode(text, prefix.size()));
  return Inflate(compressed, max_size);
}

}  // namespace kp::statement
