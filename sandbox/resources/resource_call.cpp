#include "resources/resource_call.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace gemkeeper::sandbox {
namespace {

constexpr std::chrono::hours file_life{48};

error_text named(int code, std::string_view status, std::string message) {
  error_text error;
  error.code = code;
  error.status = status;
  error.message = std::move(message);
  return error;
}

// "files/abc" in an address of Google's, or alone.
std::string_view name_in(std::string_view text) {
  const std::size_t at = text.find("files/");
  return at == std::string_view::npos ? text : text.substr(at);
}

bool is_any_of(std::string_view name, std::initializer_list<std::string_view> all) {
  return std::find(all.begin(), all.end(), name) != all.end();
}

// In the order of the body; of each member where the API has a name.
std::optional<error_text> missing_in(const resource_shelf& shelf, std::string_view project,
                                     const json_value& value, std::string_view member_name) {
  if (value.IsObject()) {
    for (const auto& each : value.GetObject()) {
      if (auto found = missing_in(shelf, project, each.value, text_of(each.name))) return found;
    }
  } else if (value.IsArray()) {
    for (const json_value& each : value.GetArray()) {
      if (auto found = missing_in(shelf, project, each, member_name)) return found;
    }
  }
  if (!value.IsString()) return std::nullopt;
  const std::string_view text = text_of(value);
  const auto has = [&](std::string name) {
    const auto known = shelf.find(name);
    return known && known->project == project;
  };
  if (is_any_of(member_name, {"fileUri", "file_uri", "uri", "fileName", "file_name",
                              "input_file_id", "file_id"})) {
    const std::string name(name_in(text));
    if (name.starts_with("files/") && !has(name)) return no_permission(name);
  } else if (is_any_of(member_name, {"cachedContent", "cached_content"})) {
    if (!has(std::string(text))) {
      return named(403, "PERMISSION_DENIED", "CachedContent not found (or permission denied)");
    }
  } else if (is_any_of(member_name, {"fileSearchStoreNames", "file_search_store_names"})) {
    if (!has(std::string(text))) return no_such_thing();
  } else if (member_name == "previous_interaction_id") {
    if (!has("interactions/" + std::string(text))) return no_such_thing();
  }
  return std::nullopt;
}

reply file_content(const stored_resource& file) {
  reply made;
  made.content_type = "application/octet-stream";
  made.content_length = true;
  if (file.content != nullptr) made.body = *file.content;
  return made;
}

resource_result make_cache(const resource_call& call) {
  stored_resource cache{"cachedContents/" + call.shelf().new_id(), call.owner.project, {}};
  std::chrono::seconds ttl{3600};
  if (const std::string_view asked = text_member(call.body, "ttl"); asked.ends_with('s')) {
    std::int64_t seconds = 0;
    std::from_chars(asked.data(), asked.data() + asked.size(), seconds);
    ttl = std::chrono::seconds(seconds);
  }
  pretty_json json(cache.json);
  json.begin_object();
  json.key("name").string(cache.name);
  json.key("model").string(text_member(call.body, "model"));
  json.key("displayName").string(text_member(call.body, "displayName"));
  json.key("createTime").string(timestamp(call.now));
  json.key("updateTime").string(timestamp(call.now));
  json.key("expireTime").string(timestamp(call.now + ttl));
  json.key("usageMetadata").begin_object();
  json.key("totalTokenCount").number(4096);
  json.end_object();
  json.end_object();
  call.shelf().put(cache);
  return json_reply(cache.json);
}

resource_result make_auth_token(const resource_call& call) {
  stored_resource token{"auth_tokens/" + call.shelf().new_id(), call.owner.project, {}};
  pretty_json json(token.json);
  json.begin_object();
  json.key("name").string(token.name);
  json.key("expireTime").string(timestamp(call.now + std::chrono::minutes(30)));
  json.end_object();
  call.shelf().put(token);
  return json_reply(token.json);
}

resource_result answer_file(const resource_call& call, const std::string& name) {
  auto own = find_own(call, name);
  if (auto* error = std::get_if<error_text>(&own)) return std::move(*error);
  const auto& file = std::get<stored_resource>(own);
  if (call.where.action == "download") return file_content(file);
  if (call.request.method == "DELETE") {
    call.shelf().remove(name);
    return json_reply("{}");
  }
  return json_reply(file.json);
}

}  // namespace

error_text no_permission(std::string_view name) {
  const std::string_view id = name.substr(name.rfind('/') + 1);
  return named(
      403, "PERMISSION_DENIED",
      fmt::format("You do not have permission to access the File {} or it may not exist.", id));
}

error_text no_such_thing() {
  return named(404, "NOT_FOUND", "Requested entity was not found.");
}

error_text invalid(std::string message) {
  return named(400, "INVALID_ARGUMENT", std::move(message));
}

reply json_reply(std::string body) {
  reply made;
  made.body = std::move(body);
  made.body += '\n';
  return made;
}

std::string timestamp(std::chrono::system_clock::time_point at) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.000000Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(at)));
}

std::optional<error_text> missing_resource(const resource_shelf& shelf, std::string_view project,
                                           const json_value& body) {
  return missing_in(shelf, project, body, {});
}

std::variant<stored_resource, error_text> find_own(const resource_call& call,
                                                   const std::string& name) {
  auto found = call.shelf().find(name);
  if (found && found->project == call.owner.project) return std::move(*found);
  if (name.starts_with("files/")) return no_permission(name);
  if (name.starts_with("cachedContents/")) {
    return named(403, "PERMISSION_DENIED", "CachedContent not found (or permission denied)");
  }
  return no_such_thing();
}

stored_resource make_file(world& played, std::string_view project, std::string name,
                          std::string_view display_name, std::string_view mime_type,
                          std::shared_ptr<const std::string> content,
                          std::chrono::system_clock::time_point now) {
  if (name.empty()) name = "files/" + played.shelf().new_id();
  stored_resource file{name, std::string(project), {}, std::string(mime_type), std::move(content)};
  pretty_json json(file.json);
  json.begin_object();
  json.key("name").string(name);
  json.key("displayName").string(display_name);
  json.key("mimeType").string(mime_type);
  json.key("sizeBytes").string(std::to_string(file.content == nullptr ? 0 : file.content->size()));
  json.key("createTime").string(timestamp(now));
  json.key("updateTime").string(timestamp(now));
  json.key("expirationTime").string(timestamp(now + file_life));
  json.key("uri").string("https://generativelanguage.googleapis.com/v1beta/" + name);
  json.key("downloadUri")
      .string("https://generativelanguage.googleapis.com/v1beta/" + name + ":download?alt=media");
  json.key("state").string("ACTIVE");
  json.key("source").string("UPLOADED");
  json.end_object();
  played.shelf().put(file);
  return file;
}

resource_result list_of(const resource_call& call, std::string_view collection,
                        std::string_view member_name) {
  constexpr std::size_t default_size = 10;
  const auto number = [](const std::string& text) {
    std::size_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  std::size_t size = number(query_parameter(call.request.target, "pageSize").value_or(""));
  if (size == 0) size = default_size;
  // A token is good in its own project only.
  const std::string prefix = fmt::format("{}-", call.owner.project_number);
  const std::string token = query_parameter(call.request.target, "pageToken").value_or("");
  if (!token.empty() && !token.starts_with(prefix)) {
    return invalid("* ListRequest.page_token: invalid page token\n");
  }
  const std::vector<stored_resource> all = call.shelf().list(call.owner.project, collection);
  const std::size_t begin =
      token.empty() ? 0 : std::min(all.size(), number(token.substr(prefix.size())));
  const std::size_t end = std::min(all.size(), begin + size);
  reply made;
  pretty_json json(made.body);
  json.begin_object();
  if (begin != end) {
    json.key(member_name).begin_array();
    for (std::size_t i = begin; i < end; ++i)
      json.copy(all[i].json);
    json.end_array();
  }
  if (end < all.size()) json.key("nextPageToken").string(fmt::format("{}{}", prefix, end));
  json.end_object();
  made.body += '\n';
  return made;
}

resource_result answer_resource(const resource_call& call) {
  const std::vector<std::string>& path = call.where.path;
  const std::string& collection = path.front();
  const bool whole = path.size() == 1;
  const bool get = call.request.method == "GET" || call.request.method == "HEAD";
  const bool post = call.request.method == "POST";
  if (call.where.has_body()) {
    auto missing = missing_resource(call.shelf(), call.owner.project, call.body);
    if (missing) return std::move(*missing);
  }
  if (call.where.openai) return answer_openai_resource(call);
  if (collection == "batches" || call.where.action == "batchGenerateContent") {
    return answer_batch(call);
  }
  if (collection == "interactions") return answer_interaction(call);
  if (collection == "fileSearchStores") return answer_store(call);
  if (whole && get) return list_of(call, collection + "/", collection);
  if (whole && post && collection == "cachedContents") return make_cache(call);
  if (whole && post && collection == "auth_tokens") return make_auth_token(call);
  if (whole && post && collection == "files") {
    const json_value* file = member(call.body, "file");
    const std::string_view mime =
        file == nullptr ? std::string_view() : text_member(*file, "mimeType");
    const stored_resource made =
        make_file(call.played, call.owner.project, {}, {}, mime, nullptr, call.now);
    return json_reply(R"({"file":)" + made.json + "}");
  }
  if (path.size() < 2) return no_such_thing();
  const std::string name = collection + "/" + path[1];
  if (collection == "files") return answer_file(call, name);
  return show_or_remove(call, name);
}

resource_result show_or_remove(const resource_call& call, const std::string& name) {
  auto own = find_own(call, name);
  if (auto* error = std::get_if<error_text>(&own)) return std::move(*error);
  if (call.request.method == "DELETE") {
    call.shelf().remove(name);
    return json_reply("{}");
  }
  return json_reply(std::get<stored_resource>(own).json);
}

}  // namespace gemkeeper::sandbox
