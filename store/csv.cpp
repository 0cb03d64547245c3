#include "usage_batch.hpp"
#include <gemkeeper/store/ledger.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <bit>

namespace gemkeeper::store {
namespace {

// A name that a spreadsheet would take for a formula is made text by an apostrophe.
void append_field(std::string& line, std::string_view text) {
  constexpr std::string_view formula = "=+-@\t\r";
  std::string guarded;
  if (!text.empty() && formula.find(text.front()) != formula.npos) {
    guarded = fmt::format("'{}", text);
    text = guarded;
  }
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    line += text;
    return;
  }
  line += '"';
  for (const char c : text) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

std::string_view name_of(const usage_row& row, dimension d) {
  switch (d) {
    case dimension::key:
      return row.key;
    case dimension::project:
      return row.project;
    case dimension::model:
      return row.model;
    case dimension::client:
      break;
  }
  return row.client;
}

}  // namespace

std::string to_csv(const usage_series& series, const std::vector<dimension>& group_by) {
  std::string csv = "start";
  for (const dimension d : group_by)
    csv += fmt::format(",{}", to_string(d));
  csv += fmt::format(",{}\r\n", sum_list());
  for (const usage_row& row : series.rows) {
    csv +=
        fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(row.start));
    for (const dimension d : group_by) {
      csv += ',';
      append_field(csv, name_of(row, d));
    }
    const usage_sums& sums = row.sums;
    csv += fmt::format(",{},{},{},{},{},{}", sums.calls, sums.errors, sums.cancelled,
                       sums.unmetered, sums.unpriced, sums.cost_micros);
    using token_counts = std::array<std::uint64_t, sizeof(pool::token_usage) / 8>;
    for (const std::uint64_t count : std::bit_cast<token_counts>(sums.tokens))
      csv += fmt::format(",{}", count);
    csv += "\r\n";
  }
  return csv;
}

}  // namespace gemkeeper::store
