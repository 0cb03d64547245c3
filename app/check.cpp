#include "config/setting.hpp"
#include "config/setting_types.hpp"
#include <gemkeeper/app/check.hpp>

#include <fmt/format.h>

#include <iterator>

namespace gemkeeper::app {
namespace {

using types::quote;

std::string declared_source(const key_origin& origin) {
  using enum key_origin::kind;
  const std::string_view field = origin.from == file  ? "file"
                                 : origin.from == env ? "env"
                                                      : "credential";
  return fmt::format("{} = {}", field, quote(origin.name));
}

// Those of keys_dir and the variables are found again without a table.
bool is_declared(const key_origin& origin) {
  return origin.from != key_origin::kind::keys_dir && origin.from != key_origin::kind::variable;
}

void write_key(const pool::key_spec& key, const key_origin& origin, std::string& text) {
  const auto out = std::back_inserter(text);
  const std::string shown = pool::fingerprint(key.secret);
  if (!is_declared(origin)) {
    fmt::format_to(out, "\n# Key {}: {} from {}\n", quote(key.name), shown,
                   describe_origin(origin));
    return;
  }
  fmt::format_to(out, "\n[[keys]]  # {}\n{}\n", shown, declared_source(origin));
  const pool::key_spec plain;
  for (const auto& one : key_fields()) {
    const std::string value = one.write(key);
    if (value == one.write(plain)) continue;
    fmt::format_to(out, "{}{} = {}\n", value == hidden_value ? "#" : "", one.name, value);
  }
}

// Those that differ from their defaults.
template <class Owner>
void write_fields(std::span<const field<Owner>> fields, const Owner& of, std::string& text) {
  for (const auto& one : fields) {
    const std::string value = one.write(of);
    if (value == one.write({})) continue;
    fmt::format_to(std::back_inserter(text), "{} = {}\n", one.name, value);
  }
}

template <class Owner>
std::string json_fields(std::span<const field<Owner>> fields, const Owner& of) {
  std::vector<std::string> all;
  for (const auto& one : fields)
    all.push_back(fmt::format("{}:{}", quote(one.name), one.write(of)));
  return fmt::format("{}", fmt::join(all, ","));
}

std::string as_toml(const config& what) {
  std::string text = fmt::format("# The configuration in effect ({}), secrets hidden.\n",
                                 what.file.empty() ? "no file" : what.file.native());
  const auto out = std::back_inserter(text);
  std::string_view part;
  for (const effective_setting& one : what.effective) {
    if (section_of(one.name) != part) {
      part = section_of(one.name);
      fmt::format_to(out, "\n[{}]\n", part);
    }
    fmt::format_to(out, "{}{} = {}  # {}\n", one.value == hidden_value ? "#" : "",
                   last_part(one.name), one.value, one.source.text());
  }
  for (std::size_t i = 0; i < what.keys.size(); ++i) {
    write_key(what.keys[i], what.key_origins[i], text);
  }
  for (std::size_t i = 0; i < what.clients.size(); ++i) {
    fmt::format_to(out, "\n[[clients]]\n{}\n", declared_source(what.client_origins[i]));
    write_fields(client_fields(), what.clients[i], text);
  }
  for (const pool::project_spec& project : what.projects) {
    text += "\n[[projects]]\n";
    write_fields(project_fields(), project, text);
  }
  return text;
}

// Joins what `write` makes of each item.
std::string json_list(const auto& items, auto write) {
  std::vector<std::string> all;
  for (const auto& item : items)
    all.push_back(write(item));
  return fmt::format("[{}]", fmt::join(all, ","));
}

std::string json_settings(const config& what) {
  std::vector<std::string> all;
  for (const effective_setting& one : what.effective) {
    all.push_back(fmt::format("{}:{{\"value\":{},\"source\":{}}}", quote(one.name), one.value,
                              quote(one.source.text())));
  }
  return fmt::format("{{{}}}", fmt::join(all, ","));
}

std::string json_keys(const config& what) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < what.keys.size(); ++i) {
    const pool::key_spec& key = what.keys[i];
    std::string one =
        fmt::format("{{\"fingerprint\":{},\"source\":{}", quote(pool::fingerprint(key.secret)),
                    quote(describe_origin(what.key_origins[i])));
    for (const auto& field : key_fields()) {
      fmt::format_to(std::back_inserter(one), ",{}:{}", quote(field.name), field.write(key));
    }
    all.push_back(one + "}");
  }
  return fmt::format("[{}]", fmt::join(all, ","));
}

std::string json_clients(const config& what) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < what.clients.size(); ++i) {
    all.push_back(fmt::format("{{\"id\":{},\"source\":{},{}}}", quote(what.clients[i].id),
                              quote(describe_origin(what.client_origins[i])),
                              json_fields(client_fields(), what.clients[i])));
  }
  return fmt::format("[{}]", fmt::join(all, ","));
}

std::string json_projects(const config& what) {
  return json_list(what.projects, [](const pool::project_spec& project) {
    return fmt::format("{{{}}}", json_fields(project_fields(), project));
  });
}

std::string as_json(const load_result& loaded) {
  const auto problems = json_list(loaded.problems, [](const problem& p) {
    return fmt::format("{{\"source\":{},\"setting\":{},\"message\":{}}}", quote(p.source.text()),
                       quote(p.setting), quote(p.what));
  });
  if (!loaded.value) return fmt::format("{{\"valid\":false,\"problems\":{}}}\n", problems);
  const config& what = *loaded.value;
  return fmt::format(
      "{{\"valid\":true,\"file\":{},\"settings\":{},\"keys\":{},\"clients\":{},"
      "\"projects\":{},\"warnings\":{},\"problems\":[]}}\n",
      what.file.empty() ? "null" : quote(what.file.native()), json_settings(what), json_keys(what),
      json_clients(what), json_projects(what), json_list(what.warnings, quote));
}

}  // namespace

check_report check(const load_result& loaded, check_command::output as) {
  check_report report;
  if (as == check_command::output::defaults) return {exit_done, documented_defaults(), {}};
  if (as == check_command::output::json) {
    report.out = as_json(loaded);
  } else if (loaded.value) {
    report.out = as_toml(*loaded.value);
  }
  if (loaded.value) {
    for (const std::string& one : loaded.value->warnings)
      report.err += "warning: " + one + "\n";
  } else {
    report.exit_code = exit_usage;
    report.err = describe(loaded.problems);
  }
  return report;
}

std::string describe_origin(const key_origin& origin) {
  using enum key_origin::kind;
  switch (origin.from) {
    case file:
    case keys_dir:
      return origin.name;
    case credential:
      return "credential " + origin.name;
    case env:
    case variable:
      return "$" + origin.name;
  }
  return {};
}

std::string describe(const std::vector<problem>& problems) {
  std::string text;
  for (const problem& one : problems)
    text += one.text() + "\n";
  return text;
}

}  // namespace gemkeeper::app
