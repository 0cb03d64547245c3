# Warnings, hardening and sanitizers, for every target of the project.
add_library(gemkeeper_options INTERFACE)
add_library(gemkeeper::options ALIAS gemkeeper_options)

target_include_directories(gemkeeper_options INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_options(gemkeeper_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -fstack-protector-strong -fno-omit-frame-pointer -fPIE)
target_link_options(gemkeeper_options INTERFACE -pie)

# GCC 12 reports these falsely from inside libstdc++ and Asio once coroutines are inlined.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(gemkeeper_options INTERFACE
    -Wno-maybe-uninitialized -Wno-mismatched-new-delete -Wno-stringop-overflow -Wno-array-bounds
    -Wno-restrict)
endif()

# Several files in one translation unit: one file's internal names are in another's sight, which neither
# shadows nor exports them.
if(CMAKE_UNITY_BUILD)
  target_compile_options(gemkeeper_options INTERFACE -Wno-shadow -Wno-subobject-linkage)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_definitions(gemkeeper_options INTERFACE _FORTIFY_SOURCE=2)
  target_compile_options(gemkeeper_options INTERFACE -ffunction-sections -fdata-sections)
  target_link_options(gemkeeper_options INTERFACE
    -Wl,-z,relro,-z,now -Wl,--as-needed -Wl,--gc-sections)
endif()

if(GEMKEEPER_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Asio has a fence that ThreadSanitizer does not model; GCC 12 warns of each use.
  target_compile_options(gemkeeper_options INTERFACE -Wno-tsan)
endif()

if(GEMKEEPER_SANITIZE)
  target_compile_options(gemkeeper_options INTERFACE
    -fsanitize=${GEMKEEPER_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(gemkeeper_options INTERFACE -fsanitize=${GEMKEEPER_SANITIZE})
endif()
