#include "fault_plan.hpp"
#include "toml_table.hpp"
#include <gemkeeper/sandbox/error_bodies.hpp>
#include <gemkeeper/sandbox/scenario.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace gemkeeper::sandbox {
namespace {

api_key read_key(toml_table table) {
  api_key key;
  table.read("key", key.secret);
  table.read("project", key.project);
  std::string service = "gemini";
  table.read("service", service);
  if (service != "gemini" && service != "vertex") {
    table.complain("service", R"(must be "gemini" or "vertex")");
  }
  key.service = service == "vertex" ? api_service::vertex : api_service::gemini;
  if (key.secret.empty()) table.complain("key", "is missing; give the key any text");
  table.finish();
  return key;
}

project read_project(toml_table table) {
  project declared;
  std::string tier = "free";
  table.read("name", declared.name);
  table.read("number", declared.number);
  table.read("tier", tier);
  if (declared.name.empty()) table.complain("name", "is missing; name a project of [[keys]]");
  if (tier != "free" && tier != "paid") table.complain("tier", R"(must be "free" or "paid")");
  declared.tier = tier == "paid" ? billing_tier::paid : billing_tier::free;
  table.finish();
  return declared;
}

quota read_quota(toml_table table) {
  quota row;
  table.read("project", row.project);
  table.read("model", row.model);
  table.read("requests_per_minute", row.requests_per_minute);
  table.read("input_tokens_per_minute", row.input_tokens_per_minute);
  table.read("requests_per_day", row.requests_per_day);
  table.finish();
  return row;
}

bool is_error_name(std::string_view name) {
  const auto names = error_names();
  return std::ranges::find(names, name) != names.end();
}

fault read_fault(toml_table table) {
  fault rule;
  table.read("fault", rule.name);
  table.read("key", rule.key);
  table.read("project", rule.project);
  table.read("model", rule.model);
  table.read("path", rule.path);
  table.read("nth", rule.nth);
  table.read("count", rule.count);
  table.read_probability("probability", rule.probability);
  table.read("delay", rule.delay);
  table.read("after", rule.after);
  table.read("error", rule.error);
  table.read("retry_delay", rule.retry_delay);
  if (!is_error_name(rule.name) && !find_wire_fault(rule.name)) {
    table.complain("fault", fmt::format("must be one of: {}, {}", fmt::join(error_names(), ", "),
                                        fmt::join(wire_fault_names(), ", ")));
  }
  if (!is_error_name(rule.error)) {
    table.complain("error", fmt::format("must be one of: {}", fmt::join(error_names(), ", ")));
  }
  table.finish();
  return rule;
}

void read_stream(toml_table table, stream_shape& stream) {
  table.read("events", stream.events);
  table.read("interval", stream.interval);
  table.read("event_size", stream.event_size);
  table.read("timestamps", stream.timestamps);
  table.finish();
}

void read_answer(toml_table table, answer_shape& answer) {
  std::string coding = "gzip";
  table.read("text", answer.text);
  table.read("size", answer.size);
  table.read("delay", answer.delay);
  table.read("compression", coding);
  table.read("content_length", answer.content_length);
  if (coding != "none" && coding != "gzip" && coding != "br") {
    table.complain("compression", R"(must be "none", "gzip" or "br")");
  }
  answer.coding = coding == "br"     ? compression::brotli
                  : coding == "none" ? compression::none
                                     : compression::gzip;
  table.finish();
}

scenario read_scenario(toml_table file) {
  scenario read;
  for (toml_table& table : file.tables("keys"))
    read.keys.push_back(read_key(std::move(table)));
  for (toml_table& table : file.tables("projects")) {
    read.projects.push_back(read_project(std::move(table)));
  }
  for (toml_table& table : file.tables("quotas")) {
    read.quotas.push_back(read_quota(std::move(table)));
  }
  for (toml_table& table : file.tables("faults")) {
    read.faults.push_back(read_fault(std::move(table)));
  }
  file.read("models", read.models);
  file.read("minute", read.minute);
  file.read("seed", read.seed);
  if (auto table = file.table("stream")) read_stream(*table, read.stream);
  if (auto table = file.table("answer")) read_answer(*table, read.answer);
  if (auto table = file.table("connection")) {
    table->read("idle_timeout", read.connection.idle_timeout);
    table->read("max_requests", read.connection.max_requests);
    table->finish();
  }
  if (auto table = file.table("live")) {
    table->read("go_away_after", read.live.go_away_after);
    table->read("time_left", read.live.time_left);
    table->read("text_frames", read.live.text_frames);
    table->finish();
  }
  if (auto table = file.table("upload")) {
    table->read("granularity", read.upload.granularity);
    if (read.upload.granularity == 0) table->complain("granularity", "must be at least 1");
    table->finish();
  }
  if (auto table = file.table("log")) {
    table->read("requests", read.log.requests);
    table->read("body", read.log.body);
    table->finish();
  }
  file.finish();
  return read;
}

}  // namespace

scenario parse_scenario(std::string_view toml, std::string_view file) {
  try {
    const toml::table parsed = toml::parse(toml, file);
    return read_scenario(toml_table(parsed, {}, file));
  } catch (const toml::parse_error& error) {
    throw scenario_error(fmt::format("{}:{}: {} (TOML, see docs/sandbox.md)", file,
                                     error.source().begin.line, error.description()));
  }
}

scenario load_scenario(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    throw scenario_error(
        fmt::format("{}: cannot read the scenario: {}", path, std::strerror(errno)));
  }
  return parse_scenario(text.str(), path);
}

}  // namespace gemkeeper::sandbox
