# The dashboard (admin/ui) as a C++ source: built with Node when it is there, else a page that says that
# it is left out. Sets GEMKEEPER_DASHBOARD_SOURCE.
option(GEMKEEPER_DASHBOARD "Build the dashboard into the program (needs Node 18 and npm)" ON)

set(GEMKEEPER_DASHBOARD_SOURCE ${PROJECT_SOURCE_DIR}/admin/dashboard_absent.cpp)
if(NOT GEMKEEPER_DASHBOARD)
  return()
endif()

find_program(GEMKEEPER_NODE node)
find_program(GEMKEEPER_NPM npm)
mark_as_advanced(GEMKEEPER_NODE GEMKEEPER_NPM)
set(version 0)
if(GEMKEEPER_NODE AND GEMKEEPER_NPM)
  execute_process(COMMAND ${GEMKEEPER_NODE} --version OUTPUT_VARIABLE version ERROR_QUIET
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  string(REGEX REPLACE "^v" "" version "${version}")
endif()
if(version VERSION_LESS 18)
  message(WARNING "the dashboard is left out: it needs Node 18 or newer and npm "
    "(install nodejs and npm, or set GEMKEEPER_DASHBOARD=OFF to be told no more)")
  return()
endif()

# Source by source, so that nothing runs when nothing changed.
set(directory ${PROJECT_SOURCE_DIR}/admin/ui)
file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${directory}/src/* ${directory}/public/*)
set(output ${PROJECT_BINARY_DIR}/dashboard)
set(GEMKEEPER_DASHBOARD_SOURCE ${output}/dashboard_files.cpp)
add_custom_command(
  OUTPUT ${GEMKEEPER_DASHBOARD_SOURCE}
  COMMAND ${GEMKEEPER_NODE} ${directory}/embed.mjs ${output}
  DEPENDS ${sources} ${directory}/embed.mjs ${directory}/index.html ${directory}/vite.config.mjs
    ${directory}/tsconfig.json ${directory}/package.json ${directory}/package-lock.json
  COMMENT "Building the dashboard"
  VERBATIM)
