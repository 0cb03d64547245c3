#include "live/talk.hpp"

#include "completion.hpp"
#include "prompt.hpp"
#include "route.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gemkeeper::sandbox::live {
namespace {

constexpr std::string_view handle_prefix = "sandbox-session-";
constexpr std::uint64_t bytes_per_audio_token = 1'280;  // 40 ms of 16 kHz, 16 bits

// Google's closes by the HTTP status that the same error has elsewhere.
unsigned code_of(int status) {
  if (status == 400 || status == 401) return 1007;
  return status == 403 || status == 404 ? 1008 : 1011;
}

std::string to_json(const json_value& value) {
  std::string text;
  string_sink sink(text);
  rapidjson::Writer<string_sink> writer(sink);
  value.Accept(writer);
  return text;
}

const json_value* either(const json_value& object, const char* camel, const char* snake) {
  const json_value* found = member(object, camel);
  return found != nullptr ? found : member(object, snake);
}

bool is_live_model(const model_catalogue& models, std::string_view name) {
  if (models.find(name) == model_kind::text) return true;
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"-live", "native-audio", "lyria"},
      [name](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

bool asks_for_audio(const json_value& setup) {
  const json_value* config = either(setup, "generationConfig", "generation_config");
  const json_value* wanted =
      config == nullptr ? nullptr : either(*config, "responseModalities", "response_modalities");
  if (wanted == nullptr || !wanted->IsArray()) return false;
  return std::any_of(wanted->Begin(), wanted->End(),
                     [](const json_value& one) { return text_of(one) == "AUDIO"; });
}

}  // namespace

std::vector<utterance> talk::hear(std::string_view message, time_point now) {
  said_.clear();
  rapidjson::Document document;
  document.Parse(message.data(), message.size());
  if (document.HasParseError() || !document.IsObject()) {
    close(1007, "Request contains an invalid argument.");
  } else if (!begun_) {
    const json_value* setup = member(document, "setup");
    if (setup == nullptr || !setup->IsObject()) {
      close(1007, "setup must be the first message and only the first");
    } else {
      begin(*setup, now);
    }
  } else if (who_.music) {
    hear_music(document);
  } else if (const json_value* content = either(document, "clientContent", "client_content")) {
    hear_content(*content, now);
  } else if (const json_value* input = either(document, "realtimeInput", "realtime_input")) {
    hear_realtime(*input, now);
  } else if (either(document, "toolResponse", "tool_response") != nullptr) {
    take_turn("the tool has answered", nullptr, now);
  } else {
    close(1007, "Request contains an invalid argument.");
  }
  return std::move(said_);
}

void talk::begin(const json_value& setup, time_point now) {
  model_ = without_models_prefix(text_member(setup, "model"));
  const std::string_view project = who_.owner == nullptr ? std::string_view() : who_.owner->project;
  faults_ = played_.faults().draw({who_.key, project, model_, who_.target});
  if (faults_.error != nullptr) {
    return close_with(
        make_error(faults_.error->name, context(), faults_.error->retry_delay).value());
  }
  if (who_.owner == nullptr) {
    return close(1007, "API key not valid. Please pass a valid API key.");
  }
  if (who_.owner->service != who_.service) {
    return close_with(make_error("service_blocked", context()).value());
  }
  if (!is_live_model(played_.models(), model_)) {
    return close(1008, fmt::format("models/{} is not found for API version {}, or is not supported "
                                   "for bidiGenerateContent. Call ListModels to see the list of "
                                   "available models and their supported methods.",
                                   model_, who_.version));
  }
  // A handle tells its project: no other may resume it.
  const std::string own = fmt::format("{}{}-", handle_prefix, who_.owner->project_number);
  if (const json_value* resume = either(setup, "sessionResumption", "session_resumption")) {
    resumable_ = true;
    const std::string_view handle = text_member(*resume, "handle");
    if (!handle.empty() && !handle.starts_with(own)) {
      return close(1008, "Requested entity was not found.");
    }
  }
  if (over_quota(0, now)) return;
  audio_ = asks_for_audio(setup);
  if (const json_value* tools = member(setup, "tools")) tools_ = to_json(*tools);
  begun_ = true;
  say(fmt::format(R"({{"setupComplete":{{"sessionId":"{}"}}}})", played_.next_response_id()));
}

void talk::hear_content(const json_value& content, time_point now) {
  const json_value* complete = either(content, "turnComplete", "turn_complete");
  // Without it, the client goes on speaking.
  if (complete == nullptr || !complete->IsTrue()) return;
  take_turn({}, member(content, "turns"), now);
}

void talk::hear_realtime(const json_value& input, time_point now) {
  for (const char* name : {"audio", "video"}) {
    if (const json_value* blob = member(input, name))
      audio_bytes_ += text_member(*blob, "data").size();
  }
  if (const json_value* chunks = either(input, "mediaChunks", "media_chunks");
      chunks != nullptr && chunks->IsArray()) {
    for (const json_value& chunk : chunks->GetArray())
      audio_bytes_ += text_member(chunk, "data").size();
  }
  const bool over = either(input, "audioStreamEnd", "audio_stream_end") != nullptr ||
                    either(input, "activityEnd", "activity_end") != nullptr;
  if (const std::string_view text = text_member(input, "text"); !text.empty()) {
    take_turn(text, nullptr, now);
  } else if (over) {
    heard_ = fmt::format("heard {} bytes", audio_bytes_);
    take_turn(heard_, nullptr, now);
  }
}

void talk::hear_music(const json_value& message) {
  const json_value* control = either(message, "playbackControl", "playback_control");
  if (control == nullptr || text_of(*control) != "PLAY") return;
  for (int i = 0; i < 3; ++i) {
    say(R"({"serverContent":{"audioChunks":[{"data":"AAAAAAAAAAA=",)"
        R"("mimeType":"audio/l16;rate=48000;channels=2"}]}})");
  }
}

void talk::take_turn(std::string_view text, const json_value* turns, time_point now) {
  rapidjson::Document request(rapidjson::kObjectType);
  auto& memory = request.GetAllocator();
  json_value contents(rapidjson::kArrayType);
  if (turns != nullptr && turns->IsArray()) {
    contents.CopyFrom(*turns, memory);
  } else {
    json_value one(rapidjson::kObjectType);
    json_value parts(rapidjson::kArrayType);
    json_value part(rapidjson::kObjectType);
    part.AddMember("text",
                   json_value(text.data(), static_cast<rapidjson::SizeType>(text.size()), memory),
                   memory);
    parts.PushBack(part, memory);
    one.AddMember("role", "user", memory);
    one.AddMember("parts", parts, memory);
    contents.PushBack(one, memory);
  }
  request.AddMember("contents", contents, memory);
  if (!tools_.empty()) {
    rapidjson::Document tools(&memory);
    tools.Parse(tools_.data(), tools_.size());
    request.AddMember("tools", tools, memory);
  }
  const auto asked = read_native_prompt(request);
  if (!asked) return close(1007, "Request contains an invalid argument.");
  context_tokens_ += asked->tokens + std::exchange(audio_bytes_, 0) / bytes_per_audio_token;
  if (turns_ != 0 && over_quota(context_tokens_, now)) return;
  ++turns_;

  const completion made = compose(*asked, played_.played(), model_, played_.next_response_id());
  if (made.call) {
    say(fmt::format(
        R"({{"toolCall":{{"functionCalls":[{{"id":"call-{}","name":"{}","args":{}}}]}}}})", turns_,
        made.call->name, made.call->arguments));
  } else if (audio_) {
    say_audio(made.text);
  } else {
    for (std::size_t i = 0; i < made.pieces(); ++i) {
      std::string json;
      compact_json out(json);
      out.begin_object();
      out.key("serverContent").begin_object();
      out.key("modelTurn").begin_object();
      out.key("parts").begin_array();
      out.begin_object();
      out.key("text").string(made.piece(i));
      out.end_object();
      out.end_array();
      out.end_object();
      out.end_object();
      out.end_object();
      say(std::move(json));
    }
  }
  end_turn(context_tokens_, made.output_tokens);
  context_tokens_ += made.output_tokens;
}

// Silence, and what it says.
void talk::say_audio(std::string_view text) {
  const std::size_t size = std::max<std::size_t>(played_.played().answer.size, 1'280);
  const std::string silence(size / 4 * 4, 'A');
  say(fmt::format(R"({{"serverContent":{{"modelTurn":{{"parts":[{{"inlineData":{{"mimeType":)"
                  R"("audio/pcm;rate=24000","data":"{}"}}}}]}}}}}})",
                  silence));
  std::string json;
  compact_json out(json);
  out.begin_object();
  out.key("serverContent").begin_object();
  out.key("outputTranscription").begin_object();
  out.key("text").string(text);
  out.end_object();
  out.end_object();
  out.end_object();
  say(std::move(json));
}

void talk::end_turn(std::uint64_t prompt_tokens, std::uint64_t output_tokens) {
  say(R"({"serverContent":{"generationComplete":true}})");
  say(fmt::format(
      R"({{"serverContent":{{"turnComplete":true}},"usageMetadata":{{"promptTokenCount":{0},)"
      R"("responseTokenCount":{1},"totalTokenCount":{2},"promptTokensDetails":[{{"modality":"TEXT",)"
      R"("tokenCount":{0}}}],"responseTokensDetails":[{{"modality":"{3}","tokenCount":{1}}}]}}}})",
      prompt_tokens, output_tokens, prompt_tokens + output_tokens, audio_ ? "AUDIO" : "TEXT"));
  if (resumable_) {
    say(fmt::format(R"({{"sessionResumptionUpdate":{{"newHandle":"{}{}-{}","resumable":true}}}})",
                    handle_prefix, who_.owner->project_number, played_.next_response_id()));
  }
  const live_shape& shape = played_.played().live;
  if (shape.go_away_after != 0 && turns_ == shape.go_away_after) {
    say(fmt::format(R"({{"goAway":{{"timeLeft":"{:.3f}s"}}}})",
                    static_cast<double>(shape.time_left.count()) / 1000));
  } else if (shape.go_away_after != 0 && turns_ > shape.go_away_after) {
    close(1001, "The session duration limit was reached.");
  }
  if (faults_.wire == nullptr || turns_ != faults_.wire->after) return;
  if (faults_.kind == wire_fault::mid_stream_error) {
    close_with(make_error(faults_.wire->error, context(), faults_.wire->retry_delay).value());
  } else if (faults_.kind == wire_fault::reset_mid_body ||
             faults_.kind == wire_fault::close_mid_stream) {
    said_.push_back({utterance::kind::cut_off});
  }
}

bool talk::over_quota(std::uint64_t tokens, time_point now) {
  const spending what{
      who_.owner->project, who_.owner->tier, model_,
      who_.service == api_service::vertex ? quota_family::vertex : quota_family::generate, tokens};
  const auto refusal = played_.quotas().admit(what, now);
  if (!refusal) return false;
  if (who_.service == api_service::vertex) {
    close_with(make_error("vertex_429", context()).value());
    return true;
  }
  close_with(make_quota_error(refusal->violations, model_, refusal->retry_delay));
  return true;
}

void talk::close_with(const error_text& error) {
  close(code_of(error.code), error.message.substr(0, error.message.find('\n')));
}

void talk::close(unsigned code, std::string reason) {
  said_.push_back({utterance::kind::close, std::move(reason), code});
}

void talk::say(std::string json) {
  said_.push_back({utterance::kind::message, std::move(json)});
}

error_context talk::context() const {
  error_context told;
  told.service = who_.service;
  told.key = who_.key;
  told.model = model_;
  told.version = who_.version;
  told.verb = "bidiGenerateContent";
  if (who_.owner != nullptr) told.project_number = who_.owner->project_number;
  return told;
}

}  // namespace gemkeeper::sandbox::live
