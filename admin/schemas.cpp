// JSON Schemas (draft 2020-12) of what goes in and out.
#include "router.hpp"

#include <algorithm>
#include <array>

namespace gemkeeper::admin {
namespace {

using named_schema = std::pair<std::string_view, std::string_view>;

constexpr std::array table{
    named_schema{"Error", R"({"type":"object","required":["error"],"properties":{"error":{
"type":"object","required":["code","message"],"properties":{"code":{"type":"string"},
"message":{"type":"string"},"field":{"type":"string"},"reason":{"type":"string"}}}}})"},
    named_schema{"Empty", R"({"type":"object","additionalProperties":false})"},
    named_schema{"Limits", R"({"type":"object","additionalProperties":false,
"description":"per model; 0: no limit","properties":{
"requests_in_flight":{"type":"integer","minimum":0},
"requests_per_minute":{"type":"integer","minimum":0},
"requests_per_day":{"type":"integer","minimum":0}}})"},
    named_schema{"AddKey", R"({"type":"object","additionalProperties":false,"required":["api_key"],
"properties":{"api_key":{"type":"string","writeOnly":true},"name":{"type":"string"},
"project":{"type":"string"},"weight":{"type":"integer","minimum":1},
"priority":{"type":"integer"},"models":{"type":"array","items":{"type":"string"}},
"limits":{"$ref":"#/components/schemas/Limits"},
"validate":{"type":"boolean","default":true}}})"},
    named_schema{"AddedKey", R"({"type":"object","required":["id","name","fingerprint","state"],
"properties":{"id":{"type":"string"},"name":{"type":"string"},"fingerprint":{"type":"string"},
"state":{"type":"string"},"validated":{"type":"boolean"},
"durable":{"type":"boolean","description":"false: lost at the next start, for storage.path is \":memory:\""}}})"},
    named_schema{"ApiKey", R"({"type":"object","additionalProperties":false,"required":["api_key"],
"properties":{"api_key":{"type":"string","writeOnly":true}}})"},
    named_schema{"RotateKey", R"({"type":"object","additionalProperties":false,
"required":["api_key"],"properties":{"api_key":{"type":"string","writeOnly":true},
"validate":{"type":"boolean","default":true}}})"},
    named_schema{"ChangeKey", R"({"type":"object","additionalProperties":false,"properties":{
"enabled":{"type":"boolean"},"weight":{"type":"integer","minimum":1},
"priority":{"type":"integer"},"project":{"type":"string"},
"models":{"type":"array","items":{"type":"string"}},
"limits":{"$ref":"#/components/schemas/Limits"}}})"},
    named_schema{"Validation", R"({"type":"object","required":["valid","reason","models"],
"properties":{"valid":{"type":"boolean"},"reason":{"type":["string","null"]},
"message":{"type":"string"},"models":{"type":"integer"}}})"},
    named_schema{"CoolDown", R"({"type":"object","properties":{"model":{"type":["string","null"]},
"quota":{"type":["string","null"]},"until":{"type":"string","format":"date-time"}}})"},
    named_schema{"Key", R"({"type":"object","required":["id","name","fingerprint","state"],
"properties":{"id":{"type":"string"},"name":{"type":"string"},"fingerprint":{"type":"string"},
"project":{"type":["string","null"]},"state":{"type":"string",
"enum":["healthy","cooling","quarantined","disabled"]},"reason":{"type":["string","null"]},
"enabled":{"type":"boolean"},"weight":{"type":"integer"},"priority":{"type":"integer"},
"models":{"type":"array","items":{"type":"string"}},
"limits":{"$ref":"#/components/schemas/Limits"},"tier":{"type":"string"},
"origin":{"type":"string"},"durable":{"type":"boolean"},"in_flight":{"type":"integer"},
"calls":{"type":"integer"},"errors":{"type":"integer"},
"last_used":{"type":["string","null"],"format":"date-time"},
"next_probe":{"type":["string","null"],"format":"date-time"},
"cooldowns":{"type":"array","items":{"$ref":"#/components/schemas/CoolDown"}}}})"},
    named_schema{"Keys", R"({"type":"object","required":["api_keys"],"properties":{
"api_keys":{"type":"array","items":{"$ref":"#/components/schemas/Key"}}}})"},
    named_schema{"KeyStatus", R"({"type":"object","required":["total_api_keys","healthy","cooling",
"quarantined","disabled","exhausted","next_recovery","api_key_usage"],"properties":{
"total_api_keys":{"type":"integer"},"healthy":{"type":"integer"},"cooling":{"type":"integer"},
"quarantined":{"type":"integer"},"disabled":{"type":"integer"},"exhausted":{"type":"integer"},
"next_recovery":{"type":["string","null"],"format":"date-time"},
"api_key_usage":{"type":"object","additionalProperties":{"type":"object","properties":{
"calls_made":{"type":"integer"},"tokens_used":{"type":"integer"},
"last_used":{"type":["string","null"],"format":"date-time"},"errors":{"type":"integer"},
"estimated_cost_usd":{"type":["number","null"]},"calls_of_unknown_cost":{"type":"integer"},
"attempts":{"type":"integer","description":"upstream tries since the start of this process"},
"failed_attempts":{"type":"integer"},"state":{"type":"string"},"cooldowns":{"type":"array","items":{"$ref":"#/components/schemas/CoolDown"}}}}}}})"},
    named_schema{"Usage", R"({"type":"object","properties":{"total_calls":{"type":"integer"},
"total_tokens":{"type":"integer"},"prompt_tokens":{"type":"integer"},
"output_tokens":{"type":"integer"},"thought_tokens":{"type":"integer"},
"cached_tokens":{"type":"integer"},"errors":{"type":"integer"},
"calls_of_unknown_cost":{"type":"integer"},"estimated_cost_usd":{"type":["number","null"],
"description":"by list prices, without the calls of unknown cost; null: that of none is known"}}})"},
    named_schema{"Credits", R"({"allOf":[{"$ref":"#/components/schemas/Usage"},{"type":"object",
"required":["since","per_key","per_model","per_client","limits","alerts"],"properties":{
"since":{"type":"string","format":"date-time"},
"per_key":{"type":"object","additionalProperties":{"$ref":"#/components/schemas/Usage"}},
"per_project":{"type":"object","additionalProperties":{"$ref":"#/components/schemas/Usage"}},
"per_model":{"type":"object","additionalProperties":{"$ref":"#/components/schemas/Usage"}},
"per_client":{"type":"object","additionalProperties":{"$ref":"#/components/schemas/Usage"}},
"limits":{"type":"array"},
"alerts":{"type":"array","items":{"$ref":"#/components/schemas/Alert"}}}}]})"},
    named_schema{"Alert", R"({"type":"object","required":["id","kind","severity","state","subject",
"message","raised","updated","resolved","count"],"properties":{"id":{"type":"string"},
"kind":{"type":"string","enum":["key_quarantined","key_age","project_exhausted","pool_empty",
"pool_low","location_refused","limit_reached","storage_failing","certificate_expiring"]},
"severity":{"type":"string","enum":["info","warning","critical"]},
"state":{"type":"string","enum":["active","resolved"]},"subject":{"type":"string"},
"message":{"type":"string"},"raised":{"type":"string","format":"date-time"},
"updated":{"type":"string","format":"date-time"},
"resolved":{"type":["string","null"],"format":"date-time"},
"until":{"type":["string","null"],"format":"date-time"},"count":{"type":"integer"}}})"},
    named_schema{"Alerts", R"({"type":"object","required":["alerts","webhook"],"properties":{
"alerts":{"type":"array","items":{"$ref":"#/components/schemas/Alert"}},
"webhook":{"type":"object","properties":{"delivered":{"type":"integer"},
"failed":{"type":"integer"},"dropped":{"type":"integer"},"waiting":{"type":"integer"}}}}})"},
    named_schema{"WebhookTest", R"({"type":"object","required":["delivered","status"],"properties":{
"delivered":{"type":"boolean"},"status":{"type":["integer","null"]},
"message":{"type":["string","null"]},"answer":{"type":"string"}}})"},
    named_schema{"UsageSeries", R"({"type":"object","required":["from","to","usage"],"properties":{
"from":{"type":"string","format":"date-time"},"to":{"type":"string","format":"date-time"},
"step_seconds":{"type":["integer","null"],"description":"null: months"},
"group_by":{"type":"array","items":{"enum":["key","project","model","client"]}},
"kept_from":{"type":["string","null"],"format":"date-time",
"description":"before this, usage of this precision was removed"},
"usage":{"type":"array","items":{"type":"object","required":["start","calls"],"properties":{
"start":{"type":"string","format":"date-time"},"key":{"type":["string","null"]},
"key_name":{"type":["string","null"]},"project":{"type":["string","null"]},
"model":{"type":["string","null"]},"client":{"type":["string","null"]},
"calls":{"type":"integer"},"errors":{"type":"integer"},"cancelled":{"type":"integer"},
"unmetered":{"type":"integer"},"prompt_tokens":{"type":"integer"},
"cached_tokens":{"type":"integer"},"tool_use_tokens":{"type":"integer"},
"output_tokens":{"type":"integer"},"thought_tokens":{"type":"integer"},
"total_tokens":{"type":"integer"},"calls_of_unknown_cost":{"type":"integer"},
"estimated_cost_usd":{"type":["number","null"]}}}}}})"},
    named_schema{"PriceFile",
                 R"({"type":"object","required":["schema","currency","sources","models"],
"description":"as conf/prices.json","properties":{"schema":{"const":1},"currency":{"const":"USD"},
"updated":{"type":"string"},"note":{"type":"string"},"sources":{"type":"object"},
"models":{"type":"array","items":{"type":"object"}}}})"},
    named_schema{"Prices", R"({"type":"object","required":["currency","unit","overrides","models"],
"properties":{"currency":{"const":"USD"},"unit":{"const":"million tokens"},
"overrides":{"type":["object","null"],"description":"as they were put"},
"models":{"type":"array","items":{"type":"object","required":["names","origin","prices"],
"properties":{"names":{"type":"array","items":{"type":"string"}},
"origin":{"type":"string","description":"built-in, admin API, or a file"},
"overridden":{"type":"boolean"},"suffixes":{"type":"array","items":{"type":"string"}},
"prices":{"type":"array","items":{"type":"object"}}}}}}})"},
    named_schema{"ResetCredits", R"({"type":"object","additionalProperties":false,"properties":{
"key":{"type":"string","description":"the id of a key; absent: all"}}})"},
    named_schema{"CreditsReset", R"({"type":"object","required":["reset","since"],"properties":{
"reset":{"type":"boolean"},"since":{"type":"string","format":"date-time"}}})"},
    named_schema{"Audit", R"({"type":"object","required":["audit","next"],"properties":{
"audit":{"type":"array","items":{"type":"object","properties":{"id":{"type":"integer"},
"time":{"type":"string","format":"date-time"},"actor":{"type":"string"},
"action":{"type":"string"},"subject":{"type":["string","null"]},"detail":{"type":"string"}}}},
"next":{"type":["integer","null"],"description":"for ?before=; null: no more"}}})"},
    named_schema{"Session", R"({"type":"object","required":["version","needs_token","logged_in"],
"properties":{"version":{"type":"string"},"needs_token":{"type":"boolean"},
"logged_in":{"type":"boolean"}}})"},
    named_schema{"OpenSession", R"({"type":"object","additionalProperties":false,
"required":["token"],"properties":{"token":{"type":"string","writeOnly":true}}})"},
    named_schema{"Histogram", R"({"type":"object","required":["buckets","sum_ms"],"properties":{
"buckets":{"type":"array","items":{"type":"integer"},
"description":"how many are above the bound before and not above their own; the last has none"},
"sum_ms":{"type":"number"}}})"},
    named_schema{"Overview",
                 R"({"type":"object","required":["requests","errors","tokens",
"rotated","streams_in_flight","connections","bounds_ms","duration","overhead","first_byte"],"properties":{
"requests":{"type":"integer"},"errors":{"type":"integer","description":"429 and 5xx"},
"tokens":{"type":"integer"},
"rotated":{"type":"integer","description":"requests that went on to another key"},
"streams_in_flight":{"type":"integer"},"connections":{"type":"integer"},
"bounds_ms":{"type":"array","items":{"type":"number"}},
"duration":{"$ref":"#/components/schemas/Histogram"},
"overhead":{"$ref":"#/components/schemas/Histogram"},
"first_byte":{"$ref":"#/components/schemas/Histogram"}}})"},
    named_schema{"Config", R"({"type":"object"})"},
    named_schema{"OpenApi", R"({"type":"object"})"},
    named_schema{"Request", R"({"type":"object","required":["request_id","ended","status"],
"properties":{"request_id":{"type":"string"},"ended":{"type":"string","format":"date-time"},
"method":{"type":"string"},"route":{"type":"string"},"model":{"type":["string","null"]},
"trace_id":{"type":["string","null"],"description":"of the client's traceparent"},
"key":{"type":["string","null"]},"key_name":{"type":["string","null"]},
"attempts":{"type":"integer"},"status":{"type":"integer"},"outcome":{"type":"string"},
"reason":{"type":["string","null"]},"cancelled":{"type":"boolean"},
"prompt_tokens":{"type":"integer"},"output_tokens":{"type":"integer"},
"total_tokens":{"type":"integer"},"model_version":{"type":["string","null"]},
"cost_usd":{"type":["number","null"],"description":"by list prices; null: unknown"},
"cost_basis":{"type":"string","description":"list_price, free_tier, not_billed, or what is unknown"},
"bytes_in":{"type":"integer"},"bytes_out":{"type":"integer"},
"total_ms":{"type":"number"},"upstream_ms":{"type":"number"},
"first_byte_ms":{"type":"number"},
"receiving_ms":{"type":"number","description":"waiting for the client's body"},
"waited_ms":{"type":"number","description":"for a key, and between attempts"},
"overhead_ms":{"type":"number","description":"what gemkeeper itself took"},
"trail":{"type":"array","items":{"$ref":"#/components/schemas/Attempt"}},
"trail_left_out":{"type":"integer","description":"attempts before the last that are not told"}}})"},
    named_schema{"Attempt", R"({"type":"object","required":["key","why","outcome"],"properties":{
"key":{"type":"string"},"key_name":{"type":["string","null"]},"project":{"type":["string","null"]},
"why":{"type":"string","enum":["first","another_key","another_project","another_tier",
"after_backoff","try_again"]},
"policy":{"type":"string"},"fit":{"type":"string","enum":["new_project","new_key","same_key"]},
"half_open":{"type":"boolean","description":"the one that tries after a cool-down"},
"queued":{"type":"boolean"},"outcome":{"type":"string"},"reason":{"type":["string","null"]},
"upstream_status":{"type":["integer","null"]},"quotas":{"type":"array","items":{"type":"string"}},
"effect":{"type":["string","null"],"enum":["cooled","quarantined","project_exhausted",null]},
"until":{"type":["string","null"],"format":"date-time"},
"route":{"type":"string"},"connection":{"type":["string","null"],"enum":["new","reused",null]},
"waited_ms":{"type":"number"},"start_ms":{"type":"number"},"duration_ms":{"type":"number"}}})"},
    named_schema{"Requests", R"({"type":"object","required":["requests"],"properties":{
"requests":{"type":"array","items":{"$ref":"#/components/schemas/Request"}},
"next":{"type":["string","null"],"description":"the value of before for the next page"}}})"},
    named_schema{"Readiness", R"({"type":"object","required":["ready","problems"],"properties":{
"ready":{"type":"boolean"},"problems":{"type":"array","items":{"type":"string"}}}})"},
};

}  // namespace

std::span<const std::pair<std::string_view, std::string_view>> all_schemas() {
  return table;
}

std::string_view schema(std::string_view name) {
  const auto found = std::ranges::find(table, name, &named_schema::first);
  return found == table.end() ? std::string_view{} : found->second;
}

}  // namespace gemkeeper::admin
