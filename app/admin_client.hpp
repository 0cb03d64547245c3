// One call to the admin API of a gemkeeper that runs on this machine. Blocks; for commands.
#pragma once

#include <gemkeeper/app/config.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace gemkeeper::app {

struct admin_call {
  std::string_view method = "GET";
  std::string target;  // with the query
  std::string body;    // JSON; empty: none
  std::chrono::milliseconds patience{30'000};
};

struct admin_reply {
  int status = 0;  // 0: there was no answer
  std::string body;
  std::string problem;  // why there was none, and what to do
};

// Asks the first address of admin.listen, with admin.token.
admin_reply ask_admin(const admin_settings& where, const admin_call& what);

}  // namespace gemkeeper::app
