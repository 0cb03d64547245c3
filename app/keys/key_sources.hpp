// Where keys come from: [[keys]], pool.keys_dir, GEMINI_API_KEYS, GEMINI_API_KEY, GOOGLE_API_KEY,
// VERTEX_API_KEYS.
#pragma once

#include "../config/toml_input.hpp"
#include <gemkeeper/app/config.hpp>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace gemkeeper::app {

struct key_sources {
  std::span<const raw_setting> declared;  // names start with "keys"
  std::filesystem::path directory;        // empty: none
  setting_source directory_source;
  const environment& variables;
  std::string_view credentials;  // of systemd: those named "NAME_…", or "NAME"; empty: none
  setting_source credentials_source{};
};

struct found_keys {
  std::vector<pool::key_spec> keys;  // each secret once, each name once
  std::vector<key_origin> origins;
  std::vector<problem> problems;
  std::vector<std::string> warnings;
  std::vector<std::filesystem::path> watched;
};

found_keys find_keys(const key_sources& sources);

}  // namespace gemkeeper::app
