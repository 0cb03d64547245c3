// A key's bytes: what they may be, and how they are read from a file.
#pragma once

#include <gemkeeper/app/values.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace gemkeeper::app {

std::string_view trimmed(std::string_view text);

// No empty, long, non-ASCII or many-word text is a key; its shape is Google's business. The
// complaint never repeats the text.
complaint check_secret(std::string_view secret, std::string_view what = "key");

// A file's content. The complaint names the file and why it cannot be read.
complaint read_file(const std::filesystem::path& path, std::size_t most, std::string& into);

enum class readable_by : std::uint8_t { some, everybody };

struct secret_file {
  std::string secret;
  readable_by access = readable_by::some;
};
// `what` the complaint calls it.
complaint read_secret_file(const std::filesystem::path& path, secret_file& into,
                           std::string_view what = "key");

}  // namespace gemkeeper::app
