set(CMAKE_C_COMPILER musl-gcc)
