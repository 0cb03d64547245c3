#include <gemkeeper/gemini/error.hpp>

#include <rapidjson/document.h>
#include <rapidjson/memorystream.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace gemkeeper::gemini {
namespace {

using json = rapidjson::Value;

std::string_view text_of(const json& value) {
  return value.IsString() ? std::string_view(value.GetString(), value.GetStringLength())
                          : std::string_view();
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

// The member of that name, stray spaces around it tolerated (" @type" was seen); an immutable null
// when there is none, so that look-ups chain.
const json& member(const json& object, std::string_view name) {
  static const json none;
  if (!object.IsObject()) return none;
  for (const auto& [key, value] : object.GetObject()) {
    if (trimmed(text_of(key)) == name) return value;
  }
  return none;
}

std::string_view text_member(const json& object, std::string_view name) {
  return text_of(member(object, name));
}

template <class Integer>
std::optional<Integer> to_integer(std::string_view text) {
  Integer value{};
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return value;
}

// Google writes 64-bit numbers as strings.
std::optional<std::uint64_t> number_of(const json& value) {
  if (value.IsUint64()) return value.GetUint64();
  return to_integer<std::uint64_t>(text_of(value));
}

template <class Visit>
void each_element(const json& array, Visit visit) {
  if (!array.IsArray()) return;
  for (const json& element : array.GetArray())
    visit(element);
}

void read_error_info(const json& detail, parsed_error& out) {
  if (const auto reason = text_member(detail, "reason"); !reason.empty()) {
    out.reasons.emplace_back(reason);
  }
  const json& metadata = member(detail, "metadata");
  const auto keep_first = [&metadata](std::string& field, std::string_view name) {
    if (field.empty()) field = text_member(metadata, name);
  };
  keep_first(out.consumer, "consumer");
  keep_first(out.quota_limit, "quota_limit");
  keep_first(out.quota_limit_value, "quota_limit_value");
}

void read_quota_failure(const json& detail, parsed_error& out) {
  each_element(member(detail, "violations"), [&out](const json& violation) {
    if (!violation.IsObject()) return;
    quota_violation read;
    read.metric = text_member(violation, "quotaMetric");
    read.id = text_member(violation, "quotaId");
    read.model = text_member(member(violation, "quotaDimensions"), "model");
    read.value = number_of(member(violation, "quotaValue"));
    out.violations.push_back(std::move(read));
  });
}

void read_retry_info(const json& detail, parsed_error& out) {
  const auto delay = parse_duration(trimmed(text_member(detail, "retryDelay")));
  if (delay && (!out.retry_delay || *delay > *out.retry_delay)) out.retry_delay = delay;
}

void read_detail(const json& detail, parsed_error& out) {
  std::string_view type = trimmed(text_member(detail, "@type"));
  type.remove_prefix(type.rfind('.') + 1);
  if (type == "ErrorInfo") read_error_info(detail, out);
  if (type == "QuotaFailure") read_quota_failure(detail, out);
  if (type == "RetryInfo") read_retry_info(detail, out);
}

parsed_error read_error(const json& error) {
  parsed_error out;
  out.message = error.IsString() ? text_of(error) : text_member(error, "message");
  out.status = text_member(error, "status");
  const json& code = member(error, "code");
  if (code.IsInt()) {
    out.code = code.GetInt();
  } else if (const auto number = to_integer<int>(text_of(code))) {
    out.code = *number;
  } else if (out.status.empty()) {
    out.status = text_of(code);  // Interactions
  }
  const json& details = member(error, "details");
  out.has_details = details.IsArray() && !details.Empty();
  each_element(details, [&out](const json& detail) { read_detail(detail, out); });
  return out;
}

}  // namespace

std::optional<parsed_error> parse_error(std::string_view body) {
  // The OpenAI-compatible endpoints and JSON-array streams put the error in an array, which need
  // not have ended: its first element is the document.
  body = trimmed(body);
  if (body.starts_with('[')) body.remove_prefix(1);

  // Iterative: nesting must not grow the stack. Stopping when done: what follows is of no interest.
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseStopWhenDoneFlag;
  rapidjson::MemoryStream stream(body.data(), body.size());
  rapidjson::Document document;
  document.ParseStream<flags>(stream);
  if (document.HasParseError()) return std::nullopt;
  const json& error = member(document, "error");
  if (!error.IsObject() && !error.IsString()) return std::nullopt;
  return read_error(error);
}

}  // namespace gemkeeper::gemini
