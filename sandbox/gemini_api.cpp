#include "gemini_api.hpp"

#include "access.hpp"
#include "completion.hpp"
#include "embedding.hpp"
#include "encoder.hpp"
#include "json.hpp"
#include "media.hpp"
#include "native_answer.hpp"
#include "openai_answer.hpp"
#include "prompt.hpp"
#include "resources/resource_call.hpp"
#include "route.hpp"
#include <gemkeeper/sandbox/error_bodies.hpp>

#include <charconv>
#include <memory>
#include <string>

namespace gemkeeper::sandbox {
namespace {

using time_point = std::chrono::system_clock::time_point;

// Everything known of one request while it is answered.
struct exchange {
  world& played;
  const recorded_request& request;
  time_point now;
  route where{};
  rapidjson::Document body{};
  std::string model{};
  const account* owner = nullptr;
  fault_plan::drawn faults{};
};

error_framing framing_of(const route& where) {
  const bool array = where.openai || (where.what == verb::stream && !where.sse);
  return array ? error_framing::array : error_framing::object;
}

reply error_reply(const exchange& at, const error_text& error) {
  reply made;
  made.status = error.code;
  made.body = render(error, framing_of(at.where));
  if (error.kind == error_text::form::html) {
    made.content_type = html_type;
    made.content_length = true;
  } else if (at.where.what == verb::stream && at.where.sse) {
    made.content_type = sse_type;
    made.content_length = true;
  }
  return made;
}

error_context context_of(const exchange& at) {
  error_context context;
  context.service = at.where.service;
  context.key = at.request.credential;
  context.model = at.model;
  context.version = at.where.version;
  context.verb = at.where.method_name;
  context.path = std::string_view(at.request.target).substr(0, at.request.target.find('?'));
  if (at.owner != nullptr) context.project_number = at.owner->project_number;
  return context;
}

reply named_error(const exchange& at, std::string_view name,
                  std::optional<milliseconds> retry_delay = std::nullopt) {
  return error_reply(at, make_error(name, context_of(at), retry_delay).value());
}

reply bad_request(const exchange& at, std::string message) {
  error_text error;
  error.code = 400;
  error.status = "INVALID_ARGUMENT";
  error.message = std::move(message);
  return error_reply(at, error);
}

std::optional<reply> refuse_over_quota(const exchange& at, std::uint64_t tokens) {
  const bool vertex = at.where.service == api_service::vertex;
  const bool embeds = at.where.what == verb::embed || at.where.what == verb::batch_embed ||
                      at.where.what == verb::openai_embed;
  const spending what{at.owner->project, at.owner->tier, at.model,
                      vertex   ? quota_family::vertex
                      : embeds ? quota_family::embed
                               : quota_family::generate,
                      tokens};
  const std::optional<quota_refusal> refusal = at.played.quotas().admit(what, at.now);
  if (!refusal) return std::nullopt;
  if (vertex) return named_error(at, "vertex_429");
  return error_reply(at, make_quota_error(refusal->violations, at.model, refusal->retry_delay));
}

enum class dialect : std::uint8_t { sse, json_array, openai };

void append_error_piece(std::string& out, const std::string& error, dialect how) {
  if (how == dialect::json_array) {
    out += error;
    return;
  }
  out += "data: ";
  out += error;
  out += how == dialect::sse ? "\r\n\r\n" : "\n\n";
}

void append_piece(std::string& out, const completion& made, std::size_t index, dialect how,
                  std::chrono::sys_seconds created, chunk_usage usage) {
  if (how == dialect::json_array) {
    append_native_piece(out, made, index, json_style::pretty);
    return;
  }
  out += "data: ";
  if (how == dialect::sse) {
    append_native_piece(out, made, index, json_style::compact);
    out += "\r\n\r\n";
  } else {
    append_chat_chunk(out, made, index, created, usage);
    out += index + 1 == made.pieces() ? "\n\ndata: [DONE]\n\n" : "\n\n";
  }
}

bool wants_usage(const json_value& request) {
  const json_value* options = member(request, "stream_options");
  const json_value* wish = options == nullptr ? nullptr : member(*options, "include_usage");
  return wish != nullptr && wish->IsTrue();
}

reply stream_reply(const exchange& at, completion made, dialect how) {
  reply streamed;
  streamed.content_type = how == dialect::json_array ? json_type : sse_type;
  streamed.attachment = how != dialect::openai;
  streamed.interval = at.played.played().stream.interval;
  streamed.pieces = made.pieces();

  std::string error;
  std::size_t error_at = made.pieces();
  const bool at_once = at.faults.kind == wire_fault::first_event_error;
  if (at_once || at.faults.kind == wire_fault::mid_stream_error) {
    error = render(
        make_error(at.faults.wire->error, context_of(at), at.faults.wire->retry_delay).value(),
        error_framing::event);
    error_at = at_once ? 0 : std::min(at.faults.wire->after, made.pieces());
    streamed.pieces = error_at + 1;
  }
  const auto created = std::chrono::floor<std::chrono::seconds>(at.now);
  const auto usage = wants_usage(at.body) ? chunk_usage::included : chunk_usage::left_out;
  streamed.append_piece = [made = std::move(made), how, created, usage, error = std::move(error),
                           error_at,
                           pieces = streamed.pieces](std::string& out, std::size_t index) {
    if (how == dialect::json_array) out += index == 0 ? "[" : ",\r\n";
    if (index == error_at) {
      append_error_piece(out, error, how);
    } else {
      append_piece(out, made, index, how, created, usage);
    }
    if (how == dialect::json_array) out += index + 1 == pieces ? "\r\n]" : "\r\n";
  };
  return streamed;
}

reply generate(exchange& at) {
  const auto asked = at.where.openai ? read_openai_prompt(at.body) : read_native_prompt(at.body);
  if (!asked) {
    return bad_request(at, at.where.openai
                               ? "messages: must not be empty"
                               : "* GenerateContentRequest.contents: contents is not specified\n");
  }
  if (auto refused = refuse_over_quota(at, asked->tokens)) return std::move(*refused);

  completion made = compose(*asked, at.played.played(), at.model, at.played.next_response_id());
  made.service = at.where.service;
  if (at.where.what == verb::stream) {
    return stream_reply(at, std::move(made), at.where.sse ? dialect::sse : dialect::json_array);
  }
  reply whole;
  if (at.where.openai) {
    const json_value* stream = member(at.body, "stream");
    if (stream != nullptr && stream->IsTrue()) {
      return stream_reply(at, std::move(made), dialect::openai);
    }
    append_chat_completion(whole.body, made, std::chrono::floor<std::chrono::seconds>(at.now));
  } else {
    append_native_answer(whole.body, made);
  }
  return whole;
}

reply embed_content(exchange& at) {
  if (auto refused = refuse_over_quota(at, embedding_tokens(at.body))) return std::move(*refused);
  reply made;
  made.body = at.where.what == verb::embed         ? embed(at.body, at.model)
              : at.where.what == verb::batch_embed ? embed_batch(at.body, at.model)
                                                   : embed_openai(at.body, at.model);
  return made;
}

reply count(exchange& at) {
  const json_value* inner = member(at.body, "generateContentRequest");
  const auto asked = read_native_prompt(inner == nullptr ? at.body : *inner);
  if (!asked) {
    return bad_request(at, "* CountTokensRequest.contents: contents is not specified\n");
  }
  reply made;
  pretty_json json(made.body);
  json.begin_object();
  json.key("totalTokens").number(asked->tokens);
  json.key("promptTokensDetails").begin_array();
  json.begin_object();
  json.key("modality").string("TEXT");
  json.key("tokenCount").number(asked->tokens);
  json.end_object();
  json.end_array();
  json.end_object();
  made.body += '\n';
  return made;
}

reply list_models(exchange& at) {
  constexpr std::size_t default_page = 50;
  std::size_t page_size = 0;
  const std::string wished = query_parameter(at.request.target, "pageSize").value_or("");
  std::from_chars(wished.data(), wished.data() + wished.size(), page_size);
  const auto page =
      at.played.models().list(page_size == 0 ? default_page : page_size,
                              query_parameter(at.request.target, "pageToken").value_or(""));
  if (!page) return named_error(at, "invalid_argument");
  reply made;
  made.body = *page;
  return made;
}

// Images and videos count as a request, and as one token.
reply make_media(exchange& at) {
  if (auto refused = refuse_over_quota(at, 1)) return std::move(*refused);
  reply made;
  made.body = at.where.what == verb::predict ? predict_images(at.body)
              : at.where.what == verb::openai_images
                  ? images_openai(at.body, at.now)
                  : start_video(at.played, at.model, *at.owner, at.now);
  return made;
}

reply find_operation(exchange& at) {
  auto found = describe_operation(at.model, at.where.operation, *at.owner, at.now);
  if (!found) return named_error(at, "resource_403");
  reply made;
  made.body = std::move(*found);
  return made;
}

reply perform(exchange& at) {
  reply made;
  if (at.where.what == verb::list_models) return list_models(at);
  if (at.where.what == verb::openai_list_models) {
    made.body = at.played.models().list_openai();
    return made;
  }
  const std::optional<model_kind> kind = at.played.models().find(at.model);
  if (!kind && at.where.service == api_service::vertex) {
    return named_error(at, "vertex_model_not_found");
  }
  if (!kind) return named_error(at, "model_not_found");
  switch (at.where.what) {
    case verb::get_model:
      made.body = model_catalogue::describe(at.model, *kind);
      return made;
    case verb::openai_get_model:
      made.body = model_catalogue::describe_openai(at.model);
      return made;
    case verb::count_tokens:
      return count(at);
    case verb::predict:
    case verb::openai_images:
      return *kind == model_kind::image ? make_media(at) : named_error(at, "model_not_found");
    case verb::start_video:
      return *kind == model_kind::video ? make_media(at) : named_error(at, "model_not_found");
    case verb::find_operation:
      return find_operation(at);
    case verb::embed:
    case verb::batch_embed:
    case verb::openai_embed:
      return *kind == model_kind::embedding ? embed_content(at)
                                            : named_error(at, "model_not_found");
    default:
      return *kind == model_kind::text ? generate(at) : named_error(at, "model_not_found");
  }
}

reply finish(const exchange& at, resource_result made) {
  if (const auto* error = std::get_if<error_text>(&made)) return error_reply(at, *error);
  return std::get<reply>(std::move(made));
}

// Google's front end first, then the key's service, then the API.
reply decide(exchange& at, std::string_view credential_error) {
  if (at.where.what == verb::unknown) return named_error(at, "html_404");
  // Whoever knows the address of an upload may use it.
  const bool by_address = at.where.what == verb::upload && at.request.credential.empty() &&
                          query_parameter(at.request.target, "upload_id");
  if (by_address && at.faults.error == nullptr) {
    return finish(at, answer_upload(at.played, at.request, at.where, nullptr, at.now));
  }
  if (!credential_error.empty()) return named_error(at, credential_error);
  if (at.faults.error != nullptr) {
    return named_error(at, at.faults.error->name, at.faults.error->retry_delay);
  }
  if (at.owner == nullptr) {
    return named_error(at, at.where.openai ? "openai_key_invalid" : "key_invalid");
  }
  if (at.owner->service != at.where.service) return named_error(at, "service_blocked");
  if (at.where.has_body() && (at.body.HasParseError() || !at.body.IsObject())) {
    return bad_request(at,
                       "Invalid JSON payload received. Unexpected end of string. Expected a value "
                       "or an object.\n");
  }
  if (at.where.what == verb::upload) {
    return finish(at, answer_upload(at.played, at.request, at.where, at.owner, at.now));
  }
  if (at.where.what == verb::resource) {
    return finish(at,
                  answer_resource({at.played, at.request, at.where, *at.owner, at.body, at.now}));
  }
  if (at.where.has_body()) {
    const auto missing = missing_resource(at.played.shelf(), at.owner->project, at.body);
    if (missing) return error_reply(at, *missing);
  }
  return perform(at);
}

// What the scenario adds to whatever is answered.
void dress(reply& made, const exchange& at) {
  const answer_shape& shape = at.played.played().answer;
  made.coding = negotiate(shape.coding, at.request.header("Accept-Encoding"));
  if (made.content_type == html_type || made.content_type == "application/octet-stream")
    made.coding = compression::none;
  if (made.status == 200) made.delay = shape.delay;
  if (shape.content_length && made.pieces == 0) made.content_length = true;

  if (at.faults.error != nullptr) made.delay += at.faults.error->delay;
  if (at.faults.wire == nullptr) return;
  made.damage = at.faults.kind;
  made.damage_after = at.faults.wire->after;
  (made.damage == wire_fault::stall ? made.stall : made.delay) += at.faults.wire->delay;
}

}  // namespace

reply answer(world& played, recorded_request& request, time_point now) {
  exchange at{played, request, now};
  at.where = find_route(request.method, request.target);
  presented_credential presented = find_credential(at.where, request);
  request.credential = std::move(presented.key);
  at.owner = played.find(request.credential);
  if (at.where.what == verb::resource && request.body.empty()) {
    at.body.SetObject();
  } else if (at.where.has_body()) {
    at.body.Parse(request.body.data(), request.body.size());
  }
  at.model = at.where.model;
  if (at.model.empty() && at.body.IsObject()) at.model = text_member(at.body, "model");
  at.model = without_models_prefix(at.model);
  at.faults = played.faults().draw({request.credential,
                                    at.owner == nullptr ? std::string_view() : at.owner->project,
                                    at.model, request.target});
  reply made = decide(at, presented.error);
  dress(made, at);
  return made;
}

}  // namespace gemkeeper::sandbox
