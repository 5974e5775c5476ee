"""Links the static library that belongs to what the board is compiled with."""

import os

Import("env", "projenv")  # noqa: F821


def option(name):
    """What the compiler is told with -mNAME=..., or nothing."""
    start = f"-m{name}="
    flags = env.get("CCFLAGS", []) + env.get("LINKFLAGS", [])  # noqa: F821
    given = [str(flag)[len(start) :] for flag in flags if str(flag).startswith(start)]
    return given[-1] if given else ""


def library():
    """The name of its folder."""
    architecture, processor, calls = option("arch").split("_")[0], option("cpu"), option("float-abi")
    if architecture.startswith("rv32"):
        for name in ("rv32imafc", "rv32imac", "rv32imc"):
            hardware = "f" in name[4:]
            if set(name[4:]) <= set(architecture[4:]) and hardware == (option("abi") == "ilp32f"):
                return name
    elif processor in ("cortex-m0", "cortex-m0plus", "cortex-m23"):
        return "v6m"
    elif calls == "hard" and processor in ("cortex-m4", "cortex-m7"):
        return "v7em-hard"
    elif calls == "hard" and processor == "cortex-m33":
        return "v8m-hard"
    elif calls == "softfp" and processor in ("cortex-m4", "cortex-m7", "cortex-m33"):
        return "v7em-softfp"
    elif calls in ("", "soft") and processor in ("cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33"):
        return "v7m"
    raise SystemExit(f"tutee has no library for -march={architecture} -mcpu={processor} -mfloat-abi={calls}")


folder = os.path.join(os.path.realpath("."), "lib", library())
for environment in (env, projenv, DefaultEnvironment()):  # noqa: F821
    environment.Append(LIBPATH=[folder], LIBS=["tutee"])
