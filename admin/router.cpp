#include "router.hpp"

#include "dashboard_files.hpp"
#include "json_output.hpp"
#include "request_query.hpp"

#include <algorithm>
#include <array>
#include <exception>

namespace gemkeeper::admin {
namespace {

using enum method;
using enum audience;
using enum pace;

// clang-format off
constexpr std::array table{
    route{post, "/api/v1/api-keys/add", operators, google, "AddKey", "AddedKey", 201, add_key,
          "Validate a key with Google and take it into the pool"},
    route{post, "/api/v1/api-keys/validate", operators, google, "ApiKey", "Validation", 200, validate_key,
          "Ask Google about a key; nothing is stored, and no generation quota is spent"},
    route{get, "/api/v1/api-keys/status", operators, store, "", "KeyStatus", 200, key_status,
          "The pool at a glance"},
    route{get, "/api/v1/credits", operators, store, "", "Credits", 200, show_credits,
          "Calls, tokens and cost since the last reset"},
    route{post, "/api/v1/credits/reset", operators, store, "ResetCredits", "CreditsReset", 200, reset_credits,
          "Start to count anew, for one key or for all"},
    route{get, "/api/v1/usage", operators, store, "", "UsageSeries", 200, show_usage,
          "Usage over time; ?from&to&step=minute|hour|day|month&group_by=key,project,model,client&format=json|csv"},
    route{get, "/api/v1/prices", operators, quick, "", "Prices", 200, show_prices,
          "The prices in effect, with their sources"},
    route{put, "/api/v1/prices", operators, store, "PriceFile", "Prices", 200, put_prices,
          "Override prices, model by model; a file without models takes the overrides back"},

    route{get, "/api/v1/api-keys", operators, quick, "", "Keys", 200, list_keys, "All keys"},
    route{get, "/api/v1/api-keys/{id}", operators, quick, "", "Key", 200, show_key, "One key"},
    route{patch, "/api/v1/api-keys/{id}", operators, quick, "ChangeKey", "Key", 200, change_key,
          "Enable, disable, weigh, limit or move a key"},
    route{del, "/api/v1/api-keys/{id}", operators, quick, "", "", 204, remove_key,
          "Remove a key that was added by this API; requests under way finish with it"},
    route{post, "/api/v1/api-keys/{id}/rotate", operators, google, "RotateKey", "Key", 200, rotate_key,
          "Give a key another secret; identity, project and counts stay"},
    route{post, "/api/v1/api-keys/{id}/probe", operators, google, "Empty", "Validation", 200, probe_key,
          "Ask Google about a key now; a valid one leaves quarantine"},
    route{post, "/api/v1/api-keys/{id}/reset", operators, quick, "Empty", "Key", 200, reset_key,
          "Lift cool-downs and quarantine"},
    route{get, "/api/v1/clients", operators, quick, "", "Clients", 200, list_clients, "All clients of the proxy"},
    route{post, "/api/v1/clients", operators, quick, "AddClient", "ClientWithToken", 201, add_client,
          "Make a client and its token, which is told this once"},
    route{get, "/api/v1/clients/{id}", operators, quick, "", "Client", 200, show_client, "One client"},
    route{patch, "/api/v1/clients/{id}", operators, quick, "ChangeClient", "Client", 200, change_client,
          "Rename, enable, disable or limit a client"},
    route{del, "/api/v1/clients/{id}", operators, quick, "", "", 204, remove_client,
          "Remove a client; its token is worth nothing from now on"},
    route{post, "/api/v1/clients/{id}/rotate", operators, quick, "Empty", "ClientWithToken", 200, rotate_client,
          "Give a client another token, which is told this once"},
    route{get, "/api/v1/projects", operators, quick, "", "Projects", 200, list_projects,
          "Projects that keys name or that have limits"},
    route{patch, "/api/v1/projects/{name}", operators, quick, "ChangeProject", "Project", 200, change_project,
          "Limit a project, or declare Google's quota of it"},
    route{get, "/api/v1/alerts", operators, quick, "", "Alerts", 200, list_alerts,
          "What the operator should know of, and what was; ?state=active, resolved or all"},
    route{post, "/api/v1/alerts/test", operators, google, "Empty", "WebhookTest", 200, test_alert,
          "Send a test alert to the webhook, and tell what its receiver says"},
    route{get, "/api/v1/audit", operators, quick, "", "Audit", 200, show_audit,
          "What operators did, the newest first; ?limit=N, ?before=ID"},
    route{get, "/api/v1/session", visitors, quick, "", "Session", 200, show_session,
          "Whether this browser is logged in, or need not be"},
    route{post, "/api/v1/session", visitors, quick, "OpenSession", "Session", 200, open_session,
          "Log in with the admin token: a cookie for the dashboard"},
    route{del, "/api/v1/session", visitors, quick, "", "", 204, close_session, "Log out"},
    route{get, "/api/v1/ca", operators, quick, "", "", 200, show_authority,
          "The certificates that clients of the forward proxy must trust, as PEM"},
    route{get, "/api/v1/overview", operators, quick, "", "Overview", 200, show_overview,
          "Requests, tokens and times in all since the start"},
    route{get, "/api/v1/config", operators, quick, "", "Config", 200, show_config,
          "The configuration in effect, secrets hidden"},
    route{get, "/api/v1/requests", operators, quick, "", "Requests", 200, list_requests,
          "Recent requests, the newest first, with their attempts", request_query_names},
    route{get, "/api/v1/requests/{request_id}", operators, quick, "", "Request", 200, show_request,
          "One recent request"},
    route{get, "/api/v1/events", operators, events, "", "", 200, stream_events,
          "State changes of keys, alerts and usage as server-sent events"},

    route{get, "/metrics", operators, quick, "", "", 200, show_metrics, "Prometheus metrics"},
    route{get, "/openapi.json", operators, quick, "", "OpenApi", 200, show_openapi, "This description"},
    route{get, "/livez", everybody, quick, "", "", 200, live, "Does the process turn?"},
    route{get, "/readyz", everybody, quick, "", "Readiness", 200, ready, "Can it serve requests?"},
    route{get, "/startupz", everybody, quick, "", "", 200, started, "Has it started?"},
};
// clang-format on

constexpr route dashboard{get, "/", pages, quick, "", "", 200, show_dashboard, "The dashboard"};

// Whether `path` has the shape of `wanted`, and what stands for its "{…}".
bool fits(std::string_view wanted, std::string_view path, std::string_view& parameter) {
  const std::size_t open = wanted.find('{');
  if (open == wanted.npos) return wanted == path;
  const std::string_view rest = wanted.substr(wanted.find('}') + 1);
  if (!path.starts_with(wanted.substr(0, open)) || path.size() < open + rest.size() ||
      !path.ends_with(rest)) {
    return false;
  }
  parameter = path.substr(open, path.size() - open - rest.size());
  return !parameter.empty() && parameter.find('/') == parameter.npos;
}

}  // namespace

std::string_view to_string(method how) {
  switch (how) {
    case get:
      return "GET";
    case post:
      return "POST";
    case put:
      return "PUT";
    case patch:
      return "PATCH";
    case del:
      return "DELETE";
  }
  return {};
}

answer to_answer(const refusal& what) {
  json_output json;
  json.begin_object();
  json.key("error").begin_object();
  json.member("code", what.code);
  json.member("message", std::string_view(what.what()));
  if (!what.field.empty()) json.member("field", what.field);
  if (!what.reason.empty()) json.member("reason", what.reason);
  json.end_object();
  json.end_object();
  answer made;
  made.status = what.status;
  made.body = json.text();
  return made;
}

answer refusal_answer(int status, std::string_view code, std::string_view message) {
  return to_answer(refusal(status, std::string(code), std::string(message)));
}

void note(context& in, const request& asked, std::string_view event, std::string_view message,
          std::string_view subject) {
  in.behind.note(event, message, subject, asked.actor);
}

std::span<const route> all_routes() {
  return table;
}

found_route find_route(std::optional<method> how, std::string_view path) {
  found_route found;
  std::size_t literal = 0;  // "/add" wins over "/{id}"
  for (const route& one : table) {
    std::string_view parameter;
    if (!fits(one.path, path, parameter)) continue;
    const std::size_t weight = parameter.empty() ? 2 : 1;
    if (weight < literal) continue;
    if (weight > literal) found = {};
    literal = weight;
    found.allow += found.allow.empty() ? "" : ", ";
    found.allow += to_string(one.how);
    if (one.how == get) found.allow += ", HEAD";
    if (how == one.how) {
      found.at = &one;
      found.parameter = parameter;
    }
  }
  if (found.allow.empty() && find_dashboard_file(path) != nullptr) {
    found.allow = "GET, HEAD";
    if (how == get) found.at = &dashboard;
  }
  return found;
}

answer handle(context& in, const route& by, const request& asked) {
  try {
    answer made = by.handle(in, asked);
    if (made.status == 200) made.status = by.success;
    return made;
  } catch (const refusal& what) {
    return to_answer(what);
  } catch (const bad_question& what) {
    return to_answer(refusal(400, "invalid_field", what.what(), "step"));
  } catch (const store_failed& what) {
    return to_answer(refusal(503, "storage_failed", what.what()));
  } catch (const std::exception&) {
    // Its text may hold what it was about.
    return to_answer(refusal(500, "internal", "gemkeeper failed at this request: see its log"));
  }
}

}  // namespace gemkeeper::admin
