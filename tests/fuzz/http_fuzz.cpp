// What clients and upstreams send: heads, framing, bodies. However it is cut, it is read the same;
// and whatever is accepted can be written on again without meaning something else.
#include "exchange/host_rules.hpp"
#include "exchange/request_image.hpp"
#include "fuzz_input.hpp"
#include "http/body_reader.hpp"
#include "http/framing.hpp"
#include "http/head.hpp"
#include "tunnel/address_block.hpp"
#include "tunnel/authority.hpp"

#include <string>

using namespace gemkeeper;
namespace http = proxy::http;

namespace {

constexpr http::head_limits limits{4096, 16};

// As far as a connection gets with one message.
struct outcome {
  http::head_status head = http::head_status::incomplete;
  std::size_t head_size = 0;
  http::body_reader::state body = http::body_reader::state::more;
  std::size_t body_size = 0;
  std::string content;

  bool operator==(const outcome&) const = default;
};

void require_clean(std::string_view text) {
  for (const char c : text)
    fuzz::require(c != '\r' && c != '\n' && c != '\0');
}

void require_clean(const http::message_head& head) {
  for (const http::field& f : head.fields) {
    require_clean(f.name);
    require_clean(f.value);
    fuzz::require(http::is_token(f.name));
  }
}

// What goes upstream of an accepted request is one head, with one key, one Host and one length.
void require_safe_image(const http::request_head& head, std::string_view target) {
  proxy::upstream_settings upstream;
  proxy::request_image image;
  image.build(head, target, upstream, "gemkeeper-fuzz");
  const bool chunked = head.find("Transfer-Encoding") != nullptr;
  const std::string text(image.for_attempt(gemini::api_family::native, "AIza-key",
                                           chunked ? std::optional<std::uint64_t>(1) : std::nullopt,
                                           image.server_timeout()));
  http::head_scanner scanner;
  const http::head_limits roomy{1 << 20, 64};
  fuzz::require(scanner.scan(text, roomy) == http::head_status::complete);
  fuzz::require(scanner.size() == text.size());
  http::request_head again;
  fuzz::require(http::parse_request(text, roomy, again) == http::head_status::complete);
  fuzz::require(http::frame_request(again).problem.empty());
  unsigned keys = 0;
  for (const http::field& f : again.fields)
    keys += http::iequals(f.name, "x-goog-api-key") ? 1 : 0;
  fuzz::require(keys == 1 && again.find("x-goog-api-key")->value == "AIza-key");
  fuzz::require(again.find("Authorization") == nullptr && again.find("Cookie") == nullptr);
  fuzz::require(again.find("Transfer-Encoding") == nullptr);
}

// A target that is accepted reads the same when it is written again, and its host is plain.
void require_plain_authority(std::string_view target) {
  proxy::authority once;
  if (!proxy::parse_authority(target, once).empty()) return;
  proxy::authority again;
  fuzz::require(proxy::parse_authority(proxy::to_text(once), again).empty());
  fuzz::require(again.host == once.host && again.port == once.port && again.kind == once.kind);
  fuzz::require(once.port != 0 && once.address == again.address);
  fuzz::require(once.address || proxy::is_plain_name(once.host));
  if (once.address) static_cast<void>(proxy::unwrapped(*once.address));
}

// Both return how the body is framed; `status` says whether the head is one.
http::framing read_request(std::string_view text, http::head_status& status) {
  http::request_head head;
  status = http::parse_request(text, limits, head);
  if (status != http::head_status::complete) return {};
  require_clean(head);
  require_clean(head.method);
  require_clean(head.target);
  if (const http::field* host = head.find("Host"))
    static_cast<void>(proxy::is_trusted_host(proxy::host_of_authority(host->value), {}));
  require_plain_authority(head.target);
  http::framing how = http::frame_request(head);
  if (how.problem.empty() && head.target.starts_with('/')) require_safe_image(head, head.target);
  return how;
}

http::framing read_response(std::string_view text, http::head_status& status) {
  http::response_head head;
  status = http::parse_response(text, limits, head);
  if (status != http::head_status::complete) return {};
  require_clean(head);
  require_clean(head.reason);
  return http::frame_response(head, http::answers_head::no);
}

enum class kind { request, response };

outcome read_message(kind what, const std::vector<std::string_view>& delivery) {
  outcome result;
  http::head_scanner scanner;
  http::body_reader reader;
  std::string have;
  for (const std::string_view piece : delivery) {
    have += piece;
    if (result.head == http::head_status::incomplete) {
      result.head = scanner.scan(have, limits);
      if (result.head != http::head_status::complete) continue;
      result.head_size = scanner.size();
      const std::string_view head = std::string_view(have).substr(0, scanner.size());
      const http::framing how = what == kind::request ? read_request(head, result.head)
                                                      : read_response(head, result.head);
      if (!how.problem.empty()) result.head = http::head_status::malformed;
      reader.start(how);
      have.erase(0, scanner.size());
    }
    if (result.head != http::head_status::complete) break;
    const std::size_t used =
        reader.feed(have, [&](std::string_view content) { result.content += content; });
    result.body_size += used;
    have.erase(0, used);
  }
  result.body = reader.status();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::input input(data, size);
  const kind what = input.choice % 2 == 0 ? kind::request : kind::response;
  std::vector<outcome> results;
  for (const auto& delivery : input.deliveries())
    results.push_back(read_message(what, delivery));
  fuzz::require_same(results);
  return 0;
}
