#include "access.hpp"

#include "ascii.hpp"

namespace gemkeeper::sandbox {

presented_credential find_credential(const route& where, const recorded_request& request) {
  constexpr std::string_view bearer = "Bearer ";
  const std::string_view api_key = request.header("x-goog-api-key");
  const std::string_view authorization = request.header("Authorization");
  const std::string in_query = query_parameter(request.target, "key").value_or("");
  const bool is_bearer = authorization.size() > bearer.size() &&
                         same_ignoring_case(authorization.substr(0, bearer.size()), bearer);

  std::size_t count = 0;
  presented_credential found;
  for (const std::string_view key :
       {api_key, std::string_view(in_query),
        is_bearer ? trim(authorization.substr(bearer.size())) : std::string_view()}) {
    if (key.empty()) continue;
    ++count;
    if (found.key.empty()) found.key = key;
  }

  if (where.openai) {
    // The names of an organisation count as a second identity.
    const bool more =
        !request.header("OpenAI-Organization").empty() || !request.header("OpenAI-Project").empty();
    if (count > 1 || (count == 1 && more)) {
      found.error = "multiple_credentials";
    } else if (!is_bearer) {
      found.error = "openai_authorization_missing";
    }
  } else if (!authorization.empty() || query_parameter(request.target, "access_token")) {
    found.error = "unauthenticated";  // taken for OAuth, whatever else there is
  } else if (count > 1) {
    found.error = "multiple_credentials";
  } else if (count == 0) {
    found.error = "unregistered_caller";
  }
  return found;
}

}  // namespace gemkeeper::sandbox
