// Opens listening sockets: the proxy's, and those of the admin API.
#pragma once

#include <gemkeeper/proxy/settings.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::proxy {

// One address, listened to by every worker.
struct listening {
  std::string address;  // with the port that was picked
  int family = 0;
  std::vector<int> descriptors;  // one for each worker; the caller closes them
  std::string unlink_path;       // of a Unix socket, to be removed at the end
};

// TCP: a socket for each worker, between which the kernel shares connections (SO_REUSEPORT), after
// making sure that no other process listens there. Unix: one socket, a descriptor for each; mode
// 0600; a stale socket file is replaced. Throws std::runtime_error with `setting`, the address and
// a remedy.
listening listen_on(const listen_address& where, std::size_t workers,
                    std::string_view setting = "proxy.listen");

// Where a socket listens that was inherited from a service manager.
listen_address address_of(int descriptor);
// It, and a copy of it for each further worker; the caller owns them. Who made it removes the file
// of a Unix socket. Throws std::runtime_error when there are no descriptors left.
listening listen_by(int descriptor, std::size_t workers);

}  // namespace gemkeeper::proxy
