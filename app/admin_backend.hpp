// The program as the admin API sees it, and what the workers tell it.
#pragma once

#include "alerts/alerts.hpp"
#include <gemkeeper/admin/backend.hpp>
#include <gemkeeper/admin/recorder.hpp>
#include <gemkeeper/app/client_book.hpp>
#include <gemkeeper/app/config.hpp>
#include <gemkeeper/app/key_book.hpp>
#include <gemkeeper/app/limit_history.hpp>
#include <gemkeeper/app/log.hpp>
#include <gemkeeper/app/price_book.hpp>
#include <gemkeeper/app/storage.hpp>
#include <gemkeeper/app/usage_ledger.hpp>
#include <gemkeeper/proxy/server.hpp>

#include <atomic>
#include <mutex>
#include <string>

namespace gemkeeper::app {

// What it is given by reference outlives it. Thread-safe, as `admin::backend` asks.
class admin_backend final : public admin::backend {
 public:
  admin_backend(const config& what, key_book& book, client_book& clients, project_book& projects,
                limit_history& history, pool::key_pool& keys, const proxy::server& proxy,
                app::alerts& watch, storage& stored, usage_ledger& ledger, price_book& prices,
                log& to);

  void configure(const config& what);  // after a reload
  void drain() { draining_ = true; }

  std::vector<admin::key_info> keys() override;
  pool::pool_counts counts() override;
  pool::usage_table::snapshot usage() override { return proxy_.usage(); }
  admin::usage_totals totals() override { return ledger_.totals(); }
  std::vector<admin::key_times> times_of_keys() override { return ledger_.times_of_keys(); }
  admin::usage_series usage_over_time(const admin::usage_question& what) override {
    return ledger_.over_time(what);
  }
  std::string usage_csv(const admin::usage_question& what) override { return ledger_.csv(what); }
  void reset_totals(const std::optional<pool::key_id>& key, pool::time_point now) override {
    ledger_.reset(key, now);
  }
  admin::ledger_state ledger() override { return ledger_.state(); }
  admin::price_list prices() override { return prices_.list(); }
  void put_prices(const std::string& json) override { prices_.put(json); }
  admin::change_result add(pool::key_spec key) override { return book_.add(std::move(key)); }
  admin::change_result change(const pool::key_id& id, const admin::key_changes& what) override;
  admin::change_result remove(const pool::key_id& id) override { return book_.remove(id); }
  admin::change_result rotate(const pool::key_id& id, std::string secret) override {
    return book_.rotate(id, std::move(secret));
  }
  std::vector<admin::client_info> clients() override { return clients_.list(); }
  admin::client_change add_client(const admin::client_edit& what) override {
    return clients_.add(what);
  }
  admin::client_change change_client(std::string_view id, const admin::client_edit& what) override;
  admin::client_change remove_client(std::string_view id) override { return clients_.remove(id); }
  admin::client_change rotate_client(std::string_view id) override { return clients_.rotate(id); }
  std::vector<admin::project_info> projects() override { return projects_.list(); }
  admin::client_change change_project(std::string_view name,
                                      const admin::project_edit& what) override;
  bool reset(const pool::key_id& id) override;
  std::string check_secret(std::string_view secret) override;
  std::optional<pool::key_id> find(std::string_view secret) override { return book_.find(secret); }
  admin::key_answer validate(std::string_view secret, pool::service of) override;
  std::optional<admin::key_answer> probe(const pool::key_id& id) override;
  std::string ca_pem() override;
  std::string config_json() override;
  admin::readiness ready() override;
  std::optional<pool::key_label> label_of(const pool::key_id& id) override {
    return keys_.label_of(id);
  }
  pool::traffic traffic() override { return proxy_.traffic(); }
  std::size_t connections() override { return proxy_.connections(); }
  admin::alert_report alerts() override { return alerts_.report(); }
  admin::webhook_answer test_webhook() override { return alerts_.test_webhook(); }
  void note(std::string_view event, std::string_view message, std::string_view subject,
            std::string_view actor) override;
  std::vector<admin::audit_entry> audit(std::size_t most,
                                        std::optional<std::int64_t> before) override;

 private:
  admin::key_answer ask(const pool::key_spec& key) const;
  void recall(pool::limit_scope scope, std::string_view subject);

  const proxy::proxy_settings proxy_settings_;  // as they were at the start
  key_book& book_;
  client_book& clients_;
  project_book& projects_;
  limit_history& history_;
  pool::key_pool& keys_;
  const proxy::server& proxy_;
  app::alerts& alerts_;
  storage& storage_;
  usage_ledger& ledger_;
  price_book& prices_;
  log& log_;
  std::atomic<bool> draining_{false};
  std::mutex mutex_;
  std::string config_json_;
};

// Tells the log, the admin API and the ledger of every finished request, and `alerts` of what
// Google refuses for the place where it comes from.
class request_feed final : public proxy::request_observer {
 public:
  request_feed(request_log& to_log, admin::recorder& to_admin, usage_ledger& to_ledger)
      : log_(to_log), admin_(to_admin), ledger_(to_ledger) {}
  // Before the first request.
  void set_alerts(app::alerts& to) { alerts_ = &to; }
  void finished(const proxy::request_record& record) override;
  void used(const proxy::request_record& part, unsigned calls) override {
    ledger_.append(part, calls);
  }
  void tls_failed(const proxy::tls_failure& failure) override { log_.tls_failed(failure); }
  void route_changed(const proxy::route_record& record) override { log_.route_changed(record); }
  void still_there(unsigned worker) override { ledger_.settle(worker); }

 private:
  request_log& log_;
  admin::recorder& admin_;
  usage_ledger& ledger_;
  app::alerts* alerts_ = nullptr;
};

}  // namespace gemkeeper::app
