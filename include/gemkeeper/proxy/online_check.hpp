// Tries every way to the upstream, and every key, before they are needed.
#pragma once

#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/proxy/settings.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::proxy {

struct online_limits {
  std::size_t at_once = 8;                               // connections
  std::chrono::seconds all = std::chrono::seconds{120};  // what is not done by then has failed
};

struct checked_route {
  std::string label;    // "direct", "http://proxy:3128"
  std::string host;     // to which it leads
  std::string setting;  // where it is named: "upstream.proxy", "proxy in [[keys]]"; empty: nowhere
  bool works = false;
  std::string problem;  // what does not, and which setting to look at
};

struct checked_key {
  std::string name;
  std::string fingerprint;
  std::size_t route = 0;  // of `online_report::routes`
  bool works = false;
  std::string problem;  // also a remark on one that works: "out of quota for now"
};

// Holds no secret.
struct online_report {
  std::vector<checked_route> routes;
  std::vector<checked_key> keys;  // in their order
  [[nodiscard]] bool all_work() const;
};

// Opens each distinct route (look-up, connection, proxy, TLS), then asks Google about each enabled
// key (`GET /v1beta/models?pageSize=1`, or `:countTokens` at Vertex AI: no generation quota is
// spent). Blocks until
// all is known. Throws std::runtime_error as `server` does.
online_report check_online(const upstream_settings& upstream,
                           const std::vector<pool::key_spec>& keys,
                           const online_limits& limits = {});

// What Google says of one key.
struct key_validation {
  enum class answer : std::uint8_t {
    valid,    // a key that is out of quota for now is valid too
    invalid,  // Google rejects it
    unknown,  // nobody, or not Google's API, has answered
  } is = answer::unknown;
  // Of `invalid` Google's reason ("API_KEY_INVALID"), of `unknown` a short word; static storage.
  std::string_view reason;
  std::string problem;                // a sentence for the operator; also a remark on a valid one
  std::optional<std::size_t> models;  // that the key may list; nothing: its service lists none
};

// Lists the models with `key`, by its way to its service (`GET /v1beta/models`; at Vertex AI
// `:countTokens`: no generation quota is spent). Blocks for `limit` at most; from any thread. Holds
// no secret. Throws std::runtime_error as `server` does.
key_validation validate_key(const upstream_settings& upstream, const pool::key_spec& key,
                            std::chrono::seconds limit = std::chrono::seconds{30});

}  // namespace gemkeeper::proxy
