#include "command_process.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace gemkeeper::app {
namespace {

constexpr std::array relayed_signals{SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,  SIGUSR1,
                                     SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH, SIGCHLD};
// Tells an empty environment from none: the other end was closed.
constexpr char go = '\1';

void close_descriptor(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

bool send_all(int channel, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::send(channel, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

std::string receive_all(int channel) {
  std::string bytes;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t size = ::recv(channel, piece.data(), piece.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return bytes;
    bytes.append(piece.data(), static_cast<std::size_t>(size));
  }
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// In the new process.
[[noreturn]] void become(std::vector<std::string> arguments, int channel, pid_t parent,
                         const inherited_state& found, const sigset_t& mask) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(128 + SIGTERM);

  const std::string told = receive_all(channel);
  if (!told.starts_with(go)) ::_exit(0);
  std::vector<std::string> variables;
  for (std::size_t at = 1; at < told.size(); at += variables.back().size() + 1)
    variables.emplace_back(told.c_str() + at);

  restore_process(found);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::execvpe(arguments.front().c_str(), pointers_to(arguments).data(),
            pointers_to(variables).data());
  const int error = errno;
  send_all(channel, {reinterpret_cast<const char*>(&error), sizeof(error)});
  ::_exit(127);
}

}  // namespace

command_process::command_process(const std::vector<std::string>& arguments,
                                 const inherited_state& found) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot make a socket");
  }
  // Who ignores it gets no status of a child.
  std::signal(SIGCHLD, SIG_DFL);
  ::sigemptyset(&relayed_);
  for (const int number : relayed_signals)
    ::sigaddset(&relayed_, number);
  ::sigprocmask(SIG_BLOCK, &relayed_, &mask_before_);

  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::close(ends[0]);
    become(arguments, ends[1], parent, found, mask_before_);
  }
  const int error = errno;
  ::close(ends[1]);
  channel_ = ends[0];
  if (pid_ < 0) {
    close_descriptor(channel_);
    ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    throw std::system_error(error, std::generic_category(), "cannot start a process");
  }
}

command_process::~command_process() {
  if (pid_ < 0) return;
  close_descriptor(channel_);
  ::kill(pid_, SIGTERM);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

int command_process::start(const environment& variables) {
  std::string told(1, go);
  for (const auto& [name, value] : variables) {
    told += name;
    told += '=';
    told += value;
    told += '\0';
  }
  // A failure means that a signal has ended it: `wait` will tell.
  send_all(channel_, told);
  ::shutdown(channel_, SHUT_WR);
  const std::string answer = receive_all(channel_);
  close_descriptor(channel_);
  int error = 0;
  if (answer.size() == sizeof(error)) answer.copy(reinterpret_cast<char*>(&error), sizeof(error));
  return error;
}

// The terminal's signals go to the whole foreground group, and reach the command without us, unless
// it has left the group.
void command_process::pass_on(const siginfo_t& signal) const {
  const bool from_terminal = signal.si_code == SI_KERNEL;
  if (from_terminal && ::getpgid(pid_) == ::getpgrp()) return;
  if (!from_terminal && signal.si_pid == pid_) return;
  ::kill(pid_, signal.si_signo);
}

// The shell looks at us: it must see that the command was suspended. Not SIGSTOP, which would stop
// us for good where no shell is there to continue us.
void command_process::stop_too() const {
  sigset_t stop;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTSTP);
  // While it is blocked: the terminal's own may be pending, and becomes one with it.
  ::kill(::getpid(), SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);
  ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
}

int command_process::wait() {
  for (;;) {
    siginfo_t signal{};
    if (::sigwaitinfo(&relayed_, &signal) < 0) continue;
    if (signal.si_signo != SIGCHLD) {
      pass_on(signal);
      continue;
    }
    int status = 0;
    // Any child: as the first process of a container we inherit orphans.
    for (pid_t one = 0; (one = ::waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0;) {
      if (one != pid_) continue;
      if (WIFSTOPPED(status)) {
        const int by = WSTOPSIG(status);
        if (by == SIGTSTP || by == SIGTTIN || by == SIGTTOU) stop_too();
        continue;
      }
      pid_ = -1;
      // What came at the same moment was for the command.
      constexpr timespec now{0, 0};
      while (::sigtimedwait(&relayed_, nullptr, &now) > 0) {
      }
      ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
  }
}

}  // namespace gemkeeper::app
