#include "intercept/certificate.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include <array>
#include <ctime>
#include <iterator>

namespace gemkeeper::proxy {

namespace {

using extension_names_ptr = std::unique_ptr<GENERAL_NAMES, freed_by<GENERAL_NAMES_free>>;
using general_name_ptr = std::unique_ptr<GENERAL_NAME, freed_by<GENERAL_NAME_free>>;
using constraints_ptr = std::unique_ptr<NAME_CONSTRAINTS, freed_by<NAME_CONSTRAINTS_free>>;

void require(bool done, std::string_view what) {
  if (done) return;
  const unsigned long code = ERR_get_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  throw ca_error(fmt::format("OpenSSL cannot make a certificate: {}{}{}", what,
                             reason != nullptr ? ": " : "", reason != nullptr ? reason : ""));
}

general_name_ptr dns_name(std::string_view name) {
  general_name_ptr general(GENERAL_NAME_new());
  ASN1_IA5STRING* text = ASN1_IA5STRING_new();
  require(general && text != nullptr &&
              ASN1_STRING_set(text, name.data(), static_cast<int>(name.size())) == 1,
          "a DNS name");
  GENERAL_NAME_set0_value(general.get(), GEN_DNS, text);
  return general;
}

// `octets`: of an address, or of an address and a mask.
general_name_ptr ip_name(ASN1_OCTET_STRING* octets) {
  general_name_ptr general(GENERAL_NAME_new());
  require(general && octets != nullptr, "an address");
  GENERAL_NAME_set0_value(general.get(), GEN_IPADD, octets);
  return general;
}

extension_names_ptr alternative_names(const certificate_scope& subject) {
  extension_names_ptr all(GENERAL_NAMES_new());
  const auto add = [&](general_name_ptr one) {
    require(all && sk_GENERAL_NAME_push(all.get(), one.get()) > 0, "subjectAltName");
    static_cast<void>(one.release());
  };
  for (const std::string& name : subject.names)
    add(dns_name(name));
  for (const std::string& address : subject.addresses)
    add(ip_name(a2i_IPADDRESS(address.c_str())));
  return all;
}

constraints_ptr constraints_for(const certificate_scope& scope) {
  constraints_ptr all(NAME_CONSTRAINTS_new());
  require(all != nullptr, "nameConstraints");
  all->permittedSubtrees = sk_GENERAL_SUBTREE_new_null();
  const auto permit = [&](general_name_ptr base) {
    GENERAL_SUBTREE* tree = GENERAL_SUBTREE_new();
    require(tree != nullptr && sk_GENERAL_SUBTREE_push(all->permittedSubtrees, tree) > 0,
            "nameConstraints");
    GENERAL_NAME_free(tree->base);
    tree->base = base.release();
  };
  for (const std::string& name : scope.names)
    permit(dns_name(name));
  // A kind of name that is not mentioned is not constrained: both kinds of address are, always.
  permit(ip_name(a2i_IPADDRESS_NC("127.0.0.0/255.0.0.0")));
  for (const std::string& address : scope.addresses) {
    const bool v6 = address.find(':') != address.npos;
    const auto one = fmt::format(
        "{}/{}", address, v6 ? "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" : "255.255.255.255");
    permit(ip_name(a2i_IPADDRESS_NC(one.c_str())));
  }
  const std::string loopback_v6 = "::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  permit(ip_name(a2i_IPADDRESS_NC(loopback_v6.c_str())));
  return all;
}

enum class critical : bool { no, yes };

void add_extension(X509& certificate, int nid, void* value, critical how) {
  require(X509_add1_ext_i2d(&certificate, nid, value, how == critical::yes ? 1 : 0,
                            X509V3_ADD_DEFAULT) == 1,
          OBJ_nid2sn(nid));
}

void add_extension(X509& certificate, X509& issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  require(extension && X509_add_ext(&certificate, extension.get(), -1) == 1, OBJ_nid2sn(nid));
}

// Random and positive, at most 20 octets (RFC 5280, section 4.1.2.2).
void set_serial_number(X509& certificate) {
  std::array<unsigned char, 16> serial{};
  require(RAND_bytes(serial.data(), serial.size()) == 1, "serial number");
  serial[0] = (serial[0] & 0x7f) | 0x40;
  const std::unique_ptr<BIGNUM, freed_by<BN_free>> number(
      BN_bin2bn(serial.data(), serial.size(), nullptr));
  require(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr,
          "serial number");
}

x509_ptr make_blank(std::string_view common_name, const validity& valid, EVP_PKEY& key) {
  x509_ptr certificate(X509_new());
  require(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "X509_new");
  set_serial_number(*certificate);
  const auto seconds = [](system_time when) { return std::chrono::system_clock::to_time_t(when); };
  require(ASN1_TIME_set(X509_getm_notBefore(certificate.get()), seconds(valid.not_before)) &&
              ASN1_TIME_set(X509_getm_notAfter(certificate.get()), seconds(valid.not_after)),
          "validity");
  // ub-common-name is 64 (RFC 5280, appendix A.1).
  const std::string_view shown = common_name.substr(0, 64);
  require(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(shown.data()),
                                     static_cast<int>(shown.size()), -1, 0) == 1,
          "subject");
  require(X509_set_pubkey(certificate.get(), &key) == 1, "public key");
  return certificate;
}

void sign(X509& certificate, const signing_pair& issuer) {
  require(X509_set_issuer_name(&certificate, X509_get_subject_name(&issuer.certificate)) == 1,
          "issuer");
  // EdDSA hashes by itself.
  const bool hashes = EVP_PKEY_is_a(&issuer.key, "ED25519") || EVP_PKEY_is_a(&issuer.key, "ED448");
  require(X509_sign(&certificate, &issuer.key, hashes ? nullptr : EVP_sha256()) > 0, "signature");
}

// What strict verifiers want of a CA (X509_V_FLAG_X509_STRICT), but for authorityKeyIdentifier.
void make_authority(X509& certificate, const certificate_scope& scope, const char* constraints) {
  add_extension(certificate, certificate, NID_basic_constraints, constraints);
  add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
  const constraints_ptr names = constraints_for(scope);
  add_extension(certificate, NID_name_constraints, names.get(), critical::yes);
}

bool admits(X509& authority, const certificate_scope& subject) {
  const constraints_ptr constraints(static_cast<NAME_CONSTRAINTS*>(
      X509_get_ext_d2i(&authority, NID_name_constraints, nullptr, nullptr)));
  if (!constraints) return true;
  const x509_ptr bearer(X509_new());
  const extension_names_ptr names = alternative_names(subject);
  require(bearer != nullptr, "X509_new");
  add_extension(*bearer, NID_subject_alt_name, names.get(), critical::no);
  X509_check_purpose(bearer.get(), -1, 0);  // has it look at its own extensions
  const bool admitted = NAME_CONSTRAINTS_check(bearer.get(), constraints.get()) == X509_V_OK;
  ERR_clear_error();
  return admitted;
}

system_time time_of(const ASN1_TIME* when) {
  std::tm calendar{};
  require(ASN1_TIME_to_tm(when, &calendar) == 1, "its time");
  return std::chrono::system_clock::from_time_t(::timegm(&calendar));
}

}  // namespace

validity validity_of(const X509& certificate) {
  return {time_of(X509_get0_notBefore(&certificate)), time_of(X509_get0_notAfter(&certificate))};
}

pkey_ptr make_key() {
  pkey_ptr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  require(key != nullptr, "P-256 key");
  return key;
}

x509_ptr make_root(const std::string& name, const certificate_scope& scope, const validity& valid,
                   EVP_PKEY& key) {
  x509_ptr root = make_blank(name, valid, key);
  make_authority(*root, scope, "critical,CA:TRUE,pathlen:1");
  add_extension(*root, *root, NID_authority_key_identifier, "keyid:always");
  sign(*root, {*root, key});
  return root;
}

x509_ptr make_intermediate(const std::string& name, const certificate_scope& scope,
                           const validity& valid, EVP_PKEY& key, const signing_pair& root) {
  x509_ptr intermediate = make_blank(name, valid, key);
  make_authority(*intermediate, scope, "critical,CA:TRUE,pathlen:0");
  add_extension(*intermediate, root.certificate, NID_authority_key_identifier, "keyid:always");
  add_extension(*intermediate, root.certificate, NID_ext_key_usage, "serverAuth");
  sign(*intermediate, root);
  return intermediate;
}

x509_ptr make_leaf(const certificate_scope& subject, const validity& valid, EVP_PKEY& key,
                   const signing_pair& issuer) {
  const std::string& first =
      subject.names.empty() ? subject.addresses.front() : subject.names.front();
  x509_ptr leaf = make_blank(first, valid, key);
  add_extension(*leaf, issuer.certificate, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(*leaf, issuer.certificate, NID_key_usage, "critical,digitalSignature");
  add_extension(*leaf, issuer.certificate, NID_ext_key_usage, "serverAuth");
  add_extension(*leaf, issuer.certificate, NID_subject_key_identifier, "hash");
  // A CA that was given may have no key identifier to refer to.
  if (X509_get0_subject_key_id(&issuer.certificate) != nullptr) {
    add_extension(*leaf, issuer.certificate, NID_authority_key_identifier, "keyid:always");
  }
  const extension_names_ptr names = alternative_names(subject);
  add_extension(*leaf, NID_subject_alt_name, names.get(), critical::no);
  sign(*leaf, issuer);
  return leaf;
}

bool admits_name(X509& authority, const std::string& name) {
  return admits(authority, {{name}, {}});
}

bool admits_address(X509& authority, const std::string& address) {
  return admits(authority, {{}, {address}});
}

std::string common_name_of(const X509& certificate) {
  const X509_NAME* subject = X509_get_subject_name(&certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) {
    ERR_clear_error();
    return {};
  }
  std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return name;
}

std::string fingerprint_of(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  require(X509_digest(&certificate, EVP_sha256(), digest.data(), &size) == 1, "SHA-256");
  std::string text;
  for (unsigned i = 0; i < size; ++i)
    fmt::format_to(std::back_inserter(text), "{:02x}", digest[i]);
  return text;
}

bool same(const X509& one, const X509& other) {
  return X509_cmp(&one, &other) == 0;
}

bool is_self_signed(X509& certificate) {
  const bool yes = X509_self_signed(&certificate, 0) == 1;
  ERR_clear_error();
  return yes;
}

std::string to_pem(X509& certificate) {
  const bio_ptr memory(BIO_new(BIO_s_mem()));
  require(memory && PEM_write_bio_X509(memory.get(), &certificate) == 1, "PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

bio_ptr key_to_pem(EVP_PKEY& key) {
  bio_ptr memory(BIO_new(BIO_s_secmem()));
  require(memory && PEM_write_bio_PKCS8PrivateKey(memory.get(), &key, nullptr, nullptr, 0, nullptr,
                                                  nullptr) == 1,
          "PEM");
  return memory;
}

pem_content parse_pem(std::string_view text) {
  pem_content found;
  const bio_ptr memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  require(memory != nullptr, "BIO_new_mem_buf");
  for (;;) {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    ERR_clear_error();
    if (PEM_read_bio(memory.get(), &name, &header, &data, &size) != 1) {
      const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      ERR_clear_error();
      if (!at_end) throw ca_error("holds a damaged PEM block");
      return found;
    }
    const std::string_view kind = name;
    const unsigned char* next = data;
    const bool is_certificate = kind == "CERTIFICATE" || kind == "X509 CERTIFICATE";
    const bool is_key = kind.ends_with("PRIVATE KEY");
    const bool encrypted =
        is_key && (kind.starts_with("ENCRYPTED") ||
                   std::string_view(header).find("ENCRYPTED") != std::string_view::npos);
    bool damaged = false;
    if (is_certificate) {
      found.certificates.emplace_back(d2i_X509(nullptr, &next, size));
      damaged = found.certificates.back() == nullptr;
    } else if (encrypted) {
      found.encrypted = true;
    } else if (is_key && found.key == nullptr) {
      found.key.reset(d2i_AutoPrivateKey(nullptr, &next, size));
      damaged = found.key == nullptr;
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(size));
    ERR_clear_error();
    if (damaged) throw ca_error(fmt::format("holds a damaged {}", is_key ? "key" : "certificate"));
  }
}

}  // namespace gemkeeper::proxy
