// The program as the admin API sees it, and what the workers tell it.
#pragma once

#include <gemkeeper/admin/backend.hpp>
#include <gemkeeper/admin/event_hub.hpp>
#include <gemkeeper/admin/recorder.hpp>
#include <gemkeeper/app/client_book.hpp>
#include <gemkeeper/app/config.hpp>
#include <gemkeeper/app/key_book.hpp>
#include <gemkeeper/app/log.hpp>
#include <gemkeeper/proxy/server.hpp>

#include <atomic>
#include <mutex>
#include <string>

namespace gemkeeper::app {

// What it is given by reference outlives it. Thread-safe, as `admin::backend` asks.
class admin_backend final : public admin::backend {
 public:
  admin_backend(const config& what, key_book& book, client_book& clients, project_book& projects,
                pool::key_pool& keys, const proxy::server& proxy, log& to);

  void configure(const config& what);  // after a reload
  void drain() { draining_ = true; }

  std::vector<admin::key_info> keys() override { return book_.list(); }
  pool::pool_counts counts() override;
  pool::usage_table::snapshot usage() override { return proxy_.usage(); }
  admin::change_result add(pool::key_spec key) override { return book_.add(std::move(key)); }
  admin::change_result change(const pool::key_id& id, const admin::key_changes& what) override {
    return book_.change(id, what);
  }
  admin::change_result remove(const pool::key_id& id) override { return book_.remove(id); }
  admin::change_result rotate(const pool::key_id& id, std::string secret) override {
    return book_.rotate(id, std::move(secret));
  }
  std::vector<admin::client_info> clients() override { return clients_.list(); }
  admin::client_change add_client(const admin::client_edit& what) override {
    return clients_.add(what);
  }
  admin::client_change change_client(std::string_view id, const admin::client_edit& what) override {
    return clients_.change(id, what);
  }
  admin::client_change remove_client(std::string_view id) override { return clients_.remove(id); }
  admin::client_change rotate_client(std::string_view id) override { return clients_.rotate(id); }
  std::vector<admin::project_info> projects() override { return projects_.list(); }
  admin::client_change change_project(std::string_view name,
                                      const admin::project_edit& what) override {
    return projects_.change(name, what);
  }
  bool reset(const pool::key_id& id) override;
  std::string check_secret(std::string_view secret) override;
  std::optional<pool::key_id> find(std::string_view secret) override { return book_.find(secret); }
  admin::key_answer validate(std::string_view secret) override;
  std::optional<admin::key_answer> probe(const pool::key_id& id) override;
  std::string config_json() override;
  admin::readiness ready() override;
  std::size_t connections() override { return proxy_.connections(); }
  void note(std::string_view event, std::string_view message, const pool::key_id& id) override;

 private:
  admin::key_answer ask(const pool::key_spec& key) const;

  const proxy::upstream_settings upstream_;  // read at start only
  key_book& book_;
  client_book& clients_;
  project_book& projects_;
  pool::key_pool& keys_;
  const proxy::server& proxy_;
  log& log_;
  std::atomic<bool> draining_{false};
  std::mutex mutex_;
  std::string config_json_;
};

// Tells the log and the admin API of every finished request.
class request_feed final : public proxy::request_observer {
 public:
  request_feed(request_log& to_log, admin::recorder& to_admin) : log_(to_log), admin_(to_admin) {}
  void finished(const proxy::request_record& record) override;
  void tls_failed(const proxy::tls_failure& failure) override { log_.tls_failed(failure); }
  void route_changed(const proxy::route_record& record) override { log_.route_changed(record); }

 private:
  request_log& log_;
  admin::recorder& admin_;
};

// `name` as the log calls it.
void publish(admin::event_hub& to, std::string_view name, const pool::pool_event& event);
void publish(admin::event_hub& to, const pool::limit_event& event);

}  // namespace gemkeeper::app
