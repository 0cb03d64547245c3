// Batches, which are done as soon as they are asked for again.
#include "completion.hpp"
#include "native_answer.hpp"
#include "prompt.hpp"
#include "resources/resource_call.hpp"

#include <fmt/format.h>

#include <utility>

namespace gemkeeper::sandbox {
namespace {

constexpr std::string_view batch_type =
    "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch";

std::string answer_to(const resource_call& call, const json_value* request) {
  if (request != nullptr) {
    const auto missing = missing_resource(call.shelf(), call.owner.project, *request);
    if (missing) {
      std::string error = R"({"error":)";
      compact_json json(error);
      json.begin_object();
      json.key("code").number(missing->code);
      json.key("message").string(missing->message);
      json.end_object();
      return error + "}";
    }
  }
  const auto asked = request == nullptr ? std::nullopt : read_native_prompt(*request);
  if (!asked) return R"({"error":{"code":3,"message":"contents is not specified"}})";
  const completion made =
      compose(*asked, call.played.played(), call.where.model, call.played.next_response_id());
  std::string answer;
  append_native_answer(answer, made);
  return R"({"response":)" + answer + "}";
}

// One answer for each request: of the batch itself, or a line each of its input file.
std::vector<std::string> answers_of(const resource_call& call, const json_value& config) {
  std::vector<std::string> answers;
  const json_value* inlined = member(config, "requests");
  if (inlined != nullptr) inlined = member(*inlined, "requests");
  if (inlined != nullptr && inlined->IsArray()) {
    for (const json_value& one : inlined->GetArray())
      answers.push_back(answer_to(call, member(one, "request")));
    return answers;
  }
  const auto file = call.shelf().find(std::string(text_member(config, "fileName")));
  if (!file || file->content == nullptr) return answers;
  std::string_view lines = *file->content;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    rapidjson::Document one;
    one.Parse(line.data(), line.size());
    if (!one.HasParseError()) answers.push_back(answer_to(call, member(one, "request")));
  }
  return answers;
}

std::string describe(const resource_call& call, const std::string& name, std::string_view title,
                     std::size_t count, const std::string& response) {
  std::string text;
  pretty_json json(text);
  json.begin_object();
  json.key("name").string(name);
  json.key("metadata").begin_object();
  json.key("@type").string(batch_type);
  json.key("model").string("models/" + call.where.model);
  json.key("displayName").string(title);
  json.key("createTime").string(timestamp(call.now));
  json.key("updateTime").string(timestamp(call.now));
  if (!response.empty()) json.key("endTime").string(timestamp(call.now));
  json.key("batchStats").begin_object();
  json.key("requestCount").string(std::to_string(count));
  json.key(response.empty() ? "pendingRequestCount" : "successfulRequestCount")
      .string(std::to_string(count));
  json.end_object();
  json.key("state").string(response.empty() ? "BATCH_STATE_PENDING" : "BATCH_STATE_SUCCEEDED");
  json.key("name").string(name);
  // SDKs look for the results here, and people below "response".
  if (!response.empty()) json.key("output").copy(response);
  json.end_object();
  if (!response.empty()) {
    json.key("done").boolean(true);
    json.key("response").copy(response);
  }
  json.end_object();
  return text;
}

resource_result make_batch(const resource_call& call) {
  const json_value* batch = member(call.body, "batch");
  const json_value* config = batch == nullptr ? nullptr : member(*batch, "inputConfig");
  if (config == nullptr) return invalid("* BatchGenerateContentRequest.batch: required\n");
  const std::vector<std::string> answers = answers_of(call, *config);
  const std::string name = "batches/" + call.shelf().new_id();
  std::string response;
  if (member(*config, "fileName") != nullptr) {
    std::string lines;
    for (std::string line : answers) {
      std::erase(line, '\n');
      lines += line + "\n";
    }
    const stored_resource output = make_file(
        call.played, call.owner.project, "files/batch-" + name.substr(8), "responses",
        "application/jsonl", std::make_shared<const std::string>(std::move(lines)), call.now);
    response = fmt::format(R"({{"responsesFile":"{}"}})", output.name);
  } else {
    response = fmt::format(R"({{"inlinedResponses":{{"inlinedResponses":[{}]}}}})",
                           fmt::join(answers, ","));
  }
  const std::string_view title = text_member(*batch, "displayName");
  call.shelf().put(
      {name, call.owner.project, describe(call, name, title, answers.size(), response)});
  return json_reply(describe(call, name, title, answers.size(), {}));
}

}  // namespace

resource_result answer_batch(const resource_call& call) {
  if (call.where.action == "batchGenerateContent") return make_batch(call);
  if (call.where.path.size() == 1) return list_of(call, "batches/", "operations");
  const std::string name = "batches/" + call.where.path[1];
  auto own = find_own(call, name);
  if (auto* error = std::get_if<error_text>(&own)) return std::move(*error);
  if (call.request.method == "DELETE") call.shelf().remove(name);
  const bool shown = call.request.method == "GET" || call.request.method == "HEAD";
  return json_reply(shown ? std::get<stored_resource>(own).json : "{}");
}

}  // namespace gemkeeper::sandbox
