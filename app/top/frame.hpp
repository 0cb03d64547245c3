// One picture of `gemkeeper top`. Pure.
#pragma once

#include "sample.hpp"
#include <gemkeeper/app/command_line.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace gemkeeper::app::top {

struct view {
  std::size_t width = 0, height = 0;  // of the terminal; 0: no limit
  bool styled = false;                // with ANSI colours
  top_sort by = top_sort::calls;
};

// Lines, each with a line feed at its end, none wider and not more than the view has room for.
// `before` may be null. `problem`: why `now` is not fresh; empty: it is. Nothing in a name can
// steer the terminal.
std::string draw(const view& how, std::string_view where, const sample& now, const sample* before,
                 std::string_view problem);
// While there is nothing to draw.
std::string draw_problem(const view& how, std::string_view where, std::string_view problem);

// The same as one line of JSON.
std::string to_json(const sample& now, const sample* before);
std::string problem_to_json(std::string_view problem, system_clock::time_point now);

}  // namespace gemkeeper::app::top
