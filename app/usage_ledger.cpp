#include <gemkeeper/app/usage_ledger.hpp>
#include <gemkeeper/store/error.hpp>
#include <gemkeeper/store/meta.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace gemkeeper::app {
namespace {

std::vector<admin::named_usage> named(std::vector<store::named_sums>&& all) {
  std::vector<admin::named_usage> made;
  made.reserve(all.size());
  for (store::named_sums& one : all)
    made.push_back({std::move(one.name), one.sums});
  return made;
}

store::dimension dimension_of(admin::usage_dimension d) {
  switch (d) {
    case admin::usage_dimension::key:
      return store::dimension::key;
    case admin::usage_dimension::project:
      return store::dimension::project;
    case admin::usage_dimension::model:
      return store::dimension::model;
    case admin::usage_dimension::client:
      break;
  }
  return store::dimension::client;
}

std::vector<store::dimension> dimensions_of(const admin::usage_question& what) {
  std::vector<store::dimension> made;
  std::ranges::transform(what.group_by, std::back_inserter(made), dimension_of);
  return made;
}

// What the store has to say, as the admin API knows it.
template <class F>
auto told(F&& ask) {
  try {
    return ask();
  } catch (const store::error& e) {
    if (e.kind() == store::fault::input) throw admin::bad_question(e.what());
    throw admin::store_failed(e.what());
  }
}

}  // namespace

usage_ledger::usage_ledger(store::database& database) : database_(database) {
  const bool begun =
      database_.read([](store::session& s) { return !store::totals(s).since.has_value(); });
  if (!begun) return;
  database_
      .write([](store::session& s) { store::begin_totals(s, std::chrono::system_clock::now()); })
      .get();
}

void usage_ledger::append(const proxy::request_record& from, unsigned calls) noexcept {
  if (from.key_id.empty()) return;
  store::usage_record to;
  to.time = from.ended;
  std::ranges::copy_n(from.key_id.data(),
                      static_cast<std::ptrdiff_t>(std::min(from.key_id.size(), to.key.hex.size())),
                      to.key.hex.begin());
  to.project = from.project;
  to.model = from.model;
  to.client = from.client;
  to.kind = from.kind;
  to.calls = calls;
  to.tokens = from.usage;
  to.cost_micros = from.cost_micros;
  database_.journal(from.worker).append(to);
}

void usage_ledger::commit() {
  const store::journal_counts counts = database_.health().journals;
  if (counts.waiting == 0) return;
  try {
    database_.flush();
  } catch (const store::error&) {  // `storage` tells of it
  }
}

admin::usage_totals usage_ledger::totals() {
  commit();
  return told([this] {
    store::usage_totals all = database_.read([](store::session& s) { return store::totals(s); });
    return admin::usage_totals{
        all.since.value_or(pool::time_point{}), all.all,
        named(std::move(all.by_key)),           named(std::move(all.by_project)),
        named(std::move(all.by_model)),         named(std::move(all.by_client))};
  });
}

std::vector<admin::key_times> usage_ledger::times_of_keys() {
  return told([this] {
    std::vector<store::key_times> read =
        database_.read([](store::session& s) { return store::times_of_keys(s); });
    std::vector<admin::key_times> made;
    made.reserve(read.size());
    for (store::key_times& one : read) {
      made.push_back({std::move(one.key), one.last_used, one.since});
    }
    return made;
  });
}

store::usage_series usage_ledger::series(const admin::usage_question& what) {
  commit();
  store::usage_query query;
  query.from = what.from;
  query.to = what.to;
  query.unit = what.step ? store::step_unit::seconds : store::step_unit::months;
  query.step = what.step.value_or(query.step);
  query.group_by = dimensions_of(what);
  return told(
      [&] { return database_.read([&](store::session& s) { return store::usage(s, query); }); });
}

admin::usage_series usage_ledger::over_time(const admin::usage_question& what) {
  store::usage_series found = series(what);
  admin::usage_series made{{}, found.kept_from};
  made.lines.reserve(found.rows.size());
  for (store::usage_row& row : found.rows) {
    made.lines.push_back({row.start, std::move(row.key), std::move(row.project),
                          std::move(row.model), std::move(row.client), row.sums});
  }
  return made;
}

std::string usage_ledger::csv(const admin::usage_question& what) {
  return store::to_csv(series(what), dimensions_of(what));
}

void usage_ledger::reset(const std::optional<pool::key_id>& key, pool::time_point now) {
  told([&] {
    database_
        .write([&](store::session& s) {
          key ? store::reset_totals(s, *key, now) : store::reset_totals(s, now);
        })
        .get();
  });
}

admin::ledger_state usage_ledger::state() const {
  const store::journal_counts c = database_.health().journals;
  return {c.appended + c.merged, c.waiting, c.merged, c.backlog, c.folded, c.lost};
}

void usage_ledger::watch(log& to) {
  const store::storage_health now = database_.health();
  const auto number = [](std::uint64_t n) { return static_cast<std::int64_t>(n); };
  if (now.journals.lost > told_.lost) {
    to.error("usage_lost", "usage was lost: there was no memory for it",
             {{"calls", number(now.journals.lost - told_.lost)}});
  }
  // Once when it begins: it goes on for as long as the disk is full.
  if (now.journals.backlog != 0 && told_.backlog == 0) {
    to.warn("usage_merged",
            "the usage journals are full: calls are merged in memory until the store works, and "
            "would be lost if the process were killed",
            {{"rows", number(now.journals.backlog)}});
  }
  if (now.journals.folded != 0 && told_.folded == 0) {
    to.warn("usage_folded",
            "there are too many names of models or clients: the rest counts as "
            "\"other\"");
  }
  told_ = now.journals;
}

}  // namespace gemkeeper::app
