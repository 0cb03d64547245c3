#include "ascii.hpp"
#include "query.hpp"
#include <gemkeeper/gemini/credential.hpp>

#include <algorithm>

namespace gemkeeper::gemini {
namespace {

using std::string_view;

constexpr string_view credential_fields[] = {
    "x-goog-api-key",      "authorization",
    "proxy-authorization", "cookie",
    "x-goog-user-project", "openai-organization",
    "openai-project",      "x-gemini-api-privileged-user-id"};

// Google's system parameters that carry a credential; each is also understood with a '$'.
constexpr string_view credential_parameters[] = {"key", "access_token", "oauth_token",
                                                 "bearer_token"};

// Removes the first character of a percent-encoded text and returns it decoded; what is no escape
// stands for itself.
char take_decoded(string_view& text) {
  if (text[0] == '%' && text.size() >= 3) {
    const int high = ascii::hex_value(text[1]);
    const int low = ascii::hex_value(text[2]);
    if (high >= 0 && low >= 0) {
      text.remove_prefix(3);
      return static_cast<char>(high * 16 + low);
    }
  }
  const char plain = text[0];
  text.remove_prefix(1);
  return plain;
}

bool decodes_to(string_view encoded, string_view plain) {
  for (const char c : plain) {
    if (encoded.empty() || ascii::lower(take_decoded(encoded)) != c) return false;
  }
  return encoded.empty();
}

bool is_credential_parameter(string_view name) {
  if (string_view rest = name; !rest.empty() && take_decoded(rest) == '$') name = rest;
  return std::ranges::any_of(credential_parameters,
                             [name](string_view known) { return decodes_to(name, known); });
}

}  // namespace

bool is_credential_field(string_view name) {
  return std::ranges::any_of(credential_fields,
                             [name](string_view known) { return ascii::equal(name, known); });
}

string_view credential_prefix(api_family family) {
  return family == api_family::openai ? "Authorization: Bearer " : "x-goog-api-key: ";
}

void append_target_without_credentials(std::string& out, string_view target) {
  out += target.substr(0, target.find('?'));
  char separator = '?';
  each_parameter(target, [&](const query_parameter& parameter) {
    if (is_credential_parameter(parameter.name)) return;
    out += separator;
    out += parameter.text;
    separator = '&';
  });
}

std::string query_credential(string_view target) {
  std::string credential;
  bool found = false;
  each_parameter(target, [&](query_parameter parameter) {
    if (found || !is_credential_parameter(parameter.name)) return;
    found = true;
    while (!parameter.value.empty())
      credential += take_decoded(parameter.value);
  });
  return credential;
}

}  // namespace gemkeeper::gemini
