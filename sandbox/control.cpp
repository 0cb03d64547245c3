#include "control.hpp"

#include "json.hpp"

namespace gemkeeper::sandbox {
namespace {

reply text_reply(int status, std::string text) {
  reply made;
  made.status = status;
  made.content_type = text_type;
  made.content_length = true;
  made.body = std::move(text) + "\n";
  return made;
}

void write_request(pretty_json& json, const recorded_request& request) {
  json.begin_object();
  json.key("connection").number(request.connection);
  json.key("nth").number(request.nth);
  json.key("method").string(request.method);
  json.key("target").string(request.target);
  json.key("headers").begin_array();
  for (const auto& [name, value] : request.headers) {
    json.begin_array();
    json.string(name);
    json.string(value);
    json.end_array();
  }
  json.end_array();
  json.key("body").string(request.body);
  json.key("body_size").number(request.body_size);
  json.key("credential").string(request.credential);
  json.key("tls").boolean(request.tls);
  json.key("tls_resumed").boolean(request.tls_resumed);
  json.key("server_name").string(request.server_name);
  json.key("status").number(request.status);
  json.key("end").string(to_string(request.end));
  json.end_object();
}

reply list_requests(const request_log& log) {
  reply made;
  pretty_json json(made.body);
  json.begin_array();
  for (const recorded_request& request : log.requests())
    write_request(json, request);
  json.end_array();
  made.body += '\n';
  return made;
}

reply play_scenario(playback& played, std::string_view toml) {
  try {
    played.play(parse_scenario(toml, "scenario"));
  } catch (const scenario_error& error) {
    return text_reply(400, error.what());
  }
  return text_reply(200, "playing");
}

}  // namespace

std::optional<reply> control(playback& played, const recorded_request& request) {
  constexpr std::string_view prefix = "/sandbox/";
  if (!request.target.starts_with(prefix)) return std::nullopt;
  const std::string_view what = std::string_view(request.target).substr(prefix.size());
  if (what == "scenario" && request.method == "PUT") return play_scenario(played, request.body);
  if (what == "requests" && request.method == "GET") return list_requests(played.log());
  if (what == "reset" && request.method == "POST") {
    played.reset();
    return text_reply(200, "reset");
  }
  return text_reply(404,
                    "no such control endpoint; there are: PUT /sandbox/scenario, "
                    "GET /sandbox/requests, POST /sandbox/reset");
}

}  // namespace gemkeeper::sandbox
