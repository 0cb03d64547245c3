// What an operator did and what was learned is there after a restart, however the process ended;
// and a storage that cannot be used is said to be so. The fixture hunts for keys in the database's
// files too.
#include "admin_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <thread>

using namespace gemkeeper;
using namespace gemkeeper::test;
namespace fs = std::filesystem;

namespace {

struct restarts : admin_fixture {
  void stop() const {
    program->send_signal(SIGTERM);
    BOOST_TEST(program->wait() == 0, program->err());
  }
  void kill() const {
    program->send_signal(SIGKILL);
    program->wait();
  }
  std::string path_of(std::string_view name) {
    const std::string all = get("/api/v1/api-keys");
    const std::size_t at = all.find(fmt::format(R"("name":"{}")", name));
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, all);
    return "/api/v1/api-keys/" + field_of(all.substr(all.rfind(R"({"id")", at)), "id");
  }
  std::string of_key(std::string_view name) { return get(path_of(name)); }
  fs::path state(std::string_view file) const {
    return files.path("home/.local/state/gemkeeper") / file;
  }
  // Waits for what is told once a second to be told.
  bool becomes(std::string_view target, std::string_view text) {
    const auto end = std::chrono::steady_clock::now() + process_patience;
    while (!mentions(get(target), text)) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(20ms);
    }
    return true;
  }
  child& fails_to_serve(const std::vector<std::string>& arguments = {}) {
    child& refused = serve({}, arguments);
    BOOST_TEST(refused.wait() == 1, refused.err());
    return refused;
  }
};

void fail_key(sandbox::scenario& what, std::string_view name, std::string_view fault) {
  sandbox::fault& one = what.faults.emplace_back();
  one.name = fault;
  one.key = secret_key(name);
}

sandbox::scenario all_keys() {
  sandbox::scenario what;
  for (const std::string_view name : {"alpha", "beta", "gamma", "delta"})
    what.keys.push_back({secret_key(name), std::string(name)});
  return what;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(restart, restarts)

BOOST_AUTO_TEST_CASE(keys_that_were_added_changed_and_rotated_are_there_after_sigkill) {
  serve_with("alpha");
  expect(post("/api/v1/api-keys/add", key_body("beta")), 201, R"("durable":true)");
  expect(post("/api/v1/api-keys/add", key_body("gamma")), 201, "");
  const std::string beta = path_of("beta"), alpha = path_of("key-1");
  expect(request("PATCH", beta, R"({"weight":7,"project":"p"})"), 200, "");
  expect(request("PATCH", alpha, R"({"enabled":false})"), 200, "");
  expect(post(beta + "/rotate", secret_body("delta")), 200, "");
  expect(request("DELETE", path_of("gamma")), 204, "");
  kill();

  serve_with("alpha");
  expect(request("GET", beta), 200, R"("weight":7)");
  expect(request("GET", beta), 200, R"("project":"p")");
  expect(request("GET", alpha), 200, R"("state":"disabled")");
  BOOST_TEST(mentions(get("/api/v1/api-keys/status"), R"("total_api_keys":2)"));
  upstream.reset();
  BOOST_TEST(header(call(*program), "x-gemkeeper-key") == beta.substr(beta.rfind('/') + 1));
  BOOST_TEST(keys_used() == std::vector<std::string>{"delta"}, boost::test_tools::per_element());
  expect(post("/api/v1/api-keys/add", secret_body("delta")), 409, "duplicate_key");

  const std::string trail = get("/api/v1/audit");
  for (const char* action : {"key_added", "key_changed", "key_rotated", "key_removed"})
    BOOST_TEST(mentions(trail, fmt::format(R"("actor":"127.0.0.1","action":"{}")", action)), trail);
  stop();
}

BOOST_AUTO_TEST_CASE(cool_downs_and_quarantine_hold_after_sigkill) {
  sandbox::scenario what = all_keys();
  fail_key(what, "alpha", "quota_day");
  fail_key(what, "beta", "key_invalid");
  upstream.set_scenario(what);
  serve_with("alpha");
  expect(post("/api/v1/api-keys/add", R"({"validate":false,)" + key_body("beta").substr(1)), 201,
         "");
  expect(post("/api/v1/api-keys/add", key_body("gamma")), 201, "");
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(call(*program).result_int() == 200);
  BOOST_TEST(mentions(of_key("beta"), R"("state":"quarantined")"), of_key("beta"));
  BOOST_TEST(mentions(of_key("key-1"), R"("state":"cooling")"), of_key("key-1"));
  // At most the last second is missing.
  std::this_thread::sleep_for(1500ms);
  kill();

  upstream.set_scenario(all_keys());
  serve_with("alpha");
  program->wait_for_line(R"("event":"health")");
  BOOST_TEST(mentions(of_key("beta"), R"("state":"quarantined")"), of_key("beta"));
  BOOST_TEST(mentions(of_key("key-1"), R"("state":"cooling")"), of_key("key-1"));
  upstream.reset();
  BOOST_TEST(call(*program).result_int() == 200);
  BOOST_TEST(keys_used() == std::vector<std::string>{"gamma"}, boost::test_tools::per_element());

  // A reset holds over the next one, which is an orderly one.
  expect(post(path_of("beta") + "/reset", ""), 200, R"("state":"healthy")");
  stop();
  serve_with("alpha");
  BOOST_TEST(mentions(of_key("beta"), R"("state":"healthy")"), of_key("beta"));
}

BOOST_AUTO_TEST_CASE(a_key_of_vertex_ai_is_proved_kept_and_rests_apart) {
  const api_call express{"generateContent at Vertex AI",
                         "/v1/publishers/google/models/gemini-3.6-flash:generateContent",
                         generate.body};
  sandbox::scenario what = all_keys();
  what.keys.at(1).service = sandbox::api_service::vertex;
  upstream.set_scenario(what);
  const std::vector<std::string> at_vertex{
      "--set", fmt::format("upstream.vertex_base_url=https://127.0.0.1:{}", upstream.port())};
  serve_with("alpha", {}, at_vertex);
  expect(post("/api/v1/api-keys/validate", secret_body("beta")), 200, "API_KEY_SERVICE_BLOCKED");
  expect(post("/api/v1/api-keys/add", key_body("beta")), 422, "API_KEY_SERVICE_BLOCKED");
  const std::string of_vertex = R"({"service":"vertex",)";
  expect(post("/api/v1/api-keys/validate", of_vertex + secret_body("beta").substr(1)), 200,
         R"("models":null)");
  expect(post("/api/v1/api-keys/add", of_vertex + key_body("gamma").substr(1)), 422,
         "API_KEY_SERVICE_BLOCKED");
  expect(post("/api/v1/api-keys/add", of_vertex + key_body("beta").substr(1)), 201, "");
  BOOST_TEST(call(*program, express).result_int() == 200);
  fail_key(what, "beta", "quota_day");
  upstream.set_scenario(what);
  BOOST_TEST(call(*program, express).result_int() == 429);
  stop();

  serve_with("alpha", {}, at_vertex);
  program->wait_for_line(R"("event":"health")");
  BOOST_TEST(mentions(of_key("beta"), R"("service":"vertex")"), of_key("beta"));
  BOOST_TEST(mentions(of_key("beta"), R"("state":"cooling")"), of_key("beta"));
  BOOST_TEST(mentions(of_key("beta"), R"("model":"gemini-3.6-flash")"), of_key("beta"));
  BOOST_TEST(call(*program, express).result_int() == 429);
  BOOST_TEST(call(*program).result_int() == 200);
  BOOST_TEST(mentions(of_key("key-1"), R"("state":"healthy")"), of_key("key-1"));
}

BOOST_AUTO_TEST_CASE(without_its_master_key_nothing_is_lost_and_the_start_says_what_is_missing) {
  serve_with("alpha");
  expect(post("/api/v1/api-keys/add", key_body("beta")), 201, "");
  stop();
  struct stat status {};
  BOOST_TEST(::stat(state("sealing.key").c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777U) == 0600U);

  fs::rename(state("sealing.key"), state("kept"));
  child& missing = fails_to_serve();
  BOOST_TEST(mentions(missing.err(), "storage.sealing_key_file: there is no master key"),
             missing.err());
  BOOST_TEST(!fs::exists(state("sealing.key")));

  const std::string other = files.write("other", std::string(64, 'a')).native();
  fs::permissions(other, fs::perms::owner_read);
  child& wrong = fails_to_serve({"--set", "storage.sealing_key_file=" + other});
  BOOST_TEST(mentions(wrong.err(), "are sealed under master key"), wrong.err());

  fs::rename(state("kept"), state("sealing.key"));
  serve_with("alpha");
  BOOST_TEST(mentions(of_key("beta"), R"("state":"healthy")"));
}

BOOST_AUTO_TEST_CASE(stored_keys_are_sealed_under_another_master_key_while_it_does_not_run) {
  serve_with("alpha");
  expect(post("/api/v1/api-keys/add", key_body("beta")), 201, "");
  const std::string fresh = files.path("fresh.key").native();
  child& busy = start({"keys", "reseal", "--new-key-file", fresh});
  BOOST_TEST(busy.wait() == 1);
  BOOST_TEST(mentions(busy.err(), "stop that gemkeeper"), busy.err());
  stop();

  child& done = start({"keys", "reseal", "--new-key-file", fresh});
  BOOST_TEST(done.wait() == 0, done.err());
  BOOST_TEST(mentions(done.out(), "1 keys are sealed anew"), done.out());
  child& old = fails_to_serve();
  BOOST_TEST(mentions(old.err(), "give that master key"), old.err());
  serve_with("alpha", "", {"--set", "storage.sealing_key_file=" + fresh});
  BOOST_TEST(mentions(of_key("beta"), R"("state":"healthy")"));
}

BOOST_AUTO_TEST_CASE(a_damaged_database_is_set_aside_and_a_newer_one_is_left_alone) {
  const std::string database = files.path("x.db").native();
  const std::vector<std::string> at{"--set", "storage.path=" + database};
  files.write("x.db", std::string(8192, 'x'));
  serve_with("alpha", "", at);
  const std::string told = program->wait_for_line(R"("event":"storage_damaged")");
  const std::string aside = field_of(told, "set_aside");
  BOOST_TEST(fs::exists(aside), told);
  expect(post("/api/v1/api-keys/add", key_body("beta")), 201, "");
  stop();

  // The header's user version: https://sqlite.org/fileformat.html#user_version_number
  std::fstream file(database, std::ios::in | std::ios::out | std::ios::binary);
  constexpr int user_version_end = 63;
  file.seekp(user_version_end).put('\x63');
  file.close();
  child& refused = fails_to_serve(at);
  BOOST_TEST(mentions(refused.err(), "use the newer gemkeeper again"), refused.err());
  BOOST_TEST(mentions(refused.err(), database), refused.err());
}

BOOST_AUTO_TEST_CASE(two_do_not_share_a_database) {
  serve_with("alpha");
  child& second = fails_to_serve();
  BOOST_TEST(mentions(second.err(), fmt::format("is locked by process {}", program->pid())),
             second.err());
  BOOST_TEST(mentions(second.err(), "storage.path"), second.err());
}

BOOST_AUTO_TEST_CASE(check_looks_at_the_storage_and_makes_nothing) {
  child& good = start({"check"});
  BOOST_TEST(good.wait() == 0, good.err());
  BOOST_TEST(!fs::exists(state("")));
  child& bad = start({"check", "--set", "storage.path=/nonexistent/x.db"});
  BOOST_TEST(bad.wait() == 2);
  BOOST_TEST(mentions(bad.err(), "--set storage.path: cannot be opened"), bad.err());
  child& variable = start({"check", "--set", "storage.sealing_key_env=NOT_SET"});
  BOOST_TEST(variable.wait() == 2);
  BOOST_TEST(mentions(variable.err(), "storage.sealing_key_env: the environment variable NOT_SET"),
             variable.err());
  child& serves = serve({}, {"--set", "storage.path=/nonexistent/x.db"});
  BOOST_TEST(serves.wait() == 1);
  BOOST_TEST(mentions(serves.err(), "storage.path"), serves.err());
}

BOOST_AUTO_TEST_CASE(in_memory_nothing_is_written_and_it_is_said) {
  serve_with("alpha", "", {"--set", "storage.path=:memory:"});
  expect(post("/api/v1/api-keys/add", key_body("beta")), 201, R"("durable":false)");
  stop();
  BOOST_TEST(!fs::exists(state("")));
}

BOOST_AUTO_TEST_CASE(a_database_that_cannot_be_written_ends_the_start_and_keeps_its_keys) {
  serve_with("alpha");
  expect(request("GET", "/readyz"), 200, "");
  expect(post("/api/v1/api-keys/add", key_body("beta")), 201, "");
  stop();
  // Read-only for root too is a directory in the file's place.
  fs::rename(state("gemkeeper.db"), state("away"));
  fs::create_directory(state("gemkeeper.db"));
  child& refused = fails_to_serve();
  BOOST_TEST(mentions(refused.err(), "storage.path must be a file"), refused.err());
  fs::remove(state("gemkeeper.db"));
  fs::rename(state("away"), state("gemkeeper.db"));
  serve_with("alpha");
  BOOST_TEST(mentions(of_key("beta"), R"("state":"healthy")"));
}

BOOST_AUTO_TEST_SUITE_END()
