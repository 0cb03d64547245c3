#include "admin_client.hpp"
#include "config/setting_types.hpp"
#include "keys/secret.hpp"
#include <gemkeeper/app/admin_commands.hpp>
#include <gemkeeper/app/check.hpp>
#include <gemkeeper/app/log_line.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <rapidjson/document.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <stdexcept>

namespace gemkeeper::app {
namespace {

using rapidjson::Value;
using types::quote;
using action = admin_command::action;
constexpr std::string_view keys_path = "/api/v1/api-keys";
constexpr std::string_view clients_path = "/api/v1/clients";

// What a person is told; thrown by the steps of a command.
struct failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string text_of(const Value& object, const char* name) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || found->value.IsNull()) return "-";
  if (found->value.IsString()) return found->value.GetString();
  if (found->value.IsBool()) return found->value.GetBool() ? "yes" : "no";
  if (found->value.IsUint64()) return std::to_string(found->value.GetUint64());
  if (found->value.IsInt64()) return std::to_string(found->value.GetInt64());
  if (found->value.IsDouble()) return fmt::format("{}", found->value.GetDouble());
  return "-";
}

// Names are the operator's or a client's: what would steer a terminal is shown as an escape.
std::string printable(std::string_view text) {
  std::string shown;
  append_escaped(shown, text);
  return shown;
}

std::string shown_of(const Value& object, const char* name) {
  return printable(text_of(object, name));
}

// In letters: a fingerprint holds an ellipsis.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Columns as wide as their widest cell. The first row is the head.
std::string table(std::vector<std::vector<std::string>> rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = printable(row[i]);
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

class session {
 public:
  session(const admin_command& what, const config& in,
          const std::function<std::string()>& read_input)
      : what_(what), config_(in), read_input_(read_input) {}

  std::string run() {
    if (what_.about == admin_command::subject::clients) return of_clients();
    switch (what_.what) {
      case action::list:
        return list();
      case action::add:
        return add();
      case action::validate:
        return validate();
      case action::remove:
        ask({"DELETE", key_path(), {}});
        return done("removed; requests under way finish with it");
      case action::enable:
      case action::disable:
        return shown(
            {"PATCH", key_path(),
             what_.what == action::enable ? R"({"enabled":true})" : R"({"enabled":false})"});
      case action::rotate:
        return shown({"POST", key_path() + "/rotate",
                      fmt::format("{{\"api_key\":{},\"validate\":{}}}", secret(), what_.validate)});
      case action::reset:
        return shown({"POST", key_path() + "/reset", {}});
      case action::status:
        return status();
      case action::credits:
        return credits();
    }
    return {};
  }

 private:
  rapidjson::Document ask(const admin_call& call) {
    const admin_reply reply = ask_admin(config_.admin, call);
    if (reply.status == 0) throw failure(reply.problem);
    body_ = reply.body;
    rapidjson::Document document;
    if (!reply.body.empty()) document.Parse(reply.body.data(), reply.body.size());
    constexpr int first_error = 400;
    if (reply.status < first_error && !document.HasParseError()) return document;
    const bool told = document.IsObject() && document.HasMember("error") &&
                      document["error"].IsObject() && document["error"].HasMember("message") &&
                      document["error"]["message"].IsString();
    throw failure(told ? printable(document["error"]["message"].GetString())
                       : fmt::format("the admin API answered with status {}", reply.status));
  }

  std::string of_clients() {
    switch (what_.what) {
      case action::list:
        return list_clients();
      case action::add:
        return with_token(
            {"POST", std::string(clients_path), fmt::format("{{\"name\":{}}}", quote(what_.name))});
      case action::rotate:
        return with_token({"POST", client_path() + "/rotate", {}});
      case action::remove:
        ask({"DELETE", client_path(), {}});
        return done("removed: its token is refused from now on where clients are required");
      default: {
        const bool enabled = what_.what == action::enable;
        const rapidjson::Document client =
            ask({"PATCH", client_path(), fmt::format("{{\"enabled\":{}}}", enabled)});
        if (what_.json) return body_;
        return fmt::format("{} {}: {}\n", shown_of(client, "id"), shown_of(client, "name"),
                           shown_of(client, "state"));
      }
    }
  }

  std::string with_token(const admin_call& call) {
    const rapidjson::Document client = ask(call);
    if (what_.json) return body_;
    return fmt::format("{} {}\n{}\nThis token is not shown again.\n", shown_of(client, "id"),
                       shown_of(client, "name"), shown_of(client, "token"));
  }

  std::string list_clients() {
    const rapidjson::Document all = ask({"GET", std::string(clients_path), {}});
    if (what_.json) return body_;
    std::vector<std::vector<std::string>> rows{
        {"ID", "NAME", "STATE", "CALLS", "REFUSED", "TOKENS", "LAST USED", "FROM"}};
    for (const Value& client : all["clients"].GetArray()) {
      auto& row = rows.emplace_back();
      for (const char* name :
           {"id", "name", "state", "calls", "refused", "tokens_used", "last_used", "origin"}) {
        row.push_back(text_of(client, name));
      }
    }
    return table(std::move(rows));
  }

  std::string client_path() {
    const rapidjson::Document all = ask({"GET", std::string(clients_path), {}});
    for (const char* by : {"id", "name"}) {
      for (const Value& client : all["clients"].GetArray()) {
        if (text_of(client, by) == what_.key)
          return fmt::format("{}/{}", clients_path, text_of(client, "id"));
      }
    }
    throw failure("no client has this id or name (see gemkeeper clients list)");
  }

  // Quoted as JSON.
  std::string secret() {
    secret_file file;
    if (what_.file) {
      if (const auto wrong = read_secret_file(*what_.file, file); !wrong.empty()) {
        throw failure("--file: " + wrong);
      }
    } else {
      std::string text = read_input_();
      file.secret = trimmed(text);
      OPENSSL_cleanse(text.data(), text.size());
      if (const auto wrong = check_secret(file.secret); !wrong.empty()) {
        throw failure("standard input " + wrong + " (give one key there, or name a file: --file)");
      }
    }
    return quote(file.secret);
  }

  // By id or by name.
  std::string key_path() {
    const rapidjson::Document all = ask({"GET", std::string(keys_path), {}});
    for (const char* by : {"id", "name"}) {
      for (const Value& key : all["api_keys"].GetArray()) {
        if (text_of(key, by) == what_.key)
          return fmt::format("{}/{}", keys_path, text_of(key, "id"));
      }
    }
    throw failure(fmt::format("no key has this id or name (see gemkeeper keys list)"));
  }

  [[nodiscard]] std::string done(std::string_view text) const {
    return what_.json ? "{\"done\":true}\n" : fmt::format("{}\n", text);
  }

  std::string shown(const admin_call& call) {
    const rapidjson::Document key = ask(call);
    if (what_.json) return body_;
    return one_line(key);
  }

  static std::string one_line(const Value& key) {
    return fmt::format("{} {} {}: {}\n", shown_of(key, "id"), shown_of(key, "fingerprint"),
                       shown_of(key, "name"), shown_of(key, "state"));
  }

  std::string list() {
    const rapidjson::Document all = ask({"GET", std::string(keys_path), {}});
    if (what_.json) return body_;
    std::vector<std::vector<std::string>> rows{
        {"ID", "NAME", "KEY", "SERVICE", "STATE", "PROJECT", "CALLS", "ERRORS", "FROM"}};
    for (const Value& key : all["api_keys"].GetArray()) {
      auto& row = rows.emplace_back();
      for (const char* name : {"id", "name", "fingerprint", "service", "state", "project", "calls",
                               "errors", "origin"}) {
        row.push_back(text_of(key, name));
      }
    }
    return table(std::move(rows));
  }

  std::string add() {
    std::string body = fmt::format("{{\"api_key\":{},\"validate\":{}", secret(), what_.validate);
    if (!what_.name.empty()) body += ",\"name\":" + quote(what_.name);
    if (!what_.project.empty()) body += ",\"project\":" + quote(what_.project);
    body += service_member() + "}";
    const rapidjson::Document key =
        ask({"POST", fmt::format("{}/add", keys_path), std::move(body)});
    if (what_.json) return body_;
    return one_line(key) +
           (text_of(key, "durable") == "yes"
                ? ""
                : "it is gone when gemkeeper stops: storage.path is \":memory:\"\n");
  }

  [[nodiscard]] std::string service_member() const {
    return what_.service.empty() ? std::string() : ",\"service\":" + quote(what_.service);
  }

  std::string validate() {
    const rapidjson::Document said =
        ask({"POST", fmt::format("{}/validate", keys_path),
             fmt::format("{{\"api_key\":{}{}}}", secret(), service_member())});
    valid_ = said["valid"].GetBool();
    if (what_.json) return body_;
    if (valid_ && said["models"].IsNull()) return "valid\n";
    return valid_ ? fmt::format("valid: it may use {} models\n", text_of(said, "models"))
                  : fmt::format("not valid: {}\n", shown_of(said, "reason"));
  }

  std::string status() {
    const rapidjson::Document said = ask({"GET", fmt::format("{}/status", keys_path), {}});
    if (what_.json) return body_;
    std::vector<std::vector<std::string>> rows{
        {"NAME", "STATE", "CALLS", "TOKENS", "ERRORS", "LAST USED"}};
    for (const auto& key : said["api_key_usage"].GetObject()) {
      auto& row = rows.emplace_back();
      row.emplace_back(key.name.GetString());
      for (const char* name : {"state", "calls_made", "tokens_used", "errors", "last_used"}) {
        row.push_back(text_of(key.value, name));
      }
    }
    return fmt::format(
               "{} keys: {} healthy, {} cooling, {} quarantined, {} disabled, {} exhausted\n\n",
               text_of(said, "total_api_keys"), text_of(said, "healthy"), text_of(said, "cooling"),
               text_of(said, "quarantined"), text_of(said, "disabled"),
               text_of(said, "exhausted")) +
           table(std::move(rows));
  }

  std::string credits() {
    if (what_.reset_credits) {
      ask({"POST", "/api/v1/credits/reset", {}});
      return what_.json ? body_ : "the credits count anew\n";
    }
    const rapidjson::Document said = ask({"GET", "/api/v1/credits", {}});
    if (what_.json) return body_;
    std::vector<std::vector<std::string>> rows{{"", "CALLS", "TOKENS", "PROMPT", "OUTPUT"}};
    const auto add_row = [&](std::string label, const Value& of) {
      auto& row = rows.emplace_back();
      row.push_back(std::move(label));
      for (const char* name : {"total_calls", "total_tokens", "prompt_tokens", "output_tokens"}) {
        row.push_back(text_of(of, name));
      }
    };
    for (const char* part : {"per_key", "per_model", "per_client"}) {
      for (const auto& one : said[part].GetObject())
        add_row(fmt::format("{} {}", part + 4,
                            one.name.GetStringLength() == 0 ? "-" : one.name.GetString()),
                one.value);
    }
    add_row("all", said);
    return fmt::format("since {}\n\n{}", shown_of(said, "since"), table(std::move(rows)));
  }

 public:
  [[nodiscard]] bool valid() const { return valid_; }

 private:
  const admin_command& what_;
  const config& config_;
  const std::function<std::string()>& read_input_;
  std::string body_;  // of the last answer
  bool valid_ = true;
};

}  // namespace

admin_report run_admin(const admin_command& what, const load_result& loaded,
                       const std::function<std::string()>& read_input) {
  admin_report report;
  if (!loaded.value) return {exit_usage, {}, describe(loaded.problems)};
  try {
    session asking(what, *loaded.value, read_input);
    report.out = asking.run();
    if (!asking.valid()) report.exit_code = exit_failed;
  } catch (const failure& why) {
    report.exit_code = exit_failed;
    report.err = fmt::format("gemkeeper: {}\n", why.what());
  }
  return report;
}

std::string read_standard_input() {
  constexpr std::size_t most = 4096;
  std::string text;
  std::array<char, 1024> piece{};
  while (text.size() <= most) {
    const ssize_t got = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  OPENSSL_cleanse(piece.data(), piece.size());
  return text;
}

}  // namespace gemkeeper::app
