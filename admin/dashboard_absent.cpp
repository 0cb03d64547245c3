// What a build without the dashboard serves in its place.
#include "dashboard_files.hpp"

namespace gemkeeper::admin {
namespace {

constexpr std::string_view text = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>gemkeeper</title>
<h1>gemkeeper is running, without its dashboard</h1>
<p>This build left the dashboard out: Node 18 or newer and npm were not there, or it was configured with
<code>-DGEMKEEPER_DASHBOARD=OFF</code>. To have it, install <code>nodejs</code> and <code>npm</code>, remove
the build directory and run <code>scripts/build release gemkeeper</code>.</p>
<p>The admin API works as ever: see <a href="openapi.json">openapi.json</a>, or run
<code>gemkeeper status</code> and <code>gemkeeper keys list</code>.</p>
</html>
)";

constexpr dashboard_file notice{
    "/", "text/html; charset=utf-8", "\"without-dashboard\"", handling::page, text, {}, {}};

}  // namespace

const dashboard_file* find_dashboard_file(std::string_view path) {
  return path == notice.path ? &notice : nullptr;
}

}  // namespace gemkeeper::admin
