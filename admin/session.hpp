// Browsers that have logged in with the admin token. A session is a random name in a cookie; only
// its hash is kept. Not thread-safe: the listener's thread has it to itself.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::admin {

class session_store {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::hours idle_limit{12};     // since it was last used
  static constexpr std::chrono::hours age_limit{7 * 24};  // since it was opened
  static constexpr std::size_t max_sessions = 64;  // of more, that one ends which rested longest

  // Its name: 64 hex digits from the system's random source. Throws std::runtime_error when that
  // fails.
  std::string open(time_point now);
  // Is this the name of a session that is alive? The time it takes tells nothing of the name. It
  // counts as a use.
  bool holds(std::string_view name, time_point now);
  void close(std::string_view name);
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }

 private:
  using digest = std::array<unsigned char, 32>;
  struct session {
    digest hash;
    time_point opened;
    time_point used;
  };
  static digest hash_of(std::string_view name);

  std::vector<session> sessions_;
};

// Cookies know no ports: the name tells the gemkeepers of one host apart. `host` as in the field.
std::string session_cookie(std::string_view host);
// The session that a Cookie field names; empty: none.
std::string_view session_of(std::string_view cookies, std::string_view host);

}  // namespace gemkeeper::admin
