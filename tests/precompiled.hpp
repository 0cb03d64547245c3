// Precompiled once, reused by every test.
#pragma once

#include "../cmake/asio_pch.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <filesystem>
#include <fstream>
