// What an upstream proxy says before it lets bytes through, and URLs of such proxies: cuts do not
// matter, and nothing of either, nor a password, gets into what is told.
#include "fuzz_input.hpp"
#include "upstream/proxy_handshake.hpp"

#include <array>

using namespace gemkeeper;

namespace {

constexpr std::string_view password = "pass-word";

struct outcome {
  proxy::proxy_handshake::state how = proxy::proxy_handshake::state::send;
  std::string said;
  std::string rest;
  std::string problem;
  bool operator==(const outcome&) const = default;
};

outcome hold(const proxy::egress& via, const std::vector<std::string_view>& delivery) {
  using state = proxy::proxy_handshake::state;
  proxy::proxy_handshake talk(via, "a.example", 443);
  outcome result;
  std::string have;
  const auto go_on = [&] {
    while (talk.status() == state::send) {
      result.said += talk.output();
      talk.sent();
      have.erase(0, talk.feed(have));
    }
  };
  go_on();
  for (const std::string_view piece : delivery) {
    have += piece;
    if (talk.status() == state::receive) have.erase(0, talk.feed(have));
    go_on();
  }
  result.how = talk.status();
  if (result.how == state::done) result.rest = have;
  result.problem = talk.problem();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::string_view, 4> urls{"http://proxy", "http://me:pass-word@proxy",
                                                 "socks5://proxy", "socks5://me:pass-word@proxy"};
  const fuzz::input input(data, size);
  proxy::egress via;
  if (proxy::parse_egress(input.text, via).empty()) {
    fuzz::require(via.label().find('@') == std::string::npos);
    fuzz::require(via.kind == proxy::egress::protocol::direct || via.port != 0);
  }
  fuzz::require(proxy::parse_egress(urls[input.choice % urls.size()], via).empty());
  std::vector<outcome> results;
  for (const auto& delivery : input.deliveries())
    results.push_back(hold(via, delivery));
  fuzz::require_same(results);
  fuzz::require(results.front().problem.find(password) == std::string::npos);
  return 0;
}
