#include "alerts.hpp"

#include "webhook_message.hpp"
#include <gemkeeper/store/alerts.hpp>
#include <gemkeeper/store/database.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <random>
#include <utility>

namespace gemkeeper::app {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;
using step = alert_change::step;

constexpr std::chrono::milliseconds tick_interval{1'000};
constexpr std::chrono::seconds keys_interval{30}, counts_interval{5}, rest_interval{10};
constexpr std::size_t max_restored = 5'000;

store::alert_row to_row(const admin::alert& from) {
  return {static_cast<std::int64_t>(from.id),
          from.raised,
          from.kind,
          from.subject,
          from.message,
          from.resolved,
          static_cast<std::uint8_t>(from.level),
          from.updated,
          from.count,
          from.until};
}

admin::alert from_row(store::alert_row row) {
  admin::alert one;
  one.id = static_cast<std::uint64_t>(row.id);
  one.kind = std::move(row.kind);
  one.level = static_cast<admin::severity>(
      std::min<std::uint8_t>(row.severity, static_cast<std::uint8_t>(admin::severity::critical)));
  one.subject = std::move(row.subject);
  one.message = std::move(row.message);
  one.raised = row.time;
  one.updated = row.updated;
  one.resolved = row.resolved;
  one.until = row.until;
  one.count = row.count;
  return one;
}

double any_chance() {
  thread_local std::minstd_rand source{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(source);
}

}  // namespace

alerts::alerts(boost::asio::io_context& io, const alert_settings& settings,
               alert_surroundings around)
    : io_(io), around_(std::move(around)), timer_(io), settings_(settings) {
  restore();
  webhook::environment in;
  in.now = [] { return system_clock::now(); };
  in.chance = any_chance;
  in.tell = [this](const delivery_news& news) { on_delivery(news); };
  webhook_.emplace(settings, restore_deliveries(), std::move(in));
}

alerts::~alerts() = default;

void alerts::start() {
  tick();
}

void alerts::stop() {
  timer_.cancel();
  webhook_->stop();
}

void alerts::configure(const alert_settings& settings) {
  {
    const std::lock_guard lock(mutex_);
    settings_ = settings;
  }
  webhook_->configure(settings);
  look_at_keys_ = true;
}

void alerts::on_event(const pool::pool_event& event) {
  // Quotas come and go all the time: `counts_interval` is often enough for those.
  if (event.what != pool::pool_event::kind::cooled) look_at_keys_ = true;
}

void alerts::tick() {
  const auto at = steady_clock::now();
  const alert_time now = system_clock::now();
  const bool changed = look_at_keys_.exchange(false);
  if (changed || at >= next_keys_) {
    next_keys_ = at + keys_interval;
    look_at_keys(now);
  }
  if (changed || at >= next_counts_) {
    next_counts_ = at + counts_interval;
    look_at_counts(now);
  }
  look_at_the_rest(now);
  timer_.expires_after(tick_interval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

void alerts::look_at_keys(alert_time now) {
  const std::vector<admin::key_info> keys = around_.book.list();
  note_ages(keys, now);
  const std::lock_guard order(telling_);
  std::vector<alert_change> changes;
  {
    const std::lock_guard lock(mutex_);
    changes = book_.look(
        {alert_kind::key_quarantined, alert_kind::key_age, alert_kind::project_exhausted},
        judge_keys(keys, ages_, settings_.key_age, now), now);
  }
  tell(changes);
}

void alerts::look_at_counts(alert_time now) {
  const pool::pool_counts counts = around_.keys.counts(now);
  const std::lock_guard order(telling_);
  std::vector<alert_change> changes;
  {
    const std::lock_guard lock(mutex_);
    changes = book_.look({alert_kind::pool_empty, alert_kind::pool_low}, judge_counts(counts), now);
  }
  tell(changes);
}

void alerts::look_at_the_rest(alert_time now) {
  const std::lock_guard order(telling_);
  std::vector<alert_change> changes;
  const std::uint64_t refused = refusals_.exchange(0, std::memory_order_relaxed);
  const auto at = steady_clock::now();
  const bool all = at >= next_rest_;
  if (all) next_rest_ = at + rest_interval;
  {
    const std::lock_guard lock(mutex_);
    changes = book_.expire(now);
    if (refused != 0) {
      if (auto change = book_.happened(location_refused(now), refused, now)) {
        changes.push_back(std::move(*change));
      }
    }
    if (all && around_.storage != nullptr) {
      const std::string problem = around_.storage->health().problem;
      std::ranges::move(book_.look({alert_kind::storage_failing}, judge_storage(problem), now),
                        std::back_inserter(changes));
    }
  }
  if (all) {
    std::vector<condition> found;
    for (const watched_certificate& one : around_.certificates) {
      try {
        std::ranges::move(judge_certificate(one.setting, one.not_after(), now),
                          std::back_inserter(found));
      } catch (const std::exception&) {
        // It cannot be read now: who reads it for its listener says so.
      }
    }
    const std::lock_guard lock(mutex_);
    std::ranges::move(book_.look({alert_kind::certificate_expiring}, std::move(found), now),
                      std::back_inserter(changes));
  }
  tell(changes);
}

void alerts::limit_reached(std::string_view scope, std::string_view subject, std::string_view which,
                           unsigned share, alert_time ends) {
  condition reached = app::limit_reached(scope, subject, which, share, ends);
  boost::asio::post(io_, [this, share, reached = std::move(reached)] { note(share, reached); });
}

void alerts::note(unsigned share, const condition& reached) {
  const std::lock_guard order(telling_);
  std::vector<alert_change> changes;
  {
    const std::lock_guard lock(mutex_);
    if (std::ranges::find(settings_.thresholds, share) == settings_.thresholds.end()) return;
    const alert_time now = system_clock::now();
    changes = book_.expire(now);  // of the period before
    if (auto change = book_.happened(reached, 1, now)) changes.push_back(std::move(*change));
  }
  tell(changes);
}

void alerts::note_ages(const std::vector<admin::key_info>& keys, alert_time now) {
  std::vector<store::key_age_row> fresh;
  {
    const std::lock_guard lock(mutex_);
    for (const admin::key_info& key : keys) {
      std::string& known = fingerprints_[key.view.id];
      if (known == key.view.fingerprint) continue;
      known = key.view.fingerprint;
      ages_[key.view.id] = now;
      fresh.push_back({key.view.id, known, now});
    }
  }
  if (fresh.empty() || around_.storage == nullptr) return;
  around_.storage->write(
      [fresh = std::move(fresh)](store::session& s) {
        for (const store::key_age_row& one : fresh)
          put_key_age(s, one);
      },
      [](const store::error*) {});
}

void alerts::date(std::vector<admin::key_info>& keys) const {
  const std::lock_guard lock(mutex_);
  for (admin::key_info& key : keys) {
    const auto known = fingerprints_.find(key.view.id);
    // Another secret, which was not looked at yet.
    if (known == fingerprints_.end() || known->second != key.view.fingerprint) continue;
    if (const auto since = ages_.find(key.view.id); since != ages_.end()) {
      key.first_seen = since->second;
    }
  }
}

void alerts::restore() {
  if (around_.storage == nullptr) return;
  try {
    std::vector<admin::alert> known;
    for (store::alert_row& row :
         around_.storage->read([](store::session& s) { return store::alerts(s, max_restored); })) {
      known.push_back(from_row(std::move(row)));
    }
    book_.restore(std::move(known));
    for (store::key_age_row& row :
         around_.storage->read([](store::session& s) { return store::key_ages(s); })) {
      ages_[row.key] = row.since;
      fingerprints_[row.key] = std::move(row.fingerprint);
    }
  } catch (const std::exception& e) {
    around_.to_log.warn("alerts", fmt::format("former alerts cannot be read: {}", e.what()));
  }
}

std::vector<delivery> alerts::restore_deliveries() {
  std::vector<delivery> owed;
  if (around_.storage == nullptr) return owed;
  try {
    for (store::delivery_row& row :
         around_.storage->read([](store::session& s) { return store::deliveries(s); })) {
      owed.push_back({static_cast<std::uint64_t>(row.id), static_cast<std::uint64_t>(row.alert),
                      std::move(row.body), row.made, row.attempts, row.next_try});
    }
  } catch (const std::exception& e) {
    around_.to_log.warn("alerts",
                        fmt::format("what the webhook owes cannot be read: {}", e.what()));
  }
  return owed;
}

void alerts::tell(const std::vector<alert_change>& changes) {
  for (const alert_change& one : changes)
    tell_one(one);
}

void alerts::tell_one(const alert_change& change) {
  keep(change.alert);
  log_change(change);
  around_.events.publish("alert", admin::alert_json(change.alert));
  if (change.what == step::updated) return;
  {
    const std::lock_guard lock(mutex_);
    if (change.alert.level < settings_.min_severity) return;
  }
  auto owed =
      webhook_->make(change.alert.id, webhook_body(webhook_type(change.what), change.alert));
  if (!owed) return;
  keep(*owed);  // before it can be delivered
  webhook_->queue(std::move(*owed));
}

void alerts::log_change(const alert_change& change) {
  const admin::alert& of = change.alert;
  const auto write = change.what == step::updated            ? &log::debug
                     : change.what == step::resolved         ? &log::info
                     : of.level == admin::severity::critical ? &log::error
                     : of.level == admin::severity::warning  ? &log::warn
                                                             : &log::info;
  const std::string id = std::to_string(of.id);
  (around_.to_log.*write)("alert", of.message,
                          {{"kind", of.kind},
                           {"severity", to_string(of.level)},
                           {"state", of.resolved ? "resolved" : "active"},
                           {"subject", of.subject},
                           {"alert", id},
                           {"count", static_cast<std::int64_t>(of.count)}});
}

void alerts::keep(const admin::alert& what) {
  if (around_.storage == nullptr) return;
  around_.storage->write([row = to_row(what)](store::session& s) { put_alert(s, row); },
                         [](const store::error*) {});
}

void alerts::keep(const delivery& what) {
  if (around_.storage == nullptr) return;
  store::delivery_row row{static_cast<std::int64_t>(what.id),
                          static_cast<std::int64_t>(what.alert),
                          what.body,
                          what.made,
                          what.attempts,
                          what.next_try};
  around_.storage->write([row = std::move(row)](store::session& s) { put_delivery(s, row); },
                         [](const store::error*) {});
}

void alerts::on_delivery(const delivery_news& news) {
  const std::string id = std::to_string(news.of.alert);
  if (news.came == delivery_news::what::failed) {
    keep(news.of);
    around_.to_log.warn("alert_not_delivered", news.problem,
                        {{"alert", id}, {"attempts", static_cast<std::int64_t>(news.of.attempts)}});
    return;
  }
  if (news.came == delivery_news::what::dropped) {
    around_.to_log.error(
        "alert_dropped", news.problem,
        {{"alert", id}, {"attempts", static_cast<std::int64_t>(news.of.attempts)}});
  }
  if (around_.storage == nullptr) return;
  around_.storage->write(
      [id = static_cast<std::int64_t>(news.of.id)](store::session& s) { remove_delivery(s, id); },
      [](const store::error*) {});
}

admin::alert_report alerts::report() const {
  admin::alert_report report;
  report.webhook = webhook_->counts();
  const std::lock_guard lock(mutex_);
  report.alerts = book_.list();
  report.raised = book_.raised();
  return report;
}

admin::webhook_answer alerts::test_webhook() {
  admin::alert sample;
  sample.kind = "test";
  sample.level = admin::severity::info;
  sample.subject = "webhook";
  sample.message = "a test of the webhook, asked for by the admin API";
  sample.raised = sample.updated = system_clock::now();
  return webhook_->test(webhook_body("alert.test", sample));
}

}  // namespace gemkeeper::app
