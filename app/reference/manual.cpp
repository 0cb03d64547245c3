#include "../config/setting.hpp"
#include "reference.hpp"
#include <gemkeeper/app/command_line.hpp>
#include <gemkeeper/app/config.hpp>

#include <fmt/format.h>

#include <iterator>
#include <span>
#include <string_view>

namespace gemkeeper::app::reference {
namespace {

// As troff takes it: no escapes, hyphens that can be searched for, no line that is a request.
std::string plain(std::string_view text) {
  std::string safe;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) safe += "\\&";
    line_start = c == '\n';
    if (c == '\\') {
      safe += "\\e";
    } else if (c == '-') {
      safe += "\\-";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string head(std::string_view name, std::string_view section, std::string_view what) {
  return fmt::format(".TH {} {} \"\" \"gemkeeper " GEMKEEPER_VERSION
                     "\" \"gemkeeper\"\n.SH NAME\n{} \\- {}\n",
                     name, section, plain(name), plain(what));
}

void add_options(const command_outline& command, std::string& into) {
  for (const option_outline& one : command.options) {
    if (one.name == "-h,--help" && !command.name.empty()) continue;
    fmt::format_to(std::back_inserter(into), ".TP\n\\fB{}\\fR{}\n{}\n", plain(one.name),
                   one.value.empty() ? "" : fmt::format(" \\fI{}\\fR", plain(one.value)),
                   plain(one.what));
  }
}

template <class Owner>
void add_fields(std::span<const field<Owner>> fields, std::string& into) {
  for (const auto& one : fields) {
    fmt::format_to(std::back_inserter(into), ".TP\n\\fB{}\\fR = {}\n{} ({})\n", plain(one.name),
                   plain(one.write({})), plain(one.what), plain(one.type));
  }
}

}  // namespace

std::string manual_of_commands() {
  const std::vector<command_outline> commands = outline_of_commands();
  std::string text =
      head("gemkeeper", "1", "local proxy for Google's Gemini API with a pool of API keys");
  text += ".SH SYNOPSIS\n\\fBgemkeeper\\fR [\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]\n.SH DESCRIPTION\n";
  text += plain(commands.front().what) + "\n.PP\n" + plain(commands.front().footer) + "\n";
  text += ".SH OPTIONS\n";
  add_options(commands.front(), text);
  text += ".SH COMMANDS\n";
  for (const command_outline& one : commands) {
    if (one.name.empty()) continue;
    text += fmt::format(".SS gemkeeper {}\n{}.\n", plain(one.name), plain(one.what));
    add_options(one, text);
    if (!one.footer.empty()) text += ".PP\n.nf\n" + plain(one.footer) + "\n.fi\n";
  }
  text += R"(.SH SIGNALS
.TP
SIGTERM, SIGINT
Requests in flight may end (proxy.drain_timeout); a second signal ends it at once.
.TP
SIGHUP
The configuration and the keys are read again, and the log file is opened again.
.SH ENVIRONMENT
.TP
GEMINI_API_KEYS, GEMINI_API_KEY, GOOGLE_API_KEY
API keys; the first with commas or lines between them.
.TP
VERTEX_API_KEYS
API keys of Vertex AI in express mode, with commas or lines between them.
.TP
GEMKEEPER_CONFIG
The configuration file, where there is no \fB\-\-config\fR.
.TP
GEMKEEPER_\fISECTION\fR__\fINAME\fR
One setting, stronger than the file.
.TP
STATE_DIRECTORY, XDG_STATE_HOME
Where state is kept: $STATE_DIRECTORY, else $XDG_STATE_HOME/gemkeeper, else ~/.local/state/gemkeeper.
.TP
LISTEN_FDS, LISTEN_FDNAMES, NOTIFY_SOCKET, WATCHDOG_USEC, CREDENTIALS_DIRECTORY
As a service manager sets them: sockets by the names proxy and admin, notification, watchdog, credentials.
.SH FILES
.TP
/etc/gemkeeper/gemkeeper.toml, ~/.config/gemkeeper/gemkeeper.toml
The configuration; see \fBgemkeeper.toml\fR(5).
.TP
/etc/gemkeeper/keys
Of the systemd service: API keys, a file each.
.SH EXIT STATUS
0 done, 1 failed, 2 wrong usage or configuration.
.SH SEE ALSO
\fBgemkeeper.toml\fR(5)
)";
  return text;
}

std::string manual_of_settings() {
  const config defaults;
  std::string text = head("gemkeeper.toml", "5", "configuration of gemkeeper");
  const auto out = std::back_inserter(text);
  text += R"(.SH DESCRIPTION
TOML. No setting is needed. Stronger than the file is the environment (GEMKEEPER_POOL__MAX_WAIT=5s), and
stronger still is \fB\-\-set\fR pool.max_wait=5s. \fBgemkeeper check\fR says what is in effect, and why.
.PP
Durations: "500ms", "30s", "5m", "1h", "7d". Sizes: "64KiB", "16MiB", "10MB", or bytes. A relative path starts
from the directory of the file. Changes take effect at once, unless they say restart.
)";
  for (const section& part : all_sections()) {
    fmt::format_to(out, ".SH [{}]\n{}\n", plain(part.name), plain(part.what));
    for (const setting& one : all_settings()) {
      if (section_of(one.name) != part.name) continue;
      fmt::format_to(out, ".TP\n\\fB{}\\fR = {}\n{} ({}){}\n", plain(one.name),
                     plain(one.write(defaults)), plain(one.what), plain(one.type),
                     one.takes_effect == effect::at_start  ? "; restart"
                     : one.takes_effect == effect::refused ? "; refused in this version"
                     : one.takes_effect == effect::not_yet ? "; no effect in this version"
                                                           : "");
    }
  }
  text += R"(.SH [[keys]]
One table for each key; just one of these tells where it is:
.TP
\fBfile\fR
path of a file whose only line it is
.TP
\fBenv\fR
name of an environment variable
.TP
\fBcredential\fR
name of a systemd credential
.PP
And:
)";
  add_fields(key_fields(), text);
  text += ".SH [[clients.list]]\nClients, one table each; the token is named as a key is.\n";
  add_fields(client_fields(), text);
  text += ".SH [[projects]]\nLimits of projects, which all their keys share, and Google's quota.\n";
  add_fields(project_fields(), text);
  text += ".SH SEE ALSO\n\\fBgemkeeper\\fR(1)\n";
  return text;
}

}  // namespace gemkeeper::app::reference
