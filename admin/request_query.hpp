// What the query of GET /requests asks for.
#pragma once

#include <gemkeeper/admin/recorder.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace gemkeeper::admin {

struct request_query {
  std::size_t limit = 100;
  std::string key, client, model, outcome;  // decoded
  request_filter which;                     // but for these

  // `which` and these; as valid as this object.
  [[nodiscard]] request_filter filter() const;
};

// The names it knows, for the description.
inline constexpr std::string_view request_query_names =
    "key,client,model,outcome,status,min_duration,limit,before";

// Throws `refusal` 400 that names the parameter: an unknown one, one that stands twice, a bad
// value.
request_query parse_request_query(std::string_view query);
// The value of `before` that goes on after this request.
std::string place_after(const kept_request& last);

}  // namespace gemkeeper::admin
