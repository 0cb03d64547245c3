// File search stores, their documents, and the operations that fill them, which are done at once.
#include "resources/stores.hpp"

#include "resources/resource_call.hpp"

#include <fmt/format.h>

#include <utility>

namespace gemkeeper::sandbox {
namespace {

resource_result make_store(const resource_call& call) {
  stored_resource store{"fileSearchStores/" + call.shelf().new_id(), call.owner.project, {}};
  pretty_json json(store.json);
  json.begin_object();
  json.key("name").string(store.name);
  json.key("displayName").string(text_member(call.body, "displayName"));
  json.key("createTime").string(timestamp(call.now));
  json.key("updateTime").string(timestamp(call.now));
  json.end_object();
  call.shelf().put(store);
  return json_reply(store.json);
}

}  // namespace

std::string put_document(world& played, std::string_view project, const std::string& store,
                         std::string_view display_name, std::string_view operations,
                         std::chrono::system_clock::time_point now) {
  stored_resource document{
      store + "/documents/" + played.shelf().new_id(), std::string(project), {}};
  {
    pretty_json json(document.json);
    json.begin_object();
    json.key("name").string(document.name);
    json.key("displayName").string(display_name);
    json.key("createTime").string(timestamp(now));
    json.key("updateTime").string(timestamp(now));
    json.key("state").string("STATE_ACTIVE");
    json.end_object();
  }
  played.shelf().put(document);
  stored_resource operation{fmt::format("{}/{}/{}", store, operations, played.shelf().new_id()),
                            std::string(project),
                            {}};
  {
    pretty_json json(operation.json);
    json.begin_object();
    json.key("name").string(operation.name);
    json.key("done").boolean(true);
    json.key("response").begin_object();
    json.key("parent").string(store);
    json.key("documentName").string(document.name);
    json.end_object();
    json.end_object();
  }
  played.shelf().put(operation);
  return operation.json;
}

resource_result answer_store(const resource_call& call) {
  const std::vector<std::string>& path = call.where.path;
  const bool get = call.request.method == "GET" || call.request.method == "HEAD";
  if (path.size() == 1) {
    return get ? list_of(call, "fileSearchStores/", "fileSearchStores") : make_store(call);
  }
  const std::string store = "fileSearchStores/" + path[1];
  auto own = find_own(call, store);
  if (auto* error = std::get_if<error_text>(&own)) return std::move(*error);
  if (call.where.action == "importFile") {
    return json_reply(put_document(call.played, call.owner.project, store,
                                   text_member(call.body, "fileName"), "operations", call.now));
  }
  if (path.size() == 3 && path[2] == "documents") {
    return list_of(call, store + "/documents/", "documents");
  }
  std::string name = path.front();
  for (std::size_t i = 1; i < path.size(); ++i)
    name += "/" + path[i];
  own = find_own(call, name);
  if (auto* error = std::get_if<error_text>(&own)) return std::move(*error);
  if (get) return json_reply(std::get<stored_resource>(own).json);
  call.shelf().remove(name);
  return json_reply("{}");
}

}  // namespace gemkeeper::sandbox
