#include "embedding.hpp"

#include "prompt.hpp"

#include <openssl/evp.h>

#include <cmath>
#include <random>
#include <vector>

namespace gemkeeper::sandbox {
namespace {

constexpr std::size_t default_dimensions = 3072;
constexpr std::size_t most_dimensions = 8192;

std::size_t dimensions_of(const json_value& request, const char* name) {
  const json_value* wished = member(request, name);
  if (wished == nullptr || !wished->IsUint() || wished->GetUint() == 0) return default_dimensions;
  return std::min<std::size_t>(wished->GetUint(), most_dimensions);
}

std::vector<float> vector_of(std::string_view text, std::size_t dimensions) {
  std::minstd_rand random(static_cast<unsigned>(std::hash<std::string_view>{}(text)));
  const double scale = std::sqrt(3.0 / static_cast<double>(dimensions));
  std::uniform_real_distribution<double> between(-scale, scale);
  std::vector<float> values(dimensions);
  for (float& value : values)
    value = static_cast<float>(between(random));
  return values;
}

std::string text_of_content(const json_value& request) {
  std::string text;
  const json_value* content = member(request, "content");
  const json_value* parts = content == nullptr ? nullptr : member(*content, "parts");
  if (parts == nullptr || !parts->IsArray()) return text;
  for (const json_value& part : parts->GetArray())
    text += text_member(part, "text");
  return text;
}

template <class Visit>
void for_each_text(const json_value& request, Visit&& visit) {
  if (const json_value* many = member(request, "requests"); many != nullptr && many->IsArray()) {
    for (const json_value& one : many->GetArray())
      visit(text_of_content(one));
  } else if (const json_value* input = member(request, "input")) {
    if (input->IsString()) visit(std::string(text_of(*input)));
    if (input->IsArray()) {
      for (const json_value& item : input->GetArray())
        visit(std::string(text_of(item)));
    }
  } else {
    visit(text_of_content(request));
  }
}

template <class Json>
void write_numbers(Json& json, const std::vector<float>& values) {
  constexpr double digits = 1e8;
  json.begin_array();
  for (const float value : values)
    json.real(std::round(static_cast<double>(value) * digits) / digits);
  json.end_array();
}

void write_values(compact_json& json, const json_value& request) {
  json.begin_object();
  json.key("values");
  write_numbers(
      json, vector_of(text_of_content(request), dimensions_of(request, "outputDimensionality")));
  json.end_object();
}

void write_usage(compact_json& json, const json_value& request, std::string_view model) {
  if (model == "gemini-embedding-001") return;
  const std::uint64_t tokens = embedding_tokens(request);
  json.key("usageMetadata").begin_object();
  json.key("promptTokenCount").number(tokens);
  json.key("promptTokensDetails").begin_array();
  json.begin_object();
  json.key("modality").string("TEXT");
  json.key("tokenCount").number(tokens);
  json.end_object();
  json.end_array();
  json.end_object();
}

std::string base64_of(const std::vector<float>& values) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
  const std::size_t size = values.size() * sizeof(float);
  std::string text(4 * ((size + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace

std::string embed(const json_value& request, std::string_view model) {
  std::string answer;
  compact_json json(answer);
  json.begin_object();
  json.key("embedding");
  write_values(json, request);
  write_usage(json, request, model);
  json.end_object();
  return answer;
}

std::string embed_batch(const json_value& request, std::string_view model) {
  std::string answer;
  compact_json json(answer);
  json.begin_object();
  json.key("embeddings").begin_array();
  if (const json_value* many = member(request, "requests"); many != nullptr && many->IsArray()) {
    for (const json_value& one : many->GetArray())
      write_values(json, one);
  }
  json.end_array();
  write_usage(json, request, model);
  json.end_object();
  return answer;
}

std::string embed_openai(const json_value& request, std::string_view model) {
  const bool base64 = text_member(request, "encoding_format") == "base64";
  const std::size_t dimensions = dimensions_of(request, "dimensions");
  std::string answer;
  compact_json json(answer);
  json.begin_object();
  json.key("object").string("list");
  json.key("data").begin_array();
  std::size_t index = 0;
  for_each_text(request, [&](const std::string& text) {
    const std::vector<float> values = vector_of(text, dimensions);
    json.begin_object();
    json.key("object").string("embedding");
    json.key("index").number(index++);
    json.key("embedding");
    if (base64) {
      json.string(base64_of(values));
    } else {
      write_numbers(json, values);
    }
    json.end_object();
  });
  json.end_array();
  json.key("model").string(model);
  json.end_object();
  return answer;
}

std::uint64_t embedding_tokens(const json_value& request) {
  std::uint64_t tokens = 0;
  for_each_text(request, [&](const std::string& text) { tokens += count_tokens(text); });
  return tokens;
}

}  // namespace gemkeeper::sandbox
