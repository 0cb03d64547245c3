// The types of settings: each reads a TOML value into a C++ one, and writes it back as TOML.
#pragma once

#include "toml_input.hpp"
#include <gemkeeper/app/values.hpp>
#include <gemkeeper/proxy/tunnel_hosts.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemkeeper::app::types {

// A TOML basic string, which is a JSON string too.
std::string quote(std::string_view text);
std::string quote_all(const std::vector<std::string>& items);

struct flag {
  static constexpr std::string_view name = "true or false";
  static complaint read(const raw_value& value, bool& into);
  static std::string write(bool value) { return value ? "true" : "false"; }
};

struct text {
  static constexpr std::string_view name = "string";
  static complaint read(const raw_value& value, std::string& into);
  template <class Tag>
  static complaint read(const raw_value& value, pool::name_of<Tag>& into) {
    return read(value, into.value);
  }
  static std::string write(const std::string& value) { return quote(value); }
  template <class Tag>
  static std::string write(const pool::name_of<Tag>& value) {
    return quote(value.value);
  }
};

// Never shown, not even in a complaint.
struct secret {
  static constexpr std::string_view name = "string";
  static complaint read(const raw_value& value, std::string& into) {
    return text::read(value, into);
  }
  static std::string write(const std::string& value) {
    return value.empty() ? quote("") : std::string(hidden_value);
  }
};

// Of an upstream proxy; may hold a password, so it is as secret.
struct proxy_url {
  static constexpr std::string_view name = "URL";
  static complaint read(const raw_value& value, std::string& into);
  static std::string write(const std::string& value) { return secret::write(value); }
};

// alerts.webhook_url and alerts.webhook_secret: never shown.
struct webhook_address {
  static constexpr std::string_view name = "URL";
  static complaint read(const raw_value& value, std::string& into);
  static std::string write(const std::string& value) { return secret::write(value); }
};
struct webhook_secret {
  static constexpr std::string_view name = "string";
  static complaint read(const raw_value& value, std::string& into);
  static std::string write(const std::string& value) { return secret::write(value); }
};

// Of 1 to 100.
struct percents {
  static constexpr std::string_view name = "list of numbers";
  static complaint read(const raw_value& value, std::vector<unsigned>& into);
  static std::string write(const std::vector<unsigned>& value) { return fmt::format("{}", value); }
};

struct texts {
  static constexpr std::string_view name = "list of strings";
  // One string alone is a list of one.
  static complaint read(const raw_value& value, std::vector<std::string>& into);
  static std::string write(const std::vector<std::string>& value) { return quote_all(value); }
};

// What connect.allow and connect.deny hold.
template <proxy::tunnel_list List>
struct tunnel_hosts {
  static constexpr std::string_view name = "list of hosts";
  static complaint read(const raw_value& value, std::vector<std::string>& into) {
    std::vector<std::string> all;
    if (auto wrong = texts::read(value, all); !wrong.empty()) return wrong;
    for (const std::string& entry : all) {
      if (auto wrong = proxy::complaint_about_tunnel_host(entry, List); !wrong.empty())
        return wrong;
    }
    into = std::move(all);
    return {};
  }
  static std::string write(const std::vector<std::string>& value) { return quote_all(value); }
};

// In a file, a relative path starts from the file's directory.
struct path {
  static constexpr std::string_view name = "path";
  static complaint read(const raw_value& value, std::filesystem::path& into);
  static complaint read(const raw_value& value, std::string& into);
  static std::string write(const std::filesystem::path& value) { return quote(value.native()); }
  static std::string write(const std::string& value) { return quote(value); }
};

// A path, or ":memory:".
struct storage {
  static constexpr std::string_view name = "path";
  static complaint read(const raw_value& value, std::filesystem::path& into);
  static std::string write(const std::filesystem::path& value) { return path::write(value); }
};

// "auto", "off", or a path.
struct tls_choice {
  static constexpr std::string_view name = "string";
  static complaint read(const raw_value& value, std::string& into);
  static std::string write(const std::string& value) { return quote(value); }
};

// DNS names in lower case, "*.example.com" for all below a name.
struct host_names {
  static constexpr std::string_view name = "list of strings";
  static complaint read(const raw_value& value, std::vector<std::string>& into);
  static std::string write(const std::vector<std::string>& value) { return quote_all(value); }
};

complaint read_integer(const raw_value& value, std::int64_t least, std::int64_t most,
                       std::int64_t& into);

template <std::int64_t Least, std::int64_t Most>
struct count {
  static constexpr std::string_view name = "number";
  template <std::integral Number>
  static complaint read(const raw_value& value, Number& into) {
    static_assert(std::in_range<Number>(Least) && std::in_range<Number>(Most));
    std::int64_t number = 0;
    auto wrong = read_integer(value, Least, Most, number);
    if (wrong.empty()) into = static_cast<Number>(number);
    return wrong;
  }
  static std::string write(std::integral auto value) { return fmt::format("{}", value); }
};

// US dollars, a decimal with at most six places; kept in 10^-6.
struct usd {
  static constexpr std::string_view name = "decimal";
  static complaint read(const raw_value& value, std::uint64_t& into);
  static std::string write(std::uint64_t micros) { return format_usd(micros); }
};

struct ratio {
  static constexpr std::string_view name = "number";
  static complaint read(const raw_value& value, double& into);
  static std::string write(double value) { return fmt::format("{:#}", value); }
};

struct ports {
  static constexpr std::string_view name = "list of numbers";
  static complaint read(const raw_value& value, std::vector<std::uint16_t>& into);
  static std::string write(const std::vector<std::uint16_t>& value) {
    return fmt::format("{}", value);
  }
};

complaint read_duration(const raw_value& value, std::chrono::milliseconds& into);

enum class zero : std::uint8_t { allowed, forbidden };

template <zero Zero>
struct duration {
  static constexpr std::string_view name = "duration";
  template <class Duration>
  static complaint read(const raw_value& value, Duration& into) {
    std::chrono::milliseconds parsed{};
    if (auto wrong = read_duration(value, parsed); !wrong.empty()) return wrong;
    if (Zero == zero::forbidden && parsed.count() == 0) return "must be longer than 0";
    into = std::chrono::duration_cast<Duration>(parsed);
    return {};
  }
  static std::string write(auto value) {
    return quote(format_duration(std::chrono::duration_cast<std::chrono::milliseconds>(value)));
  }
};

complaint read_size(const raw_value& value, std::uint64_t least, std::uint64_t& into);

template <std::uint64_t Least>
struct size {
  static constexpr std::string_view name = "size";
  template <std::unsigned_integral Number>
  static complaint read(const raw_value& value, Number& into) {
    static_assert(sizeof(Number) == sizeof(std::uint64_t));
    std::uint64_t bytes = 0;
    auto wrong = read_size(value, Least, bytes);
    if (wrong.empty()) into = bytes;
    return wrong;
  }
  static std::string write(std::uint64_t value) { return quote(format_size(value)); }
};

struct addresses {
  static constexpr std::string_view name = "list of addresses";
  static complaint read(const raw_value& value, std::vector<proxy::listen_address>& into);
  static std::string write(const std::vector<proxy::listen_address>& value);
};

struct base_url {
  static constexpr std::string_view name = "URL";
  static complaint read(const raw_value& value, proxy::origin& into);
  static std::string write(const proxy::origin& value) { return quote(format_base_url(value)); }
};

struct models {
  static constexpr std::string_view name = "list of strings";
  static complaint read(const raw_value& value, std::vector<pool::model_name>& into);
  static std::string write(const std::vector<pool::model_name>& value);
};

template <class Enum>
struct named {
  std::string_view name;
  Enum value;
};

// One of `Names`, an array of `named`.
template <const auto& Names>
struct choice {
  static constexpr std::string_view name = "string";
  template <class Enum>
  static complaint read(const raw_value& value, Enum& into) {
    std::string given;
    if (auto wrong = text::read(value, given); !wrong.empty()) return wrong;
    const auto* found = std::ranges::find(Names, given, &named<Enum>::name);
    if (found == Names.end()) return fmt::format("{} is none of {}", quote(given), list());
    into = found->value;
    return {};
  }
  template <class Enum>
  static std::string write(Enum value) {
    return quote(std::ranges::find(Names, value, &named<Enum>::value)->name);
  }

 private:
  static std::string list() {
    std::vector<std::string> all;
    for (const auto& one : Names)
      all.push_back(quote(one.name));
    return fmt::format("{}", fmt::join(all, ", "));
  }
};

}  // namespace gemkeeper::app::types
