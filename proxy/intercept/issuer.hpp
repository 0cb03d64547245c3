// Who signs the leaves: an intermediate of the local CA, or a CA that was given by file.
#pragma once

#include "intercept/certificate.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gemkeeper::proxy {

// Immutable once it is made, and shared by those who sign with it.
struct issuer {
  x509_ptr certificate;
  pkey_ptr key;
  std::vector<x509_ptr> above;  // further intermediates, nearest first; without the root
  x509_ptr root;                // what clients trust; nullptr: a given CA that has none above it
  std::string remedy;           // for a name that it does not admit

  // Whether all of its chain lets it vouch for the name or the address.
  [[nodiscard]] bool admits(const std::string& name) const;
  [[nodiscard]] bool admits_ip(const std::string& address) const;
};
using issuer_ptr = std::shared_ptr<const issuer>;

// A new CA: ten years, and its root's key is gone. Throws ca_error.
issuer_ptr make_issuer(const certificate_scope& scope, system_time now);

// As it is kept in a file, key included.
std::string public_part(const issuer& who);  // intermediate and root, PEM
// `text` holds the key as well. Throws ca_error: "holds no key", …
issuer_ptr parse_issuer(std::string_view text);

}  // namespace gemkeeper::proxy
