#include <gemkeeper/app/price_book.hpp>
#include <gemkeeper/store/error.hpp>
#include <gemkeeper/store/meta.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace gemkeeper::app {
namespace {

constexpr std::string_view kept_as = "prices.overrides";
constexpr std::string_view origin_of_put = "prices";

// Whether `table` has a model of its own by this name.
bool defines(const pool::price_table& table, const std::string& name) {
  return std::ranges::any_of(table.models(), [&](const pool::model_prices& model) {
    return std::ranges::find(model.names, name) != model.names.end();
  });
}

}  // namespace

price_book::price_book(const price_settings& file, store::database& kept_in, log& to)
    : store_(kept_in), file_(file), built_in_(pool::built_in_prices()) {
  const std::string kept = store_.read([](store::session& s) { return store::meta(s, kept_as); });
  if (!kept.empty()) {
    try {
      put_ = pool::price_table::parse(kept, origin_of_put);
      put_text_ = kept;
    } catch (const pool::price_error& e) {
      to.error("prices",
               "the prices that the admin API was given cannot be read by this version "
               "and do not count: PUT /api/v1/prices again",
               {{"problem", e.what()}});
    }
  }
  merge();
}

// With the lock held, or before there is more than one thread.
void price_book::merge() {
  pool::price_table merged = built_in_;
  if (file_.overrides) merged = merged.overridden_by(*file_.overrides);
  merged = merged.overridden_by(put_);
  effective_ = std::make_shared<const pool::price_table>(std::move(merged));
  if (tell_) tell_(effective_);
}

price_book::table price_book::effective() const {
  const std::lock_guard lock(mutex_);
  return effective_;
}

admin::price_list price_book::list() const {
  const std::lock_guard lock(mutex_);
  admin::price_list told{effective_, {}, put_text_};
  for (const pool::model_prices& model : effective_->models()) {
    const std::string& name = model.names.front();
    const bool of_file = file_.overrides && defines(*file_.overrides, name);
    told.origins.emplace_back(defines(put_, name) ? "admin API"
                              : of_file           ? file_.file.native()
                                                  : "built-in");
  }
  return told;
}

void price_book::configure(const price_settings& file) {
  const std::lock_guard lock(mutex_);
  file_ = file;
  merge();
}

void price_book::put(const std::string& json) {
  pool::price_table next = pool::price_table::parse(json, origin_of_put);
  const bool none = next.models().empty();
  const std::string kept = none ? std::string() : json;
  const std::lock_guard lock(
      mutex_);  // two at a time would be stored in one order, used in another
  try {
    store_.write([&kept](store::session& s) { store::set_meta(s, kept_as, kept); }).get();
  } catch (const store::error& e) {
    throw admin::store_failed(e.what());
  }
  put_ = std::move(next);
  put_text_ = kept;
  merge();
}

}  // namespace gemkeeper::app
