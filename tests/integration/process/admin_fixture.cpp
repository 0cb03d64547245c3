#include "admin_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace gemkeeper::test {

admin_fixture::~admin_fixture() {
  for (const std::string_view name : {"alpha", "beta", "gamma", "delta"}) {
    BOOST_TEST(!mentions(answers_, secret_key(name)), "an answer shows a key: " << answers_);
  }
}

child& admin_fixture::serve_with(std::string_view key, std::string_view toml,
                                 const std::vector<std::string>& arguments) {
  child::variables variables;
  if (!key.empty()) variables.emplace("GEMINI_API_KEYS", secret_key(key));
  program = &serve(toml, arguments, variables);
  admin_port = port_of(field_of(program->wait_for_line(R"("listener":"admin")"), "address"));
  return *program;
}

std::string admin_fixture::request(std::string_view method, std::string_view target,
                                   std::string_view body, std::string_view more_fields) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n{}",
                                 method, target, admin_port, more_fields);
  if (!body.empty()) {
    text += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
  }
  return raw(text + "\r\n" + std::string(body));
}

std::string admin_fixture::raw(std::string_view bytes) {
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), admin_port});
  boost::system::error_code error;
  asio::write(socket, asio::buffer(bytes), error);
  std::string answer;
  asio::read(socket, asio::dynamic_buffer(answer), error);
  answers_ += answer;
  return answer;
}

std::string admin_fixture::curl(std::string arguments) {
  const std::size_t at = arguments.find(":8000");
  arguments.replace(at, 5, fmt::format(":{}", admin_port));
  child ran({"/bin/sh", "-c", "curl -sS " + arguments}, {});
  BOOST_TEST(ran.wait() == 0, ran.err());
  answers_ += ran.out();
  return ran.out();
}

std::string admin_fixture::key_body(std::string_view name) {
  return fmt::format(R"({{"api_key":"{}","name":"{}"}})", secret_key(name), name);
}

std::string admin_fixture::secret_body(std::string_view name) {
  return fmt::format(R"({{"api_key":"{}"}})", secret_key(name));
}

std::string admin_fixture::first_key_id() {
  return field_of(get("/api/v1/api-keys"), "id");
}

void admin_fixture::expect(const std::string& answer, int status, std::string_view text) {
  BOOST_TEST(answer.starts_with(fmt::format("HTTP/1.1 {} ", status)), answer);
  BOOST_TEST(mentions(answer, text), answer);
}

}  // namespace gemkeeper::test
