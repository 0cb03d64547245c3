// X.509 certificates as the local CA makes them (RFC 5280), and PEM files of them.
#pragma once

#include <gemkeeper/proxy/certificate_authority.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::proxy {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using pkey_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;

struct validity {
  system_time not_before, not_after;
};
validity validity_of(const X509& certificate);

// All of these throw ca_error when OpenSSL refuses, and leave its error queue empty.

pkey_ptr make_key();  // EC P-256

struct signing_pair {
  X509& certificate;
  EVP_PKEY& key;
};

// Self-signed; may sign one kind of certificate: an intermediate CA (pathLenConstraint 1).
x509_ptr make_root(const std::string& name, const certificate_scope& scope, const validity& valid,
                   EVP_PKEY& key);
// Signs leaves for TLS servers only (pathLenConstraint 0, extendedKeyUsage serverAuth).
x509_ptr make_intermediate(const std::string& name, const certificate_scope& scope,
                           const validity& valid, EVP_PKEY& key, const signing_pair& root);
// `names` and `addresses`, at least one, become its subjectAltName; the first its common name.
x509_ptr make_leaf(const certificate_scope& subject, const validity& valid, EVP_PKEY& key,
                   const signing_pair& issuer);

// Whether the name constraints of `authority` let it vouch for a canonical name or an address.
bool admits_name(X509& authority, const std::string& name);
bool admits_address(X509& authority, const std::string& address);

std::string common_name_of(const X509& certificate);
std::string fingerprint_of(const X509& certificate);  // SHA-256, hexadecimal
bool same(const X509& one, const X509& other);
bool is_self_signed(X509& certificate);

std::string to_pem(X509& certificate);
// In memory that is cleaned when it is freed. PKCS #8, not encrypted.
bio_ptr key_to_pem(EVP_PKEY& key);

// What a PEM text holds, in its order.
struct pem_content {
  std::vector<x509_ptr> certificates;
  pkey_ptr key;  // the first one; nullptr: none, or it is encrypted
  bool encrypted = false;
};
// Throws ca_error("holds a damaged …") for what cannot be parsed.
pem_content parse_pem(std::string_view text);

}  // namespace gemkeeper::proxy
