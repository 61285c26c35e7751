// Whether a certificate could be printed here, asked before there is one.
#pragma once

#include <vector>

#include "base/error.h"
#include "kp/certificate/v1/certificate.pb.h"

namespace kp::document {

// What would stop PrintCertificate: the first character that no font installed has, of each printed
// text (GLYPH_MISSING), and a language without labels (LANGUAGE_UNKNOWN). It is the fonts of this
// machine that are asked: another may have them.
std::vector<Fault> PrintFaults(const certificate::v1::Certificate& application);

}  // namespace kp::document
