#include <gemkeeper/app/key_shelf.hpp>
#include <gemkeeper/store/error.hpp>
#include <gemkeeper/store/keys.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>

namespace gemkeeper::app {
namespace {

constexpr std::string_view source = "admin API";
constexpr std::string_view limits = "limits.";  // before the name of one

store::field_map to_fields(const admin::key_changes& what) {
  store::field_map fields;
  if (what.enabled) fields["enabled"] = *what.enabled ? "1" : "0";
  if (what.weight) fields["weight"] = std::to_string(*what.weight);
  if (what.priority) fields["priority"] = std::to_string(*what.priority);
  if (what.project) fields["project"] = *what.project;
  if (what.service) fields["service"] = pool::to_string(*what.service);
  if (what.models) {
    std::string& lines = fields["models"];
    for (const pool::model_name& model : *what.models)
      lines += model.value + "\n";
  }
  if (what.limits) {
    for (std::size_t i = 0; i < pool::limit_kind_count; ++i) {
      const auto kind = static_cast<pool::limit_kind>(i);
      fields[fmt::format("{}{}", limits, pool::to_string(kind))] =
          std::to_string(pool::value_of(*what.limits, kind));
    }
  }
  if (what.quota) {
    fields["quota.requests_per_minute"] = std::to_string(what.quota->requests_per_minute);
    fields["quota.requests_per_day"] = std::to_string(what.quota->requests_per_day);
    fields["quota.tokens_per_minute"] = std::to_string(what.quota->tokens_per_minute);
  }
  return fields;
}

template <class Number>
void read_number(const std::string& text, Number& into) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) into = number;
}

std::vector<pool::model_name> models_of(std::string_view lines) {
  std::vector<pool::model_name> all;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    all.emplace_back(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return all;
}

// What a newer gemkeeper wrote besides is left alone.
admin::key_changes from_fields(const store::field_map& fields) {
  admin::key_changes what;
  const auto quota = [&what]() -> pool::quota_set& {
    return what.quota ? *what.quota : what.quota.emplace();
  };
  for (const auto& [name, text] : fields) {
    if (name == "enabled") what.enabled = text == "1";
    if (name == "weight") read_number(text, what.weight.emplace(1));
    if (name == "priority") read_number(text, what.priority.emplace(0));
    if (name == "project") what.project = text;
    if (name == "service") what.service = pool::parse_service(text);
    if (name == "models") what.models = models_of(text);
    if (name.starts_with(limits)) {
      if (!what.limits) what.limits.emplace();
      const auto kind = pool::parse_limit_kind(std::string_view(name).substr(limits.size()));
      if (kind) read_number(text, pool::value_of(*what.limits, *kind));
    }
    if (name == "quota.requests_per_minute") read_number(text, quota().requests_per_minute);
    if (name == "quota.requests_per_day") read_number(text, quota().requests_per_day);
    if (name == "quota.tokens_per_minute") read_number(text, quota().tokens_per_minute);
  }
  return what;
}

}  // namespace

key_shelf::content key_shelf::load() const {
  content all;
  std::vector<store::stored_key> stored;
  database_.read([&](store::session& s) {
    stored = store::keys(s);
    for (const auto& [id, fields] : store::key_changes(s))
      all.changes.emplace(id, from_fields(fields));
    return true;
  });
  std::ranges::stable_sort(stored, {}, &store::stored_key::created);
  for (const store::stored_key& one : stored) {
    try {
      all.keys.emplace_back(one.id, store::unseal(one, master_));
    } catch (const store::error& e) {
      all.problems.push_back(
          fmt::format("the stored key \"{}\" is not used: {}", one.name, e.what()));
    }
  }
  return all;
}

std::string key_shelf::write(store::database::change what) {
  try {
    database_.write(std::move(what)).get();
    return {};
  } catch (const store::error& e) {
    return e.what();
  }
}

std::string key_shelf::add(const pool::key_id& id, const pool::key_spec& key) {
  const store::stored_key sealed =
      store::seal(id, key, source, std::chrono::system_clock::now(), master_);
  return write([&sealed](store::session& s) { store::add_key(s, sealed); });
}

std::string key_shelf::update(const pool::key_id& id, const pool::key_spec& key) {
  const store::stored_key sealed =
      store::seal(id, key, source, std::chrono::system_clock::now(), master_);
  return write([&sealed](store::session& s) { store::update_key(s, sealed); });
}

std::string key_shelf::remove(const pool::key_id& id) {
  return write([&id](store::session& s) { store::remove_key(s, id); });
}

std::string key_shelf::change(const pool::key_id& id, const admin::key_changes& all) {
  const store::field_map fields = to_fields(all);
  return write([&](store::session& s) { store::put_key_changes(s, id, fields); });
}

}  // namespace gemkeeper::app
