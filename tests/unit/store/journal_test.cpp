#include "fixture.hpp"
#include "store/journal_area.hpp"
#include "store/journal_reader.hpp"
#include "store/migrations.hpp"

#include <fstream>

using namespace gemkeeper;
using namespace gemkeeper::store;
using namespace gemkeeper::store::test;

BOOST_AUTO_TEST_SUITE(journal)

namespace {

// A journal in memory and a database in memory, without a thread between them.
struct bench {
  explicit bench(std::size_t records = 8)
      : writer(journal_area::anonymous({records, 1U << 20U}), nullptr), reader(writer.area()) {
    migrate(s);
  }
  void commit() {
    transaction all(s);
    usage_batch batch;
    reader.read(s, names, batch);
    batch.apply(s);
    reader.commit_in(s);
    all.commit();
    reader.release();
  }

  session s{":memory:", session::access::write, 1s};
  name_table names;
  usage_journal writer;
  journal_reader reader;
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_field_arrives) {
  bench b;
  usage_record r = call(0xabcdef, 10);
  r.tokens = {.prompt = 1, .cached = 2, .tool_use = 3, .candidates = 4, .thoughts = 5, .total = 6};
  r.tokens.prompt_by[4] = 7;
  r.tokens.cached_by[3] = 8;
  r.tokens.tool_use_by[2] = 9;
  r.tokens.candidates_by[1] = 10;
  b.writer.append(r);
  for (const auto kind :
       {pool::usage_kind::error, pool::usage_kind::cancelled, pool::usage_kind::unmetered}) {
    usage_record other = call(0xabcdef, 0);
    other.kind = kind;
    other.cost_micros.reset();
    b.writer.append(other);
  }
  b.commit();
  const usage_totals t = totals(b.s);
  usage_sums expected{.calls = 4,
                      .errors = 1,
                      .cancelled = 1,
                      .unmetered = 1,
                      .unpriced = 3,
                      .cost_micros = 20,
                      .tokens = r.tokens};
  BOOST_TEST((t.all == expected));
  BOOST_TEST((of(t.by_key, "000000abcdef") == expected));
  BOOST_TEST((of(t.by_project, "project") == expected));
  BOOST_TEST((of(t.by_model, "gemini-3.6-flash") == expected));
  BOOST_TEST((of(t.by_client, "client") == expected));
}

BOOST_AUTO_TEST_CASE(a_call_in_parts_is_one_call) {
  bench b;
  usage_record part = call(0xabcdef, 10);
  part.cost_micros = 7;
  const std::uint64_t tokens = part.tokens.all();
  b.writer.append(part);
  part.calls = 0;
  b.writer.append(part);
  part.cost_micros.reset();
  b.writer.append(part);
  b.commit();
  const usage_sums sum = totals(b.s).all;
  BOOST_TEST(sum.calls == 1U);
  BOOST_TEST(sum.cost_micros == 14);
  BOOST_TEST(sum.unpriced == 0U);
  BOOST_TEST(sum.tokens.all() == 3 * tokens);
}

BOOST_AUTO_TEST_CASE(the_ring_turns_over_many_times) {
  bench b;
  for (unsigned i = 1; i <= 1000; ++i) {
    b.writer.append(call(i % 5, i));
    if (i % 7 == 0) b.commit();
  }
  b.commit();
  BOOST_TEST(totals(b.s).all.calls == 1000U);
  BOOST_TEST(totals(b.s).all.tokens.total == 500'500U);
  BOOST_TEST(b.writer.counts().merged == 0U);
}

BOOST_AUTO_TEST_CASE(a_full_ring_merges_in_memory_and_loses_nothing) {
  bench b;
  for (unsigned i = 1; i <= 100; ++i)
    b.writer.append(call(i % 3, i));
  BOOST_TEST(b.writer.counts().merged == 92U);
  BOOST_TEST(b.writer.counts().backlog == 3U);
  BOOST_TEST(b.writer.counts().waiting == 8U);
  b.commit();
  b.writer.settle_backlog();
  BOOST_TEST(b.writer.counts().backlog == 0U);
  b.commit();
  BOOST_TEST(totals(b.s).all.calls == 100U);
  BOOST_TEST(totals(b.s).all.tokens.total == 5050U);
  BOOST_TEST(totals(b.s).all.cost_micros == 10'100);
}

BOOST_AUTO_TEST_CASE(a_backlog_beyond_its_bound_folds_names_but_no_count) {
  bench b;
  constexpr unsigned many = usage_journal::max_backlog + 1000;
  for (unsigned i = 0; i < many; ++i)
    b.writer.append(call(i, 1));
  BOOST_TEST(b.writer.counts().backlog == usage_journal::max_backlog + 1);
  BOOST_TEST(b.writer.counts().folded > 0U);
  while (b.writer.counts().backlog != 0 || b.writer.counts().waiting != 0) {
    b.commit();
    b.writer.settle_backlog();
  }
  BOOST_TEST(totals(b.s).all.calls == many);
  BOOST_TEST(of(totals(b.s).by_model, "other").calls == b.writer.counts().folded);
}

BOOST_AUTO_TEST_CASE(names_grow_up_to_a_bound_and_then_count_as_other) {
  bench b(8192);
  for (unsigned i = 0; i < 3000; ++i) {
    usage_record r = call(1, 1);
    const std::string project = fmt::format("project-{}", i), model = fmt::format("model-{}", i);
    r.project = project;
    r.model = model;
    b.writer.append(r);
  }
  usage_record r = call(1, 1);
  const std::string long_name(usage_journal::max_name_size + 1, 'x');
  r.client = long_name;
  r.model = "";
  b.writer.append(r);
  b.commit();
  const usage_totals t = totals(b.s);
  BOOST_TEST(t.by_project.size() == 3001U);
  BOOST_TEST(t.by_model.size() == usage_journal::max_models + 2);
  BOOST_TEST(of(t.by_model, "other").calls == 3000U - usage_journal::max_models);
  BOOST_TEST(of(t.by_model, "").calls == 1U);
  BOOST_TEST(of(t.by_model, "model-1023").calls == 1U);
  BOOST_TEST(of(t.by_client, "other").calls == 1U);
  BOOST_TEST(b.writer.counts().folded == 3001U - usage_journal::max_models);
}

BOOST_AUTO_TEST_CASE(absurd_counts_are_cut_and_keys_that_are_none_count_for_none) {
  bench b;
  usage_record r = call(1, 0);
  r.tokens.total = ~std::uint64_t{0};
  b.writer.append(r);
  r = call(1, 5);
  r.key = {};
  b.writer.append(r);
  b.commit();
  BOOST_TEST(totals(b.s).all.tokens.total == (std::uint64_t{1} << 40U) + 5);
  BOOST_TEST(of(totals(b.s).by_key, "").calls == 1U);
}

BOOST_AUTO_TEST_CASE(a_rollback_counts_again_once) {
  bench b;
  b.writer.append(call(1, 1));
  for (int i = 0; i < 3; ++i) {
    transaction lost(b.s);
    usage_batch batch;
    b.reader.read(b.s, b.names, batch);
    batch.apply(b.s);
    b.names.forget();
    b.reader.give_back();
  }
  b.commit();
  b.commit();
  BOOST_TEST(totals(b.s).all.calls == 1U);
}

BOOST_AUTO_TEST_CASE(torn_and_lost_records_of_a_dead_process_cost_only_themselves) {
  const temporary_directory directory;
  const database_settings s = settings_in(directory);
  { database db(s); }
  const auto path = directory.path() / "gemkeeper.db.usage-0";
  {
    usage_journal dead(journal_area::create(path, {8, 4096}), nullptr);
    for (unsigned i = 0; i < 6; ++i)
      dead.append(call(1, 1U << i));
    // Torn: a byte of the second. Lost to a power cut: the page of the fourth. Begun, not
    // published: the seventh.
    reinterpret_cast<char*>(&dead.area().at(2))[100] ^= 1;
    dead.area().at(4) = {};
    dead.area().at(7).time = 1;
  }
  {
    database db(s);
    BOOST_TEST(db.opening().replayed_calls == 4U);
    BOOST_TEST(db.opening().torn_records == 1U);
    const usage_sums all = db.read([](session& r) { return totals(r).all; });
    BOOST_TEST(all.calls == 4U);
    BOOST_TEST(all.tokens.total == 1U + 4U + 16U + 32U);
  }
  database again(s);
  BOOST_TEST(again.opening().replayed_calls == 0U);
}

BOOST_AUTO_TEST_CASE(unfinished_and_damaged_journals_do_not_stop_the_start) {
  const temporary_directory directory;
  const database_settings s = settings_in(directory);
  directory.write("gemkeeper.db.usage-0", "");
  directory.write("gemkeeper.db.usage-1", std::string(100'000, '\0'));
  directory.write("gemkeeper.db.usage-2", std::string(100'000, 'x'));
  directory.write("gemkeeper.db.usage-old", "not ours");
  const database db(s);
  BOOST_TEST(db.opening().damaged_journals.size() == 1U);
  BOOST_TEST((content_of(db.opening().damaged_journals.at(0)) == std::string(100'000, 'x')));
  BOOST_TEST(content_of(directory.path() / "gemkeeper.db.usage-old") == "not ours");
  BOOST_TEST(!std::filesystem::exists(directory.path() / "gemkeeper.db.usage-1"));
}

BOOST_AUTO_TEST_SUITE_END()
