#include "declared_tables.hpp"

#include "../config/setting.hpp"
#include "secret.hpp"

#include <fmt/format.h>

#include <charconv>

namespace gemkeeper::app {

std::vector<declared_table> tables_of(std::string_view list, std::span<const raw_setting> given,
                                      std::vector<problem>& problems) {
  std::map<std::size_t, declared_table> all;
  for (const raw_setting& one : given) {
    if (one.source.kind != setting_source::origin::file) {
      problems.push_back({one.source, one.name,
                          fmt::format("{} are declared in the configuration file only{}", list,
                                      list == "keys" ? " (or give them in GEMINI_API_KEYS)" : "")});
      continue;
    }
    if (one.name == list && one.value.items.empty()) continue;  // LIST = []
    std::size_t number = 0;
    const char* const end = one.name.data() + one.name.size();
    const char* const begin = one.name.data() + std::min(one.name.size(), list.size() + 1);
    const auto [stop, error] = std::from_chars(begin, end, number);
    if (error != std::errc{}) {
      problems.push_back(
          {one.source, one.name,
           fmt::format("{} are a list of tables: write [[{}]]{}", list, list,
                       list == "keys" ? ", which needs one of file = \"PATH\", env = "
                                        "\"VARIABLE\" or credential = \"NAME\""
                                      : "")});
      continue;
    }
    declared_table& table = all[number];
    if (table.prefix.empty()) {
      table.prefix.assign(one.name.data(), stop);
      table.source = one.source;
    }
    if (stop != end) table.fields.emplace(std::string(stop + 1, end), &one);
  }
  std::vector<declared_table> tables;
  for (auto& [number, table] : all)
    tables.push_back(std::move(table));
  return tables;
}

bool read_declared_secret(const raw_setting& given, const environment& variables,
                          declared_secret& into, const secret_remarks& to) {
  const auto complain = [&](std::string what) {
    to.problems.push_back({given.source, given.name, std::move(what)});
    return false;
  };
  const auto* text = given.value.kind == raw_value::shape::scalar
                         ? std::get_if<std::string>(given.value.items.data())
                         : nullptr;
  if (text == nullptr || text->empty() || text->find('\0') != text->npos) {
    return complain("must be a string in quotes, and not empty");
  }
  const std::string_view how = last_part(given.name);
  if (how == "env") {
    into.origin = {key_origin::kind::env, *text};
    into.secret = trimmed(value_of(variables, *text));
    if (into.secret.empty()) {
      return complain(fmt::format("the environment variable {} is not set", *text));
    }
    const std::string wrong = check_secret(into.secret);
    return wrong.empty() || complain(fmt::format("the environment variable {} {}", *text, wrong));
  }
  std::filesystem::path path = given.value.base / *text;
  into.origin = {key_origin::kind::file, path};
  if (how == "credential") {
    into.origin = {key_origin::kind::credential, *text};
    const std::string_view directory = value_of(variables, "CREDENTIALS_DIRECTORY");
    if (text->find('/') != text->npos) return complain("must be a name, without a slash");
    if (directory.empty()) {
      return complain(
          fmt::format("$CREDENTIALS_DIRECTORY is not set (start it by systemd, with "
                      "LoadCredential={}:PATH in the unit)",
                      *text));
    }
    path = std::filesystem::path(directory) / *text;
  }
  to.watched.push_back(path);
  secret_file file;
  if (auto wrong = read_secret_file(path, file); !wrong.empty()) return complain(std::move(wrong));
  if (file.access == readable_by::everybody) {
    to.warnings.push_back(fmt::format("{}: every user of this machine can read \"{}\" (chmod 600)",
                                      given.name, path.native()));
  }
  into.secret = std::move(file.secret);
  return true;
}

}  // namespace gemkeeper::app
