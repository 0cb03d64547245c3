#include "retention.hpp"
#include "usage_batch.hpp"
#include <gemkeeper/store/ledger.hpp>
#include <gemkeeper/store/meta.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gemkeeper::store {
namespace {

struct named_dimension {
  dimension what;
  std::string_view column;
  std::string usage_row::*in_row;
  std::optional<std::string> usage_query::*filter;
};
constexpr std::array dimensions{
    named_dimension{dimension::key, "key", &usage_row::key, &usage_query::key},
    named_dimension{dimension::project, "project", &usage_row::project, &usage_query::project},
    named_dimension{dimension::model, "model", &usage_row::model, &usage_query::model},
    named_dimension{dimension::client, "client", &usage_row::client, &usage_query::client}};

const named_dimension& named(dimension d) {
  return dimensions[static_cast<std::size_t>(d)];
}

std::int64_t seconds_of(pool::time_point t) {
  return std::chrono::floor<std::chrono::seconds>(t.time_since_epoch()).count();
}

// -1: no such name.
std::int64_t find_name(session& s, const std::string& name) {
  if (name.empty()) return 0;
  statement& asked = s.prepare("SELECT id FROM names WHERE text=?").bind(name);
  const std::int64_t id = asked.next() ? asked.integer(0) : -1;
  asked.rewind();
  return id;
}

std::string series_sql(const usage_query& q) {
  std::string groups, names, joins, where;
  for (const dimension d : q.group_by) {
    const std::string_view c = named(d).column;
    groups += fmt::format(",{}", c);
    names += fmt::format(",n_{}.text", c);
    joins += fmt::format(" LEFT JOIN names n_{0} ON n_{0}.id=u.{0}", c);
  }
  // ?1 stands in either, for it is bound in either.
  const std::string_view slot =
      q.unit == step_unit::months
          ? "CAST(strftime('%s',start,'unixepoch','start of month') AS INTEGER)+0*?1"
          : "start/?1*?1";
  int parameter = 5;
  for (const named_dimension& d : dimensions) {
    if (q.*d.filter) where += fmt::format(" AND {}=?{}", d.column, ++parameter);
  }
  return fmt::format(
      "SELECT u.slot,{0}{1} FROM (SELECT {7} AS slot{2},{3} FROM usage WHERE step=?2 AND "
      "start>=?3 AND start<?4{4} GROUP BY {7}{2} LIMIT ?5) u{5} ORDER BY {6}",
      sum_list("u.{0}"), names, groups, sum_list("sum({0}) AS {0}"), where, joins, "u.slot" + names,
      slot);
}

// The first second of the month of `t`, or of a later one.
std::int64_t month_of(pool::time_point t, std::chrono::months more) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(t));
  return seconds_of(std::chrono::sys_days((day.year() / day.month() + more) / 1));
}

}  // namespace

std::string_view to_string(dimension d) {
  return named(d).column;
}

usage_series usage(session& s, const usage_query& q) {
  using std::chrono::months;
  const bool by_month = q.unit == step_unit::months;
  const std::int64_t step = by_month ? 86'400 : q.step.count();
  if (step < 60 || step % 60 != 0) {
    throw error(fault::input, "usage: step must be a multiple of a minute");
  }
  if (q.to <= q.from) throw error(fault::input, "usage: `to` must be after `from`");
  const std::int64_t base = step % 86'400 == 0 ? 86'400 : step % 3600 == 0 ? 3600 : 60;
  const std::int64_t from = std::max<std::int64_t>(
      0, by_month ? month_of(q.from, months(0)) : seconds_of(q.from) / step * step);
  const std::int64_t to = by_month ? month_of(q.to - std::chrono::microseconds(1), months(1))
                                   : (seconds_of(q.to) + step - 1) / step * step;

  usage_series series;
  if (const auto kept = meta(s, kept_from_name(base)); !kept.empty()) {
    const pool::time_point limit{std::chrono::seconds(std::stoll(kept))};
    if (limit > q.from) series.kept_from = limit;
  }
  statement& asked = s.prepare(series_sql(q)).bind(step, base, from, to, q.max_rows + 1);
  int parameter = 5;
  for (const named_dimension& d : dimensions) {
    if (const auto& name = q.*d.filter) asked.put(++parameter, find_name(s, *name));
  }
  while (asked.next()) {
    if (series.rows.size() == q.max_rows) {
      asked.rewind();
      throw error(fault::input,
                  fmt::format("usage: more than {} rows: use a longer step, a shorter "
                              "time or fewer dimensions",
                              q.max_rows));
    }
    usage_row row;
    row.start = pool::time_point(std::chrono::seconds(asked.integer(0)));
    row.sums = get_sums(asked, 1);
    int column = 1 + sum_columns;
    for (const dimension d : q.group_by)
      row.*named(d).in_row = asked.text(column++);
    series.rows.push_back(std::move(row));
  }
  return series;
}

}  // namespace gemkeeper::store
