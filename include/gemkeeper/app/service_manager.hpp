// The service manager that started the process: what it handed over, and what it wants to be told.
// systemd's protocols, which others speak too: sd_listen_fds(3), sd_notify(3),
// sd_watchdog_enabled(3). They are stable and small; the library that speaks them would be a third
// of this program's memory.
#pragma once

#include <gemkeeper/app/environment.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::app {

// A socket that listens already.
struct inherited_socket {
  int descriptor = -1;
  std::string name;  // FileDescriptorName= of the socket unit; without one "unknown", or its name
};

// The sockets of LISTEN_FDS, from descriptor 3 on, made close-on-exec; none when the variables are
// absent or meant for another process (`own_pid`). The caller owns the descriptors. Throws
// std::runtime_error when what was handed over is no listening stream socket.
std::vector<inherited_socket> inherited_sockets(const environment& variables, int own_pid);

// What a socket is for, by its name: "admin" or "gemkeeper-admin.socket"; "proxy",
// "gemkeeper.socket", or none. Throws std::runtime_error for any other.
enum class socket_role : std::uint8_t { proxy, admin };
socket_role role_of(const inherited_socket& one);

// Thread-safety: one thread's. Without a manager (NOTIFY_SOCKET is not set) every call does
// nothing; a message that cannot be sent is dropped: the service goes on.
class service_manager {
 public:
  // Not connected.
  service_manager() = default;
  // `own_pid`: WATCHDOG_PID may say that the watchdog is for another process.
  service_manager(const environment& variables, int own_pid);

  service_manager(service_manager&& other) noexcept;
  service_manager& operator=(service_manager&& other) noexcept;
  ~service_manager();

  [[nodiscard]] bool connected() const { return socket_ >= 0; }
  // The time within which `alive` has to be said again; call it twice as often.
  [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

  void ready(std::string_view status) const;
  // Until the next `ready`. `now`: of CLOCK_MONOTONIC, as Type=notify-reload asks.
  void reloading(std::chrono::microseconds now) const;
  void stopping(std::string_view status) const;
  // Shown by `systemctl status`; one line.
  void status(std::string_view text) const;
  void alive() const;

 private:
  void send(std::string_view message) const;

  int socket_ = -1;
  std::string address_;  // as in sockaddr_un: abstract ones begin with a NUL
  std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace gemkeeper::app
