#include <gemkeeper/proxy/egress.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace gemkeeper::proxy {

namespace {

using protocol = egress::protocol;

struct scheme {
  std::string_view name;
  protocol kind;
  std::uint16_t usual_port;
};
constexpr std::array<scheme, 4> schemes{{{"http", protocol::http, 80},
                                         {"https", protocol::https, 443},
                                         {"socks5", protocol::socks5, 1080},
                                         {"socks5h", protocol::socks5, 1080}}};

// RFC 1929 gives a length one byte.
constexpr std::size_t longest_credential = 255;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool is_printable(unsigned char c) {
  return c > ' ' && c < 0x7f;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned char byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (error != std::errc{} || digits.size() != 2 || end != digits.data() + 2) return std::nullopt;
    result += static_cast<char>(byte);
    i += 2;
  }
  return result;
}

// Controls are allowed by no scheme (RFC 7617, section 2), and could break a header field.
bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

std::string read_credentials(std::string_view text, egress& into) {
  const std::size_t colon = text.find(':');
  auto user = percent_decoded(text.substr(0, colon));
  auto password = percent_decoded(colon == text.npos ? std::string_view{} : text.substr(colon + 1));
  if (!user || !password) {
    return "has credentials with a stray \"%\" (write it as %25)";
  }
  if (user->empty()) return "has credentials without a user name";
  if (has_control(*user) || has_control(*password)) {
    return "has credentials with control characters";
  }
  if (user->size() > longest_credential || password->size() > longest_credential) {
    return "has a user name or password of more than 255 bytes";
  }
  if (into.kind == protocol::socks5) {
    if (password->empty()) return "has a user name without a password, which SOCKS5 does not know";
  } else if (user->find(':') != user->npos) {
    return "has a user name with a colon, which HTTP does not know (RFC 7617)";
  }
  into.user = std::move(*user);
  into.password = std::move(*password);
  return {};
}

bool is_address(int family, const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(family, host.c_str(), bytes.data()) == 1;
}

bool is_host_name(std::string_view host) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-._";
  return !host.empty() && host.size() <= 253 && host.find_first_not_of(allowed) == host.npos &&
         host.front() != '.' && host.find("..") == host.npos;
}

std::string read_authority(std::string_view text, egress& into) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return "has no valid host name or address";
    into.host = lower(text.substr(1, end - 1));
    port = text.substr(end + 1);
    if (!is_address(AF_INET6, into.host)) return "has no valid host name or address";
  } else {
    into.host = lower(text.substr(0, text.find(':')));
    port = text.substr(into.host.size());
    if (!is_host_name(into.host)) return "has no valid host name or address";
  }
  if (port.empty()) return {};
  const char* end = port.data() + port.size();
  const auto [stop, error] = std::from_chars(port.data() + 1, end, into.port);
  if (port[0] != ':' || error != std::errc{} || stop != end || into.port == 0) {
    return "has no valid port (1 to 65535)";
  }
  return {};
}

}  // namespace

egress::~egress() {
  OPENSSL_cleanse(user.data(), user.size());
  OPENSSL_cleanse(password.data(), password.size());
}

std::string egress::label() const {
  if (kind == protocol::direct) return "direct";
  const auto* found = std::ranges::find(schemes, kind, &scheme::kind);
  const std::string shown = host.find(':') == host.npos ? host : "[" + host + "]";
  return fmt::format("{}://{}:{}", found->name, shown, port);
}

std::string parse_egress(std::string_view text, egress& into) {
  egress parsed;
  if (text == "direct") {
    into = std::move(parsed);
    return {};
  }
  constexpr std::string_view scheme_end = "://";
  const std::string name = lower(text.substr(0, std::min(text.find(scheme_end), text.size())));
  const auto* found = std::ranges::find(schemes, name, &scheme::name);
  if (found == schemes.end() || name.size() == text.size()) {
    return "must start with \"http://\", \"https://\" or \"socks5://\"";
  }
  parsed.kind = found->kind;
  parsed.port = found->usual_port;
  std::string_view rest = text.substr(name.size() + scheme_end.size());
  if (!std::ranges::all_of(rest, is_printable)) {
    return "has white space, control or non-ASCII characters (percent-encode them)";
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#") != rest.npos) {
    return "must end with the port (percent-encode \"/\", \"?\" and \"#\" in a password)";
  }
  if (const std::size_t at = rest.find('@'); at != rest.npos) {
    if (rest.find('@', at + 1) != rest.npos) {
      return "has more than one \"@\" (write %40 for the one in a password)";
    }
    if (auto wrong = read_credentials(rest.substr(0, at), parsed); !wrong.empty()) return wrong;
    rest.remove_prefix(at + 1);
  }
  if (auto wrong = read_authority(rest, parsed); !wrong.empty()) return wrong;
  into = std::move(parsed);
  return {};
}

}  // namespace gemkeeper::proxy
