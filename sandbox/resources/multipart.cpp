#include "resources/multipart.hpp"

#include "ascii.hpp"

#include <string>

namespace gemkeeper::sandbox {
namespace {

constexpr std::string_view line_end = "\r\n";

std::string boundary_of(std::string_view content_type) {
  constexpr std::string_view name = "boundary=";
  const std::size_t at = content_type.find(name);
  if (at == std::string_view::npos) return {};
  std::string_view value = content_type.substr(at + name.size());
  value = trim(value.substr(0, value.find(';')));
  if (value.size() > 1 && value.front() == '"') value = value.substr(1, value.size() - 2);
  return std::string(value);
}

// Header fields, an empty line, content.
multipart_part part_of(std::string_view text) {
  multipart_part part;
  while (!text.empty()) {
    const std::size_t end = text.find(line_end);
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + line_end.size());
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (same_ignoring_case(line.substr(0, colon), "Content-Type")) {
      part.content_type = trim(line.substr(colon + 1));
    }
  }
  part.content = text;
  return part;
}

}  // namespace

bool is_multipart(std::string_view content_type) {
  return content_type.starts_with("multipart/") && !boundary_of(content_type).empty();
}

std::vector<multipart_part> parts_of(std::string_view content_type, std::string_view body) {
  const std::string opening = "--" + boundary_of(content_type);
  const std::string between = "\r\n" + opening;
  std::vector<multipart_part> parts;
  if (!body.starts_with(opening)) return parts;
  body.remove_prefix(opening.size());
  while (body.starts_with(line_end)) {
    body.remove_prefix(line_end.size());
    const std::size_t end = body.find(between);
    if (end == std::string_view::npos) return {};
    parts.push_back(part_of(body.substr(0, end)));
    body.remove_prefix(end + between.size());
  }
  return parts;
}

}  // namespace gemkeeper::sandbox
