// Results whose usage is told again and again count once.
#include <gemkeeper/pool/counted_results.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using gemkeeper::pool::counted_results;

BOOST_AUTO_TEST_SUITE(counted)

BOOST_AUTO_TEST_CASE(each_name_counts_once) {
  counted_results all;
  BOOST_TEST(!all.take_news());
  BOOST_TEST(all.first_time("batches/a"));
  BOOST_TEST(!all.first_time("batches/a"));
  BOOST_TEST(all.first_time("batches/b"));
  BOOST_TEST(all.take_news());
  BOOST_TEST(!all.first_time("batches/b"));
  BOOST_TEST(!all.take_news());
}

BOOST_AUTO_TEST_CASE(memory_that_outlives_it_forgets_none) {
  std::vector<std::uint64_t> memory(counted_results::words);
  {
    counted_results before(memory);
    BOOST_TEST(before.first_time("interactions/x"));
    BOOST_TEST(before.first_time("files/y"));
  }
  counted_results after(memory);
  BOOST_TEST(!after.first_time("interactions/x"));
  BOOST_TEST(!after.first_time("files/y"));
  BOOST_TEST(after.first_time("files/z"));
}

// A count that was written without its name: the place stays empty, and nothing else is lost.
BOOST_AUTO_TEST_CASE(a_process_may_die_between_any_two_writes) {
  std::vector<std::uint64_t> memory(counted_results::words);
  BOOST_TEST(counted_results(memory).first_time("a"));
  ++memory[0];
  counted_results after(memory);
  BOOST_TEST(after.first_time("b"));
  BOOST_TEST(!after.first_time("a"));
  BOOST_TEST(!counted_results(memory).first_time("b"));
}

BOOST_AUTO_TEST_CASE(the_oldest_gives_way) {
  std::vector<std::uint64_t> memory(counted_results::words);
  counted_results all(memory);
  for (std::size_t i = 0; i < counted_results::capacity; ++i)
    all.first_time(std::to_string(i));
  BOOST_TEST(!all.first_time("0"));
  BOOST_TEST(all.first_time("one more"));
  BOOST_TEST(!all.first_time("1"));
  BOOST_TEST(all.first_time("0"));
  BOOST_TEST(counted_results(memory).first_time("1"));
}

BOOST_AUTO_TEST_CASE(of_many_who_ask_at_once_one_is_the_first) {
  counted_results all;
  std::atomic<int> firsts = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i)
        firsts += all.first_time(std::to_string(i)) ? 1 : 0;
    });
  }
  for (std::thread& one : threads)
    one.join();
  BOOST_TEST(firsts == 1000);
}

BOOST_AUTO_TEST_SUITE_END()
