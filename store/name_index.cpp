#include "name_index.hpp"

#include <gemkeeper/store/usage_journal.hpp>

#include <cstring>
#include <functional>

namespace gemkeeper::store {
namespace {

constexpr std::string_view other_name = "other";

std::uint32_t hash_of(std::string_view name) {
  return static_cast<std::uint32_t>(std::hash<std::string_view>{}(name));
}

}  // namespace

name_index::name_index(journal_area& area) : area_(area), slots_(256) {
  starts_.reserve(128);
  number_of(other_name, name_role::client);  // there is always room for the first
}

std::string_view name_index::text(std::uint16_t number) const {
  const char* const at = area_.names() + starts_[number - 1U];
  name_head head;
  std::memcpy(&head, at, sizeof(head));
  return {at + sizeof(head), head.size};
}

name_index::slot& name_index::look_up(std::string_view name, std::uint32_t hash) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    slot& s = slots_[at];
    if (s.number == 0 || (s.hash == hash && text(s.number) == name)) return s;
  }
}

void name_index::grow() {
  std::vector<slot> old(slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const slot& s : old) {
    if (s.number == 0) continue;
    std::size_t at = s.hash & mask;
    while (slots_[at].number != 0)
      at = (at + 1) & mask;
    slots_[at] = s;
  }
}

std::optional<std::uint16_t> name_index::add(std::string_view name) {
  const std::uint64_t used = area_.names_used().load(std::memory_order_relaxed);
  if (starts_.size() >= usage_journal::max_names || name.size() > usage_journal::max_name_size ||
      used + padded_name(name.size()) > area_.names_size())
    return std::nullopt;
  starts_.push_back(static_cast<std::uint32_t>(used));
  const name_head head{static_cast<std::uint32_t>(name.size()), checksum_of(name, area_.id())};
  char* const at = area_.names() + used;
  std::memcpy(at, &head, sizeof(head));
  std::memcpy(at + sizeof(head), name.data(), name.size());
  area_.names_used().store(used + padded_name(name.size()), std::memory_order_release);
  return static_cast<std::uint16_t>(starts_.size());
}

name_index::found name_index::number_of(std::string_view name, name_role role) {
  if (name.empty()) return {};
  const std::uint32_t hash = hash_of(name);
  if (const slot& known = look_up(name, hash); known.number != 0) return {known.number, false};
  constexpr found folded{1, true};
  const bool model = role == name_role::model;
  if (model && models_ >= usage_journal::max_models) return folded;
  if ((starts_.size() + 1) * 2 > slots_.size()) grow();
  const auto number = add(name);
  if (!number) return folded;
  look_up(name, hash) = {hash, *number};
  models_ += model;
  return {*number, false};
}

}  // namespace gemkeeper::store
