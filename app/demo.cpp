#include <gemkeeper/app/command_line.hpp>
#include <gemkeeper/app/demo.hpp>
#include <gemkeeper/app/serve.hpp>
#include <gemkeeper/sandbox/server.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace gemkeeper::app {

namespace {

constexpr std::string_view demo_keys = "sandbox-key-1,sandbox-key-2,sandbox-key-3";

sandbox::scenario demo_scenario(const sandbox::sandbox_options& options) {
  if (!options.scenario_file.empty()) return sandbox::load_scenario(options.scenario_file);
  sandbox::scenario what;
  what.keys = sandbox::default_keys(3);
  sandbox::fault out_of_quota;
  out_of_quota.name = "quota_minute";
  out_of_quota.key = "sandbox-key-1";
  sandbox::fault invalid;
  invalid.name = "key_invalid";
  invalid.key = "sandbox-key-2";
  what.faults = {out_of_quota, invalid};
  return what;
}

// Removed again at the end.
class ca_file {
 public:
  explicit ca_file(const std::string& pem)
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("gemkeeper-demo-ca-{}.pem", ::getpid())) {
    std::ofstream out(path_, std::ios::binary | std::ios::trunc);
    if (!(out << pem) || !out.flush()) {
      throw std::runtime_error(
          fmt::format("cannot write {} (set TMPDIR to a writable directory)", path_.string()));
    }
  }
  ca_file(const ca_file&) = delete;
  ca_file& operator=(const ca_file&) = delete;
  ~ca_file() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void greet(const std::string& proxy, std::uint16_t upstream) {
  fmt::print(R"(
gemkeeper listens on http://{0}, in front of a fake Gemini API on https://127.0.0.1:{1}.
Its pool has three keys: sandbox-key-1 is out of quota, sandbox-key-2 is invalid. Try

  curl -i http://{0}/v1beta/models/gemini-3.6-flash:generateContent \
    -H 'content-type: application/json' \
    -d '{{"contents":[{{"parts":[{{"text":"Hello"}}]}}]}}'

and look for: 200 although two keys of three fail; x-gemkeeper-attempts tells how many were tried,
x-gemkeeper-key which one served. The lines below show each request and what became of the keys.
Ctrl-C ends it. With GEMINI_API_KEYS set, scripts/run serves against Google instead.

)",
             proxy, upstream);
  std::fflush(stdout);
}

}  // namespace

int run_demo(const sandbox::sandbox_options& options, config_inputs inputs) {
  try {
    sandbox::server_settings settings;
    settings.threads = options.threads;
    sandbox::server fake(demo_scenario(options), std::move(settings));
    for (const std::string& address : options.listen) {
      fake.listen(address, sandbox::transport::tls);
    }
    const ca_file ca(fake.ca_pem());
    // Before what the user sets, so that the user's word is the last.
    inputs.sets.insert(inputs.sets.begin(),
                       {fmt::format("upstream.base_url=https://127.0.0.1:{}", fake.port()),
                        fmt::format("upstream.ca_file={}", ca.path().string())});
    inputs.variables.insert_or_assign("GEMINI_API_KEYS", std::string(demo_keys));
    return serve(inputs, persistence::until_end, [&](const std::vector<std::string>& addresses) {
      greet(addresses.front(), fake.port());
    });
  } catch (const std::exception& e) {
    fmt::print(stderr, "gemkeeper: {}\n", e.what());
    return exit_failed;
  }
}

}  // namespace gemkeeper::app
