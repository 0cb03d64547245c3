#include "setting_types.hpp"

#include "../alerts/webhook_message.hpp"
#include "../alerts/webhook_url.hpp"
#include <gemkeeper/app/state_directory.hpp>
#include <gemkeeper/proxy/egress.hpp>
#include <gemkeeper/proxy/host_names.hpp>

#include <cmath>
#include <iterator>

namespace gemkeeper::app::types {
namespace {

template <class T>
const T* single(const raw_value& value) {
  return value.kind == raw_value::shape::scalar ? std::get_if<T>(value.items.data()) : nullptr;
}

std::filesystem::path from_base(const raw_value& value, std::string_view given) {
  return given.empty() ? std::filesystem::path{} : value.base / given;
}

}  // namespace

std::string quote(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      fmt::format_to(std::back_inserter(result), "\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result += '"';
}

std::string quote_all(const std::vector<std::string>& items) {
  std::vector<std::string> all;
  for (const std::string& item : items)
    all.push_back(quote(item));
  return fmt::format("[{}]", fmt::join(all, ", "));
}

complaint flag::read(const raw_value& value, bool& into) {
  const bool* given = single<bool>(value);
  if (given == nullptr) return "must be true or false";
  into = *given;
  return {};
}

complaint text::read(const raw_value& value, std::string& into) {
  if (const auto* given = single<std::string>(value)) {
    into = *given;
    return {};
  }
  // Outside of a file a string needs no quotes, even if it looks like a number.
  if (value.kind == raw_value::shape::scalar && !value.text.empty()) {
    into = value.text;
    return {};
  }
  return "must be a string in quotes";
}

complaint proxy_url::read(const raw_value& value, std::string& into) {
  std::string given;
  if (auto wrong = text::read(value, given); !wrong.empty()) return wrong;
  proxy::egress ignored;
  if (!given.empty()) {
    if (auto wrong = proxy::parse_egress(given, ignored); !wrong.empty()) return wrong;
  }
  into = std::move(given);
  return {};
}

complaint webhook_address::read(const raw_value& value, std::string& into) {
  std::string given;
  if (auto wrong = text::read(value, given); !wrong.empty()) return wrong;
  proxy::post_destination ignored;
  if (!given.empty()) {
    if (auto wrong = parse_webhook_url(given, ignored); !wrong.empty()) return wrong;
  }
  into = std::move(given);
  return {};
}

complaint webhook_secret::read(const raw_value& value, std::string& into) {
  std::string given;
  if (auto wrong = text::read(value, given); !wrong.empty()) return wrong;
  if (!given.empty() && !webhook_key(given)) {
    return "must be \"whsec_\" and base64 of 24 to 64 random bytes (make one: echo "
           "\"whsec_$(openssl rand -base64 32)\")";
  }
  into = std::move(given);
  return {};
}

complaint percents::read(const raw_value& value, std::vector<unsigned>& into) {
  constexpr std::int64_t all_of_it = 100;
  std::vector<unsigned> all;
  for (const auto& item : value.items) {
    const auto* given = std::get_if<std::int64_t>(&item);
    if (given != nullptr && *given > 0 && *given <= all_of_it) {
      all.push_back(static_cast<unsigned>(*given));
    }
  }
  if (all.size() != value.items.size() || value.kind == raw_value::shape::table) {
    return "must be a list of percentages from 1 to 100, like [50, 80, 100]";
  }
  into = std::move(all);
  return {};
}

complaint texts::read(const raw_value& value, std::vector<std::string>& into) {
  if (std::string one; value.kind == raw_value::shape::scalar && text::read(value, one).empty()) {
    into = {std::move(one)};
    return {};
  }
  std::vector<std::string> all;
  for (const auto& item : value.items) {
    if (const auto* given = std::get_if<std::string>(&item)) all.push_back(*given);
  }
  if (value.kind != raw_value::shape::list || all.size() != value.items.size()) {
    return "must be a list of strings, like [\"a\", \"b\"]";
  }
  into = std::move(all);
  return {};
}

complaint path::read(const raw_value& value, std::filesystem::path& into) {
  std::string given;
  auto wrong = text::read(value, given);
  if (given.find('\0') != given.npos) return "must not hold a NUL character";
  if (wrong.empty()) into = from_base(value, given);
  return wrong;
}

complaint path::read(const raw_value& value, std::string& into) {
  std::filesystem::path given;
  auto wrong = read(value, given);
  if (wrong.empty()) into = given.native();
  return wrong;
}

complaint storage::read(const raw_value& value, std::filesystem::path& into) {
  if (const auto* given = single<std::string>(value); given != nullptr && *given == in_memory) {
    into = in_memory;
    return {};
  }
  return path::read(value, into);
}

complaint tls_choice::read(const raw_value& value, std::string& into) {
  std::string given;
  if (auto wrong = text::read(value, given); !wrong.empty()) return wrong;
  if (given.empty()) return "must be \"auto\", \"off\" or a PEM file";
  if (given != "auto" && given != "off") return path::read(value, into);
  into = given;
  return {};
}

complaint host_names::read(const raw_value& value, std::vector<std::string>& into) {
  std::vector<std::string> given;
  if (auto wrong = texts::read(value, given); !wrong.empty()) return wrong;
  for (std::string& name : given) {
    const bool below = name.starts_with("*.");
    const std::string host =
        proxy::canonical_host_name(below ? std::string_view(name).substr(2) : name);
    // No certificate may stand for all of a top-level domain.
    if (host.empty() || (below && host.find('.') == host.npos)) {
      return fmt::format(
          "{} is not a host name (write \"api.example.com\", or \"*.example.com\" "
          "for all below it; no port, no address)",
          quote(name));
    }
    name = below ? "*." + host : host;
  }
  into = std::move(given);
  return {};
}

complaint read_integer(const raw_value& value, std::int64_t least, std::int64_t most,
                       std::int64_t& into) {
  const auto* given = single<std::int64_t>(value);
  if (given == nullptr || *given < least || *given > most) {
    return fmt::format("must be a whole number from {} to {}", least, most);
  }
  into = *given;
  return {};
}

complaint ratio::read(const raw_value& value, double& into) {
  const auto* whole = single<std::int64_t>(value);
  const auto* given = single<double>(value);
  if (whole == nullptr && (given == nullptr || !std::isfinite(*given))) return "must be a number";
  into = whole != nullptr ? static_cast<double>(*whole) : *given;
  return {};
}

complaint ports::read(const raw_value& value, std::vector<std::uint16_t>& into) {
  std::vector<std::uint16_t> all;
  for (const auto& item : value.items) {
    const auto* given = std::get_if<std::int64_t>(&item);
    if (given != nullptr && *given > 0 && std::in_range<std::uint16_t>(*given)) {
      all.push_back(static_cast<std::uint16_t>(*given));
    }
  }
  if (all.size() != value.items.size() || value.kind == raw_value::shape::table) {
    return "must be a list of ports from 1 to 65535, like [443]";
  }
  into = std::move(all);
  return {};
}

complaint read_duration(const raw_value& value, std::chrono::milliseconds& into) {
  if (const auto* bare = single<std::int64_t>(value); bare != nullptr && *bare == 0) {
    into = {};  // no need of a unit
    return {};
  }
  std::string given;
  if (!text::read(value, given).empty()) return "must be a duration in quotes, like \"30s\"";
  return parse_duration(given, into);
}

complaint read_size(const raw_value& value, std::uint64_t least, std::uint64_t& into) {
  std::uint64_t bytes = 0;
  std::string given;
  if (const auto* bare = single<std::int64_t>(value)) {
    if (*bare < 0) return "must not be negative";
    bytes = static_cast<std::uint64_t>(*bare);
  } else if (!text::read(value, given).empty()) {
    return "must be a size in quotes, like \"16MiB\", or a number of bytes";
  } else if (auto wrong = parse_size(given, bytes); !wrong.empty()) {
    return wrong;
  }
  if (bytes < least) return fmt::format("must be at least {}", format_size(least));
  into = bytes;
  return {};
}

complaint addresses::read(const raw_value& value, std::vector<proxy::listen_address>& into) {
  std::vector<std::string> given;
  if (!texts::read(value, given).empty()) {
    return "must be a list of addresses, like [\"127.0.0.1:8001\"]";
  }
  std::vector<proxy::listen_address> all(given.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (auto wrong = parse_listen_address(given[i], all[i]); !wrong.empty()) return wrong;
  }
  into = std::move(all);
  return {};
}

std::string addresses::write(const std::vector<proxy::listen_address>& value) {
  std::vector<std::string> all;
  for (const auto& address : value)
    all.push_back(format_listen_address(address));
  return quote_all(all);
}

complaint base_url::read(const raw_value& value, proxy::origin& into) {
  std::string given;
  if (auto wrong = text::read(value, given); !wrong.empty()) return wrong;
  return parse_base_url(given, into);
}

complaint models::read(const raw_value& value, std::vector<pool::model_name>& into) {
  constexpr std::string_view prefix = "models/";
  std::vector<std::string> given;
  if (auto wrong = texts::read(value, given); !wrong.empty()) return wrong;
  std::vector<pool::model_name> all;
  for (std::string_view name : given) {
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    if (name.empty()) return "must not hold an empty name";
    all.emplace_back(name);
  }
  into = std::move(all);
  return {};
}

std::string models::write(const std::vector<pool::model_name>& value) {
  std::vector<std::string> all;
  for (const auto& model : value)
    all.push_back(model.value);
  return quote_all(all);
}

complaint usd::read(const raw_value& value, std::uint64_t& into) {
  std::string text = value.text;
  if (value.kind == raw_value::shape::scalar && !value.items.empty()) {
    if (const auto* whole = std::get_if<std::int64_t>(value.items.data())) {
      text = fmt::format("{}", *whole);
    } else if (const auto* decimal = std::get_if<double>(value.items.data())) {
      text = fmt::format("{}", *decimal);
    } else if (const auto* given = std::get_if<std::string>(value.items.data())) {
      text = *given;
    }
  }
  return parse_usd(text, into);
}

}  // namespace gemkeeper::app::types
