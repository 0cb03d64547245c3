// A request and its answer as the endpoints see them: values, without a socket.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemkeeper::admin {

enum class method : std::uint8_t { get, post, put, patch, del };
std::string_view to_string(method);

// What a browser may do with an answer.
enum class handling : std::uint8_t {
  data,       // nothing but read it, once
  page,       // show it as the dashboard; ask again before each use
  page_part,  // a file of the dashboard whose name changes with its content: keep it
};

struct answer {
  int status = 200;
  std::string body;
  std::string_view type = "application/json";
  std::vector<std::pair<std::string, std::string>> fields;  // further header fields
  handling as = handling::data;
  bool guessed = false;  // a wrong token: told after a pause
};

// A request that is refused. Thrown by the endpoints and by what they read with; the router makes
// the contract's error shape of it. Its text never repeats a secret or what could be one.
struct refusal : std::runtime_error {
  refusal(int with_status, std::string with_code, const std::string& message,
          std::string of_field = {})
      : std::runtime_error(message),
        status(with_status),
        code(std::move(with_code)),
        field(std::move(of_field)) {}

  int status;
  std::string code;    // stable: "duplicate_key"
  std::string field;   // of the body or the query; empty: none is at fault
  std::string reason;  // Google's, when it is Google who refuses
};
answer to_answer(const refusal& what);
// The same, without the exception.
answer refusal_answer(int status, std::string_view code, std::string_view message);

// What came with the request line. `path` and `query` are as they were sent.
struct request {
  std::string_view path;
  std::string_view query;
  std::string_view body;
  std::string_view actor;      // who asks, for the audit trail: "127.0.0.1"
  std::string_view parameter;  // what stood in place of "{…}" in the route's path
  // Header fields; a field that is absent is empty.
  std::string_view host;
  std::string_view cookie;
  std::string_view accept_encoding;
  std::string_view if_none_match;
  bool https = false;  // the page it comes from was loaded by https, here or at a proxy before us
};

}  // namespace gemkeeper::admin
