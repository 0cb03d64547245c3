# Run by CPack over what was installed: Debian's own files.
set(top "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr")
get_filename_component(source "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
set(doc "${top}/share/doc/gemkeeper")

file(COPY_FILE "${source}/packaging/debian/copyright" "${doc}/copyright")
file(COPY_FILE "${source}/CHANGELOG.md" "${doc}/changelog")
if(DEFINED ENV{GEMKEEPER_SBOM})
  file(COPY_FILE "$ENV{GEMKEEPER_SBOM}" "${doc}/sbom.spdx.json")
endif()
# -n: no time of the build in it.
execute_process(COMMAND gzip -9nf "${doc}/changelog" "${top}/share/man/man1/gemkeeper.1"
  "${top}/share/man/man5/gemkeeper.toml.5" COMMAND_ERROR_IS_FATAL ANY)
file(GLOB pages "${doc}/copyright" "${doc}/changelog.gz" "${doc}/sbom.spdx.json" "${top}/share/man/man*/*.gz")
foreach(page IN LISTS pages)
  file(CHMOD "${page}" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endforeach()
