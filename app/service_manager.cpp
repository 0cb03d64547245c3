#include <gemkeeper/app/service_manager.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace gemkeeper::app {
namespace {

constexpr int first_descriptor = 3;  // SD_LISTEN_FDS_START

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A variable that names the process it is meant for; absent, it is meant for whoever sees it.
bool meant_for(const environment& variables, std::string_view variable, int own_pid) {
  const std::string_view pid = value_of(variables, variable);
  return pid.empty() || number<int>(pid) == own_pid;
}

bool listens(int descriptor) {
  int type = 0, accepting = 0, domain = 0;
  socklen_t size = sizeof(int);
  return ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
         (domain == AF_INET || domain == AF_INET6 || domain == AF_UNIX) &&
         ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
         ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &size) == 0 &&
         accepting != 0;
}

}  // namespace

std::vector<inherited_socket> inherited_sockets(const environment& variables, int own_pid) {
  // Unlike the watchdog, a count without a process id is nobody's (sd_listen_fds(3)).
  if (number<int>(value_of(variables, "LISTEN_PID")) != own_pid) return {};
  const int count = number<int>(value_of(variables, "LISTEN_FDS")).value_or(0);
  std::string_view names = value_of(variables, "LISTEN_FDNAMES");
  std::vector<inherited_socket> result;
  for (int i = 0; i < count; ++i) {
    const int descriptor = first_descriptor + i;
    const std::size_t end = std::min(names.find(':'), names.size());
    std::string name(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
    if (!listens(descriptor)) {
      throw std::runtime_error(fmt::format(
          "LISTEN_FDS: descriptor {} (\"{}\") is not a listening stream socket: use ListenStream= "
          "and Accept=no in the socket unit",
          descriptor, name));
    }
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    result.push_back({descriptor, std::move(name)});
  }
  return result;
}

socket_role role_of(const inherited_socket& one) {
  const std::string& name = one.name;
  if (name == "admin" || name == "gemkeeper-admin.socket") return socket_role::admin;
  if (name.empty() || name == "proxy" || name == "gemkeeper.socket" || name == "unknown") {
    return socket_role::proxy;
  }
  throw std::runtime_error(
      fmt::format("LISTEN_FDNAMES: \"{}\" is no name of a socket here (write "
                  "FileDescriptorName=proxy or admin)",
                  name));
}

service_manager::service_manager(const environment& variables, int own_pid) {
  const std::string_view where = value_of(variables, "NOTIFY_SOCKET");
  if (where.size() < 2 || where.size() >= sizeof(sockaddr_un::sun_path)) return;
  if (where.front() != '/' && where.front() != '@') return;
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return;
  address_ = where;
  if (address_.front() == '@') address_.front() = '\0';

  const auto micros = number<std::int64_t>(value_of(variables, "WATCHDOG_USEC"));
  if (micros && *micros > 0 && meant_for(variables, "WATCHDOG_PID", own_pid)) {
    watchdog_ = std::chrono::microseconds(*micros);
  }
}

service_manager::service_manager(service_manager&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      address_(std::move(other.address_)),
      watchdog_(other.watchdog_) {}

service_manager& service_manager::operator=(service_manager&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(address_, other.address_);
  std::swap(watchdog_, other.watchdog_);
  return *this;
}

service_manager::~service_manager() {
  if (socket_ >= 0) ::close(socket_);
}

void service_manager::ready(std::string_view status) const {
  send(fmt::format("READY=1\nSTATUS={}", status));
}

void service_manager::reloading(std::chrono::microseconds now) const {
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.count()));
}

void service_manager::stopping(std::string_view status) const {
  send(fmt::format("STOPPING=1\nSTATUS={}", status));
}

void service_manager::status(std::string_view text) const {
  send(fmt::format("STATUS={}", text));
}

void service_manager::alive() const {
  send("WATCHDOG=1");
}

void service_manager::send(std::string_view message) const {
  if (socket_ < 0) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  [[maybe_unused]] const ssize_t sent =
      ::sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&to), size);
}

}  // namespace gemkeeper::app
