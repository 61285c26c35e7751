#include "mesh/statement/openssl_ptr.h"

#include <openssl/err.h>

#include <array>

namespace kp::statement {

std::string OpensslErrors() {
  std::string line;
  while (const unsigned long code = ERR_get_error()) {
    std::array<char, 256> text{};
    ERR_error_string_n(code, text.data(), text.size());
    if (!line.empty()) line += "; ";
    line += text.data();
  }
  return line;
}

}  // namespace kp::statement
