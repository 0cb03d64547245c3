// Resumable uploads (protocol document, 1.3): start, upload, finalize, query, cancel.
#include "ascii.hpp"
#include "resources/multipart.hpp"
#include "resources/resource_call.hpp"
#include "resources/stores.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace gemkeeper::sandbox {
namespace {

bool commands(const recorded_request& request, std::string_view wanted) {
  for (const std::string_view one : split(request.header("X-Goog-Upload-Command"), ',')) {
    if (same_ignoring_case(trim(one), wanted)) return true;
  }
  return false;
}

std::string upload_id(const recorded_request& request) {
  return query_parameter(request.target, "upload_id").value_or("");
}

reply status_reply(std::string_view status, std::string body = {}) {
  reply made = body.empty() ? reply() : json_reply(std::move(body));
  made.content_length = true;
  made.headers.emplace_back("X-Goog-Upload-Status", status);
  return made;
}

// The origin and path it was asked at, as Google does it.
std::string upload_url(const recorded_request& request, std::string_view id) {
  const std::string_view target = request.target;
  return fmt::format(
      "https://generativelanguage.googleapis.com{}?upload_id={}&upload_protocol=resumable",
      target.substr(0, target.find('?')), id);
}

resource_result start(world& played, const recorded_request& request, const route& where,
                      const account& owner) {
  upload_session begun;
  begun.project = owner.project;
  begun.metadata = request.body;
  begun.mime_type = request.header("X-Goog-Upload-Header-Content-Type");
  if (where.path.front() == "fileSearchStores" && where.path.size() > 1) {
    begun.store = "fileSearchStores/" + where.path[1];
    const auto store = played.shelf().find(begun.store);
    if (!store || store->project != owner.project) return no_such_thing();
  }
  const std::string id = played.shelf().start_upload(std::move(begun));
  const std::string url = upload_url(request, id);
  reply made = status_reply("active");
  made.headers.emplace_back("X-Goog-Upload-URL", url);
  made.headers.emplace_back("X-Goog-Upload-Control-URL", url);
  made.headers.emplace_back("X-Goog-Upload-Chunk-Granularity",
                            std::to_string(played.played().upload.granularity));
  made.headers.emplace_back("X-GUploader-UploadID", id);
  return made;
}

std::string finalize(world& played, upload_session& upload,
                     std::chrono::system_clock::time_point now) {
  rapidjson::Document metadata;
  metadata.Parse(upload.metadata.data(), upload.metadata.size());
  const json_value* file = metadata.HasParseError() ? nullptr : member(metadata, "file");
  const auto text = [&](const char* name) {
    return file == nullptr ? std::string_view() : text_member(*file, name);
  };
  if (!upload.store.empty()) {
    return put_document(
        played, upload.project, upload.store,
        metadata.HasParseError() ? std::string_view() : text_member(metadata, "displayName"),
        "upload/operations", now);
  }
  const std::string_view mime =
      upload.mime_type.empty() ? text("mimeType") : std::string_view(upload.mime_type);
  const stored_resource made =
      make_file(played, upload.project, std::string(text("name")), text("displayName"), mime,
                std::make_shared<const std::string>(std::move(upload.content)), now);
  upload.content.clear();
  return R"({"file":)" + made.json + "}";
}

// Metadata and media in one body (multipart/related), or the media alone.
resource_result all_at_once(world& played, const recorded_request& request, const account& owner,
                            std::chrono::system_clock::time_point now) {
  const std::string_view type = request.header("Content-Type");
  if (!is_multipart(type)) {
    const stored_resource made = make_file(played, owner.project, {}, {}, type,
                                           std::make_shared<const std::string>(request.body), now);
    return json_reply(R"({"file":)" + made.json + "}");
  }
  const std::vector<multipart_part> parts = parts_of(type, request.body);
  if (parts.size() != 2) return invalid("Multipart body must have two parts.");
  upload_session whole;
  whole.project = owner.project;
  whole.metadata = parts[0].content;
  whole.mime_type = parts[1].content_type;
  whole.content = parts[1].content;
  return json_reply(finalize(played, whole, now));
}

}  // namespace

void keep_interrupted_upload(world& played, const recorded_request& request) {
  if (!commands(request, "upload")) return;
  std::uint64_t offset = 0;
  const std::string_view told = request.header("X-Goog-Upload-Offset");
  std::from_chars(told.data(), told.data() + told.size(), offset);
  played.shelf().with_upload(upload_id(request), [&](upload_session& upload) {
    const bool fits =
        upload.now == upload_session::state::active && offset == upload.content.size();
    if (fits) upload.content += request.body;
  });
}

resource_result answer_upload(world& played, const recorded_request& request, const route& where,
                              const account* owner, std::chrono::system_clock::time_point now) {
  const std::string id = upload_id(request);
  if (id.empty()) {
    if (owner == nullptr) return no_such_thing();
    if (commands(request, "start")) return start(played, request, where, *owner);
    return all_at_once(played, request, *owner, now);
  }

  std::string project;
  std::uint64_t received = 0;
  upload_session::state state{};
  std::string answer;
  bool known = false;
  const auto look = [&](upload_session& upload) {
    known = true;
    project = upload.project;
    received = upload.content.size();
    state = upload.now;
    answer = upload.answer;
  };
  played.shelf().with_upload(id, look);
  if (!known) return no_such_thing();
  if (owner != nullptr && owner->project != project) return no_permission(id);

  if (commands(request, "cancel")) {
    played.shelf().with_upload(
        id, [](upload_session& upload) { upload.now = upload_session::state::cancelled; });
    return status_reply("cancelled");
  }
  if (state == upload_session::state::cancelled) {
    reply gone = status_reply("cancelled");
    gone.status = 400;
    return gone;
  }
  if (state == upload_session::state::final) return status_reply("final", std::move(answer));
  if (commands(request, "query")) {
    reply made = status_reply("active");
    made.headers.emplace_back("X-Goog-Upload-Size-Received", std::to_string(received));
    return made;
  }

  const bool last = commands(request, "finalize");
  std::uint64_t offset = 0;
  const std::string_view told = request.header("X-Goog-Upload-Offset");
  std::from_chars(told.data(), told.data() + told.size(), offset);
  if (commands(request, "upload")) {
    if (offset != received) {
      return invalid(fmt::format("The offset is {}, and {} bytes have come.", offset, received));
    }
    if (!last && request.body.size() % played.played().upload.granularity != 0) {
      return invalid("A piece that is not the last must be a multiple of the granularity.");
    }
  }
  upload_session done;
  played.shelf().with_upload(id, [&](upload_session& upload) {
    upload.content += request.body;
    if (!last) return;
    upload.now = upload_session::state::final;
    done = upload_session{upload.project, upload.store, upload.metadata, upload.mime_type,
                          std::exchange(upload.content, {})};
  });
  if (!last) return status_reply("active");
  std::string made = finalize(played, done, now);
  played.shelf().with_upload(id, [&](upload_session& upload) { upload.answer = made; });
  return status_reply("final", std::move(made));
}

}  // namespace gemkeeper::sandbox
