// alerts.webhook_url.
#pragma once

#include <gemkeeper/app/values.hpp>
#include <gemkeeper/proxy/post.hpp>

#include <string_view>

namespace gemkeeper::app {

// "https://host[:port][/path][?query]": fills tls, host, port and target. The complaint does not
// repeat the text, which may be a secret.
complaint parse_webhook_url(std::string_view text, proxy::post_destination& into);

}  // namespace gemkeeper::app
