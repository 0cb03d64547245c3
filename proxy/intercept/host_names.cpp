#include <gemkeeper/proxy/host_names.hpp>

#include <algorithm>

namespace gemkeeper::proxy {

namespace {

bool is_label(std::string_view label) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         label.find_first_not_of(allowed) == label.npos;
}

}  // namespace

std::string canonical_host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  constexpr std::size_t longest = 253;
  if (text.empty() || text.size() > longest) return {};
  std::string name(text);
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::string_view label;
  for (std::string_view rest = name;; rest.remove_prefix(label.size() + 1)) {
    label = rest.substr(0, rest.find('.'));
    if (!is_label(label)) return {};
    if (label.size() == rest.size()) break;
  }
  // A name that ends in a number is an address, well or badly written (WHATWG URL, 3.5).
  const bool numeric = label.find_first_not_of("0123456789") == label.npos;
  return numeric ? std::string() : name;
}

bool is_intercepted(std::string_view host, const intercept_settings& settings) {
  const std::string name = canonical_host_name(host);
  if (name.empty()) return false;
  return name == gemini_host || std::ranges::any_of(settings.hosts, [&](std::string_view entry) {
           if (!entry.starts_with("*.")) return name == entry;
           entry.remove_prefix(1);
           return name.size() > entry.size() && name.ends_with(entry);
         });
}

}  // namespace gemkeeper::proxy
