// Every resource of the API and what may be done with it (protocol document, 1).
#pragma once

#include <gemkeeper/gemini/endpoint.hpp>

#include <span>
#include <string_view>

namespace gemkeeper::gemini::table {

inline constexpr unsigned spends = 1;      // endpoint::spends_quota
inline constexpr unsigned body_model = 2;  // endpoint::model_in_body
inline constexpr unsigned upload = 4;      // endpoint::upload, below /upload/ or not
inline constexpr unsigned opaque = 8;      // answer_form::opaque
inline constexpr unsigned array = 16;      // answer_form::json_array unless alt=sse
inline constexpr unsigned batch = 32;      // endpoint::batch
inline constexpr unsigned makes = 64;      // endpoint::makes_material
inline constexpr unsigned results = 128;   // endpoint::results
inline constexpr unsigned retold = 256;    // usage_of::earlier
inline constexpr unsigned unbilled = 512;  // usage_of::nothing

struct rule {
  std::string_view method;
  std::string_view path;  // after the collection; "*": one segment, "**": all that follow
  std::string_view verb;  // after the last ':'
  std::string_view route;
  unsigned traits = 0;
};

enum class holds : unsigned char { actions, models, resources };

struct collection {
  std::string_view name;
  std::span<const rule> rules;
  holds kind = holds::resources;
  api_family family = api_family::native;
};

// Of models and tuned models alike.
inline constexpr rule model_verbs[] = {
    {"POST", "*", "generateContent", "generateContent", spends},
    {"POST", "*", "streamGenerateContent", "streamGenerateContent", spends | array},
    {"POST", "*", "countTokens", "countTokens"},
    {"POST", "*", "embedContent", "embedContent", spends},
    {"POST", "*", "batchEmbedContents", "batchEmbedContents", spends},
    {"POST", "*", "batchGenerateContent", "batchGenerateContent", spends | batch},
    {"POST", "*", "asyncBatchEmbedContent", "asyncBatchEmbedContent", spends | batch},
    {"POST", "*", "predict", "predict", spends},
    {"POST", "*", "predictLongRunning", "predictLongRunning", spends},
    {"POST", "*", "generateAnswer", "generateAnswer", spends},
    {"POST", "*", "transferOwnership", "tunedModels.transferOwnership"},
};

inline constexpr rule models[] = {
    {"GET", "", "", "models.list"},
    {"GET", "*", "", "models.get"},
    {"GET", "*/operations", "", "operations.list"},
    {"GET", "*/operations/*", "", "operations.get"},
};

inline constexpr rule tuned_models[] = {
    {"GET", "", "", "tunedModels.list"},
    {"POST", "", "", "tunedModels.create"},
    {"GET", "*", "", "tunedModels.get"},
    {"PATCH", "*", "", "tunedModels.update"},
    {"DELETE", "*", "", "tunedModels.delete"},
    {"GET", "*/operations", "", "operations.list"},
    {"GET", "*/operations/*", "", "operations.get"},
    {"GET", "*/permissions", "", "tunedModels.permissions.list"},
    {"POST", "*/permissions", "", "tunedModels.permissions.create"},
    {"GET", "*/permissions/*", "", "tunedModels.permissions.get"},
    {"PATCH", "*/permissions/*", "", "tunedModels.permissions.update"},
    {"DELETE", "*/permissions/*", "", "tunedModels.permissions.delete"},
};

inline constexpr rule files[] = {
    {"GET", "", "", "files.list"},
    {"POST", "", "", "files.create", makes},
    {"POST", "", "register", "files.register", makes},
    {"GET", "*", "", "files.get"},
    {"DELETE", "*", "", "files.delete"},
    {"GET", "*", "download", "files.download", opaque | results | retold},
};

inline constexpr rule cached_contents[] = {
    {"POST", "", "", "cachedContents.create", body_model | makes},
    {"GET", "", "", "cachedContents.list"},
    {"GET", "*", "", "cachedContents.get", unbilled},
    {"PATCH", "*", "", "cachedContents.update", unbilled},
    {"DELETE", "*", "", "cachedContents.delete"},
};

inline constexpr rule batches[] = {
    {"GET", "", "", "batches.list"},
    {"GET", "*", "", "batches.get", batch | results | retold},
    {"DELETE", "*", "", "batches.delete"},
    {"POST", "*", "cancel", "batches.cancel"},
};

inline constexpr rule operations[] = {
    {"GET", "", "", "operations.list"},
    {"GET", "*", "", "operations.get"},
};

inline constexpr rule file_search_stores[] = {
    {"GET", "", "", "fileSearchStores.list"},
    {"POST", "", "", "fileSearchStores.create", makes},
    {"GET", "*", "", "fileSearchStores.get"},
    {"DELETE", "*", "", "fileSearchStores.delete"},
    {"POST", "*", "importFile", "fileSearchStores.importFile"},
    {"GET", "*/documents", "", "fileSearchStores.documents.list"},
    {"GET", "*/documents/*", "", "fileSearchStores.documents.get"},
    {"DELETE", "*/documents/*", "", "fileSearchStores.documents.delete"},
    {"GET", "*/operations/*", "", "operations.get"},
    {"GET", "*/upload/operations/*", "", "operations.get"},
    {"GET", "**", "", "fileSearchStores.download"},
};

inline constexpr rule auth_tokens[] = {
    {"POST", "", "", "authTokens.create"},
};

inline constexpr rule interactions[] = {
    {"POST", "", "", "interactions.create", spends | body_model | retold},
    {"GET", "*", "", "interactions.get", retold},
    {"DELETE", "*", "", "interactions.delete"},
    {"POST", "*/cancel", "", "interactions.cancel", retold},
};

inline constexpr rule agents[] = {
    {"GET", "", "", "agents.list"},
    {"POST", "", "", "agents.create"},
    {"GET", "*", "", "agents.get"},
    {"DELETE", "*", "", "agents.delete"},
};

inline constexpr rule environments[] = {
    {"GET", "", "", "environments.list"},
    {"POST", "", "", "environments.create"},
    {"GET", "*", "", "environments.get"},
    {"DELETE", "*", "", "environments.delete"},
    {"GET", "*/files/**", "", "environments.files.get", opaque},
};

inline constexpr rule triggers[] = {
    {"GET", "", "", "triggers.list"},
    {"POST", "", "", "triggers.create"},
    {"GET", "*", "", "triggers.get"},
    {"PATCH", "*", "", "triggers.update"},
    {"DELETE", "*", "", "triggers.delete"},
    {"GET", "*/executions", "", "triggers.executions.list"},
    {"POST", "*/executions", "", "triggers.executions.create"},
};

inline constexpr rule webhooks[] = {
    {"GET", "", "", "webhooks.list"},
    {"POST", "", "", "webhooks.create"},
    {"GET", "*", "", "webhooks.get"},
    {"PATCH", "*", "", "webhooks.update"},
    {"DELETE", "*", "", "webhooks.delete"},
    {"POST", "*", "ping", "webhooks.ping"},
    {"POST", "*", "rotateSigningSecret", "webhooks.rotateSigningSecret"},
};

inline constexpr rule credentials[] = {
    {"GET", "", "", "credentials.list"},       {"POST", "", "", "credentials.create"},
    {"GET", "*", "", "credentials.get"},       {"POST", "*", "", "credentials.update"},
    {"DELETE", "*", "", "credentials.delete"},
};

inline constexpr rule voices[] = {
    {"GET", "", "", "voices.list"},       {"POST", "", "", "voices.create"},
    {"GET", "*", "", "voices.get"},       {"POST", "*", "", "voices.update"},
    {"DELETE", "*", "", "voices.delete"},
};

// /{version}/…, the busiest first.
inline constexpr collection native[] = {
    {"models", models, holds::models},
    {"tunedModels", tuned_models, holds::models},
    {"files", files},
    {"cachedContents", cached_contents},
    {"batches", batches},
    {"operations", operations},
    {"fileSearchStores", file_search_stores},
    {"auth_tokens", auth_tokens},
    {"interactions", interactions, holds::resources, api_family::interactions},
    {"agents", agents, holds::resources, api_family::interactions},
    {"environments", environments, holds::resources, api_family::interactions},
    {"triggers", triggers, holds::resources, api_family::interactions},
    {"webhooks", webhooks, holds::resources, api_family::interactions},
    {"credentials", credentials, holds::resources, api_family::interactions},
    {"voices", voices, holds::resources, api_family::interactions},
};

inline constexpr rule upload_files[] = {
    {"POST", "", "", "files.upload", makes},
    {"PUT", "", "", "files.upload", makes},
};
inline constexpr rule upload_stores[] = {
    {"POST", "*", "uploadToFileSearchStore", "fileSearchStores.upload"},
    {"PUT", "*", "uploadToFileSearchStore", "fileSearchStores.upload"},
};
inline constexpr rule upload_environments[] = {
    {"PUT", "*/files/**", "", "environments.files.upload"},
};

// /upload/{version}/…
inline constexpr collection uploads[] = {
    {"files", upload_files},
    {"fileSearchStores", upload_stores},
    {"environments", upload_environments, holds::resources, api_family::interactions},
};

inline constexpr rule openai_chat[] = {
    {"POST", "completions", "", "openai.chat", spends | body_model},
};
inline constexpr rule openai_embeddings[] = {
    {"POST", "", "", "openai.embeddings", spends | body_model},
};
inline constexpr rule openai_images[] = {
    {"POST", "generations", "", "openai.images", spends | body_model},
};
inline constexpr rule openai_models[] = {
    {"GET", "", "", "openai.models.list"},
    {"GET", "*", "", "openai.models.get"},
};
inline constexpr rule openai_videos[] = {
    {"POST", "", "", "openai.videos", spends | body_model},
    {"GET", "*", "", "openai.videos.get"},
    {"GET", "*/content", "", "openai.videos.download", opaque},
};
inline constexpr rule openai_files[] = {
    {"GET", "", "", "openai.files.list"},
    {"POST", "", "", "openai.files.upload", upload | makes},
    {"GET", "*", "", "openai.files.get"},
    {"DELETE", "*", "", "openai.files.delete"},
    {"GET", "*/content", "", "openai.files.download", opaque | results | retold},
};
inline constexpr rule openai_batches[] = {
    {"GET", "", "", "openai.batches.list"},
    {"POST", "", "", "openai.batches.create"},
    {"GET", "*", "", "openai.batches.get", batch | unbilled},
    {"POST", "*/cancel", "", "openai.batches.cancel"},
};

// /{version}/openai/…
inline constexpr collection openai[] = {
    {"chat", openai_chat, holds::actions, api_family::openai},
    {"embeddings", openai_embeddings, holds::actions, api_family::openai},
    {"images", openai_images, holds::actions, api_family::openai},
    {"models", openai_models, holds::models, api_family::openai},
    {"videos", openai_videos, holds::resources, api_family::openai},
    {"files", openai_files, holds::resources, api_family::openai},
    {"batches", openai_batches, holds::resources, api_family::openai},
};

struct live_method {
  std::string_view name;
  std::string_view route;
};
inline constexpr live_method live[] = {
    {"BidiGenerateContent", "live"},
    {"BidiGenerateContentConstrained", "live.constrained"},
    {"BidiGenerateMusic", "live.music"},
};

}  // namespace gemkeeper::gemini::table
