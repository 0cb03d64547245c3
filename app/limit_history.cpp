#include <gemkeeper/app/limit_history.hpp>
#include <gemkeeper/store/ledger.hpp>

#include <algorithm>
#include <string>

namespace gemkeeper::app {
namespace {

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
  return {sums.calls, sums.tokens.total,
          static_cast<std::uint64_t>(std::max<std::int64_t>(sums.cost_micros, 0))};
}

bool is_of_a_month(const pool::limit_view& one) {
  return one.which == pool::limit_kind::tokens_per_month ||
         one.which == pool::limit_kind::usd_per_month;
}

}  // namespace

void limit_history::recall_those(const auto& wanted, pool::time_point now) {
  const pool::time_span day = pool::day_of(now), month = pool::month_of(now);
  ledger_.read([&](store::session& s) {
    const auto recall = [&](pool::limit_scope scope, store::dimension by, const std::string& name,
                            const std::vector<pool::limit_view>& limits, const auto& tell) {
      if (!wanted(scope, name)) return;
      // Those of a minute and of requests in flight have no such end, and no past.
      if (std::ranges::none_of(limits, [](const auto& one) { return one.resets_at.has_value(); }))
        return;
      const bool monthly = std::ranges::any_of(limits, is_of_a_month);
      tell(used_since(s, by, name, day.start, now),
           monthly ? used_since(s, by, name, month.start, now) : pool::past_usage{});
    };
    for (const pool::key_view& key : keys_.keys(now)) {
      recall(pool::limit_scope::key, store::dimension::key, std::string(key.id.view()), key.limits,
             [&](const pool::past_usage& today, const pool::past_usage& this_month) {
               keys_.count_at_least(key.id, today, this_month, now);
             });
    }
    for (const pool::project_view& project : keys_.projects(now)) {
      const pool::project_name& name = project.spec.name;
      recall(pool::limit_scope::project, store::dimension::project, name.value, project.limits,
             [&](const pool::past_usage& today, const pool::past_usage& this_month) {
               keys_.count_at_least(name, today, this_month, now);
             });
    }
    for (const pool::client_view& client : clients_.clients(now)) {
      recall(pool::limit_scope::client, store::dimension::client, client.id, client.limits,
             [&](const pool::past_usage& today, const pool::past_usage& this_month) {
               clients_.count_at_least(client.id, today, this_month, now);
             });
    }
    return true;
  });
}

void limit_history::recall(pool::time_point now) {
  recall_those([](pool::limit_scope, std::string_view) { return true; }, now);
}

void limit_history::recall(pool::limit_scope scope, std::string_view subject,
                           pool::time_point now) {
  recall_those(
      [&](pool::limit_scope of, std::string_view name) { return of == scope && name == subject; },
      now);
}

}  // namespace gemkeeper::app
