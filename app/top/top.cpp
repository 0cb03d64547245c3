#include "../admin_client.hpp"
#include "frame.hpp"
#include "sample.hpp"
#include "terminal.hpp"
#include <gemkeeper/app/check.hpp>
#include <gemkeeper/app/top.hpp>
#include <gemkeeper/app/values.hpp>

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <unistd.h>

#include <cstdio>
#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <thread>

namespace gemkeeper::app {
namespace {

using std::chrono::steady_clock;
using top::sample;

constexpr std::chrono::seconds interval{1};
// Rates and quantiles are of so many seconds.
constexpr std::size_t window = 10;

// Asks again and again, and keeps the last answers.
class watcher {
 public:
  explicit watcher(const admin_settings& where) : where_(where) {
    if (!where.listen.empty()) address_ = format_listen_address(where.listen.front());
  }

  void ask() {
    problem_.clear();
    const std::string status = get("/api/v1/api-keys/status");
    const std::string metrics = problem_.empty() ? get("/metrics") : std::string();
    if (!problem_.empty()) return;
    auto fresh = top::read_sample(status, metrics, std::chrono::system_clock::now());
    if (!fresh) {
      problem_ = fmt::format("{} does not answer as gemkeeper's admin API does", address_);
      return;
    }
    if (!samples_.empty() && top::restarted(samples_.back(), *fresh)) samples_.clear();
    samples_.push_back(std::move(*fresh));
    if (samples_.size() > window + 1) samples_.pop_front();
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }

  [[nodiscard]] std::string draw(const top::view& how) const {
    if (samples_.empty()) return top::draw_problem(how, address_, problem_);
    return top::draw(how, address_, samples_.back(), before(), problem_);
  }
  [[nodiscard]] std::string json() const {
    if (!problem_.empty()) {
      return top::problem_to_json(problem_, std::chrono::system_clock::now());
    }
    return top::to_json(samples_.back(), before());
  }

 private:
  std::string get(std::string target) {
    admin_call call;
    call.target = std::move(target);
    call.patience = std::chrono::seconds(2);  // somebody looks on
    admin_reply reply = ask_admin(where_, call);
    constexpr int good = 200;
    if (reply.status == 0) {
      problem_ = std::move(reply.problem);
    } else if (reply.status != good) {
      problem_ = reason_of(reply);
    }
    return std::move(reply.body);
  }

  static std::string reason_of(const admin_reply& reply) {
    rapidjson::Document said;
    said.Parse(reply.body.data(), reply.body.size());
    const bool told = said.IsObject() && said.HasMember("error") && said["error"].IsObject() &&
                      said["error"].HasMember("message") && said["error"]["message"].IsString();
    if (told) return said["error"]["message"].GetString();
    return fmt::format("the admin API answered with status {}", reply.status);
  }

  [[nodiscard]] const sample* before() const {
    return samples_.size() < 2 ? nullptr : &samples_.front();
  }

  const admin_settings& where_;
  std::string address_ = "(nowhere)";
  std::deque<sample> samples_;
  std::string problem_;
};

std::optional<top_sort> sort_of(char key) {
  switch (key) {
    case 'c':
      return top_sort::calls;
    case 't':
      return top_sort::tokens;
    case 'e':
      return top_sort::errors;
    case 'u':
      return top_sort::cost;
    case 'n':
      return top_sort::name;
    default:
      return std::nullopt;
  }
}

int print_once(watcher& of, const top_command& what) {
  of.ask();
  if (!of.problem().empty()) {
    fmt::print(stderr, "gemkeeper: {}\n", of.problem());
    return exit_failed;
  }
  const top::view plain{.by = what.by};
  std::fputs((what.json ? of.json() : of.draw(plain)).c_str(), stdout);
  return exit_done;
}

// Until nobody reads, or a signal ends it.
int print_json(watcher& of) {
  for (auto next = steady_clock::now();; next = std::max(next + interval, steady_clock::now())) {
    std::this_thread::sleep_until(next);
    of.ask();
    const bool written = std::fputs(of.json().c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
    if (!written) return exit_failed;
  }
}

int watch(watcher& of, top_sort by) {
  top::terminal on;
  auto next = steady_clock::now();
  for (;;) {
    if (steady_clock::now() >= next) {
      of.ask();
      next = steady_clock::now() + interval;
    }
    on.show(of.draw({on.width(), on.height(), true, by}));
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - steady_clock::now());
    const top::terminal::event what = on.wait(std::max(left, std::chrono::milliseconds(0)));
    const bool quits = what.what == top::terminal::event::kind::key && what.key == 'q';
    if (quits || what.what == top::terminal::event::kind::quit) return exit_done;
    if (what.what == top::terminal::event::kind::key) by = sort_of(what.key).value_or(by);
  }
}

}  // namespace

int run_top(const top_command& what, const load_result& loaded) {
  if (!loaded.value) {
    std::fputs(describe(loaded.problems).c_str(), stderr);
    return exit_usage;
  }
  watcher of(loaded.value->admin);
  if (what.once) return print_once(of, what);
  if (what.json) return print_json(of);
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) {
    std::fputs("gemkeeper: top: standard input and output are no terminal: use --once or --json\n",
               stderr);
    return exit_usage;
  }
  try {
    return watch(of, what.by);
  } catch (const std::exception& e) {
    fmt::print(stderr, "gemkeeper: top: {}\n", e.what());
    return exit_failed;
  }
}

}  // namespace gemkeeper::app
