#include "frame.hpp"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace gemkeeper::app::top {
namespace {

std::string time_text(system_clock::time_point at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(at - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

class json_text {
 public:
  void open(const char* name = nullptr) {
    if (name != nullptr) writer_.Key(name);
    writer_.StartObject();
  }
  void close() { writer_.EndObject(); }
  void open_list(const char* name) {
    writer_.Key(name);
    writer_.StartArray();
  }
  void close_list() { writer_.EndArray(); }
  void member(const char* name, const std::string& text) {
    writer_.Key(name);
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }
  void member(const char* name, std::uint64_t number) {
    writer_.Key(name);
    writer_.Uint64(number);
  }
  void member(const char* name, const std::optional<double>& number) {
    writer_.Key(name);
    if (!number || !writer_.Double(*number)) writer_.Null();
  }
  [[nodiscard]] std::string line() const { return std::string(buffer_.GetString()) + "\n"; }

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace

std::string to_json(const sample& now, const sample* before) {
  const rates since = rates_between(before, now);
  json_text json;
  json.open();
  json.member("ts", time_text(now.at));
  json.member("requests_per_second", since.requests_per_second);
  json.member("tokens_per_minute", since.tokens_per_minute);
  json.member("requests_total", now.requests);
  json.member("tokens_total", now.tokens);
  json.member("streams_in_flight", now.streams);
  json.open("upstream_connections");
  json.member("active", now.active);
  json.member("idle", now.idle);
  json.member("connecting", now.connecting);
  json.close();
  json.open("overhead_seconds");
  json.member("p50", since.overhead_p50);
  json.member("p99", since.overhead_p99);
  json.close();
  json.open("first_byte_seconds");
  json.member("p50", since.first_byte_p50);
  json.member("p99", since.first_byte_p99);
  json.close();
  json.open("keys");
  for (const auto& [name, count] : now.counts)
    json.member(name.c_str(), count);
  json.close();
  json.open_list("api_keys");
  for (const key& one : now.keys) {
    json.open();
    json.member("name", one.name);
    json.member("state", one.state);
    json.member("calls", one.calls);
    json.member("tokens", one.tokens);
    json.member("errors", one.errors);
    json.member("estimated_cost_usd", one.cost);
    json.open_list("cooldowns");
    for (const cool_down& rest : one.cool_downs) {
      json.open();
      json.member("model", rest.model);
      json.member("quota", rest.quota);
      json.member("until", time_text(rest.until));
      json.close();
    }
    json.close_list();
    json.close();
  }
  json.close_list();
  json.close();
  return json.line();
}

std::string problem_to_json(std::string_view problem, system_clock::time_point now) {
  json_text json;
  json.open();
  json.member("ts", time_text(now));
  json.member("problem", std::string(problem));
  json.close();
  return json.line();
}

}  // namespace gemkeeper::app::top
