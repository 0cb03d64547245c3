// Keys: add, validate, list, change, remove, rotate, probe, reset.
#include "json_input.hpp"
#include "key_text.hpp"
#include "limit_text.hpp"
#include "router.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

namespace gemkeeper::admin {
namespace {

using std::chrono::system_clock;

// A secret of the request's, wiped when it has served.
struct secret_text {
  std::string value;

  explicit secret_text(std::string text) : value(std::move(text)) {}
  secret_text(const secret_text&) = delete;
  secret_text& operator=(const secret_text&) = delete;
  ~secret_text() { OPENSSL_cleanse(value.data(), value.size()); }
};

secret_text read_secret(context& in, members& body) {
  std::optional<std::string> given = body.text("api_key");
  if (!given) {
    throw refusal(422, "missing_field", "api_key is missing: send {\"api_key\": \"…\"}", "api_key");
  }
  secret_text secret(std::move(*given));
  if (const std::string wrong = in.behind.check_secret(secret.value); !wrong.empty()) {
    throw refusal(422, "invalid_api_key", "api_key " + wrong, "api_key");
  }
  return secret_text(secret.value);
}

std::string read_word(members& body, const char* name) {
  constexpr std::size_t longest = 64;
  std::string text = body.text(name).value_or(std::string());
  if (text.size() > longest || has_control_characters(text)) {
    throw refusal(
        422, "invalid_field",
        fmt::format("{} must be at most {} bytes without control characters", name, longest), name);
  }
  return text;
}

std::optional<pool::service> read_service(members& body) {
  const std::optional<std::string> given = body.text("service");
  if (!given) return std::nullopt;
  const auto known = pool::parse_service(*given);
  if (!known) {
    throw refusal(422, "invalid_field", "service must be \"gemini\" or \"vertex\"", "service");
  }
  return known;
}

[[noreturn]] void refuse(const change_result& why) {
  const std::string id(why.id.view());
  switch (why.error) {
    case change_error::duplicate_key:
      throw refusal(409, "duplicate_key", fmt::format("the pool has this key already: {}", id),
                    "api_key");
    case change_error::duplicate_name:
      throw refusal(409, "duplicate_name",
                    fmt::format("the key {} has this name already: choose another", id), "name");
    case change_error::configured:
      throw refusal(409, "configured_key",
                    fmt::format("the key {} comes from the configuration: change it there ({})", id,
                                why.origin));
    case change_error::too_many_keys:
      throw refusal(409, "too_many_keys", "the pool is full: remove a key first");
    case change_error::storage_failed:
      throw refusal(503, "storage_failed", "nothing was changed: " + why.problem);
    case change_error::no_such_key:
    case change_error::none:
      break;
  }
  throw refusal(404, "no_such_key", "there is no key with this id: see GET /api/v1/api-keys");
}

void require(const change_result& result) {
  if (result.error != change_error::none) refuse(result);
}

// Throws what Google's word means for who wants to store the key.
void require_valid(const key_answer& said) {
  if (said.is == key_answer::answer::valid) return;
  const bool rejected = said.is == key_answer::answer::invalid;
  refusal no(rejected ? 422 : 502, rejected ? "key_rejected" : "google_unreachable",
             rejected ? fmt::format("Google rejects this key ({}); nothing was stored", said.reason)
                      : fmt::format("the key could not be validated, and nothing was stored: {} "
                                    "(\"validate\": false stores it unproven)",
                                    said.problem),
             rejected ? "api_key" : "");
  no.reason = said.reason;
  throw no;
}

key_info get(context& in, const pool::key_id& id) {
  for (key_info& key : in.behind.keys()) {
    if (key.view.id == id) return std::move(key);
  }
  refuse({change_error::no_such_key, id, {}});
}

answer shown(const key_info& key) {
  json_output json;
  write_key(json, key);
  return to_answer(json);
}

answer shown(const key_answer& said) {
  json_output json;
  json.begin_object();
  json.member("valid", said.is == key_answer::answer::valid);
  json.key("reason");
  if (said.reason.empty()) {
    json.null();
  } else {
    json.value(said.reason);
  }
  if (!said.problem.empty()) json.member("message", said.problem);
  json.key("models");
  said.models ? json.value(*said.models) : json.null();
  json.end_object();
  return to_answer(json);
}

void tell(context& in, const request& asked, std::string_view event, std::string_view message,
          const pool::key_id& id) {
  note(in, asked, event, message, id.view());
  in.events.publish("key", key_event(id, event));
}

// {} and nothing at all mean the same.
void expect_empty(const request& asked) {
  if (asked.body.empty()) return;
  const rapidjson::Document body = parse_object(asked.body);
  members(body).finish();
}

constexpr std::uint32_t heaviest = 1U << 24;

}  // namespace

pool::key_id parse_key_id(std::string_view text) {
  pool::key_id id;
  const bool hex = text.size() == id.hex.size() &&
                   text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!hex) refuse({change_error::no_such_key, {}, {}});
  std::ranges::copy(text, id.hex.begin());
  return id;
}

std::string key_event(const pool::key_id& id, std::string_view what) {
  return fmt::format(R"({{"key":"{}","event":"{}"}})", id.view(), what);
}

void write_cool_downs(json_output& json, const pool::key_view& of) {
  json.key("cooldowns").begin_array();
  for (const pool::cool_down_view& one : of.cool_downs) {
    json.begin_object();
    json.key("model");
    one.model.empty() ? json.null() : json.value(one.model.value);
    json.key("quota");
    one.quota_id.empty() ? json.null() : json.value(one.quota_id);
    json.member("until", one.until);
    json.end_object();
  }
  json.end_array();
}

void write_key(json_output& json, const key_info& key) {
  const pool::key_view& view = key.view;
  json.begin_object();
  json.member("id", view.id.view());
  json.member("name", view.name);
  json.member("fingerprint", view.fingerprint);
  json.key("project");
  view.project.empty() ? json.null() : json.value(view.project.value);
  json.member("service", pool::to_string(view.service));
  json.member("state", pool::to_string(view.state));
  json.key("reason");
  view.reason.empty() ? json.null() : json.value(view.reason);
  json.member("enabled", view.state != pool::key_state::disabled);
  json.member("weight", key.weight);
  json.member("priority", key.priority);
  json.key("models").begin_array();
  for (const pool::model_name& model : key.models)
    json.value(model.value);
  json.end_array();
  write_limits(json, key.limits);
  write_quota(json, key.quota);
  write_limit_usage(json, view.limits);
  write_quota_usage(json, view.quota);
  json.member("exhausted_until", view.exhausted_until);
  json.member("tier", key.tier == pool::tier::free   ? "free"
                      : key.tier == pool::tier::paid ? "paid"
                                                     : "unknown");
  json.member("origin", key.origin);
  json.member("durable", key.durable);
  json.member("in_flight", view.in_flight);
  json.member("calls", view.calls);
  json.member("errors", view.errors);
  json.member("first_seen", key.first_seen);
  json.member("last_used", view.last_used);
  json.member("next_probe", view.next_probe);
  write_cool_downs(json, view);
  json.end_object();
}

answer add_key(context& in, const request& asked) {
  const rapidjson::Document document = parse_object(asked.body);
  members body(document);
  const secret_text secret = read_secret(in, body);
  pool::key_spec spec;
  spec.name = read_word(body, "name");
  spec.project = pool::project_name(read_word(body, "project"));
  spec.service = read_service(body).value_or(pool::service::gemini);
  spec.weight = static_cast<std::uint32_t>(body.integer("weight", 1, heaviest).value_or(1));
  spec.priority =
      static_cast<std::int32_t>(body.integer("priority", INT32_MIN, INT32_MAX).value_or(0));
  spec.models = read_models(body).value_or(std::vector<pool::model_name>{});
  spec.limits = read_limits(body).value_or(pool::limit_set{});
  spec.quota = read_quota(body).value_or(pool::quota_set{});
  const bool validate = body.flag("validate").value_or(true);
  body.finish();

  if (const auto known = in.behind.find(secret.value)) {
    refuse({change_error::duplicate_key, *known, {}});
  }
  if (validate) require_valid(in.behind.validate(secret.value, spec.service));
  spec.secret = secret.value;
  const change_result added = in.behind.add(std::move(spec));
  require(added);
  tell(in, asked, "key_added", "a key was added by the admin API", added.id);

  const key_info key = get(in, added.id);
  json_output json;
  json.begin_object();
  json.member("id", key.view.id.view());
  json.member("name", key.view.name);
  json.member("fingerprint", key.view.fingerprint);
  json.member("state", pool::to_string(key.view.state));
  json.member("validated", validate);
  json.member("durable", key.durable);
  json.end_object();
  answer made;
  made.body = json.text();
  made.fields.emplace_back("Location", fmt::format("/api/v1/api-keys/{}", added.id.view()));
  return made;
}

answer validate_key(context& in, const request& asked) {
  const rapidjson::Document document = parse_object(asked.body);
  members body(document);
  const secret_text secret = read_secret(in, body);
  const pool::service of = read_service(body).value_or(pool::service::gemini);
  body.finish();
  const key_answer said = in.behind.validate(secret.value, of);
  if (said.is == key_answer::answer::unknown) {
    refusal no(502, "google_unreachable", "the key could not be validated: " + said.problem);
    no.reason = said.reason;
    throw no;
  }
  return shown(said);
}

answer list_keys(context& in, const request&) {
  json_output json;
  json.begin_object();
  json.key("api_keys").begin_array();
  for (const key_info& key : in.behind.keys())
    write_key(json, key);
  json.end_array();
  json.end_object();
  return to_answer(json);
}

answer show_key(context& in, const request& asked) {
  return shown(get(in, parse_key_id(asked.parameter)));
}

answer change_key(context& in, const request& asked) {
  const pool::key_id id = parse_key_id(asked.parameter);
  const rapidjson::Document document = parse_object(asked.body);
  members body(document);
  key_changes changes;
  changes.enabled = body.flag("enabled");
  if (const auto weight = body.integer("weight", 1, heaviest)) {
    changes.weight = static_cast<std::uint32_t>(*weight);
  }
  if (const auto priority = body.integer("priority", INT32_MIN, INT32_MAX)) {
    changes.priority = static_cast<std::int32_t>(*priority);
  }
  if (document.HasMember("project")) changes.project = read_word(body, "project");
  changes.service = read_service(body);
  changes.models = read_models(body);
  changes.limits = read_limits(body);
  changes.quota = read_quota(body);
  body.text("project");  // known, given or not
  body.finish();
  require(in.behind.change(id, changes));
  tell(in, asked, "key_changed", "a key was changed by the admin API", id);
  return shown(get(in, id));
}

answer remove_key(context& in, const request& asked) {
  const pool::key_id id = parse_key_id(asked.parameter);
  require(in.behind.remove(id));
  tell(in, asked, "key_removed", "a key was removed by the admin API", id);
  answer made;
  made.status = 204;
  return made;
}

answer rotate_key(context& in, const request& asked) {
  const pool::key_id id = parse_key_id(asked.parameter);
  const rapidjson::Document document = parse_object(asked.body);
  members body(document);
  const secret_text secret = read_secret(in, body);
  const bool validate = body.flag("validate").value_or(true);
  body.finish();
  const pool::service of = get(in, id).view.service;
  if (const auto known = in.behind.find(secret.value)) {
    refuse({change_error::duplicate_key, *known, {}});
  }
  if (validate) require_valid(in.behind.validate(secret.value, of));
  require(in.behind.rotate(id, secret.value));
  tell(in, asked, "key_rotated", "a key was given another secret by the admin API", id);
  return shown(get(in, id));
}

answer probe_key(context& in, const request& asked) {
  const pool::key_id id = parse_key_id(asked.parameter);
  expect_empty(asked);
  const std::optional<key_answer> said = in.behind.probe(id);
  if (!said) refuse({change_error::no_such_key, id, {}});
  if (said->is == key_answer::answer::unknown) {
    refusal no(502, "google_unreachable", "Google could not be asked: " + said->problem);
    no.reason = said->reason;
    throw no;
  }
  return shown(*said);
}

answer reset_key(context& in, const request& asked) {
  const pool::key_id id = parse_key_id(asked.parameter);
  expect_empty(asked);
  if (!in.behind.reset(id)) refuse({change_error::no_such_key, id, {}});
  tell(in, asked, "key_reset", "cool-downs and quarantine were lifted by the admin API", id);
  return shown(get(in, id));
}

}  // namespace gemkeeper::admin
