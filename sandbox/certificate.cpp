#include <gemkeeper/sandbox/certificate.hpp>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace gemkeeper::sandbox {
namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;

void require(bool done, const char* what) {
  if (done) return;
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  throw std::runtime_error(fmt::format("cannot make a certificate: {}: {}", what, reason.data()));
}

key_ptr make_key() {
  key_ptr key(EVP_EC_gen("P-256"));
  require(key != nullptr, "P-256 key");
  return key;
}

void add_extension(X509& certificate, X509& issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  const extension_ptr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  require(extension && X509_add_ext(&certificate, extension.get(), -1) == 1, value.c_str());
}

certificate_ptr make_blank(const char* common_name, EVP_PKEY& key,
                           const identity_request& request) {
  certificate_ptr certificate(X509_new());
  require(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "X509_new");

  std::array<unsigned char, 8> serial{};
  require(RAND_bytes(serial.data(), serial.size()) == 1, "serial number");
  serial[0] = (serial[0] & 0x7f) | 0x40;  // positive and of full length
  const std::unique_ptr<BIGNUM, freed_by<BN_free>> number(
      BN_bin2bn(serial.data(), serial.size(), nullptr));
  require(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())) != nullptr,
          "serial number");

  const auto seconds = [](std::chrono::hours h) { return std::chrono::seconds(h).count(); };
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), seconds(request.valid_from));
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds(request.valid_until));

  const auto* text = reinterpret_cast<const unsigned char*>(common_name);
  require(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                                     text, -1, -1, 0) == 1,
          "subject");
  require(X509_set_pubkey(certificate.get(), &key) == 1, "public key");
  return certificate;
}

void sign(X509& certificate, X509& issuer, EVP_PKEY& issuer_key) {
  require(X509_set_issuer_name(&certificate, X509_get_subject_name(&issuer)) == 1, "issuer");
  require(X509_sign(&certificate, &issuer_key, EVP_sha256()) > 0, "signature");
}

template <class Write>
std::string to_pem(Write&& write) {
  const bio_ptr memory(BIO_new(BIO_s_mem()));
  require(memory && write(memory.get()) == 1, "PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string certificate_pem(X509& certificate) {
  return to_pem([&](BIO* out) { return PEM_write_bio_X509(out, &certificate); });
}

std::string subject_names(const identity_request& request) {
  std::string list;
  for (const std::string& name : request.names)
    list += ",DNS:" + name;
  for (const std::string& address : request.addresses)
    list += ",IP:" + address;
  return list.empty() ? list : list.substr(1);
}

}  // namespace

tls_identity make_identity(const identity_request& request) {
  const key_ptr authority_key = make_key();
  const certificate_ptr authority =
      make_blank("gemkeeper sandbox throw-away CA", *authority_key, identity_request{});
  add_extension(*authority, *authority, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(*authority, *authority, NID_key_usage, "critical,keyCertSign");
  add_extension(*authority, *authority, NID_subject_key_identifier, "hash");
  sign(*authority, *authority, *authority_key);

  const key_ptr leaf_key = make_key();
  const certificate_ptr leaf = make_blank("gemkeeper sandbox", *leaf_key, request);
  add_extension(*leaf, *authority, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(*leaf, *authority, NID_key_usage, "critical,digitalSignature");
  add_extension(*leaf, *authority, NID_ext_key_usage, "serverAuth");
  add_extension(*leaf, *authority, NID_authority_key_identifier, "keyid:always");
  const std::string names = subject_names(request);
  if (!names.empty()) add_extension(*leaf, *authority, NID_subject_alt_name, names);
  sign(*leaf, *authority, *authority_key);

  return {certificate_pem(*leaf), to_pem([&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, leaf_key.get(), nullptr, nullptr, 0, nullptr,
                                            nullptr);
          }),
          certificate_pem(*authority)};
}

}  // namespace gemkeeper::sandbox
