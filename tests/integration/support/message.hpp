// HTTP messages as tests write and read them: by a reader of its own, not by the proxy's.
#pragma once

#include "support/connection.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemkeeper::test {

struct message {
  std::string start_line;
  std::vector<std::pair<std::string, std::string>> fields;  // in order, names as received
  std::string body;                                         // as framed: chunks stay chunks

  [[nodiscard]] int status() const;  // of an answer
  // The first field of that name, case-insensitive; empty: absent.
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  // Fields without those of these names, each as "Name: value\n".
  [[nodiscard]] std::string fields_without(const std::vector<std::string_view>& names) const;
};

// A request with its body. Throws wire_error when it does not come.
message read_request(connection& from);

// A final answer to a request of that method, interim ones skipped. An answer without a length is
// read to the end of the connection.
enum class answer_to { get, head };
message read_answer(connection& from, answer_to method = answer_to::get);
// One head, of whatever status.
message read_head(connection& from);

// Requests for a proxy, and what an upstream may answer.
std::string get(std::string_view target, std::string_view fields = {});
std::string post(std::string_view target, std::string_view body, std::string_view fields = {});
std::string ok(std::string_view body, std::string_view fields = {});
std::string answer(std::string_view status, std::string_view body, std::string_view fields = {});
std::string chunk(std::string_view data);

constexpr std::string_view generate = "/v1beta/models/gemini-2.5-flash:generateContent";
constexpr std::string_view stream = "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse";
constexpr std::string_view stream_array = "/v1beta/models/gemini-2.5-flash:streamGenerateContent";
// Creates something: a request that may be carried out once only.
constexpr std::string_view create_cache = "/v1beta/cachedContents";

}  // namespace gemkeeper::test
