#include "admin_backend.hpp"

#include "keys/secret.hpp"
#include <gemkeeper/app/check.hpp>
#include <gemkeeper/proxy/certificate_authority.hpp>
#include <gemkeeper/proxy/online_check.hpp>
#include <gemkeeper/store/error.hpp>
#include <gemkeeper/store/events.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace gemkeeper::app {
namespace {

using std::chrono::system_clock;

// Someone waits for the answer, and the end of the program does too.
constexpr std::chrono::seconds patience_with_google{10};

const std::string_view location_blocked = pool::to_string(pool::outcome::location_blocked);

std::string json_of(const config& what) {
  return check({what, {}, {}}, check_command::output::json).out;
}

}  // namespace

admin_backend::admin_backend(const config& what, key_book& book, client_book& clients,
                             project_book& projects, limit_history& history, pool::key_pool& keys,
                             const proxy::server& proxy, app::alerts& watch, storage& stored,
                             usage_ledger& ledger, price_book& prices, log& to)
    : proxy_settings_(what.proxy),
      book_(book),
      clients_(clients),
      projects_(projects),
      history_(history),
      keys_(keys),
      proxy_(proxy),
      alerts_(watch),
      storage_(stored),
      ledger_(ledger),
      prices_(prices),
      log_(to),
      config_json_(json_of(what)) {}

void admin_backend::configure(const config& what) {
  std::string json = json_of(what);
  const std::lock_guard lock(mutex_);
  config_json_ = std::move(json);
}

std::vector<admin::key_info> admin_backend::keys() {
  std::vector<admin::key_info> all = book_.list();
  alerts_.date(all);
  return all;
}

pool::pool_counts admin_backend::counts() {
  return keys_.counts(system_clock::now());
}

admin::change_result admin_backend::change(const pool::key_id& id, const admin::key_changes& what) {
  admin::change_result result = book_.change(id, what);
  if (what.limits) recall(pool::limit_scope::key, id.view());
  return result;
}

admin::client_change admin_backend::change_client(std::string_view id,
                                                  const admin::client_edit& what) {
  admin::client_change result = clients_.change(id, what);
  if (what.limits) recall(pool::limit_scope::client, id);
  return result;
}

admin::client_change admin_backend::change_project(std::string_view name,
                                                   const admin::project_edit& what) {
  admin::client_change result = projects_.change(name, what);
  if (what.limits) recall(pool::limit_scope::project, name);
  return result;
}

// What was used of the day before it was limited counts too.
void admin_backend::recall(pool::limit_scope scope, std::string_view subject) {
  try {
    history_.recall(scope, subject, system_clock::now());
  } catch (const store::error& e) {
    log_.warn("usage_unread", e.what(), {{"subject", subject}});
  }
}

bool admin_backend::reset(const pool::key_id& id) {
  return keys_.reset(id, system_clock::now());
}

std::string admin_backend::check_secret(std::string_view secret) {
  return app::check_secret(secret);
}

admin::key_answer admin_backend::ask(const pool::key_spec& key) const {
  using proxy_answer = proxy::key_validation::answer;
  admin::key_answer said;
  try {
    proxy::key_validation found =
        proxy::validate_key(proxy_settings_.upstream, key, patience_with_google);
    said.is = found.is == proxy_answer::valid     ? admin::key_answer::answer::valid
              : found.is == proxy_answer::invalid ? admin::key_answer::answer::invalid
                                                  : admin::key_answer::answer::unknown;
    said.reason = found.reason;
    said.problem = std::move(found.problem);
    said.models = found.models;
  } catch (const std::exception& e) {
    said.reason = "unreachable";
    said.problem = e.what();
  }
  return said;
}

admin::key_answer admin_backend::validate(std::string_view secret, pool::service of) {
  pool::key_spec key;
  key.service = of;
  key.secret = secret;
  return ask(key);
}

std::optional<admin::key_answer> admin_backend::probe(const pool::key_id& id) {
  const std::optional<pool::key_spec> key = book_.spec(id);
  if (!key) return std::nullopt;
  admin::key_answer said = ask(*key);
  if (said.is != admin::key_answer::answer::valid) return said;
  const auto now = system_clock::now();
  const std::vector<pool::key_view> all = keys_.keys(now);
  const auto found = std::ranges::find(all, id, &pool::key_view::id);
  // A reset would lift the cool-downs of a key that is merely cooling.
  if (found != all.end() && found->state == pool::key_state::quarantined) keys_.reset(id, now);
  return said;
}

std::string admin_backend::ca_pem() {
  std::string pem;
  try {
    for (const auto& root : proxy::open_trusted_roots(proxy_settings_, system_clock::now()).roots)
      pem += root.pem;
  } catch (const proxy::ca_error& e) {
    log_.warn("no_ca", e.what());
  }
  return pem;
}

std::string admin_backend::config_json() {
  const std::lock_guard lock(mutex_);
  return config_json_;
}

admin::readiness admin_backend::ready() {
  return {!proxy_.addresses().empty(), draining_, counts(),
          storage_.database().health().problem.empty()};
}

void admin_backend::note(std::string_view event, std::string_view message, std::string_view subject,
                         std::string_view actor) {
  alerts_.keys_changed();  // so it is, most often
  if (actor.empty()) {
    log_.info(event, message);
    return;
  }
  if (subject.empty()) {
    log_.info(event, message, {{"actor", actor}});
  } else {
    log_.info(event, message, {{"key", subject}, {"actor", actor}});
  }
  store::audit_row row;
  row.time = system_clock::now();
  row.actor = actor;
  row.action = event;
  row.subject = subject;
  row.detail = message;
  // On the disk before the operator has the answer.
  try {
    storage_.database().write([&row](store::session& s) { store::add_audit(s, row); }).get();
  } catch (const store::error& e) {
    log_.error("audit_failed", fmt::format("an entry of the audit trail is lost: {}", e.what()));
  }
}

std::vector<admin::audit_entry> admin_backend::audit(std::size_t most,
                                                     std::optional<std::int64_t> before) {
  std::vector<admin::audit_entry> all;
  for (store::audit_row& row :
       storage_.database().read([&](store::session& s) { return store::audit(s, most, before); })) {
    all.push_back({row.id, row.time, std::move(row.actor), std::move(row.action),
                   std::move(row.subject), std::move(row.detail)});
  }
  return all;
}

void request_feed::finished(const proxy::request_record& record) {
  if (!record.counted) ledger_.append(record);
  admin::finished_request done;
  done.request_id = record.request_id;
  done.method = record.method;
  done.route = record.route;
  done.model = record.model;
  done.key_id = record.key_id;
  done.key_name = record.key_name;
  done.client = record.client;
  done.client_name = record.client_name;
  done.outcome = record.outcome;
  done.reason = record.reason;
  done.attempts = record.attempts;
  done.status = record.status;
  done.cancelled = record.cancelled;
  done.prompt_tokens = record.usage.prompt;
  done.output_tokens = record.usage.candidates;
  done.total_tokens = record.usage.total;
  done.model_version = record.model_version;
  done.cost_micros = record.cost_micros;
  done.cost_basis = record.cost_basis;
  done.bytes_in = record.bytes_in;
  done.bytes_out = record.bytes_out;
  done.total = record.total;
  done.upstream = record.upstream;
  done.first_byte = record.first_byte;
  done.receiving = record.receiving;
  done.waited = record.waited;
  done.trail = record.attempts_told;
  done.left_out = record.attempts_left_out;
  done.trace_id = record.trace_id;
  admin_.record(done, record.ended);
  if (record.outcome == location_blocked && alerts_ != nullptr) alerts_->location_was_refused();
  log_.finished(record);  // last: who has read the line finds the request
}

}  // namespace gemkeeper::app
