"""Compiles and links for a bare processor, as the board says."""

import os
import subprocess

from SCons.Script import Default, DefaultEnvironment, File

env = DefaultEnvironment()
build = env.BoardConfig().get("build")
flags = build["flags"].split()
tools = build["tools"]
env.Replace(
    CC=f"{tools}-gcc", CXX=f"{tools}-g++", AS=f"{tools}-gcc", AR=f"{tools}-gcc-ar", RANLIB=f"{tools}-gcc-ranlib", LINK=f"{tools}-gcc",
    ARFLAGS=["rcs"], PROGSUFFIX="",
)
# The boards' first instructions on RISC-V are of an extension, for which the compiler has no library of its own.
plain = [flag.replace("_zicsr", "") for flag in flags]
libgcc = subprocess.check_output([f"{tools}-gcc", *plain, "-print-libgcc-file-name"], text=True).strip()
boards = os.environ["TUTEE_BOARDS"]
env.Append(
    ASFLAGS=flags,
    CCFLAGS=[*flags, "-Os", "-ffreestanding", "-ffunction-sections", "-fdata-sections"],
    CPPPATH=[boards],
    LINKFLAGS=[*flags, "-nostdlib", "-static", f"-L{boards}", f"-T{boards}/{build['memory']}.ld",
               "-Wl,--gc-sections,--fatal-warnings,-z,noexecstack"],
    LIBS=[File(libgcc)],
)
Default(env.BuildProgram())
