// The table of routes, from which everything follows: what is served, what is refused, what
// /openapi.json says.
#pragma once

#include "access.hpp"
#include "message.hpp"
#include "session.hpp"
#include <gemkeeper/admin/backend.hpp>
#include <gemkeeper/admin/event_hub.hpp>
#include <gemkeeper/admin/recorder.hpp>
#include <gemkeeper/admin/server.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gemkeeper::admin {

// What the endpoints work on.
struct context {
  backend& behind;
  const recorder& requests;
  event_hub& events;
  std::string version;
  bool needs_token = false;
  metrics_settings metrics;
  const access_rules& rules;
  session_store& sessions;
};

enum class pace : std::uint8_t {
  quick,   // on the listener's thread
  google,  // waits for Google, or for another server: on a thread of its own
  store,   // waits for the store: likewise
  events,  // never ends: the connection streams events from here on
};

struct route {
  method how;
  std::string_view path;  // "{id}" stands for one segment
  audience who;
  pace takes;
  std::string_view body;    // its schema; empty: none is read
  std::string_view result;  // schema of a success; empty: not JSON
  int success;
  answer (*handle)(context& in, const request& asked);
  std::string_view summary;
  std::string_view query = {};  // names of the parameters, with commas between
};

// The API. The dashboard's own files are found beside them.
std::span<const route> all_routes();

struct found_route {
  const route* at = nullptr;
  std::string_view parameter;
  std::string allow;  // the methods that the path has; empty: there is no such path
};
found_route find_route(std::optional<method> how, std::string_view path);

// Never throws for what is in the request.
answer handle(context& in, const route& by, const request& asked);

// OpenAPI 3.1, made of the table.
std::string openapi(const std::string& version);
// A JSON Schema by its name; empty: there is none.
std::string_view schema(std::string_view name);
std::span<const std::pair<std::string_view, std::string_view>> all_schemas();

// Tells the log and the audit trail what the operator did: for every endpoint that changes
// something. `subject`: an id, or empty; never a secret.
void note(context& in, const request& asked, std::string_view event, std::string_view message,
          std::string_view subject = {});

// The endpoints.
answer add_key(context& in, const request& asked);
answer validate_key(context& in, const request& asked);
answer key_status(context& in, const request& asked);
answer list_keys(context& in, const request& asked);
answer show_key(context& in, const request& asked);
answer change_key(context& in, const request& asked);
answer remove_key(context& in, const request& asked);
answer rotate_key(context& in, const request& asked);
answer probe_key(context& in, const request& asked);
answer reset_key(context& in, const request& asked);
answer list_clients(context& in, const request& asked);
answer show_client(context& in, const request& asked);
answer add_client(context& in, const request& asked);
answer change_client(context& in, const request& asked);
answer remove_client(context& in, const request& asked);
answer rotate_client(context& in, const request& asked);
answer list_projects(context& in, const request& asked);
answer change_project(context& in, const request& asked);
answer show_overview(context& in, const request& asked);
answer show_session(context& in, const request& asked);
answer open_session(context& in, const request& asked);
answer close_session(context& in, const request& asked);
answer show_authority(context& in, const request& asked);
answer show_dashboard(context& in, const request& asked);
answer show_credits(context& in, const request& asked);
answer reset_credits(context& in, const request& asked);
answer list_alerts(context& in, const request& asked);
answer test_alert(context& in, const request& asked);
answer show_audit(context& in, const request& asked);
answer show_usage(context& in, const request& asked);
answer show_prices(context& in, const request& asked);
answer put_prices(context& in, const request& asked);
answer show_config(context& in, const request& asked);
answer list_requests(context& in, const request& asked);
answer show_request(context& in, const request& asked);
answer stream_events(context& in, const request& asked);
answer show_metrics(context& in, const request& asked);
answer show_openapi(context& in, const request& asked);
answer live(context& in, const request& asked);
answer ready(context& in, const request& asked);
answer started(context& in, const request& asked);

}  // namespace gemkeeper::admin
