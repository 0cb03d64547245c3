#include "upstream/fetch.hpp"

#include "http/body_reader.hpp"

namespace gemkeeper::proxy {

awaitable<io_result> fetch(stream& io, std::string_view request, std::size_t max_body,
                           fetched& into) {
  io_result got = co_await io.send(request);
  http::head_scanner scanner;
  const http::head_limits limits{};
  while (got == io_result::ok) {
    const http::head_status found =
        io.in().empty() ? http::head_status::incomplete : scanner.scan(io.in().bytes(), limits);
    if (found == http::head_status::complete) break;
    if (found != http::head_status::incomplete) co_return io_result::failed;
    got = co_await io.fill();
  }
  if (got != io_result::ok) co_return got;
  into.head_bytes.assign(io.in().bytes().substr(0, scanner.size()));
  io.in().consume(scanner.size());
  if (http::parse_response(into.head_bytes, limits, into.head) != http::head_status::complete) {
    co_return io_result::failed;
  }
  http::body_reader reader;
  reader.start(http::frame_response(into.head, http::answers_head::no));
  for (;;) {
    const std::size_t used =
        reader.feed(io.in().bytes(), [&](std::string_view content) { into.body += content; });
    io.in().consume(used);
    if (reader.done()) co_return io_result::ok;
    if (reader.status() == http::body_reader::state::bad || into.body.size() > max_body) {
      co_return io_result::failed;
    }
    got = co_await io.fill();
    if (got != io_result::ok) co_return reader.finish() ? io_result::ok : got;
  }
}

}  // namespace gemkeeper::proxy
