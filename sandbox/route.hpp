// What a request line asks of the API.
#pragma once

#include <gemkeeper/sandbox/scenario.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::sandbox {

enum class verb : std::uint8_t {
  unknown,
  generate,
  stream,  // :streamGenerateContent
  count_tokens,
  embed,
  batch_embed,
  predict,         // images
  start_video,     // :predictLongRunning
  find_operation,  // of a model
  list_models,
  get_model,
  chat,  // OpenAI-compatible from here on
  openai_embed,
  openai_images,
  openai_list_models,
  openai_get_model,
  resource,  // what belongs to a project: files, caches and the like
  upload,    // below /upload/
};

struct route {
  verb what = verb::unknown;
  bool openai = false;
  api_service service = api_service::gemini;
  bool sse = false;              // alt=sse
  std::string_view method_name;  // "streamGenerateContent", as error messages name it
  std::string version;           // "v1beta"
  std::string model;             // in the path, without "models/"
  std::string operation{};       // in the path after it
  // Of a resource: the path after the version, without "openai": {"files", "abc"}.
  std::vector<std::string> path{};
  std::string action{};    // after its colon: "download"
  bool with_body = false;  // of a resource

  [[nodiscard]] bool has_body() const {
    if (what == verb::resource) return with_body;
    return what != verb::unknown && what != verb::list_models && what != verb::get_model &&
           what != verb::find_operation && what != verb::openai_list_models &&
           what != verb::openai_get_model && what != verb::upload;
  }
};

route find_route(std::string_view method, std::string_view target);

// The value of a query parameter, percent-decoded; nullopt: absent.
std::optional<std::string> query_parameter(std::string_view target, std::string_view name);

// Without "models/", or Vertex AI's "publishers/google/models/".
std::string_view without_models_prefix(std::string_view model);

}  // namespace gemkeeper::sandbox
