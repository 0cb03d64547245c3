#include "terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>

namespace gemkeeper::app::top {
namespace {

// Another screen, without cursor; and back (xterm's control sequences, DEC private modes 1049, 25).
constexpr std::string_view enter_screen = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view leave_screen = "\x1b[?25h\x1b[?1049l";

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

winsize size_now() {
  winsize size{};
  ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  return size;
}

}  // namespace

terminal::terminal() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH})
    sigaddset(&wanted, number);
  if (::tcgetattr(STDIN_FILENO, &before_) != 0) {
    throw std::system_error(errno, std::generic_category(), "standard input");
  }
  signals_ = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
  ::pthread_sigmask(SIG_BLOCK, &wanted, &blocked_before_);
  enter();
}

terminal::~terminal() {
  leave();
  ::close(signals_);
  ::pthread_sigmask(SIG_SETMASK, &blocked_before_, nullptr);
}

void terminal::enter() {
  termios raw = before_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
  write_all(enter_screen);
}

void terminal::leave() const {
  write_all(leave_screen);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
}

terminal::event terminal::wait(std::chrono::milliseconds at_most) {
  std::array<pollfd, 2> wanted{{{STDIN_FILENO, POLLIN, 0}, {signals_, POLLIN, 0}}};
  const int ready = ::poll(wanted.data(), wanted.size(), static_cast<int>(at_most.count()));
  if (ready <= 0) return {};
  if (wanted[1].revents != 0) return signalled();
  char key = 0;
  const ssize_t got = ::read(STDIN_FILENO, &key, 1);
  if (got == 1) return {event::kind::key, key};
  // The terminal is gone.
  return {got < 0 && errno == EINTR ? event::kind::time : event::kind::quit, 0};
}

terminal::event terminal::signalled() {
  signalfd_siginfo told{};
  if (::read(signals_, &told, sizeof(told)) != sizeof(told)) return {};
  switch (told.ssi_signo) {
    case SIGWINCH:
      return {event::kind::redraw, 0};
    case SIGTSTP:
      leave();
      ::raise(SIGSTOP);
      // Here it goes on.
      enter();
      return {event::kind::redraw, 0};
    default:
      return {event::kind::quit, 0};
  }
}

void terminal::show(const std::string& lines) const {
  std::string text = "\x1b[H";
  for (const char c : lines) {
    if (c == '\n') text += "\x1b[K\r";  // what stood behind it goes
    text += c;
  }
  // The last line must not scroll the others away.
  if (text.ends_with('\n')) text.pop_back();
  write_all(text + "\x1b[J");
}

std::size_t terminal::width() const {
  constexpr std::size_t usual = 80;
  const std::size_t columns = size_now().ws_col;
  return columns == 0 ? usual : columns;
}

std::size_t terminal::height() const {
  constexpr std::size_t usual = 24;
  const std::size_t rows = size_now().ws_row;
  return rows == 0 ? usual : rows;
}

}  // namespace gemkeeper::app::top
