// Credentials on the wire: what clients send is removed, and the pool's key goes in one place only
// (protocol document, 2.1 and 2.2). Pure functions on bytes.
#pragma once

#include <gemkeeper/gemini/endpoint.hpp>

#include <string>
#include <string_view>

namespace gemkeeper::gemini {

// True for the header fields that are or carry a credential or an identity of the client:
// x-goog-api-key, Authorization, Proxy-Authorization, Cookie, x-goog-user-project,
// OpenAI-Organization, OpenAI-Project, x-gemini-api-privileged-user-id. Case-insensitive.
bool is_credential_field(std::string_view name);

// The header that carries the pool's key for `family`: "x-goog-api-key: " or
// "Authorization: Bearer ".
std::string_view credential_prefix(api_family family);

// Appends `target` to `out` without the query parameters that are a credential: `key`,
// `access_token`, `oauth_token`, `bearer_token`, with a leading `$` too, in any case and
// percent-encoded. Everything else stays byte for byte; a query left empty loses its '?'.
void append_target_without_credentials(std::string& out, std::string_view target);

// The value of the first such parameter, percent-decoded; empty: none. A client token arrives in
// the slot where an API key would stand.
std::string query_credential(std::string_view target);

}  // namespace gemkeeper::gemini
