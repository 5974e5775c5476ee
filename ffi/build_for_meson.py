"""What meson.build runs: cargo, and one object of what it leaves, where the tools can make one.

build_for_meson.py CARGO ARCHIVE DEPFILE FOLDER TRIPLE CC READELF OBJCOPY AR
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

cargo, archive, depfile, folder, triple, cc, readelf, objcopy, ar = sys.argv[1:]
here = pathlib.Path(__file__).resolve().parent
archive = pathlib.Path(archive).resolve()
depfile = pathlib.Path(depfile).resolve()
folder = pathlib.Path(folder or archive.parent / "cargo").resolve()

# In the source's own folder, whose settings of cargo apply; all but the target, which says where the library is left.
host = re.search("^host: (.*)$", subprocess.run([cargo, "-vV"], cwd=here, check=True, text=True, stdout=subprocess.PIPE).stdout, re.M)
triple = triple or host[1]
environment = dict(os.environ)
if triple != host[1]:
    environment[f"CARGO_TARGET_{re.sub('[-.]', '_', triple).upper()}_LINKER"] = cc
command = [cargo, "build", "--release", "--locked", "--quiet", "--package", "tutee-ffi", "--target", triple, "--target-dir", folder]
subprocess.run(command, cwd=here, env=environment, check=True)
made = folder / triple / "release"
# Where compiler and archive are of one kind, their tools make one object.
environment.update(CC=cc, READELF=readelf, OBJCOPY=objcopy, AR=ar)
one_object = ["sh", here / "one_object", made / "libtutee.a", archive]
if not shutil.which("sh") or subprocess.run(one_object, env=environment).returncode != 0:
    print("tutee: these tools make no single object of libtutee.a; it stays as cargo leaves it")
    shutil.copy(made / "libtutee.a", archive)
_, read = (made / "libtutee.d").read_text().split(": ", 1)
depfile.write_text(f"{archive}: {read}")
