// Prometheus text exposition format 0.0.4, written family by family
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
#pragma once

#include <gemkeeper/admin/recorder.hpp>
#include <gemkeeper/pool/data_path_first.hpp>

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace gemkeeper::admin {

class exposition {
 public:
  // Begins a family; its samples follow. `type`: counter or gauge.
  void family(std::string_view name, std::string_view type, std::string_view help);
  // `labels`: as `label` makes them, with commas between; empty: none.
  template <class Value>
  void sample(const std::string& labels, Value value) {
    fmt::format_to(std::back_inserter(text_), "{}{}{}{} {}\n", name_, labels.empty() ? "" : "{",
                   labels, labels.empty() ? "" : "}", value);
    others_.next_round();
  }
  // A family of one sample without labels.
  template <class Value>
  void single(std::string_view name, std::string_view type, std::string_view help, Value value) {
    family(name, type, help);
    sample({}, value);
  }
  void observed(std::string_view name, const histogram& values, std::string_view help);
  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
  pool::data_path_first others_{32};
};

// name="value", escaped.
std::string label(std::string_view name, std::string_view value);

// process_*: CPU, memory, descriptors, start; what this system does not tell is left out.
void write_process(exposition& to);

}  // namespace gemkeeper::admin
