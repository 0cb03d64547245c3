#include "route.hpp"

#include "ascii.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace gemkeeper::sandbox {
namespace {

struct named_verb {
  std::string_view name;
  verb what;
};

constexpr std::array custom_verbs = {
    named_verb{"generateContent", verb::generate},
    named_verb{"streamGenerateContent", verb::stream},
    named_verb{"countTokens", verb::count_tokens},
    named_verb{"embedContent", verb::embed},
    named_verb{"batchEmbedContents", verb::batch_embed},
    named_verb{"predict", verb::predict},
    named_verb{"predictLongRunning", verb::start_video},
};

// Without empty segments: "//v1beta" and a trailing slash are common.
std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  for (const std::string_view segment : split(path, '/')) {
    if (!segment.empty()) segments.push_back(segment);
  }
  return segments;
}

void find_openai(route& found, bool get, const std::vector<std::string_view>& path) {
  found.openai = true;
  const std::size_t depth = path.size();
  if (!get && depth == 4 && path[2] == "chat" && path[3] == "completions") {
    found.what = verb::chat;
    found.method_name = "ChatCompletions";
  } else if (!get && depth == 3 && path[2] == "embeddings") {
    found.what = verb::openai_embed;
    found.method_name = "Embeddings";
  } else if (!get && depth == 4 && path[2] == "images" && path[3] == "generations") {
    found.what = verb::openai_images;
    found.method_name = "GenerateImages";
  } else if (get && depth >= 3 && path[2] == "models") {
    found.what = depth == 3 ? verb::openai_list_models : verb::openai_get_model;
    found.method_name = "ListModels";
    if (depth > 3) found.model = path.back();
  }
}

void find_models(route& found, bool get, const std::vector<std::string_view>& path) {
  if (get) {
    found.what = path.size() == 2 ? verb::list_models : verb::get_model;
    found.method_name = path.size() == 2 ? "ListModels" : "GetModel";
    if (path.size() == 3) found.model = path[2];
    if (path.size() > 3) found.what = verb::unknown;
    if (path.size() == 5 && path[3] == "operations") {
      found.what = verb::find_operation;
      found.method_name = "GetOperation";
      found.model = path[2];
      found.operation = path[4];
    }
    return;
  }
  if (path.size() != 3) return;
  const std::size_t colon = path[2].rfind(':');
  if (colon == std::string_view::npos) return;
  for (const named_verb& candidate : custom_verbs) {
    if (path[2].substr(colon + 1) != candidate.name) continue;
    found.what = candidate.what;
    found.method_name = candidate.name;
    found.model = path[2].substr(0, colon);
  }
}

constexpr std::array collections = {"files",       "cachedContents",   "batches",    "interactions",
                                    "tunedModels", "fileSearchStores", "auth_tokens"};

// `path` after the version and "openai".
void find_resource(route& found, std::string_view method, std::vector<std::string_view> path) {
  if (path.empty()) return;
  const std::size_t colon = path.back().rfind(':');
  if (colon != std::string_view::npos) {
    found.action = path.back().substr(colon + 1);
    path.back() = path.back().substr(0, colon);
  }
  const bool batch = path.size() == 2 && path[0] == "models" && method == "POST" &&
                     found.action == "batchGenerateContent";
  if (!batch && std::ranges::find(collections, path[0]) == collections.end()) return;
  if (batch) found.model = path[1];
  found.what = verb::resource;
  found.method_name = "resource";
  found.with_body = method == "POST" || method == "PATCH";
  found.path.assign(path.begin(), path.end());
}

}  // namespace

route find_route(std::string_view method, std::string_view target) {
  route found;
  const std::string path = percent_decoded(target.substr(0, target.find('?')));
  const std::vector<std::string_view> segments = segments_of(path);
  const bool get = method == "GET" || method == "HEAD";
  if (segments.size() < 2) return found;
  if (segments[0] == "upload" && segments.size() > 2 && (method == "POST" || method == "PUT")) {
    found.version = segments[1];
    find_resource(found, method, {segments.begin() + 2, segments.end()});
    if (found.what == verb::resource) found.what = verb::upload;
    return found;
  }
  const bool express = segments.size() == 5 && segments[1] == "publishers" &&
                       segments[2] == "google" && segments[3] == "models";
  if (express && method == "POST" && (segments[0] == "v1" || segments[0] == "v1beta1")) {
    found.service = api_service::vertex;
    found.version = segments[0];
    found.sse = query_parameter(target, "alt") == "sse";
    find_models(found, false, {segments[0], segments[3], segments[4]});
    return found;
  }
  if (segments[0] != "v1" && segments[0] != "v1beta" && segments[0] != "v1alpha") return found;

  found.version = segments[0];
  found.sse = query_parameter(target, "alt") == "sse";
  const bool openai = segments[1] == "openai";
  if (openai && (get || method == "POST")) {
    find_openai(found, get, segments);
  } else if (segments[1] == "models" && (get || method == "POST")) {
    find_models(found, get, segments);
  }
  if (found.what == verb::unknown) {
    found.openai = openai;
    find_resource(found, method, {segments.begin() + (openai ? 2 : 1), segments.end()});
  }
  return found;
}

std::optional<std::string> query_parameter(std::string_view target, std::string_view name) {
  const std::size_t query = target.find('?');
  if (query == std::string_view::npos) return std::nullopt;
  for (const std::string_view item : split(target.substr(query + 1), '&')) {
    const std::size_t equals = item.find('=');
    if (percent_decoded(item.substr(0, equals)) != name) continue;
    if (equals == std::string_view::npos) return std::string();
    return percent_decoded(item.substr(equals + 1));
  }
  return std::nullopt;
}

std::string_view without_models_prefix(std::string_view model) {
  constexpr std::string_view publisher = "publishers/google/", prefix = "models/";
  if (model.starts_with(publisher)) model.remove_prefix(publisher.size());
  if (model.starts_with(prefix)) model.remove_prefix(prefix.size());
  return model;
}

}  // namespace gemkeeper::sandbox
