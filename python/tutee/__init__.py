"""Tutee trains a one-layer transformer by plain gradient descent to imitate a teacher, and recovers what is inside the teacher:
its filters and who averages whom. The same program gives the same bits on every machine, and in every language of the library.

    import tutee
    teacher = tutee.Teacher([[1.0, -1.0]], tutee.mixing.cycle(8), "relu")
    run = tutee.learn(teacher, steps=5000)
    print(run.excess_loss, run.student.digest)

The loss everywhere is half the sum, over an output's entries, of the squared errors; its mean over inputs.
"""

from . import mixing
from ._c import Error, ffi, lib
from .fitting import Fit, fit
from .layer import Layer
from .learning import Run, learn
from .model import Student, Teacher
from .observer import Link, Measured, Observer, Stepped, Strayed, judge, links
from .whitening import Whitening

__all__ = [
    "Error",
    "Fit",
    "Layer",
    "Link",
    "Measured",
    "Observer",
    "Run",
    "Stepped",
    "Strayed",
    "Student",
    "Teacher",
    "Whitening",
    "fit",
    "judge",
    "learn",
    "links",
    "mixing",
]
__version__ = ffi.string(lib.tutee_version()).decode()
