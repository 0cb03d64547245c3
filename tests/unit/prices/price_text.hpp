// Price files for tests.
#pragma once

#include <gemkeeper/pool/prices.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace gemkeeper::pool::test {

// A file with these models.
inline std::string price_text(std::string_view models) {
  return R"({"schema": 1, "currency": "USD", "sources": {"us": {"url": "u", "date": "2026-11-01"}},
 "models": [)" +
         std::string(models) + "]}";
}

// One model that has this as its standard price since 2026.
inline std::string model_text(std::string_view names, std::string_view standard,
                              std::string_view more = "") {
  std::string text = R"({"names": )";
  text.append(names).append(more).append(
      R"(, "prices": [{"from": "2026-01-01", "sources": ["us"], "standard": )");
  return text.append(standard).append("}]}");
}

inline price_table table_of(std::string_view models) {
  return price_table::parse(price_text(models), "test");
}

inline time_point at(std::chrono::sys_seconds when) {
  return when;
}

// During the 24th of November 2026, everywhere in America.
inline time_point november_24() {
  using namespace std::chrono;
  return sys_days(2026y / November / 24) + hours(20);
}

inline constexpr std::size_t in(modality m) {
  return static_cast<std::size_t>(m);
}

}  // namespace gemkeeper::pool::test
