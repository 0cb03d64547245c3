// What a request line means in the Gemini API. Pure functions on bytes; nothing is allocated.
#pragma once

#include <gemkeeper/pool/key.hpp>

#include <cstdint>
#include <string_view>

namespace gemkeeper::gemini {

// Whose conventions a path follows: it decides the credential's slot and the shape of errors.
enum class api_family : std::uint8_t {
  native,        // /v1beta/models/…, files, cachedContents, upload, …
  openai,        // /v1beta/openai/…: Authorization: Bearer, errors wrapped in an array
  interactions,  // /v1beta/interactions and the agent family: string error codes, model in the body
  live,  // /ws/google.ai.generativelanguage.… and /ws/google.cloud.aiplatform.…: WebSocket
};

// How a successful answer is framed, as the request asks for it.
enum class answer_form : std::uint8_t {
  json,        // one JSON document
  sse,         // alt=sse, or a body that says "stream": true
  json_array,  // :streamGenerateContent without alt=sse
  opaque,      // media, uploads: bytes nobody looks into
};

// What the usage in an answer is of.
enum class usage_of : std::uint8_t {
  request,  // this request
  earlier,  // something that may be asked for again, and tells it each time: it counts once
  nothing,  // nothing that is billed now: the size of a cache, a sum of what is told elsewhere
};

// The facts of a request line. Views point into the target that was given.
struct endpoint {
  api_family family = api_family::native;
  // Vertex AI's where its paths say so: /v1/publishers/google/…, its version v1beta1, its
  // WebSocket, /v1/projects/….
  pool::service service = pool::service::gemini;
  answer_form form = answer_form::json;
  // A label for logs and metrics, from a bounded set in static storage: "generateContent",
  // "models.list", "openai.chat", "live"; "other" for what is not known.
  std::string_view route = "other";
  std::string_view version;  // "v1", "v1beta", "v1alpha"; empty where the path has none
  // "gemini-3.6-flash", without "models/"; "tunedModels/y" as it stands; empty: none in the path.
  std::string_view model;
  // What is bound to a project: "files/abc", "tunedModels/y", "models/x/operations/z". A part of a
  // resource is named by its root ("fileSearchStores/s" for "…/s/documents/d"). Empty: none.
  std::string_view resource;
  bool model_in_body = false;  // OpenAI-compatible and Interactions requests, caches
  bool spends_quota = false;   // generates or embeds: metered, and bound to a model's quota
  bool batch = false;          // of the Batch API, which has prices of its own
  bool results = false;        // may answer with a batch's results, which tell their usage
  usage_of usage = usage_of::request;
  // Makes a file, a cache or a store: what one later request may use beside others of its project.
  bool makes_material = false;
  bool upload = false;         // /upload/…: a body of up to gigabytes, with a limit of its own
  bool names_project = false;  // Vertex AI beyond express mode, which takes no API key
  bool known = false;          // false: it passes too, but a refused path harms no key
};

// `method` as on the wire; `target` in origin-form ("/v1beta/models/x:generateContent?alt=sse").
// Tolerates "//ws/…", "%3A" for ':' and a trailing slash; routes by resource, never by version
// (protocol document, 1). Never fails: what it does not know is `known == false`.
endpoint classify(std::string_view method, std::string_view target);

}  // namespace gemkeeper::gemini
