#include "document/qr.h"

#include <qrencode.h>

#include <cerrno>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "document/reasons.h"

namespace kp::document {

absl::StatusOr<QrCode> QrCode::Encode(const std::string& text) {
  const std::unique_ptr<QRinput, void (*)(QRinput*)> input(
      QRinput_new2(kLeastVersion, QR_ECLEVEL_Q), QRinput_free);
  if (input == nullptr) return absl::InternalError("libqrencode does not start");
  const auto refused = [&](const std::string& why) {
    return MakeError(absl::StatusCode::kInvalidArgument, kCodeTooLarge, why);
  };
  if (QRinput_append(input.get(), QR_MODE_AN, static_cast<int>(text.size()),
                     reinterpret_cast<const unsigned char*>(text.data())) != 0) {
    constexpr char kAlphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    return refused(absl::StrCat("character ", text.find_first_not_of(kAlphabet),
                                " is not in the alphanumeric alphabet of QR codes"));
  }
  const std::unique_ptr<QRcode, void (*)(QRcode*)> code(QRcode_encodeInput(input.get()),
                                                        QRcode_free);
  if (code == nullptr) {
    return refused(
        absl::StrCat("a QR code (version 40, level Q) holds 2420 characters, not ", text.size()));
  }
  QrCode out;
  out.modules_ = code->width;
  out.dark_.resize(static_cast<size_t>(code->width) * static_cast<size_t>(code->width));
  for (size_t i = 0; i < out.dark_.size(); ++i) out.dark_[i] = (code->data[i] & 1U) != 0;
  return out;
}

}  // namespace kp::document
