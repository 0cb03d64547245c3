// Host names as certificates, CONNECT and settings write them. Pure functions.
#pragma once

#include <gemkeeper/proxy/settings.hpp>

#include <string>
#include <string_view>

namespace gemkeeper::proxy {

// Always intercepted, whatever else is.
inline constexpr std::string_view gemini_host = "generativelanguage.googleapis.com";

// Where Vertex AI takes API keys. Intercepted where intercept.hosts names it: its TLS is also that
// of applications which use all of Vertex AI, with OAuth.
inline constexpr std::string_view vertex_host = "aiplatform.googleapis.com";

// In lower case and without the dot at the end of an absolute name; empty: `text` is no host name
// (RFC 952, RFC 1123 section 2.1; underscores pass). Numeric addresses are none.
std::string canonical_host_name(std::string_view text);

// Whether TLS for `host`, in any case and with or without a last dot, ends here: `gemini_host`, an
// entry of `intercept.hosts`, or below an entry "*.example.com" of it (at any depth).
bool is_intercepted(std::string_view host, const intercept_settings& settings);

}  // namespace gemkeeper::proxy
