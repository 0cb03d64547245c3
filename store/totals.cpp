#include "usage_batch.hpp"
#include <gemkeeper/store/ledger.hpp>
#include <gemkeeper/store/meta.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <unordered_map>
#include <utility>

namespace gemkeeper::store {

namespace {

// Here rather than in SQL, which would copy the sums to sort them; by places, as they are large.
void sort_by_name(std::vector<named_sums>& all) {
  std::vector<std::size_t> places(all.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::sort(places, {}, [&](std::size_t i) -> const std::string& { return all[i].name; });
  std::vector<named_sums> sorted;
  sorted.reserve(all.size());
  for (const std::size_t i : places)
    sorted.push_back(std::move(all[i]));
  all.swap(sorted);
}

}  // namespace

usage_totals totals(session& s) {
  usage_totals all;
  if (const auto since = meta(s, "totals.since"); !since.empty()) {
    all.since = from_micros(std::stoll(since));
  }
  statement& asked = s.prepare("SELECT t.scope,n.text," + sum_list("t.{0}") +
                               " FROM totals t LEFT JOIN names n ON n.id=t.name");
  const std::array<std::vector<named_sums>*, 4> scopes{&all.by_key, &all.by_project, &all.by_model,
                                                       &all.by_client};
  all.by_key.reserve(
      static_cast<std::size_t>(s.number("SELECT count(*) FROM totals WHERE scope=1")));
  while (asked.next()) {
    const auto scope = static_cast<std::size_t>(asked.integer(0));
    if (scope == 0) {
      all.all = get_sums(asked, 2);
    } else if (scope <= scopes.size()) {
      scopes[scope - 1]->push_back({asked.text(1), get_sums(asked, 2)});
    }
  }
  for (auto* scope : scopes)
    sort_by_name(*scope);
  return all;
}

std::vector<key_times> times_of_keys(session& s) {
  std::unordered_map<std::string, key_times> by_name;
  by_name.reserve(static_cast<std::size_t>(s.number("SELECT count(*) FROM last_used")));
  statement& used =
      s.prepare("SELECT n.text,l.time FROM last_used l CROSS JOIN names n ON n.id=l.key");
  while (used.next())
    by_name[used.text(0)].last_used = used.time(1);
  statement& reset =
      s.prepare("SELECT n.text,r.since FROM resets r CROSS JOIN names n ON n.id=r.key");
  while (reset.next())
    by_name[reset.text(0)].since = reset.time(1);
  std::vector<key_times> times;
  times.reserve(by_name.size());
  for (auto& [name, t] : by_name) {
    t.key = name;
    times.push_back(std::move(t));
  }
  return times;
}

void begin_totals(session& s, pool::time_point now) {
  if (meta(s, "totals.since").empty()) {
    set_meta(s, "totals.since", std::to_string(to_micros(now)));
  }
}

void reset_totals(session& s, pool::time_point now) {
  s.run("DELETE FROM totals; DELETE FROM totals_of_keys; DELETE FROM resets");
  set_meta(s, "totals.since", std::to_string(to_micros(now)));
}

void reset_totals(session& s, const pool::key_id& key, pool::time_point now) {
  name_table names;
  const std::int64_t id = names.id_of(s, key.view());
  struct scoped {
    int scope;
    std::string_view name, group;
  };
  for (const scoped& sc : {scoped{0, "0", "key"}, scoped{2, "project", "project"},
                           scoped{3, "model", "model"}, scoped{4, "client", "client"}}) {
    std::vector<std::pair<std::int64_t, usage_sums>> shares;
    statement& share = s.prepare(fmt::format("SELECT {0},{2} FROM totals_of_keys WHERE key=? "
                                             "GROUP BY {1}",
                                             sc.name, sc.group, sum_list("sum({0})")))
                           .bind(id);
    while (share.next())
      shares.emplace_back(share.integer(0), get_sums(share, 1));
    for (const auto& [name, sums] : shares) {
      statement& take =
          s.prepare("UPDATE totals SET " + sum_list("{0}={0}-?") + " WHERE scope=? AND name=?")
              .bind();
      put_sums(take, 1, sums);
      take.put(sum_columns + 1, sc.scope);
      take.put(sum_columns + 2, name);
      take.run();
    }
  }
  s.prepare("DELETE FROM totals WHERE scope=1 AND name=?").bind(id).run();
  s.prepare("DELETE FROM totals WHERE calls=0").run();
  s.prepare("DELETE FROM totals_of_keys WHERE key=?").bind(id).run();
  s.prepare("INSERT INTO resets VALUES(?,?) ON CONFLICT DO UPDATE SET since=excluded.since")
      .bind(id, now)
      .run();
}

}  // namespace gemkeeper::store
