// Owns the precompiled header: CMake needs a source that is compiled with it.
