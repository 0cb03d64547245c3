// The terminal that `gemkeeper top` draws on, and what its user does.
#pragma once

#include <termios.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace gemkeeper::app::top {

// Signals that end, stop or resize this process come as events while it lives. At most one exists.
class terminal {
 public:
  // Takes standard input and output. Throws std::system_error.
  terminal();
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;
  ~terminal();  // leaves it as it was

  struct event {
    enum class kind : std::uint8_t { time, key, redraw, quit } what = kind::time;
    char key = 0;
  };
  // Stops the process, terminal restored, when its user asks for that, and goes on after it.
  event wait(std::chrono::milliseconds at_most);

  // Replaces what is seen.
  void show(const std::string& lines) const;
  [[nodiscard]] std::size_t width() const;
  [[nodiscard]] std::size_t height() const;

 private:
  void enter();
  void leave() const;
  event signalled();

  termios before_{};
  int signals_ = -1;
  sigset_t blocked_before_{};
};

}  // namespace gemkeeper::app::top
