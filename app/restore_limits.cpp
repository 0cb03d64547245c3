// What was used of a day and of a month before this process began, out of the ledger.
#include <gemkeeper/app/client_book.hpp>
#include <gemkeeper/pool/limits.hpp>

#include <algorithm>
#include <map>
#include <string>

namespace gemkeeper::app {
namespace {

struct spans {
  pool::past_usage day, month;
};

pool::past_usage past(const store::usage_sums& sums) {
  return {sums.calls, sums.tokens.total,
          static_cast<std::uint64_t>(std::max<std::int64_t>(sums.cost_micros, 0))};
}

pool::past_usage used_since(store::session& s, store::dimension by, const std::string& name,
                            pool::time_point from, pool::time_point now) {
  store::usage_query query;
  query.from = from;
  query.to = now;
  query.step = std::chrono::hours(1);
  (by == store::dimension::key       ? query.key
   : by == store::dimension::project ? query.project
                                     : query.client) = name;
  store::usage_sums sums;
  for (const store::usage_row& row : store::usage(s, query).rows)
    sums += row.sums;
  return past(sums);
}

// The start of the span that a limit is about; none is about less than a day or more than a month.
pool::time_point start_of(const std::vector<pool::limit_view>& limits, bool month) {
  for (const pool::limit_view& one : limits) {
    const bool monthly = one.which == pool::limit_kind::tokens_per_month ||
                         one.which == pool::limit_kind::usd_per_month;
    if (one.resets_at && monthly == month) return *one.resets_at;
  }
  return {};
}

}  // namespace

void restore_limits(store::database& ledger, pool::key_pool& keys, pool::client_table& clients,
                    pool::time_point now) {
  const pool::time_span day = pool::day_of(now), month = pool::month_of(now);
  ledger.read([&](store::session& s) {
    const auto restore = [&](store::dimension by, const std::string& name,
                             const std::vector<pool::limit_view>& limits, const auto& give) {
      const bool daily = start_of(limits, false) != pool::time_point{};
      const bool monthly = start_of(limits, true) != pool::time_point{};
      if (!daily && !monthly) return;
      const spans used{used_since(s, by, name, day.start, now),
                       monthly ? used_since(s, by, name, month.start, now) : pool::past_usage{}};
      give(used);
    };
    for (const pool::key_view& key : keys.keys(now)) {
      restore(store::dimension::key, std::string(key.id.view()), key.limits,
              [&](const spans& used) { keys.add_past(key.id, used.day, used.month, now); });
    }
    for (const pool::project_view& project : keys.projects(now)) {
      restore(
          store::dimension::project, project.spec.name.value, project.limits,
          [&](const spans& used) { keys.add_past(project.spec.name, used.day, used.month, now); });
    }
    for (const pool::client_view& client : clients.clients(now)) {
      restore(store::dimension::client, client.id, client.limits,
              [&](const spans& used) { clients.add_past(client.id, used.day, used.month, now); });
    }
    return true;
  });
}

}  // namespace gemkeeper::app
