#include "json_output.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace gemkeeper::admin {
namespace {

// How many bytes a character has that begins so (RFC 3629); 0: none does.
std::size_t size_by(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

// The name of a file may be any bytes, and a key's name with it.
std::string valid_utf8(std::string_view text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = size_by(static_cast<unsigned char>(text[i]));
    bool whole = size != 0 && i + size <= text.size();
    for (std::size_t k = 1; whole && k < size; ++k)
      whole = (static_cast<unsigned char>(text[i + k]) & 0xC0U) == 0x80U;
    clean.append(whole ? text.substr(i, size) : std::string_view("\xEF\xBF\xBD"));
    i += whole ? size : 1;
  }
  return clean;
}

}  // namespace

std::string timestamp(std::chrono::system_clock::time_point at) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(at);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(ms);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (ms - seconds).count());
}

json_output& json_output::key(std::string_view name) {
  const std::string clean = valid_utf8(name);
  writer_.Key(clean.data(), static_cast<rapidjson::SizeType>(clean.size()));
  return *this;
}

void json_output::value(std::string_view text) {
  const std::string clean = valid_utf8(text);
  writer_.String(clean.data(), static_cast<rapidjson::SizeType>(clean.size()));
}

answer to_answer(const json_output& json) {
  answer made;
  made.body = json.text();
  return made;
}

void write_counts(json_output& json, const pool::pool_counts& counts) {
  json.member("total_api_keys", counts.total);
  json.member("healthy", counts.healthy);
  json.member("cooling", counts.cooling);
  json.member("quarantined", counts.quarantined);
  json.member("disabled", counts.disabled);
  json.member("exhausted", counts.exhausted);
}

void write_usd(json_output& json, std::optional<std::int64_t> micros) {
  if (!micros) return json.null();
  constexpr std::int64_t micros_per_dollar = 1'000'000;
  std::string text =
      fmt::format("{}{}.{:06}", *micros < 0 ? "-" : "", std::abs(*micros / micros_per_dollar),
                  std::abs(*micros % micros_per_dollar));
  while (text.ends_with('0'))
    text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  json.raw(text);
}

}  // namespace gemkeeper::admin
