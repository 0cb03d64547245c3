#include "media.hpp"

#include "resources/resource_call.hpp"
#include "world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace gemkeeper::sandbox {
namespace {

constexpr std::string_view pixel =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+"
    "M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
constexpr auto time_of_filming = std::chrono::milliseconds(100);

using time_point = std::chrono::system_clock::time_point;

std::uint64_t wanted_images(const json_value* count) {
  constexpr std::uint64_t most = 4;
  return count != nullptr && count->IsUint() ? std::clamp<std::uint64_t>(count->GetUint(), 1, most)
                                             : 1;
}

// "opPROJECTtMILLISECONDS": SDKs take letters and digits for the name of a file, and no more.
std::string operation_id(const account& owner, time_point begun) {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(begun.time_since_epoch());
  return fmt::format("op{}t{}", owner.project_number, since.count());
}

std::optional<time_point> begin_of(std::string_view id, const account& owner) {
  const std::string prefix = fmt::format("op{}t", owner.project_number);
  if (!id.starts_with(prefix)) return std::nullopt;
  id.remove_prefix(prefix.size());
  std::int64_t begun = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), begun);
  if (error != std::errc() || end != id.data() + id.size()) return std::nullopt;
  return time_point(std::chrono::milliseconds(begun));
}

std::string name_of(std::string_view model, std::string_view id) {
  return fmt::format("models/{}/operations/{}", model, id);
}

}  // namespace

medium sample_audio() {
  constexpr std::size_t base64_size = 640;  // 480 bytes: 240 samples
  return {"AUDIO", "audio/L16;codec=pcm;rate=24000", std::string(base64_size, 'A'), 25};
}

medium sample_image() {
  return {"IMAGE", "image/png", std::string(pixel), 1290};
}

std::string predict_images(const json_value& request) {
  const json_value* parameters = member(request, "parameters");
  const std::uint64_t count =
      wanted_images(parameters == nullptr ? nullptr : member(*parameters, "sampleCount"));
  std::string answer;
  {
    pretty_json json(answer);
    json.begin_object();
    json.key("predictions").begin_array();
    for (std::uint64_t i = 0; i < count; ++i) {
      json.begin_object();
      json.key("mimeType").string("image/png");
      json.key("bytesBase64Encoded").string(pixel);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  answer += '\n';
  return answer;
}

std::string images_openai(const json_value& request, time_point now) {
  const std::uint64_t count = wanted_images(member(request, "n"));
  std::string answer;
  compact_json json(answer);
  json.begin_object();
  json.key("created").number(std::chrono::system_clock::to_time_t(now));
  json.key("data").begin_array();
  for (std::uint64_t i = 0; i < count; ++i) {
    json.begin_object();
    json.key("b64_json").string(pixel);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return answer;
}

std::string start_video(world& played, std::string_view model, const account& owner,
                        time_point now) {
  const std::string id = operation_id(owner, now);
  make_file(played, owner.project, "files/" + id, {}, "video/mp4",
            std::make_shared<const std::string>("a video of the sandbox"), now);
  std::string answer;
  {
    pretty_json json(answer);
    json.begin_object();
    json.key("name").string(name_of(model, id));
    json.end_object();
  }
  answer += '\n';
  return answer;
}

std::optional<std::string> describe_operation(std::string_view model, std::string_view id,
                                              const account& owner, time_point now) {
  const std::optional<time_point> begun = begin_of(id, owner);
  if (!begun) return std::nullopt;
  std::string answer;
  {
    pretty_json json(answer);
    json.begin_object();
    json.key("name").string(name_of(model, id));
    if (now - *begun >= time_of_filming) {
      json.key("done").boolean(true);
      json.key("response").begin_object();
      json.key("@type").string(
          "type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse");
      json.key("generateVideoResponse").begin_object();
      json.key("generatedSamples").begin_array();
      json.begin_object();
      json.key("video").begin_object();
      json.key("uri").string(fmt::format(
          "https://generativelanguage.googleapis.com/v1beta/files/{}:download?alt=media", id));
      json.end_object();
      json.end_object();
      json.end_array();
      json.end_object();
      json.end_object();
    }
    json.end_object();
  }
  answer += '\n';
  return answer;
}

}  // namespace gemkeeper::sandbox
