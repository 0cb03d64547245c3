#include "net/deadline_ticker.hpp"
#include "net/tls_context.hpp"
#include "upstream/key_probe.hpp"
#include "upstream/routes.hpp"
#include <gemkeeper/pool/ids.hpp>
#include <gemkeeper/proxy/egress.hpp>
#include <gemkeeper/proxy/online_check.hpp>

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <optional>
#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr std::string_view out_of_time = "not tried: the time for all checks was over";

std::string_view setting_of(pool::service at) {
  return at == pool::service::vertex ? "upstream.vertex_base_url" : "upstream.base_url";
}

// What a verdict says of the key; empty: nothing to remark.
std::string remark(const pool::verdict& what, pool::service at) {
  using enum pool::outcome;
  switch (what.kind) {
    case success:
      return {};
    case quota:
    case quota_unknown:
    case request_too_large:
      return "out of quota for now";
    case project_exhausted:
      return fmt::format("its project has used up its credits or spend cap ({})", what.reason);
    case key_fault:
      return fmt::format("Google rejects it ({}); replace it", what.reason);
    case location_blocked:
      return "Google does not serve the place where this route leaves; use another proxy";
    case model_fault:
      return fmt::format("Google has a fault at the moment ({}); try again", what.reason);
    case egress_fault:
    case client_fault:
    case cancelled:
      break;
  }
  return fmt::format("the answer is not that of {}; check {}",
                     at == pool::service::vertex ? "Vertex AI" : "the Gemini API", setting_of(at));
}

bool is_usable(const pool::verdict& what) {
  return what.kind == pool::outcome::success || what.kind == pool::outcome::quota ||
         what.kind == pool::outcome::quota_unknown;
}

// Google would not say so to a key that it does not know.
bool shows_a_key(const pool::verdict& what) {
  return is_usable(what) || what.kind == pool::outcome::request_too_large ||
         what.kind == pool::outcome::project_exhausted;
}

class checker final : private interrupter {
 public:
  checker(const upstream_settings& upstream, const std::vector<pool::key_spec>& keys,
          const online_limits& limits, probe_scope scope = probe_scope::one_model)
      : upstream_(upstream),
        scope_(scope),
        keys_(keys),
        limits_(limits),
        end_(std::chrono::steady_clock::now() + limits.all),
        to_proxies_(upstream.proxy_ca_file),
        ticker_(context_, deadlines_, *this) {
    if (upstream.any_tls()) tls_.emplace(upstream.ca_file);
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      routes_[i].emplace(context_.get_executor(), upstream_,
                         upstream_.of(static_cast<pool::service>(i)), tls_ ? &*tls_ : nullptr,
                         to_proxies_, load_);
    }
    list();
  }

  key_validation validate() {
    in_turns(report_.routes.size(), &checker::try_route);
    in_turns(report_.keys.size(), &checker::try_key);
    key_validation said;
    const checked_route& route = report_.routes.front();
    said.problem = route.works ? report_.keys.front().problem : route.problem;
    said.reason = route.works ? last_.verdict.reason : std::string_view("unreachable");
    said.models = last_.models;
    using enum key_validation::answer;
    if (last_.status != 0 && shows_a_key(last_.verdict)) said.is = valid;
    if (last_.status != 0 && last_.verdict.kind == pool::outcome::key_fault) said.is = invalid;
    return said;
  }

  online_report run() {
    in_turns(report_.routes.size(), &checker::try_route);
    in_turns(report_.keys.size(), &checker::try_key);
    return std::move(report_);
  }

 private:
  using step = awaitable<void> (checker::*)(std::size_t index, signal& wake);

  void list() {
    std::map<std::pair<pool::service, std::string_view>, std::size_t> known;
    const bool all_straight = upstream_.proxy.empty() || upstream_.proxy == "direct";
    const auto route_of = [&](std::string_view proxy, pool::service at) {
      const bool as_all = proxy == upstream_.proxy || (all_straight && proxy == "direct");
      if (as_all) proxy = {};
      const auto [found, fresh] = known.try_emplace(std::pair(at, proxy), report_.routes.size());
      if (fresh) add_route(proxy, at);
      return found->second;
    };
    const bool own_way_each = !keys_.empty() && std::ranges::all_of(keys_, [](const auto& key) {
      return !key.enabled || !key.proxy.empty();
    });
    if (!own_way_each || !upstream_.proxy.empty()) {
      const bool vertex_alone = !keys_.empty() && std::ranges::all_of(keys_, [](const auto& key) {
        return key.service == pool::service::vertex;
      });
      route_of({}, vertex_alone ? pool::service::vertex : pool::service::gemini);
    }
    for (const pool::key_spec& key : keys_) {
      if (!key.enabled) continue;
      checked_key one;
      one.name = key.name;
      one.fingerprint = pool::fingerprint(key.secret);
      one.route = route_of(key.proxy, key.service);
      one.problem = out_of_time;
      report_.keys.push_back(std::move(one));
      asked_.push_back(&key);
    }
  }

  void add_route(std::string_view proxy, pool::service at) {
    egress via;
    const std::string_view text = proxy.empty() ? std::string_view(upstream_.proxy) : proxy;
    if (!text.empty()) parse_egress(text, via);
    checked_route one;
    one.label = via.label();
    if (!text.empty()) one.setting = proxy.empty() ? "upstream.proxy" : "proxy in [[keys]]";
    one.host = upstream_.of(at).host;
    one.problem = out_of_time;
    report_.routes.push_back(std::move(one));
    pools_.push_back(routes_[static_cast<std::size_t>(at)]->of(proxy));
    services_.push_back(at);
  }

  // A few at once, each taking the next when it is done with one.
  void in_turns(std::size_t count, step what) {
    next_ = 0;
    running_ = std::min(limits_.at_once, count);
    if (running_ == 0) return;
    for (std::size_t i = 0, lanes = running_; i < lanes; ++i) {
      asio::co_spawn(context_, take_turns(count, what), [this](const std::exception_ptr& error) {
        if (error != nullptr) error_ = error;
        if (--running_ == 0) ticker_.stop();
      });
    }
    ticker_.start();
    context_.restart();
    context_.run();
    if (error_ != nullptr) std::rethrow_exception(error_);
  }

  awaitable<void> take_turns(std::size_t count, step what) {
    signal wake(deadlines_);
    wake.set_interrupter(this);
    while (next_ < count && interrupted() == io_result::ok) {
      const std::size_t index = next_++;
      co_await (this->*what)(index, wake);
    }
  }

  awaitable<void> try_route(std::size_t index, signal& wake) {
    const open_result opened = co_await pools_[index]->open(wake);
    checked_route& route = report_.routes[index];
    route.works = opened.connection != nullptr;
    route.problem = route.works ? std::string() : with_remedy(opened, services_[index]);
  }

  [[nodiscard]] std::string with_remedy(const open_result& opened, pool::service at) const {
    const std::string& host = upstream_.of(at).host;
    switch (opened.failed) {
      case leg::proxy:
        return opened.problem;  // names its setting itself
      case leg::upstream_tls:
        return fmt::format("{}: {}; check upstream.ca_file", host, opened.problem);
      case leg::upstream:
        break;
    }
    return fmt::format("{}: {}; check {}, or set upstream.proxy", host, opened.problem,
                       setting_of(at));
  }

  awaitable<void> try_key(std::size_t index, signal& wake) {
    checked_key& key = report_.keys[index];
    if (!report_.routes[key.route].works) {
      key.problem = "not tried: its route does not work";
      co_return;
    }
    const pool::service at = asked_[index]->service;
    const probe_result found = co_await probe_key(*pools_[key.route], upstream_.of(at), at,
                                                  asked_[index]->secret, wake, scope_);
    last_ = found;
    key.works = found.status != 0 && is_usable(found.verdict);
    key.problem = found.status != 0 ? remark(found.verdict, at) : found.problem;
  }

  io_result interrupted() override {
    return std::chrono::steady_clock::now() < end_ ? io_result::ok : io_result::timed_out;
  }

  const upstream_settings& upstream_;
  const probe_scope scope_;
  probe_result last_;  // of the key that was asked about last
  const std::vector<pool::key_spec>& keys_;
  const online_limits limits_;
  const steady_time end_;
  asio::io_context context_{1};
  deadline_list deadlines_;
  std::optional<client_tls_context> tls_;
  proxy_tls to_proxies_;
  worker_load load_;  // nobody reads it
  std::array<std::optional<route_table>, pool::service_count> routes_;
  std::vector<std::shared_ptr<connection_pool>> pools_;  // of `report_.routes`
  std::vector<pool::service> services_;                  // of them
  std::vector<const pool::key_spec*> asked_;             // of `report_.keys`
  online_report report_;
  deadline_ticker ticker_;
  std::size_t next_ = 0;
  std::size_t running_ = 0;
  std::exception_ptr error_;
};

}  // namespace

bool online_report::all_work() const {
  return std::ranges::all_of(routes, &checked_route::works) &&
         std::ranges::all_of(keys, &checked_key::works);
}

online_report check_online(const upstream_settings& upstream,
                           const std::vector<pool::key_spec>& keys, const online_limits& limits) {
  return checker(upstream, keys, limits).run();
}

key_validation validate_key(const upstream_settings& upstream, const pool::key_spec& key,
                            std::chrono::seconds limit) {
  std::vector<pool::key_spec> keys{key};
  keys.front().enabled = true;
  keys.front().name = "key";  // for messages; a name is not asked for
  const online_limits limits{1, limit};
  key_validation said = checker(upstream, keys, limits, probe_scope::all_models).validate();
  OPENSSL_cleanse(keys.front().secret.data(), keys.front().secret.size());
  return said;
}

}  // namespace gemkeeper::proxy
