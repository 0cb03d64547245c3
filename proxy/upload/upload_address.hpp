// The address of a resumable upload as clients get it (protocol document, 1.3): gemkeeper's own
// origin, Google's path, and instead of Google's upload id a token that holds Google's whole
// address and whose key began it. Whoever has it may continue that upload and do nothing else, with
// no credential, as Google has it. Pure functions; nothing is kept, so it is good after a restart.
#pragma once

#include <gemkeeper/pool/page_token.hpp>
#include <gemkeeper/proxy/settings.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

struct upload_place {
  pool::key_id key;    // that began it
  std::string target;  // at Google, in origin-form
};

// `url` as Google's X-Goog-Upload-URL has it, for clients that reach gemkeeper at `origin`
// ("http://127.0.0.1:8001"). Nothing: it is no upload at Google, and goes on as it is.
std::optional<std::string> own_upload_url(std::string_view secret, std::string_view origin,
                                          const pool::key_id& key, std::string_view url,
                                          const upstream_settings& upstream);

// Whether `target` bears such a token, sound or not.
bool bears_upload_token(std::string_view target);
// Nothing: it was not made here.
std::optional<upload_place> open_upload_token(std::string_view secret, std::string_view target);

}  // namespace gemkeeper::proxy
