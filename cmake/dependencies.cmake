# Debian 12 packages; README.md says what each is for.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS unit_test_framework)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(RapidJSON REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(brotlidec REQUIRED IMPORTED_TARGET libbrotlidec)
pkg_check_modules(brotlienc REQUIRED IMPORTED_TARGET libbrotlienc)
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)

# fmt, spdlog and toml++ without their shared libraries: these, and the C++ runtime that they need,
# would be a fifth of the memory of an idle proxy. fmt is compiled once, here: as headers it costs
# every file that formats two to five seconds.
add_library(gemkeeper_fmt STATIC ${PROJECT_SOURCE_DIR}/cmake/fmt.cpp)
add_library(gemkeeper::fmt ALIAS gemkeeper_fmt)
target_link_libraries(gemkeeper_fmt PRIVATE gemkeeper::options)

add_library(gemkeeper_spdlog INTERFACE)
add_library(gemkeeper::spdlog ALIAS gemkeeper_spdlog)
target_compile_definitions(gemkeeper_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
target_link_libraries(gemkeeper_spdlog INTERFACE gemkeeper::fmt Threads::Threads)

add_library(gemkeeper_toml INTERFACE)
add_library(gemkeeper::toml ALIAS gemkeeper_toml)
target_include_directories(gemkeeper_toml SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIR})

# RapidJSON is headers only; as a system include its warnings are its own.
add_library(gemkeeper_rapidjson INTERFACE)
add_library(gemkeeper::rapidjson ALIAS gemkeeper_rapidjson)
target_include_directories(gemkeeper_rapidjson SYSTEM INTERFACE ${RapidJSON_INCLUDE_DIR})

# Asio and Beast are compiled once, here, and precompiled for everybody who includes them.
add_library(gemkeeper_asio STATIC ${PROJECT_SOURCE_DIR}/cmake/asio.cpp)
add_library(gemkeeper::asio ALIAS gemkeeper_asio)
target_compile_definitions(gemkeeper_asio PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_COROUTINE BOOST_ERROR_CODE_HEADER_ONLY
  # An exchange's coroutines nest deeper than the two frames that are kept by default.
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=8)
target_link_libraries(gemkeeper_asio
  PUBLIC gemkeeper::options Boost::headers OpenSSL::SSL OpenSSL::Crypto gemkeeper::fmt Threads::Threads)
target_precompile_headers(gemkeeper_asio PRIVATE ${PROJECT_SOURCE_DIR}/cmake/asio_pch.hpp)
