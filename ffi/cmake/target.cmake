# For which target, by Rust's name, cargo builds: TUTEE_TARGET, or what the C compiler of this project compiles for. Sets
# tutee_triple, and tutee_host, the target that cargo itself runs on.

# All questions in the source's own folder, where a rust-toolchain file and cargo's settings are found.
execute_process(COMMAND "${CARGO}" -vV WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE said
  RESULT_VARIABLE failed)
string(REGEX MATCH "host: ([^\n]+)" found "${said}")
set(tutee_host "${CMAKE_MATCH_1}")
if(failed OR NOT found)
  message(FATAL_ERROR "tutee: ${CARGO} -vV does not say what it runs on")
endif()

# What the C compiler makes of a file that says what it is compiled for.
set(definitions "")
if(CMAKE_SYSTEM_NAME STREQUAL "Generic")
  set(definitions -DTUTEE_BARE)
elseif(CMAKE_SYSTEM_NAME STREQUAL "Darwin")
  set(definitions -DTUTEE_MACOS)
endif()
# Optimised at link time, the object would hold no words yet.
if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
  list(APPEND definitions -fno-lto)
endif()
set(old_type "${CMAKE_TRY_COMPILE_TARGET_TYPE}")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(tutee_probe "${CMAKE_CURRENT_BINARY_DIR}/target-of-compiler.a")
file(REMOVE "${tutee_probe}")
try_compile(compiled "${CMAKE_CURRENT_BINARY_DIR}/target" "${CMAKE_CURRENT_LIST_DIR}/target.c"
  COMPILE_DEFINITIONS ${definitions} COPY_FILE "${tutee_probe}" COPY_FILE_ERROR copy_failed)
set(CMAKE_TRY_COMPILE_TARGET_TYPE "${old_type}")
unset(compiled CACHE)

set(TUTEE_TARGET "" CACHE STRING "Rust's name of the target to build tutee for; empty: what the C compiler compiles for")
set(tutee_triple "${TUTEE_TARGET}")
if(NOT tutee_triple AND EXISTS "${tutee_probe}")
  file(STRINGS "${tutee_probe}" words REGEX "tutee compiles for <")
  # For several processors of Apple's at once there are several.
  string(REGEX MATCHALL "tutee compiles for <[^>]*>" words "${words}")
  list(REMOVE_DUPLICATES words)
  list(LENGTH words count)
  if(count GREATER 1)
    message(FATAL_ERROR "tutee is built for one processor at a time; name one, as in -DTUTEE_TARGET=aarch64-apple-darwin")
  endif()
  string(REGEX REPLACE ".*<(.*)>" "\\1" tutee_triple "${words}")
endif()
if(NOT tutee_triple AND NOT CMAKE_CROSSCOMPILING)
  set(tutee_triple "${tutee_host}")
elseif(NOT tutee_triple)
  message(FATAL_ERROR "tutee: Rust's name of what ${CMAKE_C_COMPILER} compiles for (${CMAKE_SYSTEM_NAME} "
    "${CMAKE_SYSTEM_PROCESSOR}) is not known; give it, as in -DTUTEE_TARGET=thumbv7em-none-eabihf")
endif()

# What is compiled for the target says what there is. Rust's library for it may be built along with tutee (-Zbuild-std).
execute_process(COMMAND "${RUSTC}" --target "${tutee_triple}" --print target-libdir --print cfg
  WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE tutee_cfg ERROR_VARIABLE said RESULT_VARIABLE failed)
string(REGEX REPLACE "\n.*" "" folder "${tutee_cfg}")
if(failed)
  message(FATAL_ERROR "tutee: rustc knows no target ${tutee_triple}")
elseif(NOT EXISTS "${folder}" AND NOT TUTEE_CARGO_OPTIONS MATCHES "build-std")
  message(FATAL_ERROR "tutee: Rust's library for ${tutee_triple} is not installed: rustup target add ${tutee_triple}")
endif()
