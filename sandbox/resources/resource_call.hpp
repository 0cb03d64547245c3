// A call that makes, shows or uses what belongs to one project.
#pragma once

#include "json.hpp"
#include "reply.hpp"
#include "resources/shelf.hpp"
#include "route.hpp"
#include "world.hpp"
#include <gemkeeper/sandbox/error_bodies.hpp>
#include <gemkeeper/sandbox/server.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace gemkeeper::sandbox {

struct resource_call {
  world& played;
  const recorded_request& request;
  const route& where;
  const account& owner;    // of the key
  const json_value& body;  // an object
  std::chrono::system_clock::time_point now;

  [[nodiscard]] resource_shelf& shelf() const { return played.shelf(); }
};

using resource_result = std::variant<reply, error_text>;

// Files, caches, batches, stores, interactions: what `where.what == verb::resource` asks for.
resource_result answer_resource(const resource_call& call);
// What a request's body names and its project does not have, as Google says it; nothing: all is
// well.
std::optional<error_text> missing_resource(const resource_shelf& shelf, std::string_view project,
                                           const json_value& body);

// One of them each.
resource_result answer_batch(const resource_call& call);
resource_result answer_interaction(const resource_call& call);
resource_result answer_store(const resource_call& call);
resource_result answer_openai_resource(const resource_call& call);

// Begun, continued, asked about or cancelled; `owner` is null where no key came along.
resource_result answer_upload(world& played, const recorded_request& request, const route& where,
                              const account* owner, std::chrono::system_clock::time_point now);
// The connection broke in the middle of a piece: Google keeps what has come.
void keep_interrupted_upload(world& played, const recorded_request& request);

// A file, stored and as it is answered.
stored_resource make_file(world& played, std::string_view project, std::string name,
                          std::string_view display_name, std::string_view mime_type,
                          std::shared_ptr<const std::string> content,
                          std::chrono::system_clock::time_point now);

error_text no_permission(std::string_view name);
error_text no_such_thing();
error_text invalid(std::string message);
reply json_reply(std::string body);
// "2026-11-24T00:00:00.000000Z"
std::string timestamp(std::chrono::system_clock::time_point at);
// A page of what the project has, by pageSize and pageToken.
resource_result list_of(const resource_call& call, std::string_view collection,
                        std::string_view member_name);
// Of this project, or Google's answer that there is none.
std::variant<stored_resource, error_text> find_own(const resource_call& call,
                                                   const std::string& name);
// GET or DELETE of one that the project has.
resource_result show_or_remove(const resource_call& call, const std::string& name);

}  // namespace gemkeeper::sandbox
