#include "net/unique_fd.hpp"
#include <gemkeeper/proxy/listener.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace gemkeeper::proxy {

namespace {

namespace asio = boost::asio;

// What is opened: the address as text, and the setting that named it.
struct place {
  std::string_view setting;
  std::string address;
};

[[noreturn]] void fail(const place& at, int error) {
  std::string remedy = fmt::format("choose another address in {}", at.setting);
  if (error == EADDRINUSE)
    remedy = fmt::format("another process listens there: stop it, or change {}", at.setting);
  if (error == EACCES) remedy = "choose a port above 1023 or a path you may write";
  throw std::runtime_error(fmt::format("{}: cannot listen on {}: {} ({})", at.setting, at.address,
                                       std::strerror(error), remedy));
}

enum class share : bool { no, yes };

unique_fd bind_tcp(const asio::ip::tcp::endpoint& where, share with_others, const place& at) {
  unique_fd fd(::socket(where.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (fd.get() < 0) fail(at, errno);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (with_others == share::yes) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  }
  if (where.address().is_v6()) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  if (::bind(fd.get(), where.data(), static_cast<socklen_t>(where.size())) != 0) fail(at, errno);
  return fd;
}

std::uint16_t port_of(int fd) {
  asio::ip::tcp::endpoint bound;
  auto size = static_cast<socklen_t>(bound.capacity());
  ::getsockname(fd, bound.data(), &size);
  return bound.port();
}

listening listen_tcp(const listen_address& where, std::size_t workers, std::string_view setting) {
  const bool v6 = where.host.find(':') != std::string::npos;
  const auto text = [&](std::uint16_t port) {
    return v6 ? fmt::format("[{}]:{}", where.host, port) : fmt::format("{}:{}", where.host, port);
  };
  asio::ip::tcp::endpoint endpoint(asio::ip::make_address(where.host), where.port);
  listening result;
  result.family = endpoint.protocol().family();
  {
    // A socket that shares its port would bind beside another gemkeeper's and take half its
    // connections; one that does not finds out.
    const unique_fd alone = bind_tcp(endpoint, share::no, {setting, text(where.port)});
    endpoint.port(port_of(alone.get()));
  }
  result.address = text(endpoint.port());
  const place at{setting, result.address};
  for (std::size_t i = 0; i < workers; ++i) {
    unique_fd fd = bind_tcp(endpoint, workers > 1 ? share::yes : share::no, at);
    if (::listen(fd.get(), SOMAXCONN) != 0) fail(at, errno);
    result.descriptors.push_back(fd.release());
  }
  return result;
}

bool somebody_listens(const sockaddr_un& where) {
  const unique_fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&where), sizeof(where)) == 0;
}

// One socket, a descriptor for each worker.
void copy_for(std::size_t workers, unique_fd socket, listening& into, const place& at) {
  for (std::size_t i = 1; i < workers; ++i) {
    unique_fd copy(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 3));
    if (!copy) fail(at, errno);
    into.descriptors.push_back(copy.release());
  }
  into.descriptors.push_back(socket.release());
}

listening listen_unix(const listen_address& where, std::size_t workers, std::string_view setting) {
  listening result;
  result.address = "unix:" + where.path;
  result.family = AF_UNIX;
  const place at{setting, result.address};
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (where.path.size() >= sizeof(name.sun_path)) fail(at, ENAMETOOLONG);
  std::memcpy(name.sun_path, where.path.data(), where.path.size());

  unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) fail(at, errno);
  struct stat existing {};
  if (::lstat(where.path.c_str(), &existing) == 0) {
    if (!S_ISSOCK(existing.st_mode) || somebody_listens(name)) fail(at, EADDRINUSE);
    ::unlink(where.path.c_str());
  }
  const mode_t mask = ::umask(0177);
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name));
  const int error = errno;
  ::umask(mask);
  if (bound != 0) fail(at, error);
  if (::listen(fd.get(), SOMAXCONN) != 0) fail(at, errno);
  result.unlink_path = where.path;
  copy_for(workers, std::move(fd), result, at);
  return result;
}

}  // namespace

listening listen_on(const listen_address& where, std::size_t workers, std::string_view setting) {
  return where.kind == listen_address::family::tcp ? listen_tcp(where, workers, setting)
                                                   : listen_unix(where, workers, setting);
}

listen_address address_of(int descriptor) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size);
  if (bound.ss_family == AF_UNIX) {
    sockaddr_un name{};
    std::memcpy(&name, &bound, sizeof(name));
    const std::size_t room = size - offsetof(sockaddr_un, sun_path);
    // An abstract name begins with NUL, which is written as @.
    std::string path(name.sun_path,
                     name.sun_path[0] == '\0' ? room : ::strnlen(name.sun_path, room));
    if (!path.empty() && path.front() == '\0') path.front() = '@';
    return {listen_address::family::unix_path, {}, 0, std::move(path)};
  }
  asio::ip::tcp::endpoint endpoint;
  std::memcpy(endpoint.data(), &bound, std::min<std::size_t>(size, endpoint.capacity()));
  endpoint.resize(size);
  return {listen_address::family::tcp, endpoint.address().to_string(), endpoint.port(), {}};
}

listening listen_by(int descriptor, std::size_t workers) {
  unique_fd socket(descriptor);
  const listen_address where = address_of(descriptor);
  listening result;
  const bool local = where.kind == listen_address::family::unix_path;
  const bool v6 = where.host.find(':') != std::string::npos;
  result.family = local ? AF_UNIX : v6 ? AF_INET6 : AF_INET;
  result.address = local ? "unix:" + where.path
                   : v6  ? fmt::format("[{}]:{}", where.host, where.port)
                         : fmt::format("{}:{}", where.host, where.port);
  copy_for(workers, std::move(socket), result, {"LISTEN_FDS", result.address});
  return result;
}

}  // namespace gemkeeper::proxy
