#include <gemkeeper/sandbox/run.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gemkeeper::sandbox {
namespace {

constexpr int stopped = 0;
constexpr int failed = 1;
constexpr int wrong_usage = 2;

class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string read_file(const std::string& path, std::string_view option) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    throw usage_error(
        fmt::format("{}: cannot read \"{}\": {}", option, path, std::strerror(errno)));
  }
  return text.str();
}

tls_identity chosen_identity(const sandbox_options& options) {
  if (options.tls_cert.empty() != options.tls_key.empty()) {
    throw usage_error("--tls-cert and --tls-key belong together; give both or none");
  }
  if (options.tls_cert.empty()) return make_identity();
  return {read_file(options.tls_cert, "--tls-cert"), read_file(options.tls_key, "--tls-key"), {}};
}

scenario chosen_scenario(const sandbox_options& options) {
  scenario what;
  if (!options.scenario_file.empty()) what = load_scenario(options.scenario_file);
  if (what.keys.empty()) what.keys = default_keys(options.keys);
  if (what.keys.empty()) throw usage_error("--keys: must be at least 1");
  return what;
}

// The CA is of this process only: its name tells the port, so that sandboxes do not share one.
std::string write_ca(const server& running, const sandbox_options& options) {
  std::string path = options.ca_out;
  if (path.empty()) {
    const char* directory = std::getenv("TMPDIR");
    path = fmt::format("{}/gemkeeper-sandbox-ca-{}.pem", directory == nullptr ? "/tmp" : directory,
                       running.port());
  }
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  if (!(out << running.ca_pem()) || !out.flush()) {
    throw usage_error(fmt::format("--ca-out: cannot write \"{}\": {}", path, std::strerror(errno)));
  }
  return path;
}

void wait_for_stop(const sigset_t& signals) {
  int received = 0;
  sigwait(&signals, &received);
}

int serve(const sandbox_options& options) {
  // Before any thread starts, so that all of them leave these signals to sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const scenario what = chosen_scenario(options);
  server_settings settings;
  settings.threads = options.threads;
  if (options.how == transport::tls) settings.identity = chosen_identity(options);

  server running(what, std::move(settings));
  const char* const scheme = options.how == transport::tls ? "https" : "http";
  for (const std::string& address : options.listen) {
    const std::uint16_t port = running.listen(address, options.how);
    fmt::print("listening on {}://{}:{}\n", scheme, address.substr(0, address.rfind(':')), port);
  }
  for (const api_key& key : what.keys) {
    fmt::print("key {} (project {})\n", key.secret, key.project.empty() ? key.secret : key.project);
  }
  if (options.how == transport::tls && options.tls_cert.empty()) {
    fmt::print("CA file {}\n", write_ca(running, options));
  }
  std::fflush(stdout);
  wait_for_stop(signals);
  return stopped;
}

}  // namespace

int run_sandbox(const sandbox_options& options) {
  try {
    return serve(options);
  } catch (const scenario_error& error) {
    fmt::print(stderr, "gemkeeper sandbox: {}\n", error.what());
    return wrong_usage;
  } catch (const usage_error& error) {
    fmt::print(stderr, "gemkeeper sandbox: {}\n", error.what());
    return wrong_usage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "gemkeeper sandbox: {}\n", error.what());
    return failed;
  }
}

}  // namespace gemkeeper::sandbox
