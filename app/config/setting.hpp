// The table of settings, from which everything else follows: what is accepted, how it is printed,
// documented and explained when it is wrong.
#pragma once

#include "toml_input.hpp"
#include <gemkeeper/app/values.hpp>

#include <span>
#include <string>
#include <string_view>

namespace gemkeeper::app {

// How one field of an `Owner` is written in TOML. Its default is what a new `Owner` holds.
template <class Owner>
struct field {
  std::string_view name;
  std::string_view type;
  std::string_view what;  // one line of documentation
  complaint (*read)(const raw_value& value, Owner& into);
  std::string (*write)(const Owner& from);  // as TOML, which is JSON too; secrets are hidden
};

enum class effect : std::uint8_t {
  at_once,   // a reload is enough
  at_start,  // needs a restart
  not_yet,   // accepted, but nothing acts on it in this version
  refused,   // not built either, and to ignore it would be unsafe
};

struct setting : field<config> {
  effect takes_effect = effect::at_once;
};

// In the order of the documentation, section by section.
std::span<const setting> all_settings();
const setting* find_setting(std::string_view name);

// What a [[keys]] table may hold besides `file`, `env` or `credential`.
std::span<const field<pool::key_spec>> key_fields();

// What [[clients]] may hold besides the source of its token, and [[projects]].
std::span<const field<pool::client_spec>> client_fields();
std::span<const field<pool::project_spec>> project_fields();

// The same at every start, so that its usage is found again.
std::string id_of_configured_client(std::string_view name);

struct section {
  std::string_view name;
  std::string_view what;
};
std::span<const section> all_sections();

constexpr std::string_view section_of(std::string_view name) {
  return name.substr(0, name.find('.'));
}
constexpr std::string_view last_part(std::string_view name) {
  return name.substr(name.rfind('.') + 1);
}

}  // namespace gemkeeper::app
