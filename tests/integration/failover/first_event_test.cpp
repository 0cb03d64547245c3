// 200, and an error as the first event: nothing is committed yet, so the next key serves.
#include "expect.hpp"
#include <gemkeeper/gemini/content_decoder.hpp>

#include <algorithm>
#include <array>
#include <charconv>

using namespace gemkeeper;
using namespace gemkeeper::test;
using pool::key_state;

namespace {

struct row {
  const char* error;
  key_state after;
};
constexpr std::array rows{
    row{"key_invalid", key_state::quarantined}, row{"suspended", key_state::quarantined},
    row{"quota_minute", key_state::cooling},    row{"quota_day", key_state::cooling},
    row{"bare_429", key_state::cooling},        row{"prepay_depleted", key_state::cooling},
    row{"overloaded_503", key_state::healthy},  row{"internal_500", key_state::healthy},
};

rig_setup one_key_that_is_suspended_in_mid_stream() {
  rig_setup s;
  s.keys = {key("one")};
  s.faults = {fault_of({}, "mid_stream_error")};
  s.faults[0].error = "suspended";
  return s;
}

// The text of a gzip-coded answer in chunks, as far as it came.
std::string unzipped_pieces(std::string_view bytes) {
  const std::size_t head_end = bytes.find("\r\n\r\n");
  std::string text;
  if (head_end == std::string_view::npos) return text;
  bytes.remove_prefix(head_end + 4);
  gemini::content_decoder decoder(gemini::content_coding::gzip);
  for (;;) {
    const std::size_t line_end = bytes.find("\r\n");
    if (line_end == std::string_view::npos) return text;
    std::size_t size = 0;
    std::from_chars(bytes.data(), bytes.data() + line_end, size, 16);
    bytes.remove_prefix(line_end + 2);
    if (size == 0) return text;
    decoder.feed(bytes.substr(0, size), [&](std::string_view piece) { text += piece; });
    bytes.remove_prefix(std::min(size + 2, bytes.size()));
  }
}

sandbox::fault first_event(std::string_view key_name, std::string_view error) {
  sandbox::fault made = fault_of(key_name, "first_event_error");
  made.error = error;
  return made;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(first_event_error)

BOOST_AUTO_TEST_CASE(the_next_key_serves_and_the_client_sees_one_clean_stream) {
  for (const row& expected : rows) {
    for (const api_call& call : all_streams) {
      BOOST_TEST_CONTEXT(expected.error << ", " << call.name) {
        rig_setup s;
        s.keys = {key("bad"), key("good")};
        s.faults = {first_event("bad", expected.error)};
        rig r(std::move(s));
        const response answer = r.call(call);
        expect_success(r, answer);
        BOOST_TEST(header(answer, "x-gemkeeper-attempts") == "2");
        BOOST_TEST(r.key_state("bad").state == expected.after);
        BOOST_TEST(r.key_state("good").state == key_state::healthy);
        const auto finished = r.requests().wait_for(1);
        BOOST_REQUIRE(finished.size() == 1U);
        BOOST_TEST(finished[0].metered);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(compressed_streams_are_read_too) {
  for (const auto coding : {sandbox::compression::gzip, sandbox::compression::brotli}) {
    rig_setup s;
    s.keys = {key("bad"), key("good")};
    s.faults = {first_event("bad", "quota_day")};
    s.upstream.answer.coding = coding;
    rig r(std::move(s));
    const response answer = r.call(stream_sse, {{"Accept-Encoding", "gzip, br"}});
    BOOST_TEST(answer.result_int() == 200);
    BOOST_TEST(header(answer, "x-gemkeeper-attempts") == "2");
    BOOST_TEST(r.key_state("bad").state == key_state::cooling);
  }
}

BOOST_AUTO_TEST_CASE(an_event_that_comes_byte_by_byte_is_understood) {
  rig_setup s;
  s.keys = {key("bad"), key("good")};
  s.faults = {fault_of("bad", "quota_minute"), fault_of("bad", "split_every_byte")};
  rig r(std::move(s));
  expect_success(r, r.call(stream_sse));
  expect_tried(r, {"bad", "good"});
}

BOOST_AUTO_TEST_CASE(with_no_key_left_the_client_gets_what_google_sent) {
  for (const char* error : {"key_invalid", "internal_500"}) {
    for (const api_call& call : all_streams) {
      BOOST_TEST_CONTEXT(error << ", " << call.name) {
        rig_setup s;
        s.keys = {key("one")};
        s.faults = {first_event({}, error)};
        s.proxy.retry.max_attempts = 2;
        rig r(std::move(s));
        const response direct = r.call_upstream(call, "one");
        const response answer = r.call(call);
        expect_unchanged(answer, direct);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(with_no_key_left_a_key_in_the_event_is_masked) {
  for (const api_call& call : all_streams) {
    for (const char* coding : {"", "gzip"}) {
      BOOST_TEST_CONTEXT(call.name << ", " << coding) {
        rig_setup s;
        s.keys = {key("one")};
        s.faults = {first_event({}, "suspended")};
        rig r(std::move(s));
        const std::string shown = decoded(r.call(call, {{"Accept-Encoding", coding}}));
        BOOST_TEST(shown.find("suspended") != std::string::npos, shown);
        expect_no_secret(r, shown);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_first_event_that_is_the_clients_own_fault_is_relayed) {
  rig_setup s;
  s.keys = {key("one"), key("two")};
  s.faults = {first_event({}, "invalid_argument")};
  rig r(std::move(s));
  const response direct = r.call_upstream(stream_sse, "one");
  r.upstream().reset();
  const response answer = r.call(stream_sse);
  expect_unchanged(answer, direct);
  expect_tried(r, {"one"});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(mid_stream_error)

BOOST_AUTO_TEST_CASE(an_error_after_the_first_event_passes_through_and_usage_so_far_counts) {
  for (const api_call& call : {stream_sse, stream_array}) {
    BOOST_TEST_CONTEXT(call.name) {
      rig_setup s;
      s.keys = {key("one"), key("two")};
      sandbox::fault f = fault_of({}, "mid_stream_error");
      f.after = 2;
      s.faults = {f};
      rig r(std::move(s));
      const response answer = r.call(call);
      BOOST_TEST(answer.result_int() == 200);
      BOOST_TEST(mentions(answer, "UNAVAILABLE"), answer.body());
      expect_tried(r, {"one"});
      BOOST_TEST(r.key_state("one").state == key_state::healthy);

      const auto finished = r.requests().wait_for(1);
      BOOST_REQUIRE(finished.size() == 1U);
      BOOST_TEST(finished[0].status == 200);
      BOOST_TEST(finished[0].usage.prompt != 0U);
      const auto usage = r.proxy().usage();
      BOOST_REQUIRE(usage.size() == 1U);
      BOOST_TEST((usage.begin()->second.tokens == finished[0].usage));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_error_in_mid_stream_shows_no_key) {
  for (const api_call& call : all_streams) {
    BOOST_TEST_CONTEXT(call.name) {
      rig r(one_key_that_is_suspended_in_mid_stream());
      const response answer = r.call(call);
      BOOST_TEST(mentions(answer, "suspended"), answer.body());
      expect_no_secret(r, answer.body());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_compressed_stream_ends_before_an_error_that_shows_a_key) {
  for (const api_call& call : all_streams) {
    for (const std::chrono::milliseconds interval : {0ms, 100ms}) {
      BOOST_TEST_CONTEXT(call.name << ", " << interval.count()) {
        rig_setup s = one_key_that_is_suspended_in_mid_stream();
        s.upstream.stream.interval = interval;
        rig r(std::move(s));
        client app(r.port());
        app.send(call.target, call.body, {{"Accept-Encoding", "gzip"}, {"Connection", "close"}});
        const std::string got = app.receive_to_end();
        BOOST_TEST(!got.ends_with("0\r\n\r\n"));
        const std::string shown = unzipped_pieces(got);
        BOOST_TEST(shown.find("suspended") == std::string::npos, shown);
        expect_no_secret(r, shown);
        if (interval != 0ms) BOOST_TEST(shown.find("ech") != std::string::npos, shown);
        const auto finished = r.requests().wait_for(1);
        BOOST_REQUIRE(finished.size() == 1U);
        BOOST_TEST(finished[0].usage.prompt != 0U);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_cut_off_is_cut_off_for_the_client_too) {
  for (const std::string_view fault : {"reset_mid_body", "close_mid_stream", "bad_chunk"}) {
    BOOST_TEST_CONTEXT(fault) {
      rig_setup s;
      s.keys = {key("one"), key("two")};
      s.faults = {fault_of({}, fault)};
      rig r(std::move(s));
      client app(r.port());
      app.send(stream_sse.target, stream_sse.body);
      const std::string got = app.receive_to_end();
      BOOST_TEST(got.find("HTTP/1.1 200") == 0U, got);
      BOOST_TEST(!got.ends_with("0\r\n\r\n"));
      expect_tried(r, {"one"});
      BOOST_TEST(r.key_state("one").state == key_state::healthy);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
