// Asks the upstream whether it knows a key, which costs no generation quota: the Gemini API by
// `GET /v1beta/models`; Vertex AI, which lists nothing to a key, by `:countTokens` of one word.
#pragma once

#include "net/executor.hpp"
#include "net/signal.hpp"
#include "upstream/connection_pool.hpp"
#include <gemkeeper/pool/outcome.hpp>
#include <gemkeeper/proxy/settings.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

struct probe_result {
  // `egress_fault` when there was no answer, whose `reason` says where it failed: "upstream_proxy",
  // "unreachable", "no_answer".
  pool::verdict verdict;
  int status = 0;                     // of the answer; 0: none came
  std::string problem;                // why none came
  std::optional<std::size_t> models;  // that a success lists, where it is a list
};

enum class probe_scope : std::uint8_t {
  one_model,   // is the key known?
  all_models,  // and how many models may it use?
};

// `route` leads to `to`, the origin of `service`, and outlives the call, as `secret` does. Bounded
// in time and bytes; ends early when `wake` is interrupted.
awaitable<probe_result> probe_key(connection_pool& route, const origin& to, pool::service service,
                                  std::string_view secret, signal& wake,
                                  probe_scope scope = probe_scope::one_model);

}  // namespace gemkeeper::proxy
