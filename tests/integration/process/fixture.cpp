#include "fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gemkeeper::test {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 4> key_names{"alpha", "beta", "gamma", "delta"};

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

sandbox::scenario scenario_with_all_keys() {
  sandbox::scenario what;
  for (const std::string_view name : key_names)
    what.keys.push_back({secret_key(name), std::string(name)});
  return what;
}

}  // namespace

workspace::workspace() {
  std::string name = (fs::temp_directory_path() / "gemkeeper-test-XXXXXX").native();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  root_ = name;
}

workspace::~workspace() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

fs::path workspace::path(std::string_view name) const {
  return name.empty() ? root_ : root_ / name;
}

fs::path workspace::write(std::string_view name, std::string_view text) const {
  const fs::path to = path(name);
  fs::create_directories(to.parent_path());
  std::ofstream out(to, std::ios::binary | std::ios::trunc);
  if (!(out << text) || !out.flush()) throw std::runtime_error("cannot write " + to.native());
  return to;
}

bool mentions(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

double number_of(std::string_view json, std::string_view name) {
  const std::string mark = fmt::format("\"{}\":", name);
  const std::size_t at = json.find(mark);
  if (at == std::string_view::npos) return -1;
  return std::strtod(std::string(json.substr(at + mark.size(), 32)).c_str(), nullptr);
}

std::string secret_key(std::string_view name) {
  return fmt::format("AIzaSy-secret-of-{:_<16}-4zQ", name);
}

process_fixture::process_fixture() : upstream(scenario_with_all_keys()) {
  upstream.listen("127.0.0.1:0", sandbox::transport::tls);
  files.write("ca.pem", upstream.ca_pem());
  environment = {{"HOME", files.path("home").native()},
                 {"TMPDIR", files.path().native()},
                 {"GEMKEEPER_ADMIN__LISTEN", "[\"127.0.0.1:0\"]"}};
  fs::create_directories(files.path("home"));
}

process_fixture::~process_fixture() {
  hunt_for_secrets();
}

child& process_fixture::start(std::vector<std::string> arguments, child::variables more) {
  arguments.insert(arguments.begin(), GEMKEEPER_PROGRAM);
  return start_program(arguments, std::move(more));
}

child& process_fixture::start_program(const std::vector<std::string>& arguments,
                                      child::variables more) {
  more.insert(environment.begin(), environment.end());
  child& program = programs_.emplace_back(arguments, more);
  command_lines_ += read_file(fmt::format("/proc/{}/cmdline", program.pid()));
  return program;
}

std::string process_fixture::configuration(std::string_view toml) const {
  return fmt::format(
      "[proxy]\nlisten = [\"127.0.0.1:0\"]\nworkers = 1\n"
      "[upstream]\nbase_url = \"https://127.0.0.1:{}\"\nca_file = \"ca.pem\"\n{}\n",
      upstream.port(), toml);
}

child& process_fixture::serve(std::string_view toml, const std::vector<std::string>& more_arguments,
                              const child::variables& more_variables) {
  const fs::path file = files.write("gemkeeper.toml", configuration(toml));
  std::vector<std::string> arguments{"serve", "--config", file.native()};
  arguments.insert(arguments.end(), more_arguments.begin(), more_arguments.end());
  return start(std::move(arguments), more_variables);
}

bool process_fixture::wait_for_text(std::string_view file, std::string_view mark) const {
  // Nothing tells that a file has grown but looking at it.
  constexpr std::chrono::milliseconds look_every{5};
  const auto end = std::chrono::steady_clock::now() + process_patience;
  while (read_file(files.path(file)).find(mark) == std::string::npos) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(look_every);
  }
  return true;
}

std::string process_fixture::wait_for_address(child& program, std::string_view log_file) const {
  constexpr std::string_view mark = "the proxy listens";
  std::string text;
  if (log_file.empty()) {
    text = program.wait_for_line(mark);
  } else {
    if (!wait_for_text(log_file, mark)) throw std::runtime_error("no address in the log file");
    text = read_file(files.path(log_file));
    text.erase(0, text.rfind(mark));
  }
  const std::size_t at = text.find("127.0.0.1:");
  return text.substr(at, text.find_first_of("\" \n", at) - at);
}

response process_fixture::call(child& program, const api_call& what) {
  client app(port_of(program.wait_for_address()));
  return app.call(what.target, what.body);
}

std::vector<std::string> process_fixture::keys_used() const {
  std::vector<std::string> names;
  for (const sandbox::recorded_request& request : upstream.requests()) {
    const auto owner = std::ranges::find_if(
        key_names, [&](std::string_view name) { return secret_key(name) == request.credential; });
    names.emplace_back(owner == key_names.end() ? "nobody" : *owner);
  }
  return names;
}

// Everywhere but in the files that the keys were given in, under keys*/.
void process_fixture::hunt_for_secrets() const {
  std::vector<std::pair<std::string, std::string>> places{{"a command line", command_lines_}};
  for (const child& program : programs_) {
    places.emplace_back("standard output", program.out());
    places.emplace_back("standard error", program.err());
  }
  for (const auto& entry : fs::recursive_directory_iterator(files.path())) {
    const std::string name = entry.path().lexically_relative(files.path()).native();
    if (entry.is_regular_file() && !name.starts_with("keys")) {
      places.emplace_back(name, read_file(entry.path()));
    }
  }
  for (const auto& [where, text] : places) {
    for (const std::string_view name : key_names) {
      BOOST_TEST(text.find(secret_key(name)) == std::string::npos,
                 "the key " << name << " shows in " << where << ": " << text);
    }
  }
}

}  // namespace gemkeeper::test
