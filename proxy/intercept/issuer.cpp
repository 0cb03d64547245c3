#include "intercept/issuer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/err.h>

#include <unistd.h>

#include <algorithm>
#include <array>

namespace gemkeeper::proxy {

namespace {

constexpr std::chrono::hours day{24};
constexpr auto ca_lifetime = 3652 * day;
// Clients whose clock is late accept what was made just now.
constexpr auto clock_skew = 3 * day;

constexpr std::string_view own_remedy =
    "run gemkeeper ca rotate --now, and have clients trust the new root";

// The machine and the time tell one gemkeeper's CA from another's.
std::string ca_name(std::string_view kind, system_time now) {
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0) buffer[0] = '\0';
  const std::string_view machine(buffer.data());
  const auto made =
      fmt::format("{:%Y-%m-%d %H:%M:%S}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
  constexpr std::size_t longest = 64;  // ub-common-name
  const std::size_t room = longest - kind.size() - made.size() - 2;
  return fmt::format("{} {} {}", kind, machine.substr(0, room), made);
}

bool all_admit(const issuer& who, auto admitted) {
  const auto one = [&](const x509_ptr& ca) { return ca == nullptr || admitted(*ca); };
  return one(who.certificate) && one(who.root) && std::ranges::all_of(who.above, one);
}

}  // namespace

bool issuer::admits(const std::string& name) const {
  return all_admit(*this, [&](X509& ca) { return admits_name(ca, name); });
}

bool issuer::admits_ip(const std::string& address) const {
  return all_admit(*this, [&](X509& ca) { return admits_address(ca, address); });
}

issuer_ptr make_issuer(const certificate_scope& scope, system_time now) {
  const validity valid{now - clock_skew, now + ca_lifetime};
  auto made = std::make_shared<issuer>();
  const pkey_ptr root_key = make_key();
  made->root = make_root(ca_name("gemkeeper CA", now), scope, valid, *root_key);
  made->key = make_key();
  made->certificate = make_intermediate(ca_name("gemkeeper signer", now), scope, valid, *made->key,
                                        {*made->root, *root_key});
  made->remedy = own_remedy;
  return made;
}

std::string public_part(const issuer& who) {
  return to_pem(*who.certificate) + to_pem(*who.root);
}

issuer_ptr parse_issuer(std::string_view text) {
  pem_content found = parse_pem(text);
  if (found.key == nullptr) throw ca_error("holds no key");
  if (found.certificates.size() != 2) throw ca_error("holds not two certificates");
  auto read = std::make_shared<issuer>();
  read->key = std::move(found.key);
  read->certificate = std::move(found.certificates[0]);
  read->root = std::move(found.certificates[1]);
  read->remedy = own_remedy;
  const bool fits = X509_check_private_key(read->certificate.get(), read->key.get()) == 1;
  const bool under = X509_verify(read->certificate.get(), X509_get0_pubkey(read->root.get())) == 1;
  ERR_clear_error();
  if (!fits) throw ca_error("holds a key of another certificate");
  if (!under) throw ca_error("holds a certificate that its root has not signed");
  return read;
}

}  // namespace gemkeeper::proxy
