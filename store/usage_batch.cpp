#include "usage_batch.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>

namespace gemkeeper::store {
namespace {

// In the order of token_usage's members, which is that of memory.
constexpr std::array<std::string_view, sum_columns> column_names{"calls",
                                                                 "errors",
                                                                 "cancelled",
                                                                 "unmetered",
                                                                 "unpriced",
                                                                 "cost_micros",
                                                                 "prompt",
                                                                 "cached",
                                                                 "tool_use",
                                                                 "candidates",
                                                                 "thoughts",
                                                                 "total",
                                                                 "prompt_text",
                                                                 "prompt_image",
                                                                 "prompt_audio",
                                                                 "prompt_video",
                                                                 "prompt_document",
                                                                 "cached_text",
                                                                 "cached_image",
                                                                 "cached_audio",
                                                                 "cached_video",
                                                                 "cached_document",
                                                                 "tool_use_text",
                                                                 "tool_use_image",
                                                                 "tool_use_audio",
                                                                 "tool_use_video",
                                                                 "tool_use_document",
                                                                 "candidates_text",
                                                                 "candidates_image",
                                                                 "candidates_audio",
                                                                 "candidates_video",
                                                                 "candidates_document"};

constexpr std::size_t token_columns = sizeof(pool::token_usage) / 8;
constexpr int first_token_column = 6;
using token_counts = std::array<std::uint64_t, token_columns>;
static_assert(token_columns + first_token_column == sum_columns);

std::string upsert(std::string_view table, std::string_view places, int count) {
  std::string parameters = "?";
  for (int i = 1; i < count + sum_columns; ++i)
    parameters += ",?";
  std::string set;
  for (const auto name : column_names)
    set += fmt::format("{0}{1}={1}+excluded.{1}", set.empty() ? "" : ",", name);
  return fmt::format("INSERT INTO {}({},{}) VALUES({}) ON CONFLICT({}) DO UPDATE SET {}", table,
                     places, sum_list(), parameters, places, set);
}

const std::string& upsert_usage() {
  static const std::string sql = upsert("usage", "step,start,key,project,model,client", 6);
  return sql;
}
const std::string& upsert_key_totals() {
  static const std::string sql = upsert("totals_of_keys", "key,project,model,client", 4);
  return sql;
}
const std::string& upsert_totals() {
  static const std::string sql = upsert("totals", "scope,name", 2);
  return sql;
}

}  // namespace

std::span<const std::string_view> sum_names() {
  return column_names;
}

std::string sum_list(std::string_view pattern) {
  std::string list;
  for (const auto name : column_names) {
    if (!list.empty()) list += ',';
    list += fmt::format(fmt::runtime(pattern), name);
  }
  return list;
}

void put_sums(statement& s, int at, const usage_sums& sums) {
  for (const std::uint64_t count :
       {sums.calls, sums.errors, sums.cancelled, sums.unmetered, sums.unpriced})
    s.put(at++, count);
  s.put(at++, sums.cost_micros);
  for (const std::uint64_t count : std::bit_cast<token_counts>(sums.tokens))
    s.put(at++, count);
}

usage_sums get_sums(const statement& s, int column) {
  usage_sums sums;
  for (std::uint64_t* count :
       {&sums.calls, &sums.errors, &sums.cancelled, &sums.unmetered, &sums.unpriced})
    *count = s.count(column++);
  sums.cost_micros = s.integer(column++);
  token_counts tokens{};
  for (std::uint64_t& count : tokens)
    count = s.count(column++);
  sums.tokens = std::bit_cast<pool::token_usage>(tokens);
  return sums;
}

std::int64_t name_table::id_of(session& s, std::string_view name) {
  if (name.empty()) return 0;
  if (const auto known = ids_.find(name); known != ids_.end()) return known->second;
  s.prepare("INSERT INTO names(text) VALUES(?) ON CONFLICT DO NOTHING").bind(name).run();
  statement& asked = s.prepare("SELECT id FROM names WHERE text=?").bind(name);
  const std::int64_t id = asked.next() ? asked.integer(0) : 0;
  asked.rewind();
  if (ids_.size() >= max_kept) ids_.clear();
  ids_.try_emplace(std::string(name), id);
  return id;
}

std::size_t usage_place_hash::operator()(const usage_place& p) const {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
  std::uint64_t h = 0;
  for (const std::int64_t part : {p.minute, p.key, p.project, p.model, p.client}) {
    h = (h ^ static_cast<std::uint64_t>(part)) * odd;
    h ^= h >> 32U;
  }
  return h;
}

void usage_batch::add(const usage_place& place, const usage_sums& sums, std::int64_t time_micros) {
  rows_[place] += sums;
  if (place.key == 0) return;
  std::int64_t& last = last_used_[place.key];
  if (time_micros > last) last = time_micros;
}

void usage_batch::apply(session& s) const {
  std::unordered_map<usage_place, usage_sums, usage_place_hash> keys;
  struct scoped {
    std::unordered_map<std::int64_t, usage_sums> by;
  };
  std::array<scoped, 5> scopes;
  statement& add = s.prepare(upsert_usage());
  for (const auto& [place, sums] : rows_) {
    for (const std::int64_t step : {60, 3600, 86'400}) {
      add.bind(step, place.minute / step * step, place.key, place.project, place.model,
               place.client);
      put_sums(add, 7, sums);
      add.run();
    }
    keys[{0, place.key, place.project, place.model, place.client}] += sums;
    scopes[0].by[0] += sums;
    scopes[1].by[place.key] += sums;
    scopes[2].by[place.project] += sums;
    scopes[3].by[place.model] += sums;
    scopes[4].by[place.client] += sums;
  }
  statement& add_key = s.prepare(upsert_key_totals());
  for (const auto& [place, sums] : keys) {
    add_key.bind(place.key, place.project, place.model, place.client);
    put_sums(add_key, 5, sums);
    add_key.run();
  }
  statement& add_total = s.prepare(upsert_totals());
  for (std::size_t scope = 0; scope < scopes.size(); ++scope) {
    for (const auto& [name, sums] : scopes[scope].by) {
      add_total.bind(scope, name);
      put_sums(add_total, 3, sums);
      add_total.run();
    }
  }
  statement& used = s.prepare(
      "INSERT INTO last_used VALUES(?,?) ON CONFLICT DO UPDATE SET time=max(time,excluded.time)");
  for (const auto& [key, time] : last_used_)
    used.bind(key, time).run();
}

}  // namespace gemkeeper::store
