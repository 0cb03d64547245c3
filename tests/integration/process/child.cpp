#include "child.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace gemkeeper::test {

namespace {

void require(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

struct pipe_ends {
  int read = -1, write = -1;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) require(errno, "pipe2");
  return {ends[0], ends[1]};
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

child::child(const std::vector<std::string>& arguments, const variables& environment) {
  std::vector<std::string> argument_texts = arguments;
  std::vector<std::string> variable_texts;
  for (const auto& [name, value] : environment)
    variable_texts.push_back(name + "=" + value);
  for (const char* name : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    const char* value = std::getenv(name);
    if (value != nullptr) variable_texts.push_back(fmt::format("{}={}", name, value));
  }

  const pipe_ends out = make_pipe();
  const pipe_ends err = make_pipe();
  posix_spawn_file_actions_t actions;
  require(::posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.write, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.write, STDERR_FILENO);
  const int error =
      ::posix_spawn(&pid_, arguments.at(0).c_str(), &actions, nullptr,
                    pointers_to(argument_texts).data(), pointers_to(variable_texts).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out.write);
  ::close(err.write);
  if (error != 0) {
    ::close(out.read);
    ::close(err.read);
    require(error, arguments.at(0).c_str());
  }
  readers_.emplace_back([this, fd = out.read] { read(fd, out_); });
  readers_.emplace_back([this, fd = err.read] { read(fd, err_); });
}

child::~child() {
  if (!status_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (std::thread& reader : readers_)
    reader.join();
}

void child::read(int descriptor, std::string& into) {
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t size = ::read(descriptor, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    const std::lock_guard lock(mutex_);
    if (size <= 0) --open_;
    if (size > 0) into.append(piece.data(), static_cast<std::size_t>(size));
    changed_.notify_all();
    if (size <= 0) break;
  }
  ::close(descriptor);
}

void child::send_signal(int number) const {
  if (status_) throw std::runtime_error("the program has ended already");
  ::kill(pid_, number);
}

// Both pipes are closed when it has ended: nobody else holds them.
int child::wait(std::chrono::milliseconds limit) {
  if (status_) return *status_;
  {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, limit, [this] { return open_ == 0; })) {
      throw std::runtime_error(fmt::format("the program does not end:\n{}\n{}", out_, err_));
    }
  }
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return *status_;
}

std::string child::text(const std::string& of) const {
  const std::lock_guard lock(mutex_);
  return of;
}

std::string child::wait_for_line(std::string_view mark, std::size_t nth) {
  std::string line;
  const auto found_in = [&](std::string_view all) {
    std::size_t seen = 0;
    while (!all.empty()) {
      const std::size_t end = all.find('\n');
      if (end == std::string_view::npos) return false;
      const std::string_view one = all.substr(0, end);
      all.remove_prefix(end + 1);
      if (one.find(mark) == std::string_view::npos || ++seen < nth) continue;
      line = one;
      return true;
    }
    return false;
  };
  std::unique_lock lock(mutex_);
  const auto found = [&] { return found_in(out_) || found_in(err_); };
  changed_.wait_for(lock, process_patience, [&] { return found() || open_ == 0; });
  if (!found()) {
    throw std::runtime_error(fmt::format("no line with {} in\n{}\n{}", mark, out_, err_));
  }
  return line;
}

std::string child::wait_for_address() {
  return field_of(wait_for_line(R"("event":"listening")"), "address");
}

std::string field_of(std::string_view line, std::string_view name) {
  const std::string quoted = fmt::format("\"{}\":\"", name);
  const std::size_t at = line.find(quoted);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = line.substr(at + quoted.size());
  return std::string(rest.substr(0, rest.find('"')));
}

std::uint16_t port_of(std::string_view address) {
  const std::string_view digits = address.substr(address.rfind(':') + 1);
  std::uint16_t port = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return port;
}

}  // namespace gemkeeper::test
