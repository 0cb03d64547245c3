// Files and batches in OpenAI's shape: the same ones, with ids that are Google's names.
#include "resources/resource_call.hpp"

#include <charconv>
#include <utility>

namespace gemkeeper::sandbox {
namespace {

std::string describe(const stored_resource& one, std::string_view object, time_t created) {
  std::string text;
  pretty_json json(text);
  json.begin_object();
  json.key("id").string(one.name);
  json.key("object").string(object);
  json.key("created_at").number(created);
  if (object == "file") {
    json.key("bytes").number(one.content == nullptr ? 0 : one.content->size());
    json.key("filename").string(one.name.substr(one.name.find('/') + 1));
    json.key("purpose").string("batch");
  } else {
    json.key("status").string("completed");
    json.key("endpoint").string("/v1/chat/completions");
  }
  json.end_object();
  return text;
}

resource_result list(const resource_call& call, const std::string& collection,
                     std::string_view object, time_t created) {
  const auto all = call.shelf().list(call.owner.project, collection + "/");
  const std::string after = query_parameter(call.request.target, "after").value_or("");
  std::size_t begin = 0;
  if (!after.empty()) {
    while (begin < all.size() && all[begin].name != after)
      ++begin;
    if (begin++ == all.size()) return no_such_thing();
  }
  std::size_t limit = 0;
  const std::string wished = query_parameter(call.request.target, "limit").value_or("");
  std::from_chars(wished.data(), wished.data() + wished.size(), limit);
  const std::size_t end = limit == 0 ? all.size() : std::min(all.size(), begin + limit);
  reply made;
  pretty_json json(made.body);
  json.begin_object();
  json.key("object").string("list");
  json.key("data").begin_array();
  for (std::size_t i = begin; i < end; ++i)
    json.copy(describe(all[i], object, created));
  json.end_array();
  if (begin < end) {
    json.key("first_id").string(all[begin].name);
    json.key("last_id").string(all[end - 1].name);
  }
  json.key("has_more").boolean(end < all.size());
  json.end_object();
  made.body += '\n';
  return made;
}

}  // namespace

resource_result answer_openai_resource(const resource_call& call) {
  const std::string& collection = call.where.path.front();
  const std::string_view object = collection == "files" ? "file" : "batch";
  const auto created = std::chrono::system_clock::to_time_t(call.now);
  if (call.where.path.size() == 1 && call.request.method == "GET") {
    return list(call, collection, object, created);
  }
  if (call.where.path.size() == 1 && collection == "batches") {
    const stored_resource batch{"batches/" + call.shelf().new_id(), call.owner.project, "{}"};
    call.shelf().put(batch);
    return json_reply(describe(batch, object, created));
  }
  if (call.where.path.size() == 1) return no_such_thing();
  // "files/abc", or "abc" alone.
  const std::string& last = call.where.path.back();
  const bool content = last == "content" && call.where.path.size() > 2;
  const bool cancel = last == "cancel" && call.where.path.size() > 2;
  const std::string& id =
      content || cancel ? call.where.path[call.where.path.size() - 2] : call.where.path.back();
  auto own = find_own(call, collection + "/" + id);
  if (auto* error = std::get_if<error_text>(&own)) return std::move(*error);
  const auto& one = std::get<stored_resource>(own);
  if (content) {
    reply made;
    made.content_type = "application/octet-stream";
    made.content_length = true;
    if (one.content != nullptr) made.body = *one.content;
    return made;
  }
  if (call.request.method == "DELETE") {
    call.shelf().remove(one.name);
    return json_reply(R"({"id":")" + one.name + R"(","object":"file","deleted":true})");
  }
  return json_reply(describe(one, object, created));
}

}  // namespace gemkeeper::sandbox
