// The layers of the configuration, read but not yet understood.
#pragma once

#include "toml_input.hpp"
#include <gemkeeper/app/config.hpp>

#include <filesystem>
#include <vector>

namespace gemkeeper::app {

struct layers {
  std::filesystem::path file;         // empty: none
  std::vector<raw_setting> settings;  // later ones win
  std::vector<problem> problems;
};

layers read_layers(const config_inputs& inputs);

}  // namespace gemkeeper::app
