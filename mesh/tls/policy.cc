#include "mesh/tls/policy.h"

#include <openssl/conf.h>
#include <openssl/ssl.h>

#include <mutex>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "mesh/statement/openssl_ptr.h"

namespace kp::tls {
namespace {

using ConfPtr = statement::OpensslPtr<CONF, NCONF_free>;
using SslCtxPtr = statement::OpensslPtr<SSL_CTX, SSL_CTX_free>;
using statement::BioPtr;

// Every SSL_CTX of the process starts from this. MinProtocol alone would not do: gRPC overrides it
// with TLS 1.2, while a protocol that is switched off stays off.
constexpr std::string_view kConfig = R"(
openssl_conf = kp
[kp]
ssl_conf = kp_ssl
[kp_ssl]
system_default = kp_tls
[kp_tls]
Protocol = -ALL, TLSv1.3
MinProtocol = TLSv1.3
NumTickets = 0
Ciphersuites = TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256
)";

absl::Status Fail(std::string_view what) {
  return absl::InternalError(absl::StrCat("the TLS policy is not in force: ", std::string(what),
                                          " ", statement::OpensslErrors()));
}

absl::Status CheckInForce() {
  const SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr) {
    return Fail("no TLS context");
  }
  constexpr uint64_t kOff =
      SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2;
  if ((SSL_CTX_get_options(context.get()) & (kOff | SSL_OP_NO_TLSv1_3)) != kOff) {
    return Fail("another protocol than TLS 1.3 is on");
  }
  if (SSL_CTX_get_num_tickets(context.get()) != 0) {
    return Fail("session tickets are on");
  }
  const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(context.get());
  int suites = 0;
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(ciphers, i);
    suites += std::string_view(SSL_CIPHER_get_version(cipher)) == "TLSv1.3" ? 1 : 0;
  }
  return suites == 2 ? absl::OkStatus() : Fail("other cipher suites are on");
}

absl::Status Install() {
  // Without this, OpenSSL would read openssl.cnf or $OPENSSL_CONF at its first use, and whoever
  // can write those could undo the policy.
  if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) != 1) {
    return Fail("OpenSSL does not start");
  }
  const BioPtr text(BIO_new_mem_buf(kConfig.data(), static_cast<int>(kConfig.size())));
  const ConfPtr config(NCONF_new(nullptr));
  long error_line = 0;
  if (NCONF_load_bio(config.get(), text.get(), &error_line) != 1 ||
      CONF_modules_load(config.get(), nullptr, 0) != 1) {
    return Fail("the configuration does not load");
  }
  return CheckInForce();
}

}  // namespace

absl::Status InstallTlsPolicy() {
  static std::mutex mutex;
  static bool installed = false;
  const std::lock_guard lock(mutex);
  if (installed) {
    return absl::OkStatus();
  }
  absl::Status status = Install();
  installed = status.ok();
  return status;
}

}  // namespace kp::tls
