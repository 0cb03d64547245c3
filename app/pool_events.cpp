#include "pool_events.hpp"

#include <gemkeeper/app/log_line.hpp>

#include <fmt/format.h>

#include <chrono>
#include <string>

namespace gemkeeper::app {
namespace {

std::string_view name_of(pool::pool_event::kind what) {
  switch (what) {
    case pool::pool_event::kind::cooled:
      return "key_cooling";
    case pool::pool_event::kind::quarantined:
      return "key_quarantined";
    case pool::pool_event::kind::recovered:
      return "key_recovered";
    case pool::pool_event::kind::project_exhausted:
      return "project_exhausted";
  }
  return "key_changed";
}

}  // namespace

void tell(log& to, const pool::pool_event& event) {
  const bool bad = event.what == pool::pool_event::kind::quarantined ||
                   event.what == pool::pool_event::kind::project_exhausted;
  std::int64_t seconds = 0;
  if (event.until) {
    seconds =
        std::chrono::ceil<std::chrono::seconds>(*event.until - std::chrono::system_clock::now())
            .count();
  }
  const auto tell = bad ? &log::warn : &log::info;
  (to.*tell)(name_of(event.what), "the state of a key changed",
             {{"key", event.id.view()},
              {"key_name", event.key_name},
              {"model", event.model},
              {"reason", event.reason},
              {"seconds", seconds}});
}

void publish(admin::event_hub& to, const pool::pool_event& event) {
  if (to.listeners() == 0) return;
  std::string json =
      fmt::format(R"({{"key":"{}","event":"{}","model":")", event.id.view(), name_of(event.what));
  append_escaped(json, event.model);
  json += R"(","reason":")";
  append_escaped(json, event.reason);
  json += '"';
  if (event.until) {
    const auto until =
        std::chrono::ceil<std::chrono::seconds>(event.until->time_since_epoch()).count();
    json += fmt::format(R"(,"until_unix":{})", until);
  }
  to.publish("key", json + "}");
}

bool is_of_a_minute(pool::limit_kind which) {
  return which == pool::limit_kind::requests_per_minute ||
         which == pool::limit_kind::tokens_per_minute;
}

void tell(log& to, const pool::limit_event& event) {
  const auto tell = is_of_a_minute(event.which) ? &log::debug
                    : event.percent >= 100      ? &log::warn
                                                : &log::info;
  (to.*tell)("limit", "a share of a limit was reached",
             {{"scope", pool::to_string(event.scope)},
              {"subject", event.subject},
              {"name", event.name},
              {"limit", pool::to_string(event.which)},
              {"percent", static_cast<std::int64_t>(event.percent)}});
}

void publish(admin::event_hub& to, const pool::limit_event& event) {
  if (to.listeners() == 0) return;
  std::string json = fmt::format(R"({{"scope":"{}","subject":")", pool::to_string(event.scope));
  append_escaped(json, event.subject);
  json += R"(","name":")";
  append_escaped(json, event.name);
  json +=
      fmt::format(R"(","limit":"{}","percent":{},"until_unix":{}}})", pool::to_string(event.which),
                  event.percent,
                  std::chrono::ceil<std::chrono::seconds>(event.ends.time_since_epoch()).count());
  to.publish("limit", json);
}

}  // namespace gemkeeper::app
