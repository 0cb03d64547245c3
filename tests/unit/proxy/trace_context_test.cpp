#include "http/trace_context.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace gemkeeper::proxy::http {
namespace {

BOOST_AUTO_TEST_SUITE(trace_context)

// The examples and rules of https://www.w3.org/TR/trace-context/, 3.2.
BOOST_AUTO_TEST_CASE(a_traceparent_is_well_formed_or_ignored) {
  const std::string id = "4bf92f3577b34da6a3ce929d0e0e4736";
  const std::string rest = "-00f067aa0ba902b7-01";
  const std::string good = "00-" + id + rest;
  const std::pair<std::string, std::string_view> table[] = {
      {good, id},
      {"00-" + id + "-00f067aa0ba902b7-00", id},
      {"cc-" + id + rest, id},
      {"cc-" + id + rest + "-what-the-future-will-be-like", id},
      {"cc-" + id + rest + ".what-the-future-will-not-be-like", ""},
      {good + "-more", ""},  // version 00 has no more
      {"ff-" + id + rest, ""},
      {"", ""},
      {"00", ""},
      {good.substr(0, good.size() - 1), ""},
      {good + "1", ""},
      {"00-" + std::string(32, '0') + rest, ""},
      {"00-" + id + "-0000000000000000-01", ""},
      {"00-4BF92F3577B34DA6A3CE929D0E0E4736" + rest, ""},
      {"0g-" + id + rest, ""},
      {"00-" + id + "-00f067aa0ba902bg-01", ""},
      {"00-" + id + "-00f067aa0ba902b7-0x", ""},
      {"00_" + id + rest, ""},
      {"00-" + id + "_00f067aa0ba902b7-01", ""},
      {"00-" + id + "-00f067aa0ba902b7_01", ""},
      {" " + good, ""},
      {good + "," + good, ""},
  };
  for (const auto& [value, expected] : table)
    BOOST_TEST(trace_id_of(value) == expected, value);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::proxy::http
