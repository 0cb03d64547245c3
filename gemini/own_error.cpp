#include "ascii.hpp"
#include <gemkeeper/gemini/error.hpp>

#include <rapidjson/encodings.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace gemkeeper::gemini {
namespace {

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

// A message may quote what a client sent: bytes that are no UTF-8 become U+FFFD, so that the JSON
// stays valid.
std::string valid_utf8(std::string_view text) {
  rapidjson::MemoryStream in(text.data(), text.size());
  rapidjson::StringBuffer out;
  while (in.Tell() < text.size()) {
    unsigned code_point = 0;
    if (!rapidjson::UTF8<>::Decode(in, &code_point)) code_point = 0xFFFD;
    rapidjson::UTF8<>::Encode(out, code_point);
  }
  return {out.GetString(), out.GetSize()};
}

void put(writer& json, std::string_view text) {
  const std::string valid = valid_utf8(text);
  json.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
}

void put(writer& json, std::string_view name, std::string_view text) {
  put(json, name);
  put(json, text);
}

// As protobuf writes a Duration: "47s", "0.250s".
std::string duration_text(std::chrono::milliseconds duration) {
  const auto count = std::max<std::chrono::milliseconds::rep>(duration.count(), 0);
  std::string text = std::to_string(count / 1000);
  if (const auto rest = count % 1000; rest != 0) {
    text += '.' + std::to_string(1000 + rest).substr(1);
  }
  return text + 's';
}

// The vocabulary of the Interactions API (protocol document, 5.8).
std::string interactions_code(const own_error& error) {
  if (error.http_status == 400) return "invalid_request";
  if (error.http_status == 429) return "too_many_requests";
  std::string code(error.status);
  std::ranges::transform(code, code.begin(), ascii::lower);
  return code;
}

void put_details(writer& json, const own_error& error) {
  json.StartArray();
  json.StartObject();
  put(json, "@type", "type.googleapis.com/google.rpc.ErrorInfo");
  put(json, "reason", error.reason);
  put(json, "domain", "gemkeeper");
  json.EndObject();
  if (error.until_day_end) {
    json.StartObject();
    put(json, "@type", "type.googleapis.com/google.rpc.QuotaFailure");
    put(json, "violations");
    json.StartArray();
    json.StartObject();
    put(json, "quotaMetric", "gemkeeper/requests");
    put(json, "quotaId", "RequestsPerDayOfEveryKey");
    json.EndObject();
    json.EndArray();
    json.EndObject();
  }
  if (error.retry_after) {
    json.StartObject();
    put(json, "@type", "type.googleapis.com/google.rpc.RetryInfo");
    put(json, "retryDelay", duration_text(*error.retry_after));
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace

std::string render_error(const own_error& error, api_family family) {
  rapidjson::StringBuffer buffer;
  writer json(buffer);
  if (family == api_family::openai) json.StartArray();
  json.StartObject();
  put(json, "error");
  json.StartObject();
  put(json, "code");
  if (family == api_family::interactions) {
    put(json, interactions_code(error));
  } else {
    json.Int(error.http_status);
  }
  put(json, "message", error.message);
  if (family != api_family::interactions) put(json, "status", error.status);
  put(json, "details");
  put_details(json, error);
  json.EndObject();
  json.EndObject();
  if (family == api_family::openai) json.EndArray();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace gemkeeper::gemini
