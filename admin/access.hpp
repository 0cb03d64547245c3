// Who may use the admin API. Pure rules on header values; the time is an argument.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace gemkeeper::admin {

// Whom a path is for.
enum class audience : std::uint8_t {
  everybody,  // no rule at all: probes
  pages,      // whoever may see the dashboard's own files, which hold nothing: by its right name
  visitors,   // who may log in: not pages of other sites
  operators,  // the token or a session, where a token is set
};

// The header fields that decide; a field that is absent is empty.
struct credentials {
  std::string_view authorization;
  std::string_view host;
  std::string_view origin;
  std::string_view fetch_site;  // Sec-Fetch-Site
  bool session = false;         // a cookie of a session that is alive
  bool changes = false;         // the method is not GET
};

enum class verdict : std::uint8_t {
  admitted,
  foreign_host,    // 403: a name that may have been made to lead here (DNS rebinding)
  foreign_origin,  // 403: a page of another site
  no_token,        // 401
  wrong_token,     // 401, after a pause
};

class access_rules {
 public:
  explicit access_rules(std::string_view token);
  [[nodiscard]] verdict judge(const credentials& given, audience who = audience::operators) const;
  [[nodiscard]] bool is_token(std::string_view text) const;
  [[nodiscard]] bool needs_token() const { return needs_token_; }

 private:
  using digest = std::array<unsigned char, 32>;
  static digest hash(std::string_view text);

  bool needs_token_;
  digest token_{};  // SHA-256: compared in a time that tells nothing, not of its length either
};

// "localhost", 127.0.0.0/8 or [::1], with any port.
bool is_loopback_host(std::string_view host);
// `origin` is "http://" or "https://" and then just `host`.
bool is_same_origin(std::string_view origin, std::string_view host);

// How long the answer to a wrong token waits: longer with every failure of the same source, up to
// `longest`, half as long for each `forgive` without one. A right token never waits, so nobody can
// lock the operator out. Bounded: of many sources the oldest is forgotten.
class failure_pauses {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds first{250};
  static constexpr std::chrono::milliseconds longest{8'000};
  static constexpr std::chrono::seconds forgive{30};
  static constexpr std::size_t max_sources = 1024;

  // The pause for a failure of `source`, an address.
  std::chrono::milliseconds failed(std::string_view source, time_point now);
  [[nodiscard]] std::size_t sources() const { return seen_.size(); }

 private:
  struct record {
    std::string source;
    unsigned failures = 0;
    time_point last;
  };
  std::deque<record> seen_;  // by the time of the last failure
};

}  // namespace gemkeeper::admin
