// The prices in effect: built-in, overridden by a file, and that by the admin API.
#pragma once

#include <gemkeeper/admin/usage.hpp>
#include <gemkeeper/app/config.hpp>
#include <gemkeeper/app/log.hpp>
#include <gemkeeper/pool/prices.hpp>
#include <gemkeeper/store/database.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace gemkeeper::app {

// Thread-safe. Tables are immutable: a change makes another.
class price_book {
 public:
  using table = std::shared_ptr<const pool::price_table>;  // shared with the workers; never null

  // Reads what was put before. `kept_in` outlives it.
  price_book(const price_settings& file, store::database& kept_in, log& to);

  [[nodiscard]] table effective() const;
  [[nodiscard]] admin::price_list list() const;

  // After a reload of the configuration.
  void configure(const price_settings& file);
  // By the admin API: see `admin::backend::put_prices`.
  void put(const std::string& json);
  // Called with every new table, on the thread that brought it. Set before the book is shared.
  void on_change(std::function<void(table)> tell) { tell_ = std::move(tell); }

 private:
  void merge();

  store::database& store_;
  std::function<void(table)> tell_;
  mutable std::mutex mutex_;
  price_settings file_;
  std::string put_text_;
  pool::price_table put_;
  pool::price_table built_in_;
  table effective_;
};

}  // namespace gemkeeper::app
