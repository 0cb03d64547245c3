#include "upstream/addresses.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace gemkeeper::proxy;

namespace {

endpoint_list endpoints(const std::vector<std::string>& texts) {
  endpoint_list list;
  for (const std::string& text : texts)
    list.emplace_back(boost::asio::ip::make_address(text), 443);
  return list;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(addresses)

BOOST_AUTO_TEST_CASE(families_take_turns_and_the_first_goes_first) {
  struct {
    std::vector<std::string> found, tried;
  } const cases[] = {
      {{}, {}},
      {{"10.0.0.1"}, {"10.0.0.1"}},
      {{"10.0.0.1", "10.0.0.2"}, {"10.0.0.1", "10.0.0.2"}},
      {{"::1", "::2", "10.0.0.1"}, {"::1", "10.0.0.1", "::2"}},
      {{"10.0.0.1", "::1", "::2", "::3"}, {"10.0.0.1", "::1", "::2", "::3"}},
      {{"::1", "::2", "10.0.0.1", "10.0.0.2", "10.0.0.3"},
       {"::1", "10.0.0.1", "::2", "10.0.0.2", "10.0.0.3"}},
  };
  for (const auto& c : cases)
    BOOST_TEST((interleave_families(endpoints(c.found)) == endpoints(c.tried)));
}

BOOST_AUTO_TEST_SUITE_END()
