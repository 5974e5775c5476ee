# The library as cargo leaves it, and as programs use it: under `lib`, with the names that it is installed under.

# The names of the target's system; tutee_shared is empty where there is no shared library, and tutee_import where a linker
# reads the shared library itself.
set(cargo_shared "")
set(tutee_shared "")
set(tutee_import "")
set(tutee_soname "libtutee.so.${abi}")
set(tutee_static libtutee.a)
set(elf OFF)
if(tutee_cfg MATCHES "target_os=\"windows\"")
  set(cargo_shared tutee.dll)
  set(tutee_shared tutee.dll)
  if(tutee_cfg MATCHES "target_env=\"msvc\"")
    set(tutee_static tutee.lib)
    set(tutee_import tutee.dll.lib)
  else()
    set(tutee_import libtutee.dll.a)
  endif()
elseif(tutee_cfg MATCHES "target_vendor=\"apple\"")
  set(cargo_shared libtutee.dylib)
  set(tutee_shared libtutee.dylib)
  set(tutee_soname "@rpath/libtutee.dylib")
else()
  set(elf ON)
  if(NOT tutee_cfg MATCHES "target_os=\"(none|uefi)\"|target_family=\"wasm\"|target_feature=\"crt-static\"")
    set(cargo_shared libtutee.so)
    set(tutee_shared "${tutee_soname}")
  endif()
endif()

# Cargo takes the linker of the project where it would not find one by itself. For MSVC it does.
set(environment "")
if(cargo_shared AND NOT tutee_triple STREQUAL tutee_host AND NOT MSVC)
  string(TOUPPER "CARGO_TARGET_${tutee_triple}_LINKER" variable)
  string(REGEX REPLACE "[-.]" "_" variable "${variable}")
  set(environment "${variable}=${CMAKE_C_COMPILER}")
  # One compiler may be that of many targets.
  set(options "")
  if(CMAKE_C_COMPILER_TARGET)
    string(APPEND options " -Clink-arg=--target=${CMAKE_C_COMPILER_TARGET}")
  endif()
  if(CMAKE_SYSROOT)
    string(APPEND options " -Clink-arg=--sysroot=${CMAKE_SYSROOT}")
  endif()
  if(options)
    string(REPLACE "_LINKER" "_RUSTFLAGS" variable "${variable}")
    list(APPEND environment "${variable}=$ENV{${variable}}${options}")
  endif()
endif()

get_filename_component(folder "${tutee_triple}" NAME)
string(REGEX REPLACE "\\.json$" "" folder "${folder}")
set(made "${TUTEE_CARGO_TARGET_DIR}/${folder}/release")
set(tutee_lib "${CMAKE_CURRENT_BINARY_DIR}/lib")
file(MAKE_DIRECTORY "${tutee_lib}")

set(steps "")
set(files "${tutee_lib}/${tutee_static}")
if(cargo_shared)
  list(APPEND steps COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${made}/${cargo_shared}" "${tutee_lib}/${tutee_shared}")
  list(APPEND files "${tutee_lib}/${tutee_shared}")
  if(tutee_import)
    list(APPEND steps COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${made}/${tutee_import}" "${tutee_lib}/${tutee_import}")
    list(APPEND files "${tutee_lib}/${tutee_import}")
  elseif(elf)
    file(CREATE_LINK "${tutee_soname}" "${tutee_lib}/libtutee.so" SYMBOLIC)
  endif()
endif()
# Whether the tools can make one object is tried with the file that the C compiler was asked with.
set(one_object OFF)
if(TUTEE_ONE_OBJECT AND elf)
  set(flags "${CMAKE_C_FLAGS}")
  if(CMAKE_C_COMPILER_TARGET)
    string(APPEND flags " --target=${CMAKE_C_COMPILER_TARGET}")
  endif()
  set(one_object "${CMAKE_COMMAND}" -E env "CC=${CMAKE_C_COMPILER}" "CFLAGS=${flags}" "READELF=${CMAKE_READELF}"
    "OBJCOPY=${CMAKE_OBJCOPY}" "AR=${CMAKE_AR}" sh "${CMAKE_CURRENT_SOURCE_DIR}/one_object")
  execute_process(COMMAND ${one_object} "${tutee_probe}" "${CMAKE_CURRENT_BINARY_DIR}/one-object.a"
    RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
  if(failed)
    set(one_object OFF)
  endif()
endif()
if(TUTEE_ONE_OBJECT AND NOT one_object)
  message(STATUS "tutee: these tools make no single object of ${tutee_static}; it stays as cargo leaves it")
endif()
if(one_object)
  list(APPEND steps COMMAND ${one_object} "${made}/libtutee.a" "${tutee_lib}/libtutee.a")
else()
  list(APPEND steps COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${made}/${tutee_static}" "${tutee_lib}/${tutee_static}")
endif()

# Cargo knows itself whether there is anything to do. Its target is always said, for its settings may have another, and then
# the folder would be another, too.
set(all "")
if(alone)
  set(all ALL)
endif()
add_custom_target(tutee_cargo ${all}
  COMMAND "${CMAKE_COMMAND}" -E env ${environment} "${CARGO}" build --release --locked --quiet --package tutee-ffi
    --target "${tutee_triple}" --target-dir "${TUTEE_CARGO_TARGET_DIR}" ${TUTEE_CARGO_OPTIONS}
  ${steps}
  BYPRODUCTS ${files}
  WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
  COMMENT "Building tutee for ${tutee_triple} with cargo"
  VERBATIM)

# The Rust library needs nothing of the system: it is no_std, and has no allocator. The tests compare this with what rustc
# says (--print native-static-libs).
set(static_needs "")

get_filename_component(include "${CMAKE_CURRENT_SOURCE_DIR}/../include" ABSOLUTE)
add_library(tutee::tutee_static STATIC IMPORTED GLOBAL)
set_target_properties(tutee::tutee_static PROPERTIES
  IMPORTED_LOCATION "${tutee_lib}/${tutee_static}"
  INTERFACE_INCLUDE_DIRECTORIES "${include}"
  INTERFACE_LINK_LIBRARIES "${static_needs}")
add_dependencies(tutee::tutee_static tutee_cargo)
if(cargo_shared)
  add_library(tutee::tutee SHARED IMPORTED GLOBAL)
  set_target_properties(tutee::tutee PROPERTIES
    IMPORTED_LOCATION "${tutee_lib}/${tutee_shared}"
    INTERFACE_INCLUDE_DIRECTORIES "${include}")
  if(tutee_import)
    set_target_properties(tutee::tutee PROPERTIES IMPORTED_IMPLIB "${tutee_lib}/${tutee_import}")
  else()
    set_target_properties(tutee::tutee PROPERTIES IMPORTED_SONAME "${tutee_soname}")
  endif()
else()
  add_library(tutee::tutee INTERFACE IMPORTED GLOBAL)
  target_link_libraries(tutee::tutee INTERFACE tutee::tutee_static)
endif()
add_dependencies(tutee::tutee tutee_cargo)
