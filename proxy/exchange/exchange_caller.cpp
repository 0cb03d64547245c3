// Whose request it is, whether that client may ask, and whether its limits let it now.
#include "exchange/exchange.hpp"
#include "worker.hpp"

#include <fmt/format.h>

#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr milliseconds soon{1'000};  // when another request's end is all there is to wait for

}  // namespace

bool exchange::take_caller(known_caller& from, std::string_view token) {
  if (token.empty() || token.size() > longest_token) return false;
  caller_ = from.find(worker_.shared().clients, token);
  if (caller_ == nullptr) bore_token_ = true;
  return caller_ != nullptr;
}

// A request bears its own token, or comes through a tunnel that was opened with one.
exchange::step exchange::identify() {
  caller_.reset();
  const pool::client_table& clients = worker_.shared().clients;
  const bool required = settings_->client.token_required;
  if (!required && clients.empty()) return step::go_on;
  bore_token_ = false;
  const token_taker take = [this](std::string_view token) { return take_caller(bearer_, token); };
  if (!offer_tokens(head_, head_.target, take) && !tunnelled_to_.empty()) {
    caller_ = tunnel_bearer_.again(clients);
  }
  if (caller_ != nullptr && caller_->enabled()) return step::go_on;
  if (caller_ == nullptr && !required) return step::go_on;
  return refuse_caller(401,
                       "put a client token where the API key goes (x-goog-api-key, ?key= or "
                       "Authorization: Bearer; for most SDKs: GEMINI_API_KEY=TOKEN)");
}

exchange::step exchange::identify_tunnel() {
  caller_.reset();
  tunnel_bearer_.forget();
  const bool required = settings_->client.token_required;
  if (!required && worker_.shared().clients.empty()) return step::go_on;
  bore_token_ = false;
  offer_proxy_tokens(head_,
                     [this](std::string_view token) { return take_caller(tunnel_bearer_, token); });
  if (caller_ != nullptr && caller_->enabled()) return step::go_on;
  if (caller_ == nullptr && !required) return step::go_on;
  return refuse_caller(407,
                       "give a client token as the password of the proxy's URL "
                       "(HTTPS_PROXY=http://client:TOKEN@HOST:PORT)");
}

exchange::step exchange::refuse_caller(int http_status, std::string_view remedy) {
  if (caller_ != nullptr) {
    return refuse(http_status, "UNAUTHENTICATED", "CLIENT_DISABLED",
                  fmt::format("The client \"{}\" is disabled in this gemkeeper: ask its operator.",
                              caller_->name()));
  }
  if (bore_token_) {
    return refuse(http_status, "UNAUTHENTICATED", "CLIENT_TOKEN_UNKNOWN",
                  fmt::format("This gemkeeper serves known clients only, and does not know this "
                              "token: {}. `gemkeeper clients add` makes one.",
                              remedy));
  }
  return refuse(http_status, "UNAUTHENTICATED", "CLIENT_TOKEN_MISSING",
                fmt::format("This gemkeeper serves known clients only: {}.", remedy));
}

// The request counts against the client's limits from here to `finish`.
exchange::step exchange::begin_for_caller() {
  if (caller_ == nullptr) return step::go_on;
  const auto now = std::chrono::system_clock::now();
  const auto why = caller_->begin(pass_, now);
  if (!why) return step::go_on;
  const milliseconds pause =
      why->until ? std::max(milliseconds(1), std::chrono::ceil<milliseconds>(*why->until - now))
                 : soon;
  refuse(429, "RESOURCE_EXHAUSTED", "CLIENT_LIMIT_REACHED",
         fmt::format("The client \"{}\" has reached its limit {}. Please retry in {}s.",
                     caller_->name(), pool::to_string(why->which),
                     std::chrono::ceil<std::chrono::seconds>(pause).count()));
  refusal_.retry_after = pause;
  refusal_.until_day_end = why->until_day_end;
  return step::refused;
}

void exchange::settle_caller(const pool::token_usage& usage,
                             std::optional<std::uint64_t> micro_usd) {
  if (caller_ == nullptr) return;
  std::optional<std::uint64_t> tokens;
  if (!usage.empty()) tokens = usage.all();
  pass_.settle(tokens, micro_usd, std::chrono::system_clock::now());
}

}  // namespace gemkeeper::proxy
