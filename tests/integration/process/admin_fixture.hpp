// A gemkeeper whose admin API is asked over plain sockets.
#pragma once

#include "fixture.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::test {

class admin_fixture : public process_fixture {
 public:
  ~admin_fixture();

  // With the key of that name; empty: with none.
  child& serve_with(std::string_view key, std::string_view toml = {},
                    const std::vector<std::string>& arguments = {});

  // Whole answers, each over a connection of its own. They are kept, and searched for keys.
  std::string request(std::string_view method, std::string_view target, std::string_view body = {},
                      std::string_view more_fields = {});
  std::string get(std::string_view target) { return request("GET", target); }
  std::string post(std::string_view target, std::string_view body) {
    return request("POST", target, body);
  }
  // Bytes as they are.
  std::string raw(std::string_view bytes);
  // curl with these arguments, where port 8000 stands for the one that was picked.
  std::string curl(std::string arguments);

  static std::string key_body(std::string_view name);     // with its name
  static std::string secret_body(std::string_view name);  // without
  std::string first_key_id();
  static void expect(const std::string& answer, int status, std::string_view text);

  child* program = nullptr;
  std::uint16_t admin_port = 0;

 private:
  std::string answers_;
};

}  // namespace gemkeeper::test
