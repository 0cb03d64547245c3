// Tables of a list in the configuration ([[keys]], [[clients]], [[projects]]), and the secrets that
// they name.
#pragma once

#include "../config/toml_input.hpp"
#include <gemkeeper/app/config.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::app {

// One table: the fields that were given, and where.
struct declared_table {
  std::string prefix;  // "clients.1"
  std::map<std::string, const raw_setting*, std::less<>> fields;
  setting_source source;
};

// Of settings named "LIST.NUMBER.FIELD", or "LIST.NUMBER" for an empty table, by number; what has
// another shape is a problem.
std::vector<declared_table> tables_of(std::string_view list, std::span<const raw_setting> given,
                                      std::vector<problem>& problems);

constexpr bool names_a_secret(std::string_view field) {
  return field == "file" || field == "env" || field == "credential";
}

struct declared_secret {
  std::string secret;
  key_origin origin;
};
struct secret_remarks {
  std::vector<problem>& problems;
  std::vector<std::string>& warnings;
  std::vector<std::filesystem::path>& watched;
};
// Reads what file, env or credential names. False: a problem was added, without the secret.
bool read_declared_secret(const raw_setting& given, const environment& variables,
                          declared_secret& into, const secret_remarks& to);

// [[clients]], or [[clients.list]] beside a [clients] section; and [[projects]].
struct found_subjects {
  std::vector<pool::client_spec> clients;  // an id that follows from the name
  std::vector<key_origin> client_origins;  // of their tokens
  std::vector<pool::project_spec> projects;
  std::vector<problem> problems;
  std::vector<std::string> warnings;
  std::vector<std::filesystem::path> watched;
};
found_subjects find_subjects(std::span<const raw_setting> clients,
                             std::span<const raw_setting> projects, const environment& variables);

}  // namespace gemkeeper::app
