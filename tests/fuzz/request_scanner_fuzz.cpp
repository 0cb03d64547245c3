#include "fuzz_input.hpp"
#include <gemkeeper/gemini/request_body.hpp>

#include <tuple>

using namespace gemkeeper;

namespace {

std::string names(const gemini::resource_set& set) {
  std::string all;
  for (std::size_t i = 0; i < set.size(); ++i) {
    fuzz::require(gemini::kind_of(set[i]) != gemini::resource_kind::none);
    all.append(set[i]).append("\n");
  }
  return all;
}

}  // namespace

// The first bit of the choice: what is looked for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::input input(data, size);
  const auto wanted =
      input.choice % 2 == 0 ? gemini::body_facts::resources : gemini::body_facts::routing;
  std::vector<std::tuple<std::string, bool, bool, std::string>> results;
  gemini::request_scanner scanner;
  for (const auto& delivery : input.deliveries()) {
    scanner.reset(wanted);
    for (const std::string_view piece : delivery)
      scanner.feed(piece);
    results.emplace_back(scanner.model(), scanner.stream(), scanner.done(),
                         names(scanner.resources()));
  }
  fuzz::require_same(results);

  // The same bytes as a request line, and each name found as a name of its own.
  gemini::resource_set of_target;
  of_target.add_target(input.text);
  of_target.add_credential(input.text);
  const std::string all = names(of_target);
  for (std::size_t i = 0; i < of_target.size(); ++i) {
    std::string again;
    gemini::append_resource(again, of_target[i]);
    fuzz::require(again == of_target[i]);
  }
  return 0;
}
