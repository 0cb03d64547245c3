#include "json_output.hpp"
#include "router.hpp"

#include <algorithm>
#include <map>

namespace gemkeeper::admin {
namespace {

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made)
    c = static_cast<char>(c | 0x20);
  return made;
}

// "post_api_v1_api_keys_id_rotate"
std::string operation_id(const route& of) {
  std::string made = lower(to_string(of.how));
  for (const char c : of.path) {
    const bool word = c != '/' && c != '-' && c != '{' && c != '}' && c != '.';
    if (word) made += c;
    if (!word && made.back() != '_') made += '_';
  }
  if (made.back() == '_') made.pop_back();
  return made;
}

void write_content(json_output& json, std::string_view schema_name) {
  json.key("content").begin_object();
  json.key("application/json").begin_object();
  json.key("schema").begin_object();
  json.member("$ref", "#/components/schemas/" + std::string(schema_name));
  json.end_object();
  json.end_object();
  json.end_object();
}

void write_response(json_output& json, std::string_view status, std::string_view what,
                    std::string_view schema_name) {
  json.key(status).begin_object();
  json.member("description", what);
  if (!schema_name.empty()) write_content(json, schema_name);
  json.end_object();
}

void write_parameter(json_output& json, std::string_view name, std::string_view in) {
  json.begin_object();
  json.member("name", name);
  json.member("in", in);
  json.member("required", in == "path");
  json.key("schema").raw(R"({"type":"string"})");
  json.end_object();
}

void write_operation(json_output& json, const route& of) {
  json.key(lower(to_string(of.how))).begin_object();
  json.member("operationId", operation_id(of));
  json.member("summary", of.summary);
  json.key("security").begin_array();
  if (of.who == audience::operators) {
    json.begin_object();
    json.key("token").begin_array();
    json.end_array();
    json.end_object();
  }
  json.end_array();
  const std::size_t open = of.path.find('{');
  if (open != std::string_view::npos || !of.query.empty()) {
    json.key("parameters").begin_array();
    if (open != std::string_view::npos) {
      write_parameter(json, of.path.substr(open + 1, of.path.find('}') - open - 1), "path");
    }
    for (std::string_view rest = of.query; !rest.empty();) {
      const std::string_view name = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
      write_parameter(json, name, "query");
    }
    json.end_array();
  }
  if (!of.body.empty()) {
    json.key("requestBody").begin_object();
    json.member("required", of.body != "Empty" && of.body != "ResetCredits");
    write_content(json, of.body);
    json.end_object();
  }
  json.key("responses").begin_object();
  write_response(json, std::to_string(of.success), "Done", of.result);
  write_response(json, "default", "Refused", "Error");
  json.end_object();
  json.end_object();
}

}  // namespace

std::string openapi(const std::string& version) {
  std::map<std::string_view, std::vector<const route*>> paths;
  for (const route& one : all_routes())
    paths[one.path].push_back(&one);
  json_output json;
  json.begin_object();
  json.member("openapi", "3.1.0");
  json.key("info").begin_object();
  json.member("title", "gemkeeper admin API");
  json.member("version", version);
  json.end_object();
  json.key("paths").begin_object();
  for (const auto& [path, routes] : paths) {
    json.key(path).begin_object();
    for (const route* one : routes)
      write_operation(json, *one);
    json.end_object();
  }
  json.end_object();
  json.key("components").begin_object();
  json.key("securitySchemes").raw(R"({"token":{"type":"http","scheme":"bearer"}})");
  json.key("schemas").begin_object();
  for (const auto& [name, text] : all_schemas())
    json.key(name).raw(text);
  json.end_object();
  json.end_object();
  json.end_object();
  return json.text();
}

}  // namespace gemkeeper::admin
