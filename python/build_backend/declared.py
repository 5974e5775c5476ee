"""Builds the wheel: maturin, after the C header has been written where maturin looks for the declarations that cffi is to read.

A header with macros is more than cffi reads. What is left of it without them is found by a preprocessor in Python, so that
building needs no compiler of C.
"""

import io
import os
import pathlib
import re

import pcpp
from maturin import build_editable as _build_editable
from maturin import build_wheel as _build_wheel
from maturin import get_requires_for_build_editable, get_requires_for_build_wheel, prepare_metadata_for_build_wheel

__all__ = [
    "build_editable",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_wheel",
]

ROOT = pathlib.Path(__file__).resolve().parents[2]


def declarations() -> str:
    """The types, constants and functions of tutee.h, without comments, macros and directives."""
    # cffi knows the fixed-width types, so nothing is included.
    header = re.sub("^#include .*$", "", (ROOT / "include" / "tutee.h").read_text(), flags=re.MULTILINE)
    preprocessor = pcpp.Preprocessor()
    preprocessor.line_directive = None
    # What <float.h> and <stdint.h> say of every machine that the library runs on under Python, and no attributes.
    for macro in ["FLT_RADIX 2", "FLT_MANT_DIG 24", "DBL_MANT_DIG 53", "SIZE_MAX 0xffffffffffffffffu", "TUTEE_MUST_USE"]:
        preprocessor.define(macro)
    preprocessor.parse(header, "tutee.h")
    text = io.StringIO()
    preprocessor.write(text)
    if preprocessor.return_code:
        raise RuntimeError("tutee.h could not be preprocessed")
    return "\n".join(line for line in text.getvalue().splitlines() if line.strip() and not line.startswith("#")) + "\n"


def _declare() -> None:
    # A folder of its own: what maturin finds there is read whatever wrote it.
    target = pathlib.Path(os.environ.setdefault("CARGO_TARGET_DIR", str(ROOT / "target" / "python")))
    target.mkdir(parents=True, exist_ok=True)
    (target / "header.h").write_text(declarations())


def build_wheel(*arguments, **settings):
    _declare()
    return _build_wheel(*arguments, **settings)


def build_editable(*arguments, **settings):
    _declare()
    return _build_editable(*arguments, **settings)
