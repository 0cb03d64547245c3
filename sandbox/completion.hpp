// What the fake model answers, before it is put into a dialect's JSON.
#pragma once

#include "media.hpp"
#include "prompt.hpp"
#include <gemkeeper/sandbox/scenario.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::sandbox {

struct completion {
  std::string model;
  api_service service = api_service::gemini;  // which of them answers
  std::string id;
  std::string text;
  std::optional<function_call> call;  // then `text` is empty
  std::optional<medium> drawn;        // then too
  bool show_thoughts = false;
  bool timestamps = false;

  std::uint64_t prompt_tokens = 0;
  std::uint64_t output_tokens = 0;
  std::uint64_t thought_tokens = 0;

  std::vector<std::size_t> cuts;  // of `text`: where the pieces of a stream end

  [[nodiscard]] std::size_t pieces() const { return cuts.size(); }
  // With a timestamp in front if those are on.
  [[nodiscard]] std::string piece(std::size_t index) const;
  // Spent when piece `index` has been sent: grows with the stream.
  [[nodiscard]] std::uint64_t output_tokens_after(std::size_t index) const;
};

completion compose(const prompt& asked, const scenario& how, std::string_view model,
                   std::string id);

}  // namespace gemkeeper::sandbox
