// What a strict client thinks of a certificate, and a machine with a CA directory and a clock that
// stands still.
#pragma once

#include "../app/temporary_directory.hpp"
#include "intercept/authority_directory.hpp"
#include "intercept/certificate.hpp"

#include <openssl/x509_vfy.h>

#include <string>
#include <vector>

namespace gemkeeper::proxy::test {

using app::test::content_of;
using app::test::temporary_directory;
using namespace std::chrono_literals;

inline constexpr std::chrono::hours a_day{24};

struct expectation {
  std::string name;     // DNS; empty: any
  std::string address;  // numeric; empty: any
  system_time now;
};

// X509_V_OK, or why the leaf is refused, by what Python 3.13 and others check. `trusted`: roots.
inline int verify(X509& leaf, const std::vector<X509*>& sent, const std::vector<X509*>& trusted,
                  const expectation& wanted) {
  const std::unique_ptr<X509_STORE, freed_by<X509_STORE_free>> store(X509_STORE_new());
  for (X509* root : trusted)
    X509_STORE_add_cert(store.get(), root);
  STACK_OF(X509)* chain = sk_X509_new_null();
  for (X509* one : sent)
    sk_X509_push(chain, one);
  const std::unique_ptr<X509_STORE_CTX, freed_by<X509_STORE_CTX_free>> context(
      X509_STORE_CTX_new());
  BOOST_REQUIRE(X509_STORE_CTX_init(context.get(), store.get(), &leaf, chain) == 1);
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_time(param, std::chrono::system_clock::to_time_t(wanted.now));
  if (!wanted.name.empty()) X509_VERIFY_PARAM_set1_host(param, wanted.name.c_str(), 0);
  if (!wanted.address.empty()) X509_VERIFY_PARAM_set1_ip_asc(param, wanted.address.c_str());
  const bool good = X509_verify_cert(context.get()) == 1;
  const int why = X509_STORE_CTX_get_error(context.get());
  sk_X509_free(chain);
  return good ? X509_V_OK : why;
}

// A leaf that `by` signs for what its thief wants.
inline x509_ptr forge(const issuer& by, const certificate_scope& subject, system_time now) {
  const pkey_ptr key = make_key();
  return make_leaf(subject, {now - a_day, now + a_day}, *key, {*by.certificate, *by.key});
}

inline int verify(X509& leaf, const issuer& by, const expectation& wanted) {
  return verify(leaf, {by.certificate.get()}, {by.root.get()}, wanted);
}

struct ca_machine {
  temporary_directory files;
  system_time now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 12h;
  proxy_settings settings;
  std::filesystem::path ca_path = files.path() / "ca";

  ca_machine() { settings.intercept.ca_directory = ca_path.native(); }

  [[nodiscard]] authority_directory directory() const { return authority_directory(ca_path); }
};

inline std::string message_of(const auto& call) {
  try {
    call();
  } catch (const ca_error& e) {
    return e.what();
  }
  return "(nothing was thrown)";
}

}  // namespace gemkeeper::proxy::test
