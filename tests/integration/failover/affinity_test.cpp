// What belongs to one project is used with its keys only, whoever's turn it is. The fake API's
// projects know nothing of each other's files.
#include "expect.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

// Its name, as the answer tells it.
std::string upload(const rig& r) {
  const response made = r.ask("POST", "/upload/v1beta/files", "some bytes",
                              {{"X-Goog-Upload-Protocol", "raw"}, {"Content-Type", "text/plain"}});
  BOOST_TEST(made.result_int() == 200, made.body());
  return text_in(made.body(), "name");
}
std::string upload_past_proxy(const rig& r, std::string_view key_name) {
  const api_call call{"upload", "/upload/v1beta/files", "some bytes"};
  return text_in(r.call_upstream(call, key_name).body(), "name");
}

std::string about(std::string_view file) {
  return fmt::format(
      R"({{"contents":[{{"parts":[{{"text":"hello"}},{{"fileData":{{"fileUri":)"
      R"("https://generativelanguage.googleapis.com/v1beta/{}","mimeType":"text/plain"}}}}]}}]}})",
      file);
}
std::string about(std::string_view one, std::string_view other) {
  return fmt::format(R"({{"contents":[{{"parts":[{{"fileData":{{"fileUri":"{}"}}}},)"
                     R"({{"fileData":{{"fileUri":"{}"}}}}]}}]}})",
                     one, other);
}
response generate_about(const rig& r, std::string_view file) {
  return r.ask("POST", generate.target, about(file));
}

std::string last_tried(const rig& r) {
  const names all = r.tried();
  return all.empty() ? std::string() : all.back();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(affinity)

BOOST_AUTO_TEST_CASE(a_request_that_names_a_file_goes_to_its_project_whosever_turn_it_is) {
  rig r(three_projects());
  std::vector<std::pair<std::string, std::string>> made;  // file and key
  for (int i = 0; i < 3; ++i) {
    std::string file = upload(r);
    made.emplace_back(std::move(file), last_tried(r));
  }
  BOOST_TEST(r.affinity().size() == 3U);
  std::size_t count = 3;
  for (int round = 0; round < 2; ++round) {
    for (const auto& [file, owner] : made) {
      for (const api_call& call : {generate, stream_sse, stream_array}) {
        const response answer = r.ask("POST", call.target, about(file));
        BOOST_TEST(answer.result_int() == 200, answer.body());
        BOOST_TEST(last_tried(r) == owner);
        BOOST_TEST(header(answer, "x-gemkeeper-attempts") == "1");
        const auto told = r.requests().wait_for(++count);
        BOOST_TEST(told.back().trail.at(0).chosen.pinned);
      }
      BOOST_TEST(r.ask("GET", "/v1beta/" + file).result_int() == 200);
      BOOST_TEST(last_tried(r) == owner);
      BOOST_TEST(r.ask("GET", "/v1beta/" + file + ":download?alt=media").body() == "some bytes");
      BOOST_TEST(last_tried(r) == owner);
      count += 2;
    }
  }
  // And one that names nothing is free.
  r.call(generate);
  BOOST_TEST(!r.requests().wait_for(++count).back().trail.at(0).chosen.pinned);
}

BOOST_AUTO_TEST_CASE(two_files_of_one_project_are_used_together_and_of_two_refused) {
  rig r(three_projects());
  const std::string mine = upload_past_proxy(r, "one");
  const std::string also_mine = upload_past_proxy(r, "one");
  const std::string theirs = upload_past_proxy(r, "two");
  for (const std::string& file : {mine, also_mine, theirs})
    BOOST_TEST(generate_about(r, file).result_int() == 200);
  BOOST_TEST(r.ask("POST", generate.target, about(mine, also_mine)).result_int() == 200);
  BOOST_TEST(last_tried(r) == "one");

  const std::size_t before = r.tried().size();
  const response refused = r.ask("POST", generate.target, about(mine, theirs));
  expect_own_error(refused, 400, "INVALID_ARGUMENT", "RESOURCES_OF_TWO_PROJECTS");
  for (const std::string& named : {mine, theirs, std::string("alpha"), std::string("beta")})
    BOOST_TEST(mentions(refused, named), refused.body());
  expect_no_secret(r, refused.body());
  BOOST_TEST(r.tried().size() == before);
}

BOOST_AUTO_TEST_CASE(an_unknown_file_is_looked_for_and_remembered) {
  rig r(three_projects());
  const std::string file = upload_past_proxy(r, "three");
  BOOST_TEST(generate_about(r, file).result_int() == 200);
  const names all = r.tried();
  BOOST_TEST(all == names({"three", "one", "two", "three"}), boost::test_tools::per_element());
  const auto told = r.requests().wait_for(1);
  BOOST_REQUIRE(told[0].trail.size() == 3U);
  BOOST_TEST((told[0].trail[1].after == pool::next_step::next_project));
  BOOST_TEST((told[0].trail[1].effect.what == pool::consequence::kind::none));
  BOOST_TEST(generate_about(r, file).result_int() == 200);
  BOOST_TEST(r.tried().size() == all.size() + 1);
  BOOST_TEST(last_tried(r) == "three");
}

BOOST_AUTO_TEST_CASE(what_no_project_has_gets_googles_answer_and_is_not_looked_for_again_at_once) {
  rig r(three_projects());
  const api_call call{"get", "/v1beta/files/nobodys", {}};
  const response answer = r.call(call);
  BOOST_TEST(answer.result_int() == 403);
  BOOST_TEST(mentions(answer, "File nobodys or it may not exist"), answer.body());
  BOOST_TEST(r.tried().size() == 3U);
  BOOST_TEST(r.call(call).result_int() == 403);
  BOOST_TEST(r.tried().size() == 4U);
  for (const pool::key_view& one : r.keys_now())
    BOOST_TEST((one.state == pool::key_state::healthy));
}

BOOST_AUTO_TEST_CASE(every_project_is_asked_however_many_attempts_are_allowed) {
  rig_setup s;
  for (int i = 1; i <= 12; ++i)
    s.keys.push_back(key(fmt::format("key-{}", i)));
  s.proxy.retry.max_attempts = 2;
  rig r(std::move(s));
  const std::string file = upload_past_proxy(r, "key-12");
  BOOST_TEST(generate_about(r, file).result_int() == 200);
  BOOST_TEST(last_tried(r) == "key-12");
}

BOOST_AUTO_TEST_CASE(a_search_goes_past_keys_that_fail_to_others_of_the_same_project) {
  rig_setup s = three_projects();
  s.keys.push_back(key("one-more", "alpha"));
  rig r(std::move(s));
  const std::string file = upload_past_proxy(r, "one-more");
  r.set_faults({fault_of("one", "key_invalid")});
  BOOST_TEST(generate_about(r, file).result_int() == 200);
  BOOST_TEST(last_tried(r) == "one-more");
}

BOOST_AUTO_TEST_CASE(a_file_is_not_called_missing_while_a_project_cannot_be_asked) {
  rig r(three_projects());
  const std::string file = upload_past_proxy(r, "three");
  r.set_faults({fault_of("three", "quota_minute")});
  r.call(generate);
  r.call(generate);
  r.call(generate);  // its turn has come, and it rests
  const response answer = generate_about(r, file);
  expect_own_error(answer, 429, "RESOURCE_EXHAUSTED", "ALL_KEYS_COOLING");
  BOOST_TEST(mentions(answer, file), answer.body());
  BOOST_TEST(header(answer, "retry-after") != "");
}

BOOST_AUTO_TEST_CASE(a_pinned_request_fails_honestly_when_the_owners_quota_is_out) {
  rig r(three_projects());
  const std::string file = upload_past_proxy(r, "two");
  BOOST_TEST(generate_about(r, file).result_int() == 200);
  r.set_faults({fault_of("two", "quota_minute")});
  const std::size_t before = r.tried().size();
  for (int i = 0; i < 2; ++i) {
    const response answer = generate_about(r, file);
    expect_own_error(answer, 429, "RESOURCE_EXHAUSTED", "OWNER_COOLING");
    BOOST_TEST(mentions(answer, file), answer.body());
    BOOST_TEST(mentions(answer, "beta"), answer.body());
    BOOST_TEST(mentions(answer, "RetryInfo"), answer.body());
    BOOST_TEST(std::stoi(header(answer, "retry-after")) > 30);
  }
  BOOST_TEST(r.tried().size() == before + 1);  // the second was not even tried
  BOOST_TEST(r.call(generate).result_int() == 200);
}

BOOST_AUTO_TEST_CASE(a_pinned_request_waits_for_its_owner_if_it_may) {
  rig_setup s = three_projects();
  s.proxy.retry.max_wait = 25s;
  rig r(std::move(s));
  const std::string file = upload_past_proxy(r, "two");
  BOOST_TEST(generate_about(r, file).result_int() == 200);
  sandbox::fault out = fault_of("two", "quota_minute");
  out.count = 1;
  out.retry_delay = 300ms;
  r.set_faults({out});
  const response answer = generate_about(r, file);
  BOOST_TEST(answer.result_int() == 200, answer.body());
  const names all = r.tried();
  BOOST_TEST(std::vector<std::string>(all.end() - 2, all.end()) == names({"two", "two"}),
             boost::test_tools::per_element());
  const auto told = r.requests().wait_for(2);
  BOOST_TEST(told.back().trail.back().queued);
  BOOST_TEST(told.back().trail.back().chosen.pinned);
}

BOOST_AUTO_TEST_CASE(another_key_of_the_owner_takes_over) {
  rig_setup s = three_projects();
  s.keys.push_back(key("two-more", "beta"));
  rig r(std::move(s));
  const std::string file = upload_past_proxy(r, "two");
  BOOST_TEST(generate_about(r, file).result_int() == 200);
  r.set_faults({fault_of("two", "key_invalid")});
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(generate_about(r, file).result_int() == 200);
    BOOST_TEST(last_tried(r) == "two-more");
  }
}

BOOST_AUTO_TEST_CASE(without_a_key_of_the_owner_the_client_is_told_so) {
  rig r(three_projects());
  const std::string file = upload_past_proxy(r, "two");
  BOOST_TEST(generate_about(r, file).result_int() == 200);
  const std::size_t before = r.tried().size();
  r.affinity().name_projects([&r](const pool::key_id& id) {
    const auto known = r.keys().project_of(id);
    return known ? known->project : pool::project_name();
  });
  r.set_keys({key("one", "alpha"), key("three", "gamma")});
  const response answer = generate_about(r, file);
  expect_own_error(answer, 400, "FAILED_PRECONDITION", "OWNER_GONE");
  BOOST_TEST(mentions(answer, "beta"), answer.body());
  BOOST_TEST(r.tried().size() == before);
  // Another key of that project will do.
  r.set_keys({key("one", "alpha"), key("newcomer", "beta")});
  BOOST_TEST(generate_about(r, file).result_int() == 200);
  BOOST_TEST(last_tried(r) == "newcomer");
}

BOOST_AUTO_TEST_CASE(a_deleted_file_is_forgotten) {
  rig r(three_projects());
  const std::string file = upload(r);
  BOOST_TEST(r.affinity().size() == 1U);
  BOOST_TEST(r.ask("DELETE", "/v1beta/" + file).result_int() == 200);
  BOOST_TEST(r.affinity().size() == 0U);
  BOOST_TEST(r.ask("GET", "/v1beta/" + file).result_int() == 403);
}

BOOST_AUTO_TEST_CASE(a_cache_of_a_compressed_answer_is_learned_and_used) {
  rig r(three_projects());
  const response made =
      r.ask("POST", "/v1beta/cachedContents", R"({"model":"models/gemini-3.6-flash","ttl":"600s"})",
            {{"Accept-Encoding", "gzip"}});
  BOOST_TEST(header(made, "content-encoding") == "gzip");
  const std::string owner = last_tried(r);
  const std::string name = text_in(decoded(made), "name");
  const auto known = r.affinity().records(std::chrono::system_clock::now());
  BOOST_REQUIRE(known.size() == 1U);
  BOOST_TEST(known[0].name == name);
  const auto left = known[0].expires - std::chrono::system_clock::now();
  BOOST_TEST((left > 590s && left <= 600s));
  for (int i = 0; i < 3; ++i) {
    const response answer =
        r.ask("POST", stream_sse.target,
              fmt::format(R"({{"cachedContent":"{}","contents":[{{"parts":[{{"text":"hi"}}]}}]}})",
                          name));
    BOOST_TEST(answer.result_int() == 200, answer.body());
    BOOST_TEST(last_tried(r) == owner);
  }
  BOOST_TEST(
      r.ask("PATCH", "/v1beta/" + name + "?updateMask=ttl", R"({"ttl":"900s"})").result_int() ==
      200);
  BOOST_TEST(last_tried(r) == owner);
}

BOOST_AUTO_TEST_CASE(a_conversation_of_interactions_stays_in_its_project_streamed_or_not) {
  for (const std::string_view stream : {"true", "false"}) {
    BOOST_TEST_CONTEXT("stream " << stream) {
      rig r(three_projects());
      r.call(generate);
      std::string id;
      std::string owner;
      for (int turn = 0; turn < 4; ++turn) {
        const std::string before =
            id.empty() ? "" : fmt::format(R"("previous_interaction_id":"{}",)", id);
        const response answer =
            r.ask("POST", "/v1beta/interactions",
                  fmt::format(R"({{"model":"gemini-3.6-flash",{}"stream":{},"input":"hello"}})",
                              before, stream));
        BOOST_TEST(answer.result_int() == 200, answer.body());
        id = text_in(answer.body(), "id");
        BOOST_TEST(!id.empty());
        if (turn == 0) owner = last_tried(r);
        BOOST_TEST(last_tried(r) == owner);
      }
      BOOST_TEST(r.ask("GET", "/v1beta/interactions/" + id).result_int() == 200);
      BOOST_TEST(last_tried(r) == owner);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_batch_over_a_file_runs_where_the_file_is_and_so_does_its_result) {
  rig r(three_projects());
  const response made =
      r.ask("POST", "/upload/v1beta/files",
            R"({"key":"a","request":{"contents":[{"parts":[{"text":"in a batch"}]}]}})");
  const std::string input = text_in(made.body(), "name");
  const std::string owner = last_tried(r);
  const response batch =
      r.ask("POST", "/v1beta/models/gemini-3.6-flash:batchGenerateContent",
            fmt::format(R"({{"batch":{{"inputConfig":{{"fileName":"{}"}}}}}})", input));
  BOOST_TEST(batch.result_int() == 200, batch.body());
  BOOST_TEST(last_tried(r) == owner);
  const std::string name = text_in(batch.body(), "name");
  BOOST_TEST(name.starts_with("batches/"));
  r.call(generate);
  const response done = r.ask("GET", "/v1beta/" + name);
  BOOST_TEST(last_tried(r) == owner);
  const std::string output = text_in(done.body(), "responsesFile");
  BOOST_TEST(output.starts_with("files/"), done.body());
  const response content = r.ask("GET", "/v1beta/" + output + ":download?alt=media");
  BOOST_TEST(last_tried(r) == owner);
  BOOST_TEST(mentions(content, "in a batch"), content.body());
}

BOOST_AUTO_TEST_CASE(what_a_text_merely_speaks_of_binds_nothing) {
  rig r(three_projects());
  const std::string file = upload(r);
  const std::string owner = last_tried(r);
  names used;
  for (int i = 0; i < 3; ++i) {
    r.ask("POST", generate.target,
          fmt::format(R"({{"contents":[{{"parts":[{{"text":"see {}"}}]}}]}})", file));
    used.push_back(last_tried(r));
  }
  std::ranges::sort(used);
  BOOST_TEST(used == names({"one", "three", "two"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
