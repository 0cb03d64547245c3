// Which `Host` and `Origin` a request in base-URL form may carry.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

// The host of "host", "host:port" or "[v6]:port"; empty: malformed.
std::string_view host_of_authority(std::string_view authority);

// True for what no public DNS name can be: numeric addresses, "localhost" and names below it, names
// without a dot, and private suffixes (.local, .internal, .svc, .cluster.local, .home.arpa, .lan);
// and for what `further` lists. A web page's DNS name, rebound to loopback, is none of them.
bool is_trusted_host(std::string_view host, std::span<const std::string> further);

// True unless `origin` is a web page's of another host ("https://evil.example", "null").
// Extensions and editors have schemes of their own and pass.
bool is_trusted_origin(std::string_view origin, std::span<const std::string> further);

}  // namespace gemkeeper::proxy
