// What the fake models draw, say and film: small, and the same each time.
#pragma once

#include "json.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::sandbox {

struct account;
class world;

struct medium {
  std::string_view modality;  // "AUDIO"
  std::string_view mime_type;
  std::string base64;
  std::uint64_t tokens = 0;
};

medium sample_audio();  // 10 ms of silence
medium sample_image();  // a pixel

// Answers to :predict and to images/generations; as many images as are wanted, at most 4.
std::string predict_images(const json_value& request);
std::string images_openai(const json_value& request, std::chrono::system_clock::time_point now);

// A video is an operation of its project, done a tenth of a second after it began; its name tells
// both. The video itself is a file of the project, of a few bytes.
std::string start_video(world& played, std::string_view model, const account& owner,
                        std::chrono::system_clock::time_point now);
// nullopt: there is none of that name, or it is another project's.
std::optional<std::string> describe_operation(std::string_view model, std::string_view id,
                                              const account& owner,
                                              std::chrono::system_clock::time_point now);

}  // namespace gemkeeper::sandbox
