#include "../config/setting.hpp"
#include "reference.hpp"
#include <gemkeeper/app/config.hpp>

#include <fmt/format.h>

#include <iterator>
#include <span>
#include <string_view>

namespace gemkeeper::app::reference {
namespace {

constexpr std::string_view introduction = R"(# Configuration reference

<!-- Made by gemkeeper_reference from the table of settings; a test compares. Do not edit. -->

No setting is needed. They are looked for in `--config FILE`, else `$GEMKEEPER_CONFIG`,
`~/.config/gemkeeper/gemkeeper.toml`, `/etc/gemkeeper/gemkeeper.toml`. Stronger than the file is the
environment (`GEMKEEPER_POOL__MAX_WAIT=5s` for `pool.max_wait`), and stronger still is the command line
(`--set pool.max_wait=5s`). `gemkeeper check` says what is in effect, and why.

A relative path starts from the directory of the file that names it. Durations: `"500ms"`, `"30s"`, `"5m"`,
`"1h"`, `"7d"`. Sizes: `"64KiB"`, `"16MiB"`, `"10MB"`, or bytes.

A change takes effect at once, without disturbing a request, unless it says *restart*. One that is invalid is
reported, and what ran before goes on.
)";

std::string_view note(effect when) {
  switch (when) {
    case effect::at_once:
      return "";
    case effect::at_start:
      return " *Restart.*";
    case effect::not_yet:
      return " *No effect in this version.*";
    case effect::refused:
      return " *Refused in this version.*";
  }
  return "";
}

// A cell of a table.
std::string cell(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<') safe += '\\';
    safe += c;
  }
  return safe;
}

template <class Owner>
void add_fields(std::span<const field<Owner>> fields, std::string& into) {
  for (const auto& one : fields) {
    fmt::format_to(std::back_inserter(into), "| `{}` | {} | `{}` | {} |\n", one.name, one.type,
                   one.write({}), cell(one.what));
  }
}

}  // namespace

std::string configuration_page() {
  const config defaults;
  std::string text(introduction);
  const auto out = std::back_inserter(text);
  for (const section& part : all_sections()) {
    fmt::format_to(out, "\n## [{}]\n\n{}\n\n| setting | type | default | |\n|---|---|---|---|\n",
                   part.name, part.what);
    for (const setting& one : all_settings()) {
      if (section_of(one.name) != part.name) continue;
      fmt::format_to(out, "| `{}` | {} | `{}` | {}{} |\n", one.name, one.type, one.write(defaults),
                     cell(one.what), note(one.takes_effect));
    }
  }
  text +=
      "\n## [[keys]]\n\nOne table for each key. The key itself never stands here; just one of "
      "these "
      "tells where it is:\n\n"
      "| setting | |\n|---|---|\n"
      "| `file` | path of a file whose only line it is |\n"
      "| `env` | name of an environment variable |\n"
      "| `credential` | name of a systemd credential (`LoadCredential=NAME:PATH`) |\n\n"
      "And what else is known of it:\n\n| setting | type | default | |\n|---|---|---|---|\n";
  add_fields(key_fields(), text);
  text +=
      "\nKeys in `GEMINI_API_KEYS` (with commas or lines between them), `GEMINI_API_KEY` and "
      "`GOOGLE_API_KEY` need no table, nor do those of Vertex AI in express mode in "
      "`VERTEX_API_KEYS`.\n";
  text +=
      "\n## [[clients.list]]\n\nClients, one table each, beside those that `gemkeeper clients add` "
      "makes; `[[clients]]` in a file without a `[clients]` section. The token is named as a key "
      "is, by "
      "`file`, `env` or `credential`.\n\n| setting | type | default | |\n|---|---|---|---|\n";
  add_fields(client_fields(), text);
  text +=
      "\n## [[projects]]\n\nLimits of projects, which all their keys share, and Google's quota of "
      "them.\n\n| setting | type | default | |\n|---|---|---|---|\n";
  add_fields(project_fields(), text);
  return text;
}

}  // namespace gemkeeper::app::reference
