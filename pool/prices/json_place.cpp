#include "json_place.hpp"

#include <algorithm>

// The path of a file's outermost value ends with a blank: "prices.json: ".
namespace gemkeeper::pool::prices {
namespace {

std::string_view view(const rapidjson::Value& string) {
  return {string.GetString(), string.GetStringLength()};
}

}  // namespace

void json_place::refuse(std::string_view what) const {
  throw price_error(path + (path.ends_with(' ') ? "" : ": ") + std::string(what));
}

json_place json_place::member(std::string_view name, const rapidjson::Value& at) const {
  return {&at, path + (path.ends_with(' ') ? "" : ".") + std::string(name)};
}

void json_place::each_member(
    const std::function<void(std::string_view, const json_place&)>& visit) const {
  if (!value->IsObject()) refuse("must be an object, { … }");
  std::vector<std::string_view> seen;
  for (const auto& [key, at] : value->GetObject()) {
    const std::string_view name = view(key);
    const json_place here = member(name, at);
    if (std::ranges::find(seen, name) != seen.end()) here.refuse("stands there twice; remove one");
    seen.push_back(name);
    visit(name, here);
  }
}

void json_place::expect_members(std::initializer_list<std::string_view> known) const {
  each_member([known](std::string_view name, const json_place& here) {
    if (std::ranges::find(known, name) != known.end()) return;
    std::string remedy = "unknown member; here may stand";
    const char* before = " ";
    for (const std::string_view one : known) {
      remedy.append(before).append(one);
      before = ", ";
    }
    here.refuse(remedy);
  });
}

std::optional<json_place> json_place::find(std::string_view name) const {
  for (const auto& [key, at] : value->GetObject()) {
    if (view(key) == name) return member(name, at);
  }
  return std::nullopt;
}

json_place json_place::require(std::string_view name) const {
  if (auto found = find(name)) return *std::move(found);
  refuse("lacks \"" + std::string(name) + "\"; add it");
}

void json_place::each_element(std::size_t least,
                              const std::function<void(const json_place&)>& visit) const {
  if (!value->IsArray()) refuse("must be an array, [ … ]");
  if (value->Size() < least) refuse("is empty; name at least one");
  for (rapidjson::SizeType i = 0; i < value->Size(); ++i)
    visit(member(std::to_string(i), (*value)[i]));
}

std::string_view json_place::text() const {
  if (!value->IsString()) refuse("must be a string, \"…\"");
  const std::string_view text = view(*value);
  if (text.empty()) refuse("is empty");
  if (text.size() > 1000) refuse("has more than 1,000 bytes; shorten it");
  return text;
}

std::uint64_t json_place::positive_number() const {
  if (!value->IsUint64() || value->GetUint64() == 0) refuse("must be a whole number above 0");
  return value->GetUint64();
}

}  // namespace gemkeeper::pool::prices
