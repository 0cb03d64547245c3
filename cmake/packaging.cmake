# cmake --install, and the Debian package (scripts/package).
include(GNUInstallDirs)

# Manual pages and completions, from the tables that the program itself uses.
set(reference ${PROJECT_BINARY_DIR}/reference)
set(reference_files "")
foreach(name gemkeeper.1 gemkeeper.toml.5 gemkeeper.bash _gemkeeper gemkeeper.fish)
  add_custom_command(
    OUTPUT ${reference}/${name}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${reference}
    COMMAND gemkeeper_reference ${name} > ${reference}/${name}
    DEPENDS gemkeeper_reference
    VERBATIM)
  list(APPEND reference_files ${reference}/${name})
endforeach()
add_custom_target(gemkeeper_pages DEPENDS ${reference_files})
# What `cmake --install` and the package need.
add_custom_target(gemkeeper_installation DEPENDS gemkeeper gemkeeper_pages)

install(TARGETS gemkeeper RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${reference}/gemkeeper.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${reference}/gemkeeper.toml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${reference}/gemkeeper.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME gemkeeper)
install(FILES ${reference}/_gemkeeper DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${reference}/gemkeeper.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/SECURITY.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs
  FILES_MATCHING PATTERN "*.md")
install(FILES ${PROJECT_SOURCE_DIR}/conf/prices.json
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
# What has the installation's paths in it, or must not be overwritten.
install(SCRIPT ${PROJECT_SOURCE_DIR}/cmake/install_system_files.cmake)
install(CODE "message(STATUS \"gemkeeper ${PROJECT_VERSION}: see gemkeeper(1)\")")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "gemkeeper maintainers")
set(CPACK_PACKAGE_CONTACT "gemkeeper maintainers <maintainers@gemkeeper.invalid>")
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/packaging/debian_files.cmake)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 1)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, init-system-helpers")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"local proxy for Google's Gemini API with a pool of API keys
 Applications talk to it with any key at all; gemkeeper puts one of its own
 into each request, sees what Google's answer means, and tries the next key
 before the application notices that one is out of quota, revoked or leaked.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(control ${PROJECT_SOURCE_DIR}/packaging/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${control}/conffiles ${control}/postinst ${control}/prerm ${control}/postrm)
include(CPack)
