// The members of request bodies that mean something here, by name (protocol document, 1.4 to 1.7
// and 6).
#pragma once

#include <gemkeeper/gemini/request_body.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gemkeeper::gemini {

enum class request_scanner::field : std::uint8_t {
  other,
  model,           // at the top: what is asked; "tunedModels/t" at any depth
  agent,           // the same for Interactions; "agents/a"
  stream,          // at the top
  address,         // an address or name of a file, or anything else's address
  name,            // a name in full
  file,            // OpenAI's: a file's name or id
  interaction,     // an interaction's id
  session,         // an object that holds `handle`
  session_handle,  // what resumes a Live session
  chosen,          // a value whose members the client chose
};

struct request_scanner::fields {
  struct entry {
    std::string_view name;
    field meaning;
  };
  static constexpr std::array all = std::to_array<entry>({
      {"model", field::model},
      {"agent", field::agent},
      {"stream", field::stream},

      {"uri", field::address},
      {"fileUri", field::address},
      {"file_uri", field::address},
      {"cachedContent", field::name},
      {"cached_content", field::name},
      {"fileName", field::name},  // inputConfig of a batch, :importFile
      {"file_name", field::name},
      {"fileSearchStoreName", field::name},
      {"file_search_store_name", field::name},
      {"fileSearchStoreNames", field::name},
      {"file_search_store_names", field::name},
      {"environment", field::name},
      {"corpus", field::name},
      {"baseModel", field::model},
      {"base_model", field::model},
      {"previousInteractionId", field::interaction},
      {"previous_interaction_id", field::interaction},
      {"fileId", field::file},
      {"file_id", field::file},
      {"fileIds", field::file},
      {"file_ids", field::file},
      {"inputFileId", field::file},
      {"input_file_id", field::file},
      {"sessionResumption", field::session},
      {"session_resumption", field::session},
      {"handle", field::session_handle},

      {"args", field::chosen},
      {"arguments", field::chosen},
      {"response", field::chosen},  // a function's
      {"parameters", field::chosen},
      {"parametersJsonSchema", field::chosen},
      {"parameters_json_schema", field::chosen},
      {"responseSchema", field::chosen},
      {"response_schema", field::chosen},
      {"responseJsonSchema", field::chosen},
      {"response_json_schema", field::chosen},
      {"responseFormat", field::chosen},
      {"response_format", field::chosen},
      {"inputSchema", field::chosen},
      {"input_schema", field::chosen},
      {"labels", field::chosen},
      {"metadata", field::chosen},
      {"customMetadata", field::chosen},
      {"custom_metadata", field::chosen},
  });

  // Most members of a body are none of these, and their length or first letter tells.
  static field find(std::string_view name) {
    if (name.size() > longest) return field::other;
    for (std::size_t i = linked.first[name.size()]; i != none; i = linked.next[i]) {
      if (all[i].name[0] == name[0] && all[i].name == name) return all[i].meaning;
    }
    return field::other;
  }

 private:
  static constexpr std::size_t longest = 24;
  static constexpr std::size_t count = 47;
  static constexpr std::uint8_t none = 255;
  static_assert(all.size() == count);

  // Chains of entries of the same length.
  struct chains {
    std::array<std::uint8_t, longest + 1> first;
    std::array<std::uint8_t, count> next;
  };
  static constexpr chains linked = [] {
    chains out{};
    out.first.fill(none);
    for (std::size_t i = count; i-- > 0;) {
      out.next[i] = out.first[all[i].name.size()];
      out.first[all[i].name.size()] = static_cast<std::uint8_t>(i);
    }
    return out;
  }();
};

}  // namespace gemkeeper::gemini
