#include "support/proxy_rig.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdlib>

namespace gemkeeper::test {

namespace {

pool::key_spec key(std::string_view name, std::string_view secret) {
  pool::key_spec spec;
  spec.name = name;
  spec.secret = secret;
  return spec;
}

}  // namespace

proxy_rig::proxy_rig(std::uint16_t upstream_port, const adjustment& adjust,
                     const proxy::server_options& options)
    : keys_({}, "hash key of the tests") {
  keys_.apply({key("first", first_secret), key("second", second_secret)},
              std::chrono::system_clock::now());
  settings_.listen = {{proxy::listen_address::family::tcp, "127.0.0.1", 0, {}}};
  settings_.workers = 1;
  settings_.upstream.tls = false;
  settings_.upstream.host = "127.0.0.1";
  settings_.upstream.port = upstream_port;
  settings_.upstream.vertex = {.tls = false, .host = "127.0.0.1", .port = upstream_port};
  if (adjust) adjust(settings_);
  server_ = std::make_unique<proxy::server>(settings_, keys_, observer_, options);
  const std::string address = server_->addresses().front();
  if (address.starts_with("unix:")) return;
  port_ = static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
}

proxy_rig::~proxy_rig() = default;

std::vector<finished_request> proxy_rig::finished(std::size_t count) {
  return observer_.wait_for(count);
}

std::vector<std::string> proxy_rig::tls_failures(std::size_t count) {
  return observer_.wait_for_tls(count);
}

std::uint64_t proxy_rig::key_uses() const {
  std::uint64_t uses = 0;
  for (const pool::key_view& view : keys_.keys(std::chrono::system_clock::now()))
    uses += view.calls + view.in_flight;
  return uses;
}

bool proxy_rig::keys_are_healthy() const {
  const pool::pool_counts counts = keys_.counts(std::chrono::system_clock::now());
  return counts.healthy == counts.total;
}

void proxy_rig::observer::finished(const proxy::request_record& record) {
  finished_request seen;
  for (const std::string_view part :
       {record.request_id, record.method, record.route, record.model, record.key_id,
        record.key_name, record.outcome, record.reason}) {
    (seen.text += part) += '\n';
  }
  seen.outcome = record.outcome;
  seen.reason = record.reason;
  seen.attempts = record.attempts;
  seen.status = record.status;
  seen.cancelled = record.cancelled;
  seen.bytes_in = record.bytes_in;
  seen.bytes_out = record.bytes_out;
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(seen));
  changed_.notify_all();
}

void proxy_rig::observer::tls_failed(const proxy::tls_failure& failure) {
  const std::lock_guard lock(mutex_);
  tls_failures_.push_back(std::string(failure.host) + ": " + std::string(failure.problem));
  changed_.notify_all();
}

std::vector<std::string> proxy_rig::observer::wait_for_tls(std::size_t count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, patience, [&] { return tls_failures_.size() >= count; })) {
    throw wire_error("no failure of TLS was told");
  }
  return tls_failures_;
}

std::vector<finished_request> proxy_rig::observer::wait_for(std::size_t count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, patience, [&] { return requests_.size() >= count; })) {
    throw wire_error("a request did not finish");
  }
  return {requests_.begin(), requests_.begin() + static_cast<std::ptrdiff_t>(count)};
}

ca_file::ca_file(const std::string& pem) : path_("/tmp/gemkeeper-ca-XXXXXX") {
  const int descriptor = ::mkstemp(path_.data());
  if (descriptor < 0) throw wire_error("cannot write a CA file");
  const bool written = ::write(descriptor, pem.data(), pem.size()) == std::ssize(pem);
  ::close(descriptor);
  if (!written) throw wire_error("cannot write a CA file");
}

ca_file::~ca_file() {
  ::unlink(path_.c_str());
}

}  // namespace gemkeeper::test
