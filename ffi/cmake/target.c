/* What the C compiler compiles for, by the name that Rust has for it. CMake compiles this with the project's own flags and
   looks for the words in the object; nothing between the brackets is what has no name here. */
#if defined __has_include
#if __has_include(<features.h>)
#include <features.h>
#endif
#endif

#if defined __x86_64__ && !defined __ILP32__ || defined _M_X64
#define ARCH "x86_64"
#elif defined __i386__ || defined _M_IX86
#define ARCH "i686"
#elif (defined __aarch64__ || defined _M_ARM64) && !defined __AARCH64EB__
#define ARCH "aarch64"
#elif defined __powerpc64__ && defined __LITTLE_ENDIAN__
#define ARCH "powerpc64le"
#elif defined __powerpc64__
#define ARCH "powerpc64"
#elif defined __riscv && __riscv_xlen == 64
#define ARCH "riscv64gc"
#elif defined __s390x__
#define ARCH "s390x"
#elif defined __loongarch64
#define ARCH "loongarch64"
#elif defined __arm__ && __ARM_ARCH >= 7
#define ARCH "armv7"
#elif defined __arm__ && __ARM_ARCH == 6
#define ARCH "arm"
#endif

/* How numbers are handed to functions is part of ARM's names. */
#if defined __arm__ && defined __ARM_PCS_VFP
#define EABI "eabihf"
#elif defined __arm__
#define EABI "eabi"
#else
#define EABI ""
#endif

#if defined TUTEE_BARE
#if defined __ARM_ARCH_6M__
#define TARGET "thumbv6m-none-eabi"
#elif defined __ARM_ARCH_7M__
#define TARGET "thumbv7m-none-eabi"
#elif defined __ARM_ARCH_7EM__
#define TARGET "thumbv7em-none-" EABI
#elif defined __ARM_ARCH_8M_BASE__
#define TARGET "thumbv8m.base-none-eabi"
#elif defined __ARM_ARCH_8M_MAIN__ || defined __ARM_ARCH_8_1M_MAIN__
#define TARGET "thumbv8m.main-none-" EABI
#elif defined __riscv && __riscv_xlen == 32 && defined __riscv_mul && defined __riscv_compressed
#if !defined __riscv_atomic
#define TARGET "riscv32imc-unknown-none-elf"
#elif defined __riscv_float_abi_soft
#define TARGET "riscv32imac-unknown-none-elf"
#elif defined __riscv_float_abi_single
#define TARGET "riscv32imafc-unknown-none-elf"
#endif
#elif defined __riscv && __riscv_xlen == 64 && defined __riscv_atomic && defined __riscv_compressed
#if defined __riscv_float_abi_soft
#define TARGET "riscv64imac-unknown-none-elf"
#elif defined __riscv_float_abi_double
#define TARGET "riscv64gc-unknown-none-elf"
#endif
#elif defined __aarch64__ && !defined __AARCH64EB__
#define TARGET "aarch64-unknown-none"
#endif

#elif defined ARCH
#if defined __ANDROID__ && defined __arm__
#define TARGET ARCH "-linux-androideabi"
#elif defined __ANDROID__
#define TARGET ARCH "-linux-android"
#elif defined __linux__ && defined __GLIBC__
#define TARGET ARCH "-unknown-linux-gnu" EABI
#elif defined __linux__ && !defined __UCLIBC__
#define TARGET ARCH "-unknown-linux-musl" EABI
#elif defined __FreeBSD__
#define TARGET ARCH "-unknown-freebsd"
#elif defined __NetBSD__
#define TARGET ARCH "-unknown-netbsd"
#elif defined __OpenBSD__
#define TARGET ARCH "-unknown-openbsd"
#elif defined __MINGW32__ && defined __aarch64__
#define TARGET ARCH "-pc-windows-gnullvm"
#elif defined __MINGW32__
#define TARGET ARCH "-pc-windows-gnu"
#elif defined _MSC_VER
#define TARGET ARCH "-pc-windows-msvc"
#elif defined TUTEE_MACOS
#define TARGET ARCH "-apple-darwin"
#endif
#endif

#ifndef TARGET
#define TARGET ""
#endif
const char tutee_target[] = "tutee compiles for <" TARGET ">";
