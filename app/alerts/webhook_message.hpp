// What the webhook says, and how it is signed: Standard Webhooks 1.0
// (https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md). Pure.
#pragma once

#include "alert_book.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::app {

// The bytes of a secret, "whsec_" and base64 of 24 to 64 bytes; nullopt: it is none.
std::optional<std::string> webhook_key(std::string_view secret);

// "v1," and base64 of HMAC-SHA256(key, "ID.TIMESTAMP.BODY").
std::string sign_webhook(std::string_view key, std::string_view id, std::int64_t timestamp,
                         std::string_view body);

// The header fields of one try, each with its line end.
std::string webhook_fields(std::string_view key, std::string_view id, std::int64_t timestamp,
                           std::string_view body);

// {"type": "alert.raised", "timestamp": …, "data": {…}}
std::string webhook_body(std::string_view type, const admin::alert& about);
std::string_view webhook_type(alert_change::step what);  // "alert.raised"

}  // namespace gemkeeper::app
