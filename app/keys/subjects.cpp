// Clients and projects, as the configuration declares them.
#include "../config/setting.hpp"
#include "../config/suggestion.hpp"
#include "declared_tables.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <set>

namespace gemkeeper::app {
namespace {

constexpr std::size_t shortest_token = 16;

class subject_collector {
 public:
  explicit subject_collector(const environment& variables) : variables_(variables) {}

  void add_client(const declared_table& from) {
    const std::size_t before = found_.problems.size();
    pool::client_spec spec;
    const raw_setting* source = nullptr;
    for (const auto& [name, given] : from.fields) {
      if (!names_a_secret(name)) {
        read_field(name, *given, client_fields(), spec);
      } else if (std::exchange(source, given) != nullptr) {
        complain(from, "has more than one source of its token");
      }
    }
    if (source == nullptr) {
      complain(from,
               "needs one of file = \"PATH\", env = \"VARIABLE\" or credential = \"NAME\", "
               "for its token");
    }
    if (spec.name.empty()) complain(from, "needs name = \"NAME\"");
    if (found_.problems.size() > before) return;
    declared_secret token;
    if (!read_declared_secret(*source, variables_, token,
                              {found_.problems, found_.warnings, found_.watched})) {
      return;
    }
    if (token.secret.size() < shortest_token) {
      complain(from, fmt::format("its token has fewer than {} characters, and could be guessed",
                                 shortest_token));
    }
    spec.token = pool::hash_token(token.secret);
    OPENSSL_cleanse(token.secret.data(), token.secret.size());
    if (!names_.insert("client " + spec.name).second) {
      complain(from, fmt::format("the name \"{}\" is given to two clients", spec.name));
    }
    if (!tokens_.insert(spec.token).second) complain(from, "another client has the same token");
    if (found_.problems.size() > before) return;
    spec.id = id_of_configured_client(spec.name);
    found_.clients.push_back(std::move(spec));
    found_.client_origins.push_back(std::move(token.origin));
  }

  void add_project(const declared_table& from) {
    const std::size_t before = found_.problems.size();
    pool::project_spec spec;
    for (const auto& [name, given] : from.fields)
      read_field(name, *given, project_fields(), spec);
    if (spec.name.empty()) {
      complain(from, "needs name = \"NAME\", as keys declare it or as Google does");
    } else if (!names_.insert("project " + spec.name.value).second) {
      complain(from, fmt::format("the project \"{}\" is declared twice", spec.name.value));
    }
    if (found_.problems.size() == before) found_.projects.push_back(std::move(spec));
  }

  found_subjects take() { return std::move(found_); }
  std::vector<problem>& problems() { return found_.problems; }

 private:
  template <class Owner>
  void read_field(const std::string& name, const raw_setting& given,
                  std::span<const field<Owner>> fields, Owner& into) {
    const auto found = std::ranges::find(fields, name, &field<Owner>::name);
    if (found != fields.end()) {
      if (auto wrong = found->read(given.value, into); !wrong.empty()) {
        found_.problems.push_back({given.source, given.name, std::move(wrong)});
      }
      return;
    }
    const bool group = name == "limits" || name == "quota";
    if (group && given.value.kind == raw_value::shape::table) return;
    if (name == "token" || name == "secret") {
      found_.problems.push_back({given.source, given.name,
                                 "a token must not stand in the configuration (put it in a file "
                                 "that only you can read, and name that with file = \"PATH\")"});
      return;
    }
    std::vector<std::string_view> names{"file", "env", "credential"};
    for (const auto& one : fields)
      names.push_back(one.name);
    found_.problems.push_back(
        {given.source, given.name, "unknown setting" + did_you_mean(name, names)});
  }

  void complain(const declared_table& from, std::string what) {
    found_.problems.push_back({from.source, from.prefix, std::move(what)});
  }

  const environment& variables_;
  found_subjects found_;
  std::set<std::string> names_;
  std::set<pool::token_hash> tokens_;
};

}  // namespace

std::string id_of_configured_client(std::string_view name) {
  const pool::token_hash hash = pool::hash_token(fmt::format("configured client {}", name));
  return fmt::format("{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3],
                     hash[4], hash[5]);
}

found_subjects find_subjects(std::span<const raw_setting> clients,
                             std::span<const raw_setting> projects, const environment& variables) {
  subject_collector all(variables);
  std::vector<raw_setting> nested, plain;
  for (const raw_setting& one : clients)
    (one.name.starts_with("clients.list") ? nested : plain).push_back(one);
  for (const declared_table& table : tables_of("clients", plain, all.problems()))
    all.add_client(table);
  for (const declared_table& table : tables_of("clients.list", nested, all.problems()))
    all.add_client(table);
  for (const declared_table& table : tables_of("projects", projects, all.problems()))
    all.add_project(table);
  return all.take();
}

}  // namespace gemkeeper::app
