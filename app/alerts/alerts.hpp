// Watches the program, and tells of what it finds: to the log, the admin API and the webhook.
#pragma once

#include "alert_book.hpp"
#include "conditions.hpp"
#include "webhook.hpp"
#include <gemkeeper/admin/event_hub.hpp>
#include <gemkeeper/app/config.hpp>
#include <gemkeeper/app/key_book.hpp>
#include <gemkeeper/app/log.hpp>
#include <gemkeeper/pool/pool.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gemkeeper::store {
class database;
}

namespace gemkeeper::app {

// A certificate to keep an eye on.
struct watched_certificate {
  std::string_view setting;
  std::function<alert_time()> not_after;  // may throw: then there is nothing to say
};

// What it watches, and where it tells. All that is given by reference or pointer outlives it.
struct alert_surroundings {
  key_book& book;
  pool::key_pool& keys;
  log& to_log;
  admin::event_hub& events;
  store::database* storage = nullptr;  // nullptr: nothing is kept over a restart
  std::vector<watched_certificate> certificates;
};

// Thread-safety: the constructor, `start` and `configure` belong to the thread of `io`; every other
// member may be called from any thread.
class alerts {
 public:
  alerts(boost::asio::io_context& io, const alert_settings& settings, alert_surroundings around);
  alerts(const alerts&) = delete;
  alerts& operator=(const alerts&) = delete;
  ~alerts();  // a second at most: see `webhook`

  void start();  // looks for the first time, and from then on
  void stop();   // no more messages leave, and a test that is under way ends
  void configure(const alert_settings& settings);

  // Something of the keys has changed: they are looked at within a second.
  void keys_changed() { look_at_keys_ = true; }
  void on_event(const pool::pool_event& event);
  // An attempt ended with `location_blocked`. Cheap: for the data path.
  void location_was_refused() { refusals_.fetch_add(1, std::memory_order_relaxed); }
  // `share` percent of a limit are used, in the period that ends then. Told again, it is the same
  // alert; a share that alerts.thresholds does not name is none. For limits of scope "key",
  // "project" or "client"; `subject` is an id or a name, `which` "tokens_per_day". It only posts.
  void limit_reached(std::string_view scope, std::string_view subject, std::string_view which,
                     unsigned share, alert_time ends);

  [[nodiscard]] admin::alert_report report() const;
  // Fills in since when it knows each key.
  void date(std::vector<admin::key_info>& keys) const;
  admin::webhook_answer test_webhook();

 private:
  void tick();
  void look_at_keys(alert_time now);
  void look_at_counts(alert_time now);
  void look_at_the_rest(alert_time now);
  void note(unsigned share, const condition& reached);
  void note_ages(const std::vector<admin::key_info>& keys, alert_time now);
  void restore();
  std::vector<delivery> restore_deliveries();
  void tell(const std::vector<alert_change>& changes);
  void tell_one(const alert_change& change);
  void log_change(const alert_change& change);
  void keep(const admin::alert& what);
  void keep(const delivery& what);
  void on_delivery(const delivery_news& news);

  boost::asio::io_context& io_;
  alert_surroundings around_;
  boost::asio::steady_timer timer_;
  std::atomic<bool> look_at_keys_{true};
  std::atomic<std::uint64_t> refusals_{0};
  std::chrono::steady_clock::time_point next_keys_{}, next_counts_{}, next_rest_{};

  mutable std::mutex mutex_;  // of these
  alert_settings settings_;
  alert_book book_;
  key_ages ages_;
  std::unordered_map<pool::key_id, std::string> fingerprints_;  // of `ages_`

  std::mutex telling_;  // changes are told in the order in which they were made
  std::optional<webhook> webhook_;
};

}  // namespace gemkeeper::app
