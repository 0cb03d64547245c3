#include <gemkeeper/admin/recorder.hpp>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <string>
#include <thread>
#include <vector>

namespace gemkeeper::admin {
namespace {

using std::chrono::system_clock;

finished_request answered(std::string_view model, int status = 200) {
  finished_request done;
  done.request_id = "0123456789abcdef";
  done.method = "POST";
  done.route = "generate_content";
  done.model = model;
  done.key_id = "0123456789ab";
  done.key_name = "first";
  done.outcome = "success";
  done.attempts = 1;
  done.status = status;
  done.total = std::chrono::microseconds(900);
  done.upstream = std::chrono::microseconds(800);
  done.first_byte = std::chrono::microseconds(850);
  return done;
}

BOOST_AUTO_TEST_SUITE(recording)

BOOST_AUTO_TEST_CASE(threads_are_summed) {
  recorder all;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i)
        all.record(answered("flash", i % 10 == 0 ? 429 : 200), system_clock::now());
    });
  }
  for (int i = 0; i < 50; ++i)
    BOOST_TEST(all.totals().requests.size() <= 2U);
  for (std::thread& thread : threads)
    thread.join();
  const request_totals sum = all.totals();
  BOOST_TEST(sum.requests.at({"generate_content", "flash", "200"}) == 3600U);
  BOOST_TEST(sum.requests.at({"generate_content", "flash", "429"}) == 400U);
  BOOST_TEST(sum.duration.buckets[4] == 4000U);  // up to 1 ms
  BOOST_TEST(sum.overhead.buckets[1] == 4000U);  // up to 100 us
  BOOST_TEST(sum.waited.sum_us == 0U);
  BOOST_TEST(sum.duration.sum_us == 4000U * 900U);
}

BOOST_AUTO_TEST_CASE(made_up_models_fold_into_other) {
  recorder all;
  for (int i = 0; i < 10'000; ++i)
    all.record(answered(fmt::format("model-{}", i)), system_clock::now());
  const request_totals sum = all.totals();
  BOOST_TEST(sum.requests.size() == recorder::default_models + 1);
  BOOST_TEST(sum.requests.at({"generate_content", "other", "200"}) ==
             10'000U - recorder::default_models);
}

BOOST_AUTO_TEST_CASE(the_newest_are_kept_and_come_first) {
  recorder all;
  const system_clock::time_point start{};
  for (int i = 0; i < 1000; ++i) {
    const std::string id = fmt::format("{:016}", i);
    finished_request done = answered("flash");
    done.request_id = id;
    all.record(done, start + std::chrono::seconds(i));
  }
  const auto recent = all.recent(3);
  BOOST_TEST(recent.size() == 3U);
  BOOST_TEST(recent[0].request_id == "0000000000000999");
  BOOST_TEST(all.recent(9999).size() == recorder::kept_per_thread);
  BOOST_TEST(all.find("0000000000000999").has_value());
  BOOST_TEST(!all.find("0000000000000001").has_value());
}

BOOST_AUTO_TEST_CASE(what_is_waited_for_is_no_overhead) {
  recorder all;
  finished_request done = answered("flash");
  done.total = std::chrono::milliseconds(500);
  done.upstream = std::chrono::milliseconds(100);
  done.receiving = std::chrono::milliseconds(150);
  done.waited = std::chrono::milliseconds(249);
  all.record(done, system_clock::now());
  BOOST_TEST(all.totals().overhead.sum_us == 1'000U);
  BOOST_TEST(all.totals().waited.sum_us == 249'000U);
  BOOST_TEST(all.recent(1)[0].overhead.count() == 1'000);
}

BOOST_AUTO_TEST_CASE(attempts_are_kept_for_as_long_as_their_request) {
  recorder all;
  std::vector<pool::attempt> trail(3);
  trail[0].quotas = {"PerDay"};
  trail[1].route = "http://proxy:3128";
  finished_request done = answered("flash");
  done.trail = trail;
  done.left_out = 2;
  all.record(done, system_clock::now());
  trail.clear();  // the record's views end with the call
  const kept_request kept = all.recent(1)[0];
  BOOST_TEST(kept.trail.size() == 3U);
  BOOST_TEST(kept.trail[0].quotas.at(0) == "PerDay");
  BOOST_TEST(kept.trail[1].route == "http://proxy:3128");
  BOOST_TEST(kept.left_out == 2U);
  for (std::size_t i = 0; i < recorder::kept_per_thread; ++i)
    all.record(answered("flash"), system_clock::now());
  for (const kept_request& one : all.recent(9999))
    BOOST_TEST(one.trail.empty());
}

BOOST_AUTO_TEST_CASE(a_record_is_cheap) {
  recorder all;
  finished_request done = answered("gemini-3.6-flash");
  const std::vector<pool::attempt> trail(1);
  done.trail = trail;
  const auto now = system_clock::now();
  constexpr int count = 200'000;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i)
    all.record(done, now);
  const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - begin;
  fmt::print("recorder::record: {} ns\n", took.count() / count);
  // A guard against what is grossly wrong, on loaded machines and with sanitizers too.
  BOOST_TEST(took.count() / count < 200'000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
