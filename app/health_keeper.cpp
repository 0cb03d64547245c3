#include <gemkeeper/app/health_keeper.hpp>
#include <gemkeeper/store/error.hpp>
#include <gemkeeper/store/keys.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace gemkeeper::app {
namespace {

// In place of names that the pool does not have: of an undeclared project that of its key, and of
// calls that name no model. Models of Vertex AI have a prefix, which alone is the whole project.
constexpr std::string_view key_prefix = "(key ", key_suffix = ")", no_model = "(none)",
                           of_vertex = "(vertex)";

store::cool_down_row to_row(const pool::kept_cool_down& one) {
  store::cool_down_row row;
  row.project =
      one.project.empty()
          ? pool::project_name(fmt::format("{}{}{}", key_prefix, one.key.view(), key_suffix))
          : one.project;
  if (one.model) row.model = one.model->empty() ? pool::model_name(no_model) : *one.model;
  if (one.service == pool::service::vertex) row.model.value.insert(0, of_vertex);
  row.quota = one.quota_id;
  row.until = one.until;
  row.failures = one.failures;
  return row;
}

pool::kept_cool_down from_row(const store::cool_down_row& row) {
  pool::kept_cool_down one;
  const std::string_view project = row.project.value;
  if (project.starts_with(key_prefix) && project.ends_with(key_suffix) &&
      project.size() == key_prefix.size() + one.key.hex.size() + key_suffix.size()) {
    std::ranges::copy(project.substr(key_prefix.size(), one.key.hex.size()), one.key.hex.begin());
  } else {
    one.project = row.project;
  }
  std::string_view model = row.model.value;
  if (model.starts_with(of_vertex)) {
    one.service = pool::service::vertex;
    model.remove_prefix(of_vertex.size());
  }
  if (!model.empty()) one.model = pool::model_name(model == no_model ? std::string_view() : model);
  one.quota_id = row.quota;
  one.until = row.until;
  one.failures = row.failures;
  return one;
}

store::health_rows to_rows(const pool::kept_health& kept) {
  store::health_rows rows;
  for (const auto& one : kept.quarantines) {
    rows.quarantines.push_back(
        {one.key, one.reason, one.next_probe - one.interval, one.next_probe, one.interval});
  }
  for (const auto& one : kept.cool_downs)
    rows.cool_downs.push_back(to_row(one));
  for (const auto& one : kept.day_counts)
    rows.day_counts.push_back({one.key, one.model, one.day_end, one.requests});
  return rows;
}

}  // namespace

health_keeper::restored health_keeper::restore(pool::time_point now) {
  const store::health_rows rows =
      database_.read([now](store::session& s) { return store::health(s, now); });
  pool::kept_health kept;
  for (const auto& row : rows.quarantines)
    kept.quarantines.push_back({row.key, row.reason, row.next_probe, row.interval});
  for (const auto& row : rows.cool_downs)
    kept.cool_downs.push_back(from_row(row));
  for (const auto& row : rows.day_counts)
    kept.day_counts.push_back({row.key, row.model, row.day_end, row.requests});
  keys_.restore_health(kept, now);
  kept_version_ = keys_.health_version();
  return {kept.quarantines.size(), kept.cool_downs.size(), kept.day_counts.size()};
}

void health_keeper::keep_changes(pool::time_point now) {
  const writing last = last_->load();
  if (last == writing::under_way) return;
  const std::uint64_t version = keys_.health_version();
  if (version == kept_version_ && last == writing::done) return;
  kept_version_ = version;
  last_->store(writing::under_way);
  database_.write(
      [rows = to_rows(keys_.health(now))](store::session& s) { store::replace_health(s, rows); },
      [last = last_](const store::error* failure) {
        last->store(failure == nullptr ? writing::done : writing::failed);
      });
}

std::string health_keeper::keep_all(pool::time_point now) {
  const store::health_rows rows = to_rows(keys_.health(now));
  try {
    database_.write([&rows](store::session& s) { store::replace_health(s, rows); }).get();
    return {};
  } catch (const store::error& e) {
    return e.what();
  }
}

}  // namespace gemkeeper::app
