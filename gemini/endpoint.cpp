#include <gemkeeper/gemini/endpoint.hpp>

namespace gemkeeper::gemini {

endpoint classify(std::string_view, std::string_view) { return {}; }

}  // namespace gemkeeper::gemini
