// Who owns which file is known after a restart, however the process ended.
#include "admin_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <string>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

constexpr std::string_view write_ahead_log = "home/.local/state/gemkeeper/gemkeeper.db-wal";

// "files/abc" in an answer.
std::string file_in(std::string_view answer) {
  const std::size_t at = answer.find("files/");
  BOOST_REQUIRE_MESSAGE(at != std::string_view::npos, answer);
  answer.remove_prefix(at);
  return std::string(answer.substr(0, answer.find('"')));
}

std::string about(std::string_view file) {
  return fmt::format(R"({{"contents":[{{"parts":[{{"fileData":{{"fileUri":"{}"}}}}]}}]}})", file);
}

sandbox::scenario all_keys() {
  sandbox::scenario what;
  for (const std::string_view name : {"alpha", "beta", "gamma", "delta"})
    what.keys.push_back({secret_key(name), std::string(name)});
  return what;
}

// Each file goes to the next key.
constexpr std::string_view apart = "[pool]\nkeep_together = \"0s\"\n";

struct affinity_fixture : admin_fixture {
  void serve_three() {
    serve_with("alpha", apart);
    if (upstream.requests().empty()) {
      for (const std::string_view name : {"beta", "gamma"})
        expect(post("/api/v1/api-keys/add", key_body(name)), 201, "");
    }
  }
  std::string upload() {
    const api_call call_{"upload", "/upload/v1beta/files", "some bytes"};
    return file_in(call(*program, call_).body());
  }
  std::string last_key() const { return keys_used().back(); }
  // Of the program, in KiB.
  std::size_t peak_memory() const {
    std::ifstream in(fmt::format("/proc/{}/status", program->pid()));
    std::string line;
    while (std::getline(in, line)) {
      if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6));
    }
    return 0;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(affinity, affinity_fixture)

BOOST_AUTO_TEST_CASE(the_owners_of_files_are_known_after_a_stop_and_after_sigkill) {
  serve_three();
  std::vector<std::pair<std::string, std::string>> made;
  const auto make = [&] {
    std::string file = upload();
    made.emplace_back(std::move(file), last_key());
  };
  const auto use_all = [&] {
    for (const auto& [file, owner] : made) {
      const std::size_t before = keys_used().size();
      const std::string body = about(file);
      const response answer = call(*program, {"generate", generate.target, body});
      BOOST_TEST(answer.result_int() == 200, answer.body());
      BOOST_TEST(keys_used().size() == before + 1);
      BOOST_TEST(last_key() == owner);
    }
  };
  for (int i = 0; i < 3; ++i)
    make();
  program->send_signal(SIGTERM);
  BOOST_TEST(program->wait() == 0, program->err());

  serve_three();
  use_all();
  BOOST_TEST(mentions(get("/api/v1/requests"), R"("pinned":true)"));
  make();
  BOOST_TEST(wait_for_text(write_ahead_log, made.back().first));
  program->send_signal(SIGKILL);
  program->wait();

  serve_three();
  use_all();
  const std::string& gone = made.back().first;
  client app(port_of(program->wait_for_address()));
  BOOST_TEST(app.request("DELETE", "/v1beta/" + gone).result_int() == 200);
}

BOOST_AUTO_TEST_CASE(the_project_of_a_removed_key_is_told_by_its_name) {
  serve_with("alpha", apart);
  const std::string added = post(
      "/api/v1/api-keys/add",
      fmt::format(R"({{"api_key":"{}","name":"b","project":"the-other"}})", secret_key("beta")));
  expect(added, 201, "");
  std::string file;
  for (int i = 0; i < 4 && (file.empty() || last_key() != "beta"); ++i)
    file = upload();
  BOOST_REQUIRE(last_key() == "beta");
  const std::string id = field_of(added.substr(added.find(R"({"id")")), "id");
  expect(request("DELETE", "/api/v1/api-keys/" + id), 204, "");
  const std::string body = about(file);
  const response refused = call(*program, {"generate", generate.target, body});
  BOOST_TEST(refused.result_int() == 400);
  BOOST_TEST(mentions(refused.body(), "OWNER_GONE"), refused.body());
  BOOST_TEST(mentions(refused.body(), "the-other"), refused.body());
}

BOOST_AUTO_TEST_CASE(an_upload_goes_on_after_sigkill_and_takes_no_memory) {
  sandbox::scenario what = all_keys();
  what.upload.granularity = 1;
  what.log.body = 1024;
  upstream.set_scenario(what);
  serve_three();
  const auto ask = [this](std::string_view method, std::string_view target, std::string_view body,
                          const fields& extra) {
    client app(port_of(program->wait_for_address()));
    return app.request(method, target, body, extra);
  };
  const response began =
      ask("POST", "/upload/v1beta/files", R"({"file":{}})",
          {{"X-Goog-Upload-Protocol", "resumable"}, {"X-Goog-Upload-Command", "start"}});
  const std::string owner = last_key();
  const std::string url = header(began, "x-goog-upload-url");
  BOOST_TEST_REQUIRE(url.find("gk1.") != std::string::npos, url);
  const std::string target = url.substr(url.find("/upload/"));
  std::string film(std::size_t{64} << 20U, 'f');
  const auto send = [&](std::string_view command, std::size_t offset, std::string_view body) {
    return ask("POST", target, body,
               {{"X-Goog-Upload-Command", std::string(command)},
                {"X-Goog-Upload-Offset", std::to_string(offset)}});
  };
  const std::size_t half = film.size() / 2;
  BOOST_TEST(send("upload", 0, std::string_view(film).substr(0, 1)).result_int() == 200);
  const std::size_t before = peak_memory();
  const response first = send("upload", 1, std::string_view(film).substr(1, half - 1));
  BOOST_TEST(header(first, "x-goog-upload-status") == "active", first.body());
  BOOST_TEST(peak_memory() - before < 8192U);  // KiB

  program->send_signal(SIGKILL);
  program->wait();
  serve_three();
  const response asked = send("query", 0, {});
  BOOST_TEST(header(asked, "x-goog-upload-size-received") == std::to_string(half));
  const response last = send("upload, finalize", half, std::string_view(film).substr(half));
  BOOST_TEST(header(last, "x-goog-upload-status") == "final", last.body());
  const std::string file = file_in(last.body());
  const response content = ask("GET", "/v1beta/" + file + ":download?alt=media", {}, {});
  BOOST_TEST((content.body() == film));
  BOOST_TEST(last_key() == owner);
  BOOST_TEST(peak_memory() < before + 16384U);  // the download too
}

BOOST_AUTO_TEST_SUITE_END()
