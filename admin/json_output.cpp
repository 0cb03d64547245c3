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

// How many bytes the whole characters at the start of `text` have.
std::size_t valid_size(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = size_by(lead);
    bool whole = size != 0 && at + size <= text.size();
    for (std::size_t k = 1; whole && k < size; ++k)
      whole = (static_cast<unsigned char>(text[at + k]) & 0xC0U) == 0x80U;
    if (!whole) break;
    at += size;
  }
  return at;
}

std::string valid_utf8(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const std::size_t valid = valid_size(text);
    clean.append(text.substr(0, valid));
    if (valid == text.size()) break;
    clean.append("\xEF\xBF\xBD");
    text.remove_prefix(valid + 1);
  }
  return clean;
}

// `write` with the text, or with what it becomes. The name of a file may be any bytes, and a key's
// name with it.
void with_valid(std::string_view text, auto write) {
  const auto size = [](std::string_view t) { return static_cast<rapidjson::SizeType>(t.size()); };
  if (valid_size(text) == text.size()) {
    write(text.empty() ? "" : text.data(), size(text));
  } else {
    const std::string clean = valid_utf8(text);
    write(clean.data(), size(clean));
  }
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
  with_valid(name, [this](const char* text, rapidjson::SizeType size) { writer_.Key(text, size); });
  return *this;
}

void json_output::value(std::string_view text) {
  with_valid(text, [this](const char* at, rapidjson::SizeType size) { writer_.String(at, size); });
}

std::string json_output::text() const {
  std::string document;
  document.reserve(buffer_.GetSize() + 1);
  document.append(buffer_.GetString(), buffer_.GetSize());
  document.push_back('\n');
  return document;
}

std::string json_output::line() const {
  return {buffer_.GetString(), buffer_.GetSize()};
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
