// Reasons of the printed certificate: what cannot be printed, and what cannot be read from an image
// or told offline.
#pragma once

namespace kp::document {

// A text does not fit a QR code, or has a character outside its alphanumeric alphabet.
inline constexpr char kCodeTooLarge[] = "CODE_TOO_LARGE";
// No font installed has a character of the certificate; field and character are named. Nothing is
// printed.
inline constexpr char kGlyphMissing[] = "GLYPH_MISSING";
// There are no labels in this language; those there are are named.
inline constexpr char kLanguageUnknown[] = "LANGUAGE_UNKNOWN";
// The certificate is not validated yet: there is no signed statement to print.
inline constexpr char kNotValidated[] = "NOT_VALIDATED";
// The record and the signed statement in it are not of the same certificate.
inline constexpr char kRecordContradictsStatement[] = "RECORD_CONTRADICTS_STATEMENT";
// The file is neither PNG nor JPEG, is damaged, or is larger than the reader takes.
inline constexpr char kImageUnreadable[] = "IMAGE_UNREADABLE";
// No code was found in the image. Photograph it flat, whole, and from nearby.
inline constexpr char kNoCodeFound[] = "NO_CODE_FOUND";
// The code found is not that of a certificate; where it stands is told.
inline constexpr char kForeignCode[] = "FOREIGN_CODE";
// The image shows the codes of two certificates. Show one at a time.
inline constexpr char kSeveralCodes[] = "SEVERAL_CODES";

// Read offline: what became of the certificate since it was signed is known to its issuer alone.
inline constexpr char kIssuerNotAsked[] = "ISSUER_NOT_ASKED";

}  // namespace kp::document
