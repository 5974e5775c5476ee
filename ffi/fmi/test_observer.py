"""The observer as FMPy sees it, in both versions of FMI, beside the Python package on the same pairs. FMUS is the folder of the FMUs."""

import ctypes
import os
import sys
import zipfile
from pathlib import Path

import fmpy
import numpy as np
import plant
import pytest
import tutee
from fmpy.fmi1 import FMICallException
from fmpy.simulation import instantiate_fmu
from fmpy.validation import validate_fmu

FMUS = Path(os.environ["FMUS"])
PAIRS, BATCH, RATE, ATTENTION_RATE = 12_800, 16, 0.05, 2.0
# In the middle of a batch: five pairs are held.
HALF_WAY = 6405
SETTINGS = {"value_rate": RATE, "attention_rate": ATTENTION_RATE, "batch": BATCH}
DISCARD, ERROR = 2, 3
GETTERS = {"Real": "Float64", "Integer": "Int32", "String": "String"}

x, y = plant.record(PAIRS)


def archive(version):
    return str(FMUS / f"tutee_observer_fmi{version}.fmu")


class Observer:
    """An instance, whose variables are arrays by name in both versions."""

    def __init__(self, version, settings=SETTINGS, initialize=True):
        self.version, self.said = version, []
        self.description = fmpy.read_model_description(archive(version))
        self.folder = fmpy.extract(archive(version))
        logger = (
            (lambda _environment, _name, _status, _category, message: self.said.append(message.decode()))
            if version == 2
            else (lambda _environment, _status, _category, message: self.said.append(message.decode()))
        )
        self.fmu = instantiate_fmu(self.folder, self.description, "CoSimulation", debug_logging=True, logger=logger)
        if version == 2:
            self.fmu.setupExperiment(startTime=0.0)
        for name, value in settings.items():
            self.set(name, value)
        if initialize:
            self.fmu.enterInitializationMode()
            self.fmu.exitInitializationMode()

    def _of(self, name):
        """The variables of an array, and what this version calls their type."""
        found = [v for v in self.description.modelVariables if v.name.partition("[")[0] == name]
        kind = found[0].type
        return [v.valueReference for v in found], {"Float64": "Real", "Int32": "Integer"}.get(kind, kind), found

    def set(self, name, values):
        at, kind, _ = self._of(name)
        values = np.ravel(values).tolist()
        getattr(self.fmu, f"set{kind if self.version == 2 else GETTERS[kind]}")(at, values)

    def get(self, name):
        at, kind, found = self._of(name)
        if self.version == 2:
            return np.array(getattr(self.fmu, f"get{kind}")(at))
        length = int(np.prod(found[0].shape)) if found[0].shape else 1
        return np.array(getattr(self.fmu, f"get{GETTERS[kind]}")(at, length))

    def digest(self):
        said = self.get("digest")[0]
        return said.decode() if isinstance(said, bytes) else said

    def show(self, pairs):
        for at in pairs:
            self.set("x", x[at])
            self.set("y", y[at])
            self.fmu.doStep(float(at), 1.0)

    def state(self):
        name, put, free = (
            ("getFMUstate", "serializeFMUstate", "freeFMUstate") if self.version == 2 else ("getFMUState", "serializeFMUState", "freeFMUState")
        )
        held = getattr(self.fmu, name)()
        bytes_ = bytes(getattr(self.fmu, put)(held))
        getattr(self.fmu, free)(held)
        return bytes_

    def restore(self, state):
        put, name, free = (
            ("deSerializeFMUstate", "setFMUstate", "freeFMUstate")
            if self.version == 2
            else ("deserializeFMUState", "setFMUState", "freeFMUState")
        )
        held = getattr(self.fmu, put)(state)
        getattr(self.fmu, name)(held)
        getattr(self.fmu, free)(held)


both = pytest.mark.parametrize("version", [2, 3])


def fitted(pairs=PAIRS):
    """What the Python package, that is the C library as a program calls it, makes of these pairs."""
    steps = pairs // BATCH
    return tutee.fit(x[:pairs], y[:pairs], steps=steps, batch=BATCH, rate=RATE, attention_rate=ATTENTION_RATE)


def same_bits(a, b):
    return np.asarray(a, np.float64).tobytes() == np.asarray(b, np.float64).tobytes()


def refused(status, call, *arguments):
    with pytest.raises(FMICallException) as caught:
        call(*arguments)
    assert caught.value.status == status, caught.value


@both
def test_description_is_valid(version, tmp_path):
    assert validate_fmu(archive(version)) == []
    spoilt = tmp_path / "spoilt.fmu"
    with zipfile.ZipFile(archive(version)) as good, zipfile.ZipFile(spoilt, "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            if name == "modelDescription.xml":
                content = content.replace(b'causality="output"', b'causality="local"', 1)
            bad.writestr(name, content)
    assert len(validate_fmu(str(spoilt))) > 0


@both
def test_fmpy_simulates_it_and_the_rooms_are_found(version):
    if version == 2:
        names = [f"{name}[{room + 1},1]" for name in "xy" for room in range(plant.ROOMS)]
        rows = [(float(t), *x[t, :, 0], *y[t, :, 0]) for t in range(PAIRS)]
        signals = np.array(rows, [("time", float)] + [(name, float) for name in names])
    else:
        rows = [(float(t), x[t], y[t]) for t in range(PAIRS)]
        signals = np.array(rows, [("time", float), ("x", float, x.shape[1:]), ("y", float, y.shape[1:])])
    outputs = [v.name for v in fmpy.read_model_description(archive(version)).modelVariables if v.causality == "output" and v.type != "String"]
    found = fmpy.simulate_fmu(
        archive(version), start_time=0.0, stop_time=float(PAIRS), output_interval=1.0, input=signals, output=outputs, start_values=SETTINGS
    )
    last = found[-1]
    assert last["time"] == PAIRS and last["steps"] == PAIRS // BATCH and last["held"] == 0

    def of(row, name, shape):
        if version == 3:
            return np.reshape(row[name], shape)
        return np.array([row[f"{name}[{i + 1},{j + 1}]"] for i in range(shape[0]) for j in range(shape[1])]).reshape(shape)

    fit = fitted()
    attention = of(last, "attention", (plant.ROOMS, plant.ROOMS))
    assert same_bits(attention, fit.student.attention) and same_bits(of(last, "value", (1, 1)), fit.student.value)
    # Every loss, and every prediction from the student that there was then.
    losses = [row["loss"] for row in found[BATCH::BATCH]]
    assert same_bits(losses, fit.curve[:, 1])
    late = fitted(PAIRS - BATCH).student
    for t in range(PAIRS - BATCH, PAIRS):
        assert same_bits(of(found[t + 1], "prediction", (plant.ROOMS, 1)), late.predict(x[t : t + 1], "identity"))

    truth = plant.mixing()
    weakest_link, strongest_other = attention[truth > 0].min(), attention[truth == 0].max()
    assert weakest_link > 3 * strongest_other, (weakest_link, strongest_other)
    assert np.abs(attention - truth).max() < 0.1 and abs(of(last, "value", (1, 1))[0, 0] - plant.KEPT) < 0.1


@both
def test_a_state_goes_on_with_the_same_bits(version):
    whole = Observer(version)
    whole.show(range(HALF_WAY))
    state = whole.state()
    assert whole.state() == state
    whole.show(range(HALF_WAY, PAIRS))
    assert whole.digest() == fitted().student.digest

    fresh = Observer(version, settings={}, initialize=False)
    fresh.restore(state)
    assert fresh.get("held")[0] == HALF_WAY % BATCH and fresh.get("batch")[0] == BATCH
    assert fresh.state() == state
    fresh.show(range(HALF_WAY, PAIRS))
    assert fresh.digest() == whole.digest() and fresh.state() == whole.state()
    for name in ["attention", "value", "prediction", "loss"]:
        assert same_bits(fresh.get(name), whole.get(name))

    # Back in the instance that it came from, and taken up by FMPy's own simulation.
    whole.restore(state)
    assert whole.state() == state
    whole.show(range(HALF_WAY, PAIRS))
    assert whole.state() == fresh.state()


def test_a_state_is_the_same_in_both_versions_and_holds_a_snapshot():
    older, newer = Observer(2), Observer(3)
    older.show(range(HALF_WAY))
    newer.show(range(HALF_WAY))
    state = older.state()
    assert newer.state() == state
    student = tutee.Student.load(state[state.index(b"\x89TUTEE\r\n") :])
    assert student.digest == older.digest() == fitted(HALF_WAY // BATCH * BATCH).student.digest
    newer.fmu.reset()
    newer.restore(state)
    newer.show(range(HALF_WAY, PAIRS))
    assert newer.digest() == fitted().student.digest


@both
def test_a_state_that_is_none_is_refused(version):
    observer = Observer(version)
    observer.show(range(37))
    state = observer.state()
    for at in range(0, len(state), 7):
        altered = bytearray(state)
        altered[at] ^= 1 << at % 8
        refused(DISCARD, observer.restore, bytes(altered))
    for length in [0, 11, 12, len(state) - 1]:
        refused(DISCARD, observer.restore, state[:length])
    refused(DISCARD, observer.restore, state + b"\0")
    assert observer.state() == state and "state: " in observer.said[-1]


@both
def test_what_is_refused_is_named_and_changes_nothing(version):
    observer = Observer(version, initialize=False)
    before = observer.state()
    for name, values in {"value_rate": [-1.0, np.nan], "attention_rate": [-1.0], "batch": [0, 65], "activation": [-1, 3]}.items():
        for value in values:
            refused(DISCARD, observer.set, name, value)
            assert observer.said[-1].startswith(name), observer.said[-1]
    refused(ERROR, observer.set, "loss", 0.0)
    refused(ERROR, observer.fmu.doStep, 0.0, 1.0)
    assert observer.state() == before
    observer.fmu.enterInitializationMode()
    observer.fmu.exitInitializationMode()
    refused(ERROR, observer.set, "batch", 8)

    observer.show(range(21))
    before = observer.state()
    spoilt = x[21].copy()
    spoilt[3] = np.nan
    observer.set("x", spoilt)
    observer.set("y", y[21])
    refused(DISCARD, observer.fmu.doStep, 21.0, 1.0)
    assert observer.said[-1].startswith("x, element 4: ")
    observer.set("x", x[20])
    observer.set("y", y[20])
    assert observer.state() == before
    # A step that would run away, and the pair again with the rate that it takes.
    observer.show(range(21, 31))
    observer.set("value_rate", 1e9)
    refused(DISCARD, observer.show, range(31, 32))
    assert observer.said[-1].startswith("the batch's step: ") and observer.get("held")[0] == 15
    observer.set("value_rate", RATE)
    observer.show(range(31, PAIRS))
    assert observer.digest() == fitted().student.digest


@both
def test_a_reset_begins_again(version):
    observer = Observer(version)
    observer.show(range(100))
    observer.fmu.reset()
    if version == 2:
        observer.fmu.setupExperiment(startTime=0.0)
    for name, value in SETTINGS.items():
        observer.set(name, value)
    observer.fmu.enterInitializationMode()
    observer.fmu.exitInitializationMode()
    observer.show(range(320))
    assert observer.digest() == fitted(320).student.digest


@both
def test_another_programs_arithmetic_changes_no_bit(version):
    upward = {"x86_64": 0x800, "aarch64": 0x400000}.get(os.uname().machine)
    if not sys.platform.startswith("linux") or upward is None:
        pytest.skip("the number of this rounding is not known here")
    c = ctypes.CDLL("libm.so.6")
    observer = Observer(version)
    try:
        assert c.fesetround(upward) == 0
        observer.show(range(320))
        state = observer.state()
        assert c.fegetround() == upward
        observer.restore(state)
        assert c.fegetround() == upward
    finally:
        c.fesetround(0)
    assert observer.digest() == fitted(320).student.digest


@both
def test_another_description_is_not_instantiated(version):
    description = fmpy.read_model_description(archive(version))
    description.guid = "{another}"
    with pytest.raises(Exception, match="[Ii]nstantiat"):
        instantiate_fmu(fmpy.extract(archive(version)), description, "CoSimulation")
