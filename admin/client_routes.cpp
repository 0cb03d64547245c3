// Clients of the proxy and their tokens; projects and their limits.
#include "json_input.hpp"
#include "limit_text.hpp"
#include "router.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

namespace gemkeeper::admin {
namespace {

[[noreturn]] void refuse_client(const client_change& why) {
  switch (why.error) {
    case client_error::duplicate_name:
      throw refusal(409, "duplicate_name",
                    fmt::format("the client {} has this name already: choose another", why.id),
                    "name");
    case client_error::configured:
      throw refusal(409, "configured_client",
                    fmt::format("the client {} comes from the configuration: change it there ({})",
                                why.id, why.origin));
    case client_error::too_many:
      throw refusal(409, "too_many_clients", "there are too many clients: remove one first");
    case client_error::not_stored:
      throw refusal(503, "not_stored",
                    "nothing was changed, for it could not be stored: " + why.problem);
    case client_error::unknown:
    case client_error::none:
      break;
  }
  throw refusal(404, "no_such_client", "there is no client with this id: see GET /api/v1/clients");
}

void require(const client_change& result) {
  if (result.error != client_error::none) refuse_client(result);
}

void write_client_members(json_output& json, const client_info& client) {
  const pool::client_view& view = client.view;
  json.member("id", view.id);
  json.member("name", view.name);
  json.member("enabled", view.enabled);
  json.member("state", !view.enabled ? "disabled" : view.exhausted_until ? "exhausted" : "active");
  json.member("exhausted_until", view.exhausted_until);
  write_limits(json, client.limits);
  write_limit_usage(json, view.limits);
  json.member("origin", client.origin);
  json.member("created", client.created);
  json.member("in_flight", view.in_flight);
  json.member("calls", view.calls);
  json.member("refused", view.refused);
  json.member("tokens_used", view.tokens);
  json.member("last_used", view.last_used);
}

client_info get_client(context& in, std::string_view id) {
  for (client_info& client : in.behind.clients()) {
    if (client.view.id == id) return std::move(client);
  }
  client_change unknown;
  unknown.error = client_error::unknown;
  refuse_client(unknown);
}

answer shown(const client_info& client) {
  json_output json;
  json.begin_object();
  write_client_members(json, client);
  json.end_object();
  return to_answer(json);
}

// The one time that a token is told.
answer shown_with_token(context& in, client_change& made) {
  json_output json;
  json.begin_object();
  write_client_members(json, get_client(in, made.id));
  json.member("token", std::string_view(made.token));
  json.end_object();
  OPENSSL_cleanse(made.token.data(), made.token.size());
  return to_answer(json);
}

client_edit read_edit(members& body) {
  constexpr std::size_t longest = 64;
  client_edit edit;
  edit.name = body.text("name");
  if (edit.name) {
    if (edit.name->empty() || edit.name->size() > longest || has_control_characters(*edit.name)) {
      throw refusal(422, "invalid_field",
                    fmt::format("name must be 1 to {} bytes without control characters", longest),
                    "name");
    }
  }
  edit.limits = read_limits(body);
  edit.enabled = body.flag("enabled");
  body.finish();
  return edit;
}

void tell(context& in, const request& asked, std::string_view event, const std::string& message,
          std::string_view id) {
  note(in, asked, event, message, id);
  in.events.publish("client", fmt::format(R"({{"client":"{}","event":"{}"}})", id, event));
}

void write_project(json_output& json, const project_info& project) {
  const pool::project_view& view = project.view;
  json.begin_object();
  json.member("name", view.spec.name.value);
  json.member("keys", view.keys);
  json.member("in_flight", view.in_flight);
  json.member("exhausted_until", view.exhausted_until);
  write_limits(json, view.spec.limits);
  write_quota(json, view.spec.quota);
  write_limit_usage(json, view.limits);
  write_quota_usage(json, view.quota);
  json.member("origin", project.configured ? "configuration" : "admin API");
  json.end_object();
}

}  // namespace

answer list_clients(context& in, const request&) {
  json_output json;
  json.begin_object();
  json.key("clients").begin_array();
  for (const client_info& client : in.behind.clients()) {
    json.begin_object();
    write_client_members(json, client);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return to_answer(json);
}

answer show_client(context& in, const request& asked) {
  return shown(get_client(in, asked.parameter));
}

answer add_client(context& in, const request& asked) {
  const rapidjson::Document document = parse_object(asked.body);
  members body(document);
  const client_edit edit = read_edit(body);
  if (!edit.name) {
    throw refusal(422, "missing_field", "name is missing: send {\"name\": \"…\"}", "name");
  }
  client_change made = in.behind.add_client(edit);
  require(made);
  tell(in, asked, "client_added", fmt::format("the client {} was added by the admin API", made.id),
       made.id);
  answer shown = shown_with_token(in, made);
  shown.fields.emplace_back("Location", fmt::format("/api/v1/clients/{}", made.id));
  return shown;
}

answer change_client(context& in, const request& asked) {
  get_client(in, asked.parameter);
  const rapidjson::Document document = parse_object(asked.body);
  members body(document);
  const client_edit edit = read_edit(body);
  const client_change changed = in.behind.change_client(asked.parameter, edit);
  require(changed);
  tell(in, asked, "client_changed",
       fmt::format("the client {} was changed by the admin API", changed.id), changed.id);
  return shown(get_client(in, asked.parameter));
}

answer remove_client(context& in, const request& asked) {
  const client_change removed = in.behind.remove_client(asked.parameter);
  require(removed);
  tell(in, asked, "client_removed",
       fmt::format("the client {} was removed by the admin API", removed.id), removed.id);
  answer made;
  made.status = 204;
  return made;
}

answer rotate_client(context& in, const request& asked) {
  if (!asked.body.empty()) {
    const rapidjson::Document document = parse_object(asked.body);
    members(document).finish();
  }
  client_change made = in.behind.rotate_client(asked.parameter);
  require(made);
  tell(in, asked, "client_rotated",
       fmt::format("the client {} was given another token by the admin API", made.id), made.id);
  return shown_with_token(in, made);
}

answer list_projects(context& in, const request&) {
  json_output json;
  json.begin_object();
  json.key("projects").begin_array();
  for (const project_info& project : in.behind.projects())
    write_project(json, project);
  json.end_array();
  json.end_object();
  return to_answer(json);
}

// Google's own name of a project has a slash, which a path segment cannot hold: "projects%2F123".
std::string project_in(std::string_view segment) {
  std::string name;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '%') {
      name += segment[i];
      continue;
    }
    const auto digit = [&](std::size_t at) {
      constexpr std::string_view hex = "0123456789abcdefABCDEF";
      const std::size_t value = at < segment.size() ? hex.find(segment[at]) : hex.npos;
      return value == hex.npos ? 256 : value > 15 ? value - 6 : value;
    };
    const std::size_t byte = digit(i + 1) * 16 + digit(i + 2);
    if (byte > 255) {
      name.clear();  // no escape: no name, rather than another's
      break;
    }
    name += static_cast<char>(byte);
    i += 2;
  }
  if (name.empty() || name.size() > 64 || has_control_characters(name)) {
    throw refusal(422, "invalid_field",
                  "the name of a project must be 1 to 64 bytes without control characters");
  }
  return name;
}

answer change_project(context& in, const request& asked) {
  const std::string name = project_in(asked.parameter);
  const rapidjson::Document document = parse_object(asked.body);
  members body(document);
  project_edit edit;
  edit.limits = read_limits(body);
  edit.quota = read_quota(body);
  body.finish();
  const client_change changed = in.behind.change_project(name, edit);
  if (changed.error == client_error::configured) {
    throw refusal(409, "configured_project",
                  fmt::format("this project is declared in the configuration: change it there ({})",
                              changed.origin));
  }
  require(changed);
  note(in, asked, "project_changed", "limits of a project were changed by the admin API", name);
  for (const project_info& project : in.behind.projects()) {
    if (project.view.spec.name.value != name) continue;
    json_output json;
    write_project(json, project);
    return to_answer(json);
  }
  // Nothing is set of it any more, and no key names it.
  project_info none;
  none.view.spec.name = pool::project_name(name);
  json_output json;
  write_project(json, none);
  return to_answer(json);
}

}  // namespace gemkeeper::admin
