// The forms that connect.allow and connect.deny are written in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

enum class tunnel_list : std::uint8_t { allow, deny };

// What is wrong with an entry: a name, "*.example.com", "*", an address, a CIDR block. Names the
// entry and the remedy; empty: nothing is wrong. In `allow`, addresses that no tunnel may ever lead
// to are wrong too.
std::string complaint_about_tunnel_host(std::string_view entry, tunnel_list list);

}  // namespace gemkeeper::proxy
