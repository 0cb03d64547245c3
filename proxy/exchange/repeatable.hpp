// Which requests may be sent again although the first may have been carried out.
#pragma once

#include <string_view>

namespace gemkeeper::proxy {

// Idempotent methods (RFC 9110, 9.2.2), and the calls that change nothing at Google but the bill. A
// call that creates something (a file, a cache, a batch) is not: it could be there twice.
constexpr bool is_repeatable(std::string_view method, std::string_view route) {
  for (const std::string_view m : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}) {
    if (method == m) return true;
  }
  for (const std::string_view r :
       {"generateContent", "streamGenerateContent", "countTokens", "embedContent",
        "batchEmbedContents", "predict", "openai.chat", "openai.embeddings"}) {
    if (route == r) return true;
  }
  return false;
}

}  // namespace gemkeeper::proxy
