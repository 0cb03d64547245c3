# Run by cmake --install: units with the path of the program in them, and the configuration, which a
# second installation leaves as the administrator has made it.
set(root "$ENV{DESTDIR}")
set(prefix "${CMAKE_INSTALL_PREFIX}")
get_filename_component(source "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)

set(etc "${prefix}/etc")
if(prefix STREQUAL "/usr" OR prefix STREQUAL "/usr/local")
  set(etc /etc)  # where the program and systemd look
endif()

foreach(unit gemkeeper.service gemkeeper.socket gemkeeper-admin.socket gemkeeper.tmpfiles.conf)
  file(READ "${source}/systemd/${unit}" text)
  string(REPLACE "/usr/bin/gemkeeper" "${prefix}/bin/gemkeeper" text "${text}")
  string(REPLACE "/etc/gemkeeper" "${etc}/gemkeeper" text "${text}")
  if(unit MATCHES "tmpfiles")
    set(to "${root}${prefix}/lib/tmpfiles.d/gemkeeper.conf")
  else()
    set(to "${root}${prefix}/lib/systemd/system/${unit}")
  endif()
  message(STATUS "Installing: ${to}")
  file(WRITE "${to}" "${text}")
  file(CHMOD "${to}" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endforeach()

set(configuration "${root}${etc}/gemkeeper/gemkeeper.toml")
if(EXISTS "${configuration}")
  message(STATUS "Kept: ${configuration}")
else()
  message(STATUS "Installing: ${configuration}")
  file(MAKE_DIRECTORY "${root}${etc}/gemkeeper")
  # file(INSTALL) would put DESTDIR before it once more.
  file(COPY_FILE "${source}/conf/gemkeeper.toml" "${configuration}")
  file(CHMOD "${configuration}" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endif()
file(MAKE_DIRECTORY "${root}${etc}/gemkeeper/keys")
file(CHMOD "${root}${etc}/gemkeeper/keys" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
