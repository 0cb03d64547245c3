#include "rig.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace gemkeeper::test {

namespace {

constexpr std::chrono::seconds patience{30};

// One certificate serves every sandbox of this process; its CA lies in a file, as a user's would.
class trusted_identity {
 public:
  trusted_identity()
      : identity(sandbox::make_identity()),
        file(std::filesystem::temp_directory_path() /
             fmt::format("gemkeeper-failover-ca-{}.pem", ::getpid())) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    if (!(out << identity.authority) || !out.flush()) {
      throw std::runtime_error("cannot write " + file.string());
    }
  }
  trusted_identity(const trusted_identity&) = delete;
  trusted_identity& operator=(const trusted_identity&) = delete;
  ~trusted_identity() {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }

  sandbox::tls_identity identity;
  std::filesystem::path file;
};

const trusted_identity& trusted() {
  static const trusted_identity made;
  return made;
}

std::uint16_t port_of(std::string_view address) {
  const std::string_view digits = address.substr(address.rfind(':') + 1);
  std::uint16_t port = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return port;
}

}  // namespace

std::string secret_of(std::string_view name) {
  return fmt::format("AIzaSy+{}/secret_{:0>20}", name, name.size());
}

pool::key_spec key(std::string_view name, std::string_view project, pool::tier tier) {
  pool::key_spec made;
  made.name = name;
  made.secret = secret_of(name);
  made.project = pool::project_name(project);
  made.tier = tier;
  return made;
}

rig_setup three_projects() {
  rig_setup s;
  s.keys = {key("one", "alpha"), key("two", "beta"), key("three", "gamma")};
  return s;
}

sandbox::fault fault_of(std::string_view name, std::string_view fault) {
  sandbox::fault made;
  if (!name.empty()) made.key = secret_of(name);
  made.name = fault;
  return made;
}

void recorder::finished(const proxy::request_record& record) {
  finished_request copy;
  copy.model = record.model;
  copy.key_name = record.key_name;
  copy.client = record.client;
  copy.client_name = record.client_name;
  copy.outcome = record.outcome;
  copy.reason = record.reason;
  copy.attempts = record.attempts;
  copy.status = record.status;
  copy.cancelled = record.cancelled;
  copy.metered = record.metered;
  copy.usage = record.usage;
  copy.trail.assign(record.attempts_told.begin(), record.attempts_told.end());
  copy.left_out = record.attempts_left_out;
  copy.trace_id = record.trace_id;
  copy.total = record.total;
  copy.upstream = record.upstream;
  copy.waited = record.waited;
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(copy));
  changed_.notify_all();
}

std::vector<finished_request> recorder::wait_for(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return requests_.size() >= count; });
  return requests_;
}

rig::rig(rig_setup setup)
    : setup_(std::move(setup)), pool_(setup_.pool, "a key for key ids, thirty-two b.") {
  start_upstream();
  pool_.on_event([this](const pool::pool_event& event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
    changed_.notify_all();
  });
  pool_.apply(setup_.keys, std::chrono::system_clock::now());
  pool_.declare(setup_.projects, std::chrono::system_clock::now());
  clients_.apply(setup_.clients);

  proxy::proxy_settings& settings = setup_.proxy;
  settings.listen = {{proxy::listen_address::family::tcp, "127.0.0.1", 0, {}}};
  if (settings.workers == 0) settings.workers = 1;
  settings.upstream.host = "127.0.0.1";
  settings.upstream.port = upstream_port_;
  settings.upstream.vertex.host = "localhost";
  settings.upstream.vertex.port = upstream_port_;
  settings.upstream.ca_file = trusted().file.string();
  proxy::server_options options;
  options.clients = &clients_;
  options.affinity = &affinity_;
  options.prices = setup_.prices;
  proxy_ = std::make_unique<proxy::server>(settings, pool_, requests_, options);
  port_ = port_of(proxy_->addresses().front());
}

rig::~rig() {
  proxy_.reset();
}

sandbox::scenario rig::scenario() const {
  sandbox::scenario what = setup_.upstream;
  for (const pool::key_spec& k : setup_.keys) {
    what.keys.push_back({k.secret, k.project.empty() ? k.name : k.project.value,
                         k.service == pool::service::vertex ? sandbox::api_service::vertex
                                                            : sandbox::api_service::gemini});
  }
  for (const pool::key_spec& k : setup_.keys) {
    if (k.tier != pool::tier::paid || k.project.empty()) continue;
    what.projects.push_back({k.project.value, 0, sandbox::billing_tier::paid});
  }
  what.faults = setup_.faults;
  return what;
}

void rig::start_upstream() {
  sandbox::server_settings settings;
  settings.identity = trusted().identity;
  upstream_ = std::make_unique<sandbox::server>(scenario(), std::move(settings));
  upstream_port_ =
      upstream_->listen(fmt::format("127.0.0.1:{}", upstream_port_), sandbox::transport::tls);
}

void rig::stop_upstream() {
  upstream_.reset();
}

void rig::set_faults(std::vector<sandbox::fault> faults) {
  setup_.faults = std::move(faults);
  upstream_->set_scenario(scenario());
}

void rig::set_keys(std::vector<pool::key_spec> keys) {
  setup_.keys = std::move(keys);
  upstream_->set_scenario(scenario());
  pool_.apply(setup_.keys, std::chrono::system_clock::now());
}

response rig::call(const api_call& what, const fields& extra) const {
  client one(port_);
  return one.call(what.target, what.body, extra);
}

response rig::ask(std::string_view method, std::string_view target, std::string_view body,
                  const fields& extra) const {
  client one(port_);
  return one.request(method, target, body, extra);
}

response rig::call_upstream(const api_call& what, std::string_view key_name) const {
  client one(upstream_port_, trusted().identity.authority);
  const std::string secret = secret_of(key_name);
  const bool openai = what.target.find("/openai/") != std::string_view::npos;
  return one.call(what.target, what.body,
                  {openai ? std::pair<std::string, std::string>("Authorization", "Bearer " + secret)
                          : std::pair<std::string, std::string>("x-goog-api-key", secret)});
}

std::vector<std::string> rig::tried() const {
  std::vector<std::string> names;
  for (const sandbox::recorded_request& request : upstream_->requests()) {
    const auto owner = std::ranges::find_if(
        setup_.keys, [&](const pool::key_spec& k) { return k.secret == request.credential; });
    names.push_back(owner == setup_.keys.end() ? "nobody" : owner->name);
  }
  return names;
}

std::vector<pool::key_view> rig::keys_now() const {
  return pool_.keys(std::chrono::system_clock::now());
}

pool::key_view rig::key_state(std::string_view name) const {
  for (const pool::key_view& view : keys_now()) {
    if (view.name == name) return view;
  }
  throw std::runtime_error(fmt::format("no key is called {}", name));
}

bool rig::wait_until(const std::function<bool()>& condition) {
  // Nothing tells that a cool-down is over: the pool knows no clock.
  constexpr std::chrono::milliseconds look_every{2};
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(look_every);
  }
  return true;
}

std::vector<pool::pool_event> rig::wait_for_events(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return events_.size() >= count; });
  return events_;
}

std::vector<std::string> rig::secrets_in(std::string_view text) const {
  std::vector<std::string> found;
  for (const pool::key_spec& k : setup_.keys) {
    if (text.find(k.secret) != std::string_view::npos) found.push_back(k.name);
  }
  return found;
}

}  // namespace gemkeeper::test
