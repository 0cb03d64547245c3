#include "intercept/leaf_mint.hpp"
#include <gemkeeper/proxy/listener_certificate.hpp>

#include <openssl/err.h>

#include <exception>
#include <string>
#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr std::chrono::seconds file_look_interval{1};

}  // namespace

struct listener_certificate::impl {
  impl(const proxy_settings& proxy, const listener_tls& what, system_time now)
      : mint(proxy, now, {what.tls, what.listen, what.setting, own_names_kind::of_this_machine}),
        current(mint.mint_own(now)),
        look_again(now + file_look_interval) {
    ERR_clear_error();
  }

  void look(system_time now) {
    if (now < look_again && now + 2 * file_look_interval >= look_again) return;
    look_again = now + file_look_interval;
    const bool changed = mint.refresh(now);
    if (!changed && now < current->renew_at && !missed) return;
    try {
      current = mint.mint_own(now);
      missed = false;
    } catch (const std::exception&) {
      missed = true;  // half of a change: the old one goes on, and it is tried again
    }
    ERR_clear_error();
  }

  leaf_mint mint;
  leaf_ptr current;
  system_time look_again;
  bool missed = false;
};

listener_certificate::listener_certificate(const proxy_settings& proxy, const listener_tls& what,
                                           system_time now)
    : impl_(std::make_unique<impl>(proxy, what, now)) {}
listener_certificate::~listener_certificate() = default;

std::shared_ptr<ssl_ctx_st> listener_certificate::context(system_time now) {
  impl_->look(now);
  const leaf_ptr& leaf = impl_->current;
  return {leaf, leaf->context.get()};
}

system_time end_of_certificate(std::string_view setting, const std::string& file) {
  return end_of_given(setting, file);
}

std::string check_listener_file(std::string_view setting, const std::string& file,
                                system_time now) {
  try {
    read_given_server(file, now, setting);
    return {};
  } catch (const ca_error& e) {
    std::string what = e.what();
    // The setting stands before it already.
    const std::string prefix = std::string(setting) + ": ";
    return what.starts_with(prefix) ? what.substr(prefix.size()) : what;
  }
}

}  // namespace gemkeeper::proxy
