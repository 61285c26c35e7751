#include "mesh/statement/compact.h"

#include <zlib.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/base45.h"
#include "mesh/statement/reasons.h"

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
    return Malformed("not a whole zlib stream");
  }
  if (stream.avail_in != 0) return Malformed("bytes after the zlib stream");
  out.resize(stream.total_out);
  return out;
}

}  // namespace

absl::StatusOr<std::string> CompactEncode(std::string_view statement) {
  if (statement.size() > kMaxCompactStatementSize) return TooLarge(kMaxCompactStatementSize);
  uLongf size = compressBound(static_cast<uLong>(statement.size()));
  std::string compressed(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(compressed.data()), &size,
                reinterpret_cast<const Bytef*>(statement.data()),
                static_cast<uLong>(statement.size()), Z_BEST_COMPRESSION) != Z_OK) {
    return absl::InternalError("zlib cannot compress");
  }
  compressed.resize(size);
  return absl::StrCat(kCompactPrefix, Base45Encode(compressed));
}

absl::StatusOr<std::string> CompactDecode(std::string_view text, size_t max_size) {
  const std::string_view prefix = kCompactPrefix;
  if (!text.starts_with(prefix)) return Malformed("the text does not begin with KP1:");
  text.remove_prefix(prefix.size());
  // Nothing that fits the bound is longer, even where zlib could not compress it.
  if (text.size() > (compressBound(static_cast<uLong>(max_size)) + 1) / 2 * 3) {
    return TooLarge(max_size);
  }
  KP_ASSIGN_OR_RETURN(const std::string compressed, Base45Decode(text));
  return Inflate(compressed, max_size);
}

}  // namespace kp::statement
