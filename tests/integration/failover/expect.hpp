// What the tests say again and again of an answer.
#pragma once

#include "rig.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::test {

using names = std::vector<std::string>;

// A success, with nothing in it that tells of keys that failed before.
void expect_success(const rig& r, const response& answer);
// Which keys came to the upstream, in order.
void expect_tried(const rig& r, const names& expected);
// No secret of a key in it.
void expect_no_secret(const rig& r, std::string_view text);
// Google's error shape around an error that gemkeeper itself makes.
void expect_own_error(const response& answer, int status, std::string_view canonical,
                      std::string_view reason);
// Google's answer, as the fake API gave it past the proxy.
void expect_unchanged(const response& answer, const response& direct);

// The body without its content coding.
std::string decoded(const response& answer);
// The text of a member, of the first that has the name.
std::string text_in(std::string_view json, std::string_view name);
bool mentions(const response& answer, std::string_view text);

}  // namespace gemkeeper::test
