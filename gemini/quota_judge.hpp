// What a refusal for quota means for the project and the model.
#pragma once

#include <gemkeeper/gemini/error.hpp>
#include <gemkeeper/pool/outcome.hpp>

#include <string_view>

namespace gemkeeper::gemini {

// `retry_after`: the header field's value, empty when absent.
pool::verdict judge_quota(const parsed_error& error, std::string_view retry_after);

}  // namespace gemkeeper::gemini
