#include "intercept/given_files.hpp"

#include "intercept/private_files.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/err.h>

namespace gemkeeper::proxy {

namespace {

// A setting and the file that it names.
struct named_file {
  std::string_view setting;
  const std::string& path;

  [[noreturn]] void refuse(std::string_view what) const {
    throw ca_error(fmt::format("{}: \"{}\" {}", setting, path, what));
  }
};

std::string day_of(system_time when) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::to_time_t(when)));
}

secret_text read_text(const named_file& file) {
  try {
    return read_secret(file.path);
  } catch (const ca_error& e) {
    throw ca_error(
        fmt::format("{}: {} (correct the path or its permissions)", file.setting, e.what()));
  }
}

pem_content read_pem(const named_file& file) {
  const secret_text text = read_text(file);
  try {
    return parse_pem(text.view());
  } catch (const ca_error& damaged) {
    file.refuse(damaged.what());
  }
}

X509& first_certificate(const named_file& file, const pem_content& content, system_time now) {
  if (content.certificates.empty()) file.refuse("holds no certificate in PEM form");
  X509& certificate = *content.certificates.front();
  const validity valid = validity_of(certificate);
  if (now < valid.not_before) {
    file.refuse(fmt::format("is not valid before {}", day_of(valid.not_before)));
  }
  if (now >= valid.not_after) {
    file.refuse(fmt::format("ended on {} (renew it)", day_of(valid.not_after)));
  }
  return certificate;
}

void check_key(const named_file& file, const pem_content& content, X509& certificate) {
  if (content.key == nullptr) {
    file.refuse(content.encrypted
                    ? "holds an encrypted key (give it without a passphrase, readable by you alone)"
                    : "holds no private key in PEM form");
  }
  const bool fits = X509_check_private_key(&certificate, content.key.get()) == 1;
  ERR_clear_error();
  if (!fits) {
    file.refuse(fmt::format("holds a key that does not belong to the certificate \"{}\"",
                            common_name_of(certificate)));
  }
}

}  // namespace

issuer_ptr read_given_issuer(const intercept_settings& settings, system_time now) {
  const named_file cert_file{"intercept.ca_cert", settings.ca_cert};
  const named_file key_file{"intercept.ca_key", settings.ca_key};
  pem_content chain = read_pem(cert_file);
  X509& authority = first_certificate(cert_file, chain, now);
  if (X509_check_ca(&authority) != 1) {
    cert_file.refuse("is no CA: its basicConstraints lack CA:TRUE (the CA comes first in it)");
  }
  if ((X509_get_key_usage(&authority) & KU_KEY_CERT_SIGN) == 0) {
    cert_file.refuse("may not sign certificates: its keyUsage lacks keyCertSign");
  }
  pem_content secret = read_pem(key_file);
  check_key(key_file, secret, authority);

  auto given = std::make_shared<issuer>();
  given->key = std::move(secret.key);
  given->certificate = std::move(chain.certificates.front());
  chain.certificates.erase(chain.certificates.begin());
  for (x509_ptr& one : chain.certificates) {
    if (is_self_signed(*one)) {
      given->root = std::move(one);
    } else {
      given->above.push_back(std::move(one));
    }
  }
  given->remedy = "give a CA that admits it in intercept.ca_cert";
  return given;
}

system_time end_of_given(std::string_view setting, const std::string& path) {
  const named_file file{setting, path};
  const pem_content content = read_pem(file);
  if (content.certificates.empty()) file.refuse("holds no certificate in PEM form");
  return validity_of(*content.certificates.front()).not_after;
}

server_identity read_given_server(const std::string& path, system_time now,
                                  std::string_view setting) {
  const named_file file{setting, path};
  pem_content content = read_pem(file);
  X509& leaf = first_certificate(file, content, now);
  check_key(file, content, leaf);
  return {std::move(content.certificates), std::move(content.key)};
}

}  // namespace gemkeeper::proxy
