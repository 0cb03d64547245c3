// The models that the sandbox knows, and what it tells of them.
#pragma once

#include <gemkeeper/sandbox/scenario.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::sandbox {

enum class model_kind : std::uint8_t { text, embedding, image, video };

class model_catalogue {
 public:
  // `more` are text models, or of another kind if their name says so: "embedding", "imagen", "veo".
  explicit model_catalogue(const std::vector<std::string>& more);

  [[nodiscard]] std::optional<model_kind> find(std::string_view name) const;

  // Native. nullopt: a page token that was not given out here.
  [[nodiscard]] std::optional<std::string> list(std::size_t page_size,
                                                std::string_view page_token) const;
  [[nodiscard]] static std::string describe(std::string_view name, model_kind kind);
  // OpenAI-compatible.
  [[nodiscard]] std::string list_openai() const;
  [[nodiscard]] static std::string describe_openai(std::string_view name);

 private:
  std::vector<std::string> names_;
};

}  // namespace gemkeeper::sandbox
