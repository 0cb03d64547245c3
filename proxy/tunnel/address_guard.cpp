#include "tunnel/address_guard.hpp"

#include "tunnel/public_address.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>

namespace gemkeeper::proxy {

namespace {

namespace ip = boost::asio::ip;

// Interfaces change rarely, and asking for them costs tens of microseconds.
constexpr std::chrono::seconds own_for{5};

std::vector<ip::address> interface_addresses() {
  std::vector<ip::address> found;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return found;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(first, &::freeifaddrs);
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    if (one->ifa_addr->sa_family == AF_INET) {
      sockaddr_in v4{};
      std::memcpy(&v4, one->ifa_addr, sizeof(v4));
      found.emplace_back(ip::address_v4(ntohl(v4.sin_addr.s_addr)));
    } else if (one->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 v6{};
      std::memcpy(&v6, one->ifa_addr, sizeof(v6));
      ip::address_v6::bytes_type bytes;
      std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
      found.emplace_back(ip::address_v6(bytes));
    }
  }
  return found;
}

bool holds(const std::vector<ip::address>& list, const ip::address& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

}  // namespace

address_guard::address_guard(const std::vector<std::string>& exempt) {
  for (const std::string& text : exempt) {
    boost::system::error_code error;
    exempt_.push_back(ip::make_address(text, error));
    if (error) throw std::runtime_error(fmt::format("\"{}\" is no numeric address", text));
  }
}

bool address_guard::admits(const ip::address& address) {
  const ip::address where = unwrapped(address);
  if (holds(exempt_, where)) return true;
  return is_public(where) && !is_own(where);
}

bool address_guard::is_own(const ip::address& address) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (now >= own_until_) {
    // None at all means that they could not be read: those known before are the better answer.
    if (auto found = interface_addresses(); !found.empty()) own_ = std::move(found);
    own_until_ = now + own_for;
  }
  return holds(own_, address);
}

}  // namespace gemkeeper::proxy
