// At a terminal: `gemkeeper run`, whose keys reach the command once, and `gemkeeper top`, which
// gives it back as it was. Suspending works.
#include "admin_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

// A shell on a terminal of its own, with job control.
class terminal {
 public:
  explicit terminal(std::vector<std::string> variables) {
    std::vector<char*> environment;
    for (std::string& one : variables)
      environment.push_back(one.data());
    environment.push_back(nullptr);
    std::array<char*, 5> arguments{shell_.data(), norc_.data(), noprofile_.data(),
                                   interactive_.data(), nullptr};
    pid_ = ::forkpty(&master_, nullptr, nullptr, nullptr);
    if (pid_ == 0) {
      ::execve(arguments[0], arguments.data(), environment.data());
      ::_exit(127);
    }
    if (pid_ < 0) throw std::runtime_error("no pseudo-terminal is to be had");
  }
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;
  ~terminal() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(master_);
  }

  void type(std::string_view text) const {
    if (::write(master_, text.data(), text.size()) < 0) throw std::runtime_error("cannot type");
  }

  // All that came until `mark` is in it.
  std::string wait_for(std::string_view mark) {
    const auto end = std::chrono::steady_clock::now() + process_patience;
    while (seen_.find(mark) == std::string::npos) {
      if (std::chrono::steady_clock::now() > end) {
        throw std::runtime_error("no " + std::string(mark) + " in\n" + seen_);
      }
      pollfd ready{master_, POLLIN, 0};
      std::array<char, 4096> piece{};
      if (::poll(&ready, 1, 1000) <= 0) continue;
      const ssize_t size = ::read(master_, piece.data(), piece.size());
      if (size <= 0) throw std::runtime_error("the terminal has closed:\n" + seen_);
      seen_.append(piece.data(), static_cast<std::size_t>(size));
    }
    const std::size_t to = seen_.find(mark) + mark.size();
    std::string taken = seen_.substr(0, to);
    seen_.erase(0, to);
    return taken;
  }

 private:
  std::string shell_ = "/bin/bash", norc_ = "--norc", noprofile_ = "--noprofile",
              interactive_ = "-i";
  int master_ = -1;
  pid_t pid_ = -1;
  std::string seen_;
};

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1))
    ++n;
  return n;
}

struct terminal_fixture : process_fixture {
  terminal shell{
      {"PATH=/usr/bin:/bin", "PS1=", "TERM=dumb", "HOME=" + files.path("home").native()}};

  void run(const std::string& script) {
    files.write("gemkeeper.toml", configuration({}));
    files.write("command.sh", script);
    files.write("keys", secret_key("alpha"));
    files.write("start.sh", "GEMINI_API_KEY=$(cat " + files.path("keys").native() + ") exec " +
                                GEMKEEPER_PROGRAM + " run --config " +
                                files.path("gemkeeper.toml").native() + " -- /bin/sh " +
                                files.path("command.sh").native() + "\n");
    shell.type("/bin/sh " + files.path("start.sh").native() + "; echo status=$?=\n");
  }
};

struct top_fixture : admin_fixture {
  terminal shell{
      {"PATH=/usr/bin:/bin", "PS1=", "TERM=dumb", "HOME=" + files.path("home").native()}};

  static constexpr std::string_view enters = "\x1b[?1049h", leaves = "\x1b[?1049l";

  void run() {
    serve_with("alpha");
    shell.type(fmt::format(
        "{} top --set 'admin.listen=[\"127.0.0.1:{}\"]'; echo status=$?=; stty -a; echo en''d\n",
        GEMKEEPER_PROGRAM, admin_port));
    shell.wait_for(enters);
    shell.wait_for("1 healthy");
  }
  void expect_given_back(int status) {
    shell.wait_for(leaves);
    shell.wait_for(fmt::format("status={}=", status));
    const std::string modes = shell.wait_for("end");
    BOOST_TEST(mentions(modes, " icanon"), modes);
    BOOST_TEST(mentions(modes, " echo "), modes);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(terminal_keys, terminal_fixture)

BOOST_AUTO_TEST_CASE(ctrl_c_reaches_the_command_once) {
  run("trap 'echo got-it' INT\necho ready\n"
      "while read line; [ \"$line\" != end ]; do :; done; exit 5\n");
  shell.wait_for("ready");
  shell.type("\x03");
  shell.wait_for("got-it");
  shell.type("x\nend\n");
  const std::string rest = shell.wait_for("status=5=");
  BOOST_TEST(count(rest, "got-it") == 0U, rest);
}

BOOST_AUTO_TEST_CASE(ctrl_c_ends_a_command_that_does_not_handle_it) {
  run("echo ready\nexec sleep 100\n");
  shell.wait_for("ready");
  shell.type("\x03");
  shell.wait_for("status=130=");
}

BOOST_AUTO_TEST_CASE(a_suspended_command_gives_the_terminal_back_and_goes_on) {
  run("echo ready\nread line\necho \"read $line\"\nexit 3\n");
  shell.wait_for("ready");
  shell.type("\x1a");
  shell.wait_for("Stopped");
  shell.type("echo sus''pended\n");
  shell.wait_for("suspended");
  shell.type("fg; echo status=$?=\n");
  shell.wait_for("start.sh");
  shell.type("on\n");
  shell.wait_for("read on");
  shell.wait_for("status=3=");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(top_at_a_terminal, top_fixture)

BOOST_AUTO_TEST_CASE(q_ends_it) {
  run();
  shell.type("e");
  shell.wait_for("1 healthy");
  shell.type("q");
  expect_given_back(0);
}

BOOST_AUTO_TEST_CASE(ctrl_c_ends_it) {
  run();
  shell.type("\x03");
  expect_given_back(0);
}

BOOST_AUTO_TEST_CASE(suspended_it_gives_the_terminal_back_and_goes_on) {
  run();
  shell.type("\x1a");
  shell.wait_for(leaves);
  shell.wait_for("Stopped");
  shell.type("echo sus''pended; fg; echo status=$?=; stty -a; echo en''d\n");
  shell.wait_for("suspended");
  shell.wait_for(enters);
  shell.wait_for("1 healthy");
  shell.type("q");
  expect_given_back(0);
}

BOOST_AUTO_TEST_SUITE_END()
