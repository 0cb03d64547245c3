#include "support/message.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace gemkeeper::test {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string read_chunks(connection& from) {
  std::string body;
  for (;;) {
    const std::string line = from.receive_until("\r\n");
    body += line;
    std::size_t size = 0;
    std::from_chars(line.data(), line.data() + line.size(), size, 16);
    if (size == 0) break;
    body += from.receive(size + 2);
  }
  for (std::string line; line != "\r\n";)
    body += line = from.receive_until("\r\n");
  return body;
}

// False: the message says nothing of a body.
bool read_framed_body(connection& from, message& into) {
  if (same_name(into.header("Transfer-Encoding"), "chunked")) {
    into.body = read_chunks(from);
    return true;
  }
  if (const std::string length = into.header("Content-Length"); !length.empty()) {
    into.body = from.receive(std::stoul(length));
    return true;
  }
  return false;
}

}  // namespace

int message::status() const {
  return std::stoi(start_line.substr(9, 3));
}

std::string message::header(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (same_name(field, name)) return value;
  }
  return {};
}

std::size_t message::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      fields.begin(), fields.end(), [&](const auto& f) { return same_name(f.first, name); }));
}

std::string message::fields_without(const std::vector<std::string_view>& names) const {
  std::string text;
  for (const auto& [field, value] : fields) {
    const bool unwanted = std::any_of(
        names.begin(), names.end(), [&](std::string_view name) { return same_name(field, name); });
    if (!unwanted) text += field + ": " + value + "\n";
  }
  return text;
}

message read_head(connection& from) {
  const std::string text = from.receive_until("\r\n\r\n");
  message head;
  std::size_t end = text.find("\r\n");
  head.start_line = text.substr(0, end);
  while (end + 4 < text.size()) {
    const std::size_t begin = end + 2;
    end = text.find("\r\n", begin);
    const std::string line = text.substr(begin, end - begin);
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) throw wire_error("no field: " + line);
    head.fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return head;
}

message read_request(connection& from) {
  message request = read_head(from);
  read_framed_body(from, request);
  return request;
}

message read_answer(connection& from, answer_to method) {
  message got = read_head(from);
  while (got.status() < 200)
    got = read_head(from);
  const int status = got.status();
  if (method == answer_to::head || status == 204 || status == 304) return got;
  if (!read_framed_body(from, got)) got.body = from.receive_to_end();
  return got;
}

std::string get(std::string_view target, std::string_view fields) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) +
         "\r\n";
}

std::string post(std::string_view target, std::string_view body, std::string_view fields) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

std::string ok(std::string_view body, std::string_view fields) {
  return answer("200 OK", body, fields);
}

std::string answer(std::string_view status, std::string_view body, std::string_view fields) {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

std::string chunk(std::string_view data) {
  char size[16];
  const auto end = std::to_chars(size, size + sizeof(size), data.size(), 16).ptr;
  return std::string(size, end) + "\r\n" + std::string(data) + "\r\n";
}

}  // namespace gemkeeper::test
