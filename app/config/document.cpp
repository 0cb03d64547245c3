#include "setting.hpp"
#include "setting_types.hpp"
#include <gemkeeper/app/config.hpp>

#include <fmt/format.h>

#include <iterator>

namespace gemkeeper::app {
namespace {

constexpr std::string_view introduction =
    R"(# gemkeeper.toml: every setting with its default. Remove the "#" before one to change it.
#
# Looked for in: --config FILE, else $GEMKEEPER_CONFIG, $XDG_CONFIG_HOME/gemkeeper/gemkeeper.toml
# (~/.config), /etc/gemkeeper/gemkeeper.toml. A relative path in it starts from its directory.
# Stronger than this file: the environment (GEMKEEPER_POOL__MAX_WAIT=5s), and stronger still
# --set pool.max_wait=5s. "gemkeeper check" tells what is in effect, and why.
#
# Changes take effect at once, without disturbing a request; those marked "restart" do not.
# An invalid change is reported, and what ran before goes on.
#
# Durations: "500ms", "30s", "5m", "1h", "7d". Sizes: "64KiB", "16MiB", "1GiB", "10MB", or bytes.
)";

constexpr std::string_view keys_introduction =
    R"(
# Keys, one table each. A key itself never stands here; just one of these tells where it is:
#   file = "PATH"         its first and only line
#   env = "VARIABLE"      an environment variable
#   credential = "NAME"   a systemd credential (LoadCredential=NAME:PATH)
# Keys in GEMINI_API_KEYS (with commas), GEMINI_API_KEY and GOOGLE_API_KEY need no table, nor do
# those of Vertex AI in express mode in VERTEX_API_KEYS.
#[[keys]]
#env = "MY_GEMINI_KEY"
)";

constexpr std::string_view clients_introduction =
    R"(
# Clients, one table each, beside those that `gemkeeper clients add` makes. A token itself never
# stands here; it is named as a key is: file, env or credential. In a file without a [clients] section,
# [[clients]] does as well.
#[[clients.list]]
#name = "NAME"
#env = "MY_CLIENT_TOKEN"
)";

constexpr std::string_view projects_introduction =
    R"(
# Limits of projects, which all their keys share, and Google's quota of them.
#[[projects]]
#name = "NAME"
)";

std::string_view note(effect when) {
  switch (when) {
    case effect::at_once:
      return "";
    case effect::at_start:
      return " (restart)";
    case effect::not_yet:
      return " (no effect in this version)";
    case effect::refused:
      return " (refused in this version)";
  }
  return "";
}

}  // namespace

std::string documented_defaults() {
  const config defaults;
  std::string text(introduction);
  const auto out = std::back_inserter(text);
  for (const section& part : all_sections()) {
    fmt::format_to(out, "\n[{}]  # {}\n", part.name, part.what);
    for (const setting& one : all_settings()) {
      if (section_of(one.name) != part.name) continue;
      fmt::format_to(out, "# {}{}\n#{} = {}\n", one.what, note(one.takes_effect),
                     last_part(one.name), one.write(defaults));
    }
  }
  text += keys_introduction;
  const pool::key_spec plain;
  for (const auto& one : key_fields()) {
    fmt::format_to(out, "# {}\n#{} = {}\n", one.what, one.name, one.write(plain));
  }
  text += clients_introduction;
  for (const auto& one : client_fields()) {
    if (one.name == "name") continue;
    fmt::format_to(out, "# {}\n#{} = {}\n", one.what, one.name, one.write({}));
  }
  text += projects_introduction;
  for (const auto& one : project_fields()) {
    if (one.name == "name") continue;
    fmt::format_to(out, "# {}\n#{} = {}\n", one.what, one.name, one.write({}));
  }
  return text;
}

}  // namespace gemkeeper::app
