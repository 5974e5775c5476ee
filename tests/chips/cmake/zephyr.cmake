# A program with the module of Zephyr in it, beside stand-ins for what Zephyr brings: its settings come from the command line
# (CONFIG_...), and what is linked with its interface is linked with the program.
cmake_minimum_required(VERSION 3.16)
project(program C)
add_library(zephyr_interface INTERFACE)
function(zephyr_link_libraries)
  target_link_libraries(zephyr_interface INTERFACE ${ARGV})
endfunction()
add_subdirectory("${PACKAGE}/zephyr" module)
add_executable(program "${PACKAGE}/examples/learn/learn.c" ${SOURCES})
target_include_directories(program PRIVATE "${PACKAGE}/examples/learn" "${BOARDS}")
target_link_libraries(program PRIVATE zephyr_interface "${LIBGCC}")
