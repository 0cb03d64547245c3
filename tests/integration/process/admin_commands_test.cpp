// `gemkeeper keys`, `status` and `credits` against a gemkeeper that runs.
#include "admin_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <csignal>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

struct commands : admin_fixture {
  // Exit status and what was printed.
  std::string run(std::vector<std::string> arguments, int status = 0) {
    arguments.insert(arguments.end(),
                     {"--set", fmt::format("admin.listen=[\"127.0.0.1:{}\"]", admin_port)});
    child& program_run = start(std::move(arguments));
    BOOST_TEST(program_run.wait() == status, program_run.err());
    return program_run.out() + program_run.err();
  }
  std::string key_file(std::string_view name) {
    return files.write(fmt::format("keys-given/{}", name), secret_key(name) + "\n").native();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admin_commands, commands)

BOOST_AUTO_TEST_CASE(keys_are_added_listed_changed_rotated_and_removed) {
  serve_with("alpha");
  const std::string added = run({"keys", "add", "--file", key_file("beta"), "--name", "spare"});
  BOOST_TEST(mentions(added, "spare: healthy"), added);
  const std::string all = run({"keys", "list"});
  BOOST_TEST(mentions(all, "$GEMINI_API_KEYS"), all);
  BOOST_TEST(mentions(all, "admin API"), all);
  BOOST_TEST(mentions(run({"keys", "disable", "spare"}), "spare: disabled"));
  BOOST_TEST(mentions(run({"keys", "enable", "spare"}), "spare: healthy"));
  BOOST_TEST(mentions(run({"keys", "rotate", "spare", "--file", key_file("gamma")}), "spare"));
  BOOST_TEST(mentions(run({"keys", "reset", "spare", "--json"}), R"("name":"spare")"));
  BOOST_TEST(mentions(run({"keys", "remove", "spare"}), "removed"));
  BOOST_TEST(mentions(run({"keys", "remove", "spare"}, 1), "no key has this id or name"));
  BOOST_TEST(mentions(run({"keys", "remove", "key-1"}, 1), "$GEMINI_API_KEYS"));
}

BOOST_AUTO_TEST_CASE(a_key_is_validated_and_a_bad_one_fails) {
  serve_with("alpha");
  BOOST_TEST(mentions(run({"keys", "validate", "--file", key_file("beta")}), "valid: it may use"));
  const auto bad = files.write("keys-given/bad", "AIza-nobody-knows-this").native();
  BOOST_TEST(mentions(run({"keys", "validate", "--file", bad}, 1), "API_KEY_INVALID"));
  BOOST_TEST(mentions(run({"keys", "add", "--file", bad}, 1), "API_KEY_INVALID"));
  const auto two = files.write("keys-given/two", secret_key("beta") + " and more").native();
  BOOST_TEST(mentions(run({"keys", "add", "--file", two}, 1), "white space"));
  BOOST_TEST(mentions(run({"keys", "add"}, 1), "standard input"));  // there is nothing
}

BOOST_AUTO_TEST_CASE(state_and_credits_are_shown) {
  serve_with("alpha");
  call(*program);
  BOOST_TEST(mentions(run({"status"}), "1 keys: 1 healthy"));
  BOOST_TEST(mentions(run({"status", "--json"}), R"("total_api_keys":1)"));
  BOOST_TEST(mentions(run({"credits"}), "key key-1"));
  BOOST_TEST(mentions(run({"credits", "--reset"}), "anew"));
  BOOST_TEST(mentions(run({"credits", "--json"}), R"("total_calls":0)"));
}

BOOST_AUTO_TEST_CASE(top_prints_one_picture_without_a_terminal) {
  serve_with("alpha");
  call(*program);
  const std::string picture = run({"top", "--once", "--sort", "tokens"});
  BOOST_TEST(mentions(picture, "1 keys, 1 healthy"), picture);
  BOOST_TEST(mentions(picture, "key-1  healthy"), picture);
  BOOST_TEST(mentions(picture, "overhead p50 "), picture);
  BOOST_TEST(!mentions(picture, "overhead p50 -"), picture);
  BOOST_TEST(!mentions(picture, "\x1b"), picture);
  const std::string line = run({"top", "--once", "--json"});
  BOOST_TEST(mentions(line, R"("requests_total":1)"), line);
  BOOST_TEST(mentions(line, R"("name":"key-1","state":"healthy","calls":1)"), line);
  BOOST_TEST(mentions(run({"top"}, 2), "--once"));
  BOOST_TEST(mentions(run({"top", "--sort", "luck"}, 2), "--sort"));
}

BOOST_AUTO_TEST_CASE(top_tells_line_by_line_that_a_gemkeeper_went_and_came_back) {
  serve_with("alpha");
  child& watching =
      start({"top", "--json", "--set", fmt::format("admin.listen=[\"127.0.0.1:{}\"]", admin_port)});
  watching.wait_for_line(R"("total":1)");
  program->send_signal(SIGTERM);
  program->wait();
  watching.wait_for_line(R"("problem":")");
  const std::string same_port = fmt::format("admin.listen=[\"127.0.0.1:{}\"]", admin_port);
  serve_with("beta", {}, {"--set", same_port});
  watching.wait_for_line(R"("total":1)", 2);
  watching.send_signal(SIGTERM);
  BOOST_TEST(watching.wait() == 128 + SIGTERM);
  BOOST_TEST(watching.err() == "");
}

BOOST_AUTO_TEST_CASE(a_request_is_told_with_its_attempts) {
  serve_with("alpha");
  call(*program);
  const std::string all = get("/api/v1/requests?limit=1");
  expect(all, 200, R"("why":"first")");
  expect(all, 200, R"("key_name":"key-1")");
  expect(get("/api/v1/requests/" + field_of(all, "request_id")), 200, R"("connection":"new")");
  expect(get("/api/v1/requests?status=teapot"), 400, R"("field":"status")");
}

BOOST_AUTO_TEST_CASE(the_token_of_the_configuration_is_used) {
  serve_with("alpha", {}, {"--set", "admin.token=correct-horse"});
  BOOST_TEST(mentions(run({"status"}, 1), "admin token"));
  BOOST_TEST(mentions(run({"status", "--set", "admin.token=correct-horse"}), "1 healthy"));
}

BOOST_AUTO_TEST_CASE(without_a_gemkeeper_it_says_what_to_do) {
  admin_port = 9;
  BOOST_TEST(mentions(run({"status"}, 1), "is gemkeeper running?"));
  child& free_port = start({"status"});
  BOOST_TEST(free_port.wait() == 1);
  BOOST_TEST(mentions(free_port.err(), "whose port only the log"), free_port.err());
}

BOOST_AUTO_TEST_SUITE_END()
