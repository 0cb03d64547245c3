#include "session.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <stdexcept>

namespace gemkeeper::admin {

session_store::digest session_store::hash_of(std::string_view name) {
  digest made;
  SHA256(reinterpret_cast<const unsigned char*>(name.data()), name.size(), made.data());
  return made;
}

std::string session_store::open(time_point now) {
  std::array<unsigned char, 32> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    ERR_clear_error();
    throw std::runtime_error("the system's random source fails");
  }
  std::string name;
  for (const unsigned char byte : random)
    name += fmt::format("{:02x}", byte);
  if (sessions_.size() >= max_sessions) {
    sessions_.erase(std::ranges::min_element(sessions_, {}, &session::used));
  }
  sessions_.push_back({hash_of(name), now, now});
  return name;
}

bool session_store::holds(std::string_view name, time_point now) {
  std::erase_if(sessions_, [&](const session& one) {
    return now - one.used >= idle_limit || now - one.opened >= age_limit;
  });
  if (name.empty()) return false;
  const digest shown = hash_of(name);
  session* found = nullptr;
  for (session& one : sessions_) {
    if (CRYPTO_memcmp(shown.data(), one.hash.data(), shown.size()) == 0) found = &one;
  }
  if (found != nullptr) found->used = now;
  return found != nullptr;
}

void session_store::close(std::string_view name) {
  const digest shown = hash_of(name);
  std::erase_if(sessions_, [&](const session& one) { return one.hash == shown; });
}

std::string session_cookie(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const std::string_view port = colon == host.npos ? std::string_view{} : host.substr(colon + 1);
  const bool number = !port.empty() && port.find_first_not_of("0123456789") == port.npos;
  return fmt::format("gemkeeper_session{}{}", number ? "_" : "", number ? port : "");
}

std::string_view session_of(std::string_view cookies, std::string_view host) {
  const std::string wanted = session_cookie(host) + "=";
  while (!cookies.empty()) {
    std::string_view one = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(one.size() + 1, cookies.size()));
    while (one.starts_with(' '))
      one.remove_prefix(1);
    if (one.starts_with(wanted)) return one.substr(wanted.size());
  }
  return {};
}

}  // namespace gemkeeper::admin
