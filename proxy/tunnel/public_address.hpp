// Which addresses belong to the public internet.
#pragma once

#include "tunnel/address_block.hpp"

namespace gemkeeper::proxy {

// False for every special-purpose address of the IANA registries (RFC 6890; as of 2024) that is not
// a host of the internet: loopback, private, link-local, shared (CGNAT), documentation,
// benchmarking, multicast, reserved; for IPv6 all but 2000::/3 and what stands for a public IPv4
// address; for 6to4 and Teredo, which lead wherever the address says; and for the metadata services
// of clouds.
bool is_public(const boost::asio::ip::address& address);

// True when no address of the block is public.
bool is_never_public(const address_block& block);

}  // namespace gemkeeper::proxy
