#include "key_sources.hpp"

#include "../config/setting.hpp"
#include "../config/suggestion.hpp"
#include "declared_tables.hpp"
#include "secret.hpp"
#include <gemkeeper/app/placeholder_key.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>
#include <system_error>
#include <utility>

namespace gemkeeper::app {
namespace {

namespace fs = std::filesystem;

struct key_variable {
  std::string_view name;
  enum class holds : std::uint8_t { one, list } what = holds::one;
  pool::service of = pool::service::gemini;
};
constexpr std::array key_variables{
    key_variable{"GEMINI_API_KEYS", key_variable::holds::list}, key_variable{"GEMINI_API_KEY"},
    key_variable{"GOOGLE_API_KEY"},
    key_variable{"VERTEX_API_KEYS", key_variable::holds::list, pool::service::vertex}};
constexpr std::string_view one_source_needed =
    "needs one of file = \"PATH\", env = \"VARIABLE\" or credential = \"NAME\"";

bool is_literal_key(std::string_view field) {
  return field == "key" || field == "secret" || field == "api_key" || field == "apikey" ||
         field == "value";
}

class collector {
 public:
  explicit collector(const key_sources& sources) : sources_(sources) {}

  found_keys collect() {
    for (const declared_table& one : tables_of("keys", sources_.declared, found_.problems))
      add_declared(one);
    if (!sources_.directory.empty()) add_directory();
    if (!sources_.credentials.empty()) add_credentials();
    for (const key_variable& one : key_variables)
      add_variable(one);
    name_the_nameless();
    return std::move(found_);
  }

 private:
  void add_declared(const declared_table& from) {
    const std::size_t problems_before = found_.problems.size();
    pool::key_spec spec;
    std::vector<const raw_setting*> given_sources;
    for (const auto& [name, given] : from.fields) {
      if (names_a_secret(name)) {
        given_sources.push_back(given);
      } else {
        read_field(name, *given, spec);
      }
    }
    key_origin origin;
    if (given_sources.size() == 1) {
      declared_secret read;
      read_declared_secret(*given_sources[0], sources_.variables, read,
                           {found_.problems, found_.warnings, found_.watched});
      spec.secret = std::move(read.secret);
      origin = std::move(read.origin);
    } else if (found_.problems.size() == problems_before) {
      complain(from.source, from.prefix,
               std::string(given_sources.empty() ? "" : "has more than one source: ") +
                   std::string(one_source_needed));
    }
    if (found_.problems.size() > problems_before) return;

    if (const auto twin = by_secret_.find(spec.secret); twin != by_secret_.end()) {
      found_.warnings.push_back(
          fmt::format("{}: the same key as {}; it is used once", from.prefix, twin->second));
      return;
    }
    add(std::move(spec), std::move(origin), from.source, from.prefix);
  }

  void read_field(const std::string& name, const raw_setting& given, pool::key_spec& spec) {
    if (is_literal_key(name)) {
      return complain(given.source, given.name,
                      "a key must not stand in the configuration (put it in a file that only you "
                      "can read, and name that with file = \"PATH\")");
    }
    const auto fields = key_fields();
    const auto found = std::ranges::find(fields, name, &field<pool::key_spec>::name);
    if (found != fields.end()) {
      if (auto wrong = found->read(given.value, spec); !wrong.empty()) {
        complain(given.source, given.name, std::move(wrong));
      }
      return;
    }
    const bool group = name == "limits" || name == "quota";
    if (group && given.value.kind == raw_value::shape::table) return;
    std::vector<std::string_view> names{"file", "env", "credential"};
    for (const auto& one : fields)
      names.push_back(one.name);
    complain(given.source, given.name, "unknown setting" + did_you_mean(name, names));
  }

  void add_directory() {
    constexpr std::string_view setting = "pool.keys_dir";
    add_files(setting, sources_.directory_source, sources_.directory, {});
  }

  // systemd names the files of a directory X_FILE, and a single file X.
  void add_credentials() {
    constexpr std::string_view setting = "pool.keys_credential";
    const setting_source& source = sources_.credentials_source;
    const std::string_view directory = value_of(sources_.variables, "CREDENTIALS_DIRECTORY");
    if (sources_.credentials.find('/') != std::string_view::npos) {
      complain(source, std::string(setting), "must be a name, without a slash");
    } else if (directory.empty()) {
      complain(source, std::string(setting),
               fmt::format("$CREDENTIALS_DIRECTORY is not set (start it by systemd, with "
                           "LoadCredential={}:DIRECTORY in the unit)",
                           sources_.credentials));
    } else {
      add_files(setting, source, directory, sources_.credentials);
    }
  }

  // The files of a directory whose names are `prefix`, or begin with it and "_".
  void add_files(std::string_view setting, const setting_source& source, const fs::path& directory,
                 std::string_view prefix) {
    found_.watched.push_back(directory);

    std::error_code error;
    std::vector<fs::path> files;
    for (fs::directory_iterator at(directory, error), end; !error && at != end;
         at.increment(error)) {
      // Kubernetes keeps the real files in dot-directories and links to them.
      const std::string name = at->path().filename();
      const bool meant = !name.starts_with('.') && !key_name(name, prefix).empty();
      std::error_code ignored;
      if (meant && !at->is_directory(ignored)) files.push_back(at->path());
    }
    if (error) {
      return complain(
          source, std::string(setting),
          fmt::format("cannot read the directory \"{}\": {}", directory.native(), error.message()));
    }
    std::ranges::sort(files);

    std::size_t open_files = 0;
    for (const fs::path& path : files) {
      secret_file file;
      if (auto wrong = read_secret_file(path, file); !wrong.empty()) {
        complain(source, std::string(setting), std::move(wrong));
        continue;
      }
      if (file.access == readable_by::everybody) ++open_files;
      pool::key_spec spec;
      spec.secret = std::move(file.secret);
      spec.name = key_name(path.filename().native(), prefix);
      add(std::move(spec), {key_origin::kind::keys_dir, path}, source, std::string(setting));
    }
    if (open_files > 0) {
      found_.warnings.push_back(
          fmt::format("{}: every user of this machine can read {} of its files (chmod 600)",
                      setting, open_files));
    }
  }

  // Of "keys_team-a" with the prefix "keys": "team-a". Empty: another's file.
  static std::string_view key_name(std::string_view file, std::string_view prefix) {
    if (prefix.empty() || file == prefix) return file;
    if (!file.starts_with(prefix) || file[prefix.size()] != '_') return {};
    return file.substr(prefix.size() + 1);
  }

  void add_variable(const key_variable& from) {
    const std::string_view name = from.name;
    const setting_source source{setting_source::origin::variable, std::string(name), 0};
    std::string_view rest = value_of(sources_.variables, name);
    const bool is_list = from.what == key_variable::holds::list;
    for (std::size_t number = 1; !rest.empty(); ++number) {
      const std::size_t size =
          is_list ? std::min(rest.find_first_of(",\n"), rest.size()) : rest.size();
      const std::string_view secret = trimmed(rest.substr(0, size));
      rest.remove_prefix(std::min(size + 1, rest.size()));
      // What `gemkeeper env` has put there for others.
      if (secret.empty() || secret == placeholder_key) continue;
      if (auto wrong = check_secret(secret); !wrong.empty()) {
        complain(source, {}, is_list ? fmt::format("item {} {}", number, wrong) : wrong);
        continue;
      }
      pool::key_spec spec;
      spec.secret = secret;
      spec.service = from.of;
      add(std::move(spec), {key_origin::kind::variable, std::string(name)}, source, {});
    }
  }

  // A secret that is known already is the same key, from another source.
  void add(pool::key_spec spec, key_origin origin, const setting_source& source,
           const std::string& setting) {
    const std::string label = setting.empty() ? source.name : setting;
    if (!by_secret_.emplace(spec.secret, label).second) return;
    if (!spec.name.empty() && !names_.insert(spec.name).second) {
      return complain(source, setting,
                      fmt::format("the name \"{}\" is given to two keys", spec.name));
    }
    found_.keys.push_back(std::move(spec));
    found_.origins.push_back(std::move(origin));
  }

  void name_the_nameless() {
    for (std::size_t i = 0; i < found_.keys.size(); ++i) {
      std::string& name = found_.keys[i].name;
      for (std::size_t number = i + 1; name.empty(); ++number) {
        std::string free = fmt::format("key-{}", number);
        if (names_.insert(free).second) name = std::move(free);
      }
    }
  }

  void complain(const setting_source& source, std::string setting, std::string what) {
    found_.problems.push_back({source, std::move(setting), std::move(what)});
  }

  const key_sources& sources_;
  found_keys found_;
  std::map<std::string, std::string, std::less<>> by_secret_;  // to what declared it
  std::set<std::string, std::less<>> names_;
};

}  // namespace

found_keys find_keys(const key_sources& sources) {
  return collector(sources).collect();
}

}  // namespace gemkeeper::app
