// The program around the admin API, as values that a test sets.
#pragma once

#include "router.hpp"

#include <rapidjson/document.h>

#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::test {

class fake_backend final : public admin::backend {
 public:
  std::vector<admin::key_info> keys() override { return all; }
  pool::pool_counts counts() override { return counted; }
  pool::usage_table::snapshot usage() override { return used; }
  admin::usage_totals totals() override;
  std::vector<admin::key_times> times_of_keys() override { return times; }
  admin::usage_series usage_over_time(const admin::usage_question& what) override;
  std::string usage_csv(const admin::usage_question& what) override {
    asked = what;
    return "start\r\n";
  }
  void reset_totals(const std::optional<pool::key_id>& key, pool::time_point now) override;
  admin::ledger_state ledger() override { return {7, 3, 2, 1, 0, 0}; }
  admin::price_list prices() override;
  void put_prices(const std::string& json) override;
  admin::change_result add(pool::key_spec key) override;
  admin::change_result change(const pool::key_id& id, const admin::key_changes& what) override;
  admin::change_result remove(const pool::key_id& id) override;
  admin::change_result rotate(const pool::key_id& id, std::string secret) override;
  std::vector<admin::client_info> clients() override { return all_clients; }
  admin::client_change add_client(const admin::client_edit& what) override;
  admin::client_change change_client(std::string_view id, const admin::client_edit& what) override;
  admin::client_change remove_client(std::string_view id) override;
  admin::client_change rotate_client(std::string_view id) override;
  std::vector<admin::project_info> projects() override { return all_projects; }
  admin::client_change change_project(std::string_view name,
                                      const admin::project_edit& what) override;
  bool reset(const pool::key_id& id) override { return knows(id); }
  std::string check_secret(std::string_view secret) override;
  std::optional<pool::key_id> find(std::string_view secret) override;
  admin::key_answer validate(std::string_view secret, pool::service of) override;
  std::optional<admin::key_answer> probe(const pool::key_id& id) override;
  std::string ca_pem() override { return authority; }
  std::string config_json() override { return "{}\n"; }
  admin::readiness ready() override { return {true, draining, counted, storage_works}; }
  std::optional<pool::key_label> label_of(const pool::key_id& id) override;
  pool::traffic traffic() override { return under_way; }
  std::size_t connections() override { return 3; }
  admin::alert_report alerts() override { return raised; }
  admin::webhook_answer test_webhook() override { return receiver; }
  void note(std::string_view event, std::string_view message, std::string_view subject,
            std::string_view actor) override;
  std::vector<admin::audit_entry> audit(std::size_t most,
                                        std::optional<std::int64_t> before) override;

  bool knows(const pool::key_id& id) const;

  std::vector<admin::key_info> all;
  std::vector<std::string> secrets;  // of `all`
  pool::pool_counts counted;
  pool::usage_table::snapshot used;
  pool::time_point since{std::chrono::hours(1)};
  std::vector<admin::key_times> times;
  admin::usage_question asked;
  admin::usage_series series;
  std::string problem;  // of the store; empty: it works
  std::string overrides;
  admin::key_answer google{admin::key_answer::answer::valid, "", "", 7};
  admin::alert_report raised;
  admin::webhook_answer receiver;
  bool draining = false;
  bool storage_works = true;  // else keys cannot be changed
  pool::traffic under_way;
  std::string authority = "-----BEGIN CERTIFICATE-----\n";
  pool::key_spec added;
  pool::service validated = pool::service::gemini;  // a key of which was validated last
  admin::key_changes changed;
  std::vector<std::string> notes;
  std::vector<admin::client_info> all_clients;
  std::vector<admin::project_info> all_projects;
  admin::client_error client_error = admin::client_error::none;  // of what changes a client
  admin::client_edit edited;
  std::vector<admin::audit_entry> trail;
};

pool::key_id id_of(std::string_view secret);
pool::key_spec key_of(std::string_view secret, std::string_view name);

// Endpoints over it, without a socket.
struct api {
  admin::answer call(std::string_view method, std::string_view target, std::string_view body = {});
  rapidjson::Document json(std::string_view method, std::string_view target,
                           std::string_view body = {}, int status = 200);
  // "422 invalid_api_key api_key"
  std::string error(std::string_view method, std::string_view target, std::string_view body = {});

  fake_backend behind;
  admin::recorder requests;
  admin::event_hub events;
  admin::access_rules rules{"the-token"};
  admin::session_store sessions;
  admin::context in{behind, requests, events, "1.2.3", false, {}, rules, sessions};
};

}  // namespace gemkeeper::test
