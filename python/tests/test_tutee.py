"""The installed package: what it computes is what the command line computes, and what it refuses it names.

TUTEE names the command; without it the tests that compare with it fail.
"""

import importlib.metadata
import inspect
import json
import os
import subprocess
import sys

import numpy as np
import pytest

import tutee

TASKS = ["conv-relu", "conv-leaky", "graph-relu", "graph-leaky", "token-selection", "group-sparse"]


def command_line(*arguments) -> list:
    done = subprocess.run([os.environ["TUTEE"], "learn", *arguments, "--json", "-"], capture_output=True, text=True)
    # 1: a verdict that is no success, which a short run may well have.
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)["runs"]


@pytest.mark.parametrize("scalar", ["f32", "f64"])
@pytest.mark.parametrize("mode", ["population", "online"])
def test_bits_are_those_of_the_command_line(mode, scalar):
    runs = command_line(*TASKS, "--mode", mode, "--scalar", scalar, "--steps", "300", "--noise" if mode == "online" else "--rate", "0.1")
    assert len(runs) == len(TASKS)
    for run in runs:
        dtype = {"f32": np.float32, "f64": np.float64}[scalar]
        teacher = tutee.Teacher(run["teacher_value"], run["teacher_mixing"], run["activation"], dtype)
        settings = {"noise": 0.1} if mode == "online" else {"rate": 0.1}
        learned = tutee.learn(teacher, mode=mode, steps=300, **settings)
        assert learned.student.digest == run["digest"], run["task"]
        assert learned.excess_loss == run["excess_loss"]
        assert (learned.student.value == np.array(run["value"], dtype)).all()
        assert (learned.student.attention == np.array(run["attention"], dtype)).all()


def test_rates_that_nobody_gave_are_those_of_the_command_line(tmp_path):
    # More tokens than 16, more than the 384 at which the rate grows no more, filters whose squares are more than 4, and rows of sum 3.
    mixing = np.kron(np.eye(8), np.full((1, 3), 1.0))
    (tmp_path / "heavy.json").write_text(json.dumps({"activation": "relu", "value": [[2, -1], [1, 1.5]], "mixing": mixing.tolist()}))
    for teacher in ["conv-relu", "--tokens", "48"], ["graph-relu", "--tokens", "512"], ["--teacher", str(tmp_path / "heavy.json")]:
        (run,) = command_line(*teacher, "--steps", "3")
        assert run["attention_rate"] >= run["rate"] and (teacher[0] == "--teacher" or run["attention_rate"] > 10 * run["rate"])
        own = tutee.Teacher(run["teacher_value"], run["teacher_mixing"], run["activation"])
        assert tutee.learn(own, steps=3).student.digest == run["digest"], run["task"]


@pytest.mark.parametrize("input", ["laplace", "gumbel", "student-t:5", "shifted:0.5"])
def test_other_inputs_have_the_bits_of_the_command_line(input):
    (run,) = command_line("conv-relu", "--mode", "online", "--steps", "30", "--input", input)
    teacher = tutee.Teacher(run["teacher_value"], run["teacher_mixing"], run["activation"])
    assert tutee.learn(teacher, mode="online", steps=30, input=input).student.digest == run["digest"]


def test_a_run_goes_on_from_a_snapshot_with_the_bits_of_one_that_never_stopped():
    teacher = tutee.Teacher([[1.0, -0.5], [0.25, 2.0]], tutee.mixing.convolution(8, 4), {"leaky_relu": 0.1})
    for mode in ["population", "online"]:
        whole = tutee.learn(teacher, mode=mode, steps=200)
        half = tutee.learn(teacher, mode=mode, steps=77)
        snapshot = half.student.save(teacher.activation)
        assert tutee.Student.saved_activation(snapshot) == {"leaky_relu": 0.1}
        assert tutee.Student.saved_activation(half.student.save()) is None
        resumed = tutee.Student.load(snapshot)
        assert resumed.steps == 77
        run = tutee.learn(teacher, mode=mode, steps=200, student=resumed)
        assert run.student is resumed
        assert run.student.digest == whole.student.digest != half.student.digest


def test_pairs_are_fitted_by_the_mean_gradient_of_the_batch():
    rng = np.random.default_rng(5)
    teacher = tutee.Teacher(rng.standard_normal((2, 3)), tutee.mixing.cycle(6))
    x = rng.standard_normal((40, 6, 3))
    y = teacher.answer(x)
    assert y.shape == (40, 6, 2)
    assert np.allclose(y, np.einsum("md,ndk,jk->njm", teacher.value, x.transpose(0, 2, 1), teacher.mixing), rtol=0, atol=1e-13)

    # The same descent, written out.
    value, logits, losses = np.zeros((2, 3)), np.zeros((6, 6)), []
    for _ in range(50):
        attention = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        hidden = x @ value.T
        error = attention @ hidden - y
        losses.append((error**2).sum() / 2 / len(x))
        d_attention = np.einsum("njm,nim->ji", error, hidden) / len(x)
        d_value = np.einsum("njm,ji,nid->md", error, attention, x) / len(x)
        d_logits = attention * (d_attention - (attention * d_attention).sum(1, keepdims=True))
        value -= 0.3 * d_value
        logits -= 0.2 / 6 * d_logits
    fit = tutee.fit(x, y, steps=50, rate=0.3, attention_rate=0.2)
    assert np.allclose(fit.student.value, value, rtol=0, atol=1e-12)
    assert np.allclose(fit.student.logits, logits, rtol=0, atol=1e-12)
    assert np.allclose(fit.curve[:, 1], losses, rtol=1e-12, atol=0)
    assert list(fit.curve[:, 0]) == list(range(1, 51))
    assert losses[-1] < losses[0] / 2

    # In batches that do not divide the pairs, in pieces: the same student.
    whole = tutee.fit(x, y, steps=20, rate=0.3, batch=7)
    again = tutee.fit(x, y, steps=20, rate=0.3, batch=7)
    assert whole.student.digest == again.student.digest != fit.student.digest
    by_hand = tutee.Student(2, 3, 6)
    for step in range(20):
        rows = np.arange(7 * step, 7 * step + 7) % 40
        tutee.fit(x[rows], y[rows], steps=1, rate=0.3, student=by_hand)
    assert by_hand.digest == whole.student.digest


def test_readings_of_any_unit_are_fitted_without_a_rate():
    rng = np.random.default_rng(8)
    mixing = np.array(tutee.mixing.cycle(6))
    x = rng.standard_normal((160, 6, 2))
    y = np.einsum("ji,nid,md->njm", mixing, x, [[2.0, -1.0]])
    plain = tutee.fit(x, y, steps=1500)
    assert plain.student is None and plain.explained > 0.99 and plain.notes == ()
    assert (np.argsort(-plain.attention, axis=1)[:, :3].sum(1) == [sum({(j - 1) % 6, j, (j + 1) % 6}) for j in range(6)]).all()
    recorded = 293.0 + x * [0.1, 1000.0], 40.0 + 1.8 * y
    other = tutee.fit(*recorded, steps=1500)
    assert np.allclose(other.attention, plain.attention, rtol=0, atol=1e-9) and np.allclose(other.rates, plain.rates)
    assert np.isclose(other.explained, plain.explained) and np.allclose(other.curve[:, 1], 1.8**2 * plain.curve[:, 1], rtol=1e-6)
    # What was learned answers readings as they come.
    answers = np.einsum("ji,nid,md->njm", other.attention, recorded[0], other.value) + other.bias
    missed = ((recorded[1] - answers) ** 2).sum() / ((recorded[1] - recorded[1].mean(0)) ** 2).sum()
    assert np.isclose(1 - missed, other.explained, rtol=0, atol=1e-6)
    assert np.isclose(other.curve[-1, 1], ((recorded[1] - answers) ** 2).sum() / 2 / len(x), rtol=0.02)

    # Differences need signs, which is said, and a token that leaks a spare one.
    change = x[:, np.roll(np.arange(6), 1), :1] - x[:, :, :1]
    assert any("signed=True" in note for note in tutee.fit(x, change, steps=100).notes)
    signed = tutee.fit(x, change, steps=1500, signed=True)
    assert signed.explained > 0.98 and (signed.attention.min(1) < -0.1).all() and (signed.attention.max(1) > 0.1).all()
    part = tutee.fit(x, x[:, :, :1] * np.linspace(0.4, 1, 6)[:, None], steps=1500, spare=True)
    assert part.explained > 0.98 and part.attention[0].sum() < 0.6 * part.attention[5].sum()
    stuck = tutee.fit(np.concatenate([x, np.ones((160, 6, 1))], axis=2), y, steps=5, batch=50, dtype=np.float32)
    assert stuck.notes[0] == "feature 2 never varies, and was left out" and stuck.value.dtype == np.float32


@pytest.mark.parametrize("more", [{}, {"signed": True, "spare": True, "batch": 7}, {"activation": "relu"}])
def test_readings_are_fitted_with_the_bits_of_the_command_line(more, tmp_path):
    rng = np.random.default_rng(8)
    x = 293 + rng.standard_normal((60, 5, 2))
    y = x[:, :, :1] * 2 - x[:, np.roll(np.arange(5), 1), 1:]
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    options = [word for name, value in more.items() for word in ([f"--{name}"] if value is True else [f"--{name}", str(value)])]
    command = [os.path.abspath(os.environ["TUTEE"]), "fit", "--x", "x.npy", "--y", "y.npy", "--steps", "300", "--together", "--json", "-", *options]
    told = json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout)["runs"][0]
    fit = tutee.fit(x, y, steps=300, **more)
    for found, name in (fit.value, "value"), (fit.bias, "bias"), (fit.attention, "mean_attention"):
        assert (found == told[name]).all(), name
    assert fit.rates == (told["rate"], told["attention_rate"]) and np.isclose(fit.explained, told["explained"], rtol=0, atol=1e-9)
    assert len(fit.notes) == len(told["notes"])
    # The verdict, and which links both halves find.
    assert (fit.verdict, fit.reason) == (told["verdict"], told["reason"])
    assert {(link.output, link.token, link.weight, link.found) for link in fit.links} == {
        (link["output"], link["token"], link["weight"], link["halves"]) for link in told["links"]
    }
    assert {link.parts for link in fit.links} <= {2} and fit.observer.steps == 300


def recordings() -> dict:
    """Pairs of which something is to be said: their answers take 0.6 of a token and 0.4 of the next; with options."""
    rng = np.random.default_rng(11)
    x = 20 + rng.uniform(-1, 1, (120, 5, 1))
    y = 0.6 * x + 0.4 * np.roll(x, -1, axis=1) + rng.uniform(-0.02, 0.02, x.shape)
    signs = 0.6 * x - 0.4 * np.roll(x, -1, axis=1)
    below = np.concatenate([y - 19, 11 - y], axis=2)
    far, unit, still = x.copy(), x.copy(), y.copy()
    far[31, 2] += 30
    unit[:, 3] *= 1000
    still[:, 4] = 5
    nothing = rng.uniform(-1, 1, y.shape)
    everyone = np.repeat(x.sum(1, keepdims=True), 5, axis=1) + 0.5 * nothing
    held_out = {"test_x": x[60:], "test_y": nothing[60:]}
    moved, code, events = x.copy(), x.copy(), y.copy()
    moved[60:, 3] += 6
    code[::41, 2] = -9999
    events[::24] += 10
    one = rng.uniform(-1, 1, (200, 64, 1))
    of_one = 0.5 * one[:, 7:8] + 0.3 * one[:, 20:21] + 0.2 * one[:, 41:42] + rng.uniform(-0.02, 0.02, (200, 1, 1))
    return {
        "": (x, y, {}),
        "signed=True may find": (x, signs, {}),
        "never above zero, which ReLU": (x, below, {"activation": "relu"}),
        "slope alone": (x, below, {"activation": {"leaky_relu": 0.01}, "steps": 20}),
        "pair 31, token 2, feature 0 lies": (far, y, {}),
        "token 3, feature 0 vary": (unit, y, {}),
        "answers of output 4, filter 0 never vary": (x, still, {}),
        "whiten=True": (np.concatenate([x, 1000 * x], axis=2), y, {}),
        "pairs it did not see": (x, nothing, {}),
        "answered by a student of the other": (x, everyone, {}),
        "of pairs held out": (x[:60], nothing[:60], held_out),
        "the loss of pairs held out was least after": (x[:60], nothing[:60], held_out),
        "though both halves of the pairs find": (moved, y, {}),
        "what was learned does not hold on pairs held out": (x[:60], y[:60], {"test_x": x[60:] + 6, "test_y": y[60:]}),
        "what moved is no link": (x, y + 6 * (np.arange(120) >= 60)[:, None, None], {}),
        "is -9999 in 3 of 120 pairs (0, 41, 82)": (code, y, {}),
        "hardly left its start": (one, of_one, {"steps": 1000}),
        "all above zero": (x, y + 100, {"activation": "relu", "steps": 100}),
        "W hardly moves in 300 steps": (1e-3 * (x - 20), y - 20, {"rate": 0.1, "steps": 300}),
        "answers have an offset": (x - 20, y, {"rate": 0.1, "steps": 300}),
        "links are no better than chance": (x.astype(np.float32), (1e6 + nothing).astype(np.float32), {}),
    }


@pytest.mark.parametrize("said", recordings())
def test_what_is_said_of_pairs_is_what_the_command_line_says(said, tmp_path):
    x, y, more = recordings()[said]
    options = []
    for name, value in {"x": x, "y": y, **more}.items():
        if isinstance(value, np.ndarray):
            np.save(tmp_path / f"{name}.npy", value)
            value = f"{name}.npy"
        text = f"leaky_relu:{value['leaky_relu']}" if isinstance(value, dict) else str(value)
        options += [f"--{name.replace('_', '-')}", text]
    options += [] if "rate" in more else ["--together"]
    command = [os.path.abspath(os.environ["TUTEE"]), "fit", "--json", "-", *options]
    told = json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout)["runs"][0]
    fit = tutee.fit(x, y, **more)
    assert any(said in note for note in fit.notes) if said else fit.notes == ()
    words = {
        "or --standardise --rate": "or the command with --standardise --rate",
        " at --rate ": " at rate=",
        "--standardise may help, or no --rate": "no rate may help",
        "--activation identity": 'activation "identity"',
        "--signed": "signed=True",
        "--whiten": "whiten=True",
        "--best": "best=True",
        "--stop-rising": "stop_rising",
        "(--steps ": "(steps=",
    }
    of_command = told["notes"]
    for option, word in words.items():
        of_command = [note.replace(option, word) for note in of_command]
    assert sorted(of_command) == sorted(fit.notes)
    for found, name in (fit.explained_halves, "explained_halves"), (fit.explained_test, "explained_test"):
        assert (found is None) == (told[name] is None) and (found is None or np.isclose(found, told[name], rtol=1e-6, atol=1e-9)), name


def test_numbers_that_have_no_squares_and_no_steps_are_refused_by_name():
    x, y, _ = recordings()[""]
    for told, arguments, more in [
        ("beyond float64", (x, 1e160 * y), {}),
        ("lost in float64", (x, 1e-300 * y), {}),
        ("their squares are beyond float32", (x, 1e30 * y), {"rate": 0.1, "dtype": np.float32}),
        ("x: inputs of up to", (1e160 * x, y), {"rate": 0.1}),
        ("test_y: answers of up to", (x, y), {"test_x": x, "test_y": 1e160 * y}),
        ("steps: 0", (x, y), {"steps": 0}),
        ("x: complex numbers", (x + 0j, y), {}),
        ("x: no feature varies", (0 * x + 4, y), {}),
    ]:
        with pytest.raises(ValueError, match=told):
            tutee.fit(*arguments, **more)
    plain, large = tutee.fit(x, y, steps=50), tutee.fit(1e160 * x, y, steps=50)
    assert np.isclose(plain.explained, large.explained) and large.notes == ()


def test_an_observer_names_a_reading_beyond_all_numbers_and_answers_that_never_vary():
    x, y, _ = recordings()[""]
    observer = tutee.Observer(1, 1, 5)
    observer.observe(x, y)
    beyond, answers = x.copy(), y.copy()
    beyond[3, 2, 0], answers[7, 1, 0] = 1e200, -1e200
    with pytest.raises(tutee.Error, match=r"x\[3, 2, 0\] = 1e\+200 lies so far") as refused:
        observer.step(beyond, y)
    assert refused.value.status == tutee.Error.NOT_FINITE
    with pytest.raises(tutee.Error, match=r"y\[7, 1, 0\] = -1e\+200 lies so far"):
        observer.measure(x, answers)
    observer.step(x, y)
    still = tutee.Observer(1, 1, 5)
    still.observe(x, 0 * y + 5)
    with pytest.raises(tutee.Error, match="y: every answer is the same") as refused:
        still.step(x, 0 * y + 5)
    assert refused.value.status == tutee.Error.CANNOT_MOVE


@pytest.mark.parametrize(
    "more", [{"whiten": True}, {"whiten": True, "dtype": np.float32}, {"whiten": True, "activation": "relu"}, {"whiten": True, "spare": True, "batch": 7}]
)
def test_features_that_say_nearly_the_same_are_whitened_with_the_bits_of_the_command_line(more, tmp_path):
    # Water that enters five radiators hot, and leaves them some two kelvin colder; what matters is by how much. The third feature is stuck,
    # and the fourth is what the first two make.
    rng = np.random.default_rng(3)
    hot, colder = rng.uniform(310, 350, (200, 5)), rng.uniform(1, 3, (200, 5))
    x = np.stack([hot, hot - colder, np.full((200, 5), 7.0), 2 * hot - colder], axis=2)
    y = 50 * (colder + np.roll(colder, 1, axis=1))[..., None] + 20
    more = dict(more)
    if more.pop("dtype", None):
        # Of single precision what leaves is hardly told from what enters; and what they make of it is rounded.
        x = x[:, :, :3].astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    options = [word for name, value in more.items() for word in ([f"--{name}"] if value is True else [f"--{name}", str(value)])]
    command = [os.path.abspath(os.environ["TUTEE"]), "fit", "--x", "x.npy", "--y", "y.npy", "--steps", "500", "--together", "--json", "-", *options]
    told = json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout)["runs"][0]
    fit = tutee.fit(x, y, steps=500, **more)
    assert fit.value.dtype == fit.bias.dtype == x.dtype
    for found, name in (fit.value, "value"), (fit.bias, "bias"), (fit.attention, "mean_attention"):
        assert (found == np.array(told[name], x.dtype)).all(), name
    # The matrix itself, to the last bit, and what it is for.
    whitened = told["whitened"]
    assert (fit.whitened.mean == whitened["mean"]).all() and (fit.whitened.matrix == whitened["matrix"]).all()
    assert (fit.whitened.condition, fit.whitened.left_out) == (whitened["condition"], whitened["left_out"])
    seen = fit.whitened.apply(x).reshape(-1, x.shape[2])
    directions = [0.0] * fit.whitened.left_out + [1.0, 1.0]
    # Behind a ReLU one mean is taken of all tokens, whatever a token has of its own.
    assert np.allclose(np.linalg.eigvalsh(seen.T @ seen / len(seen)), directions, rtol=0, atol=1e-6)
    assert fit.whitened.condition > 1e3 and fit.whitened.left_out == x.shape[2] - 2
    assert len(fit.notes) == len(told["notes"])
    assert fit.rates == (told["rate"], told["attention_rate"]) and np.isclose(fit.explained, told["explained"], rtol=0, atol=1e-6)
    # Without it nothing of what matters is found in so many steps.
    if more == {"whiten": True}:
        assert fit.explained > 0.9 > 0.5 > tutee.fit(x, y, steps=500).explained
        answers = np.einsum("ji,nid,md->njm", fit.attention, x, fit.value) + fit.bias
        missed = ((y - answers) ** 2).sum() / ((y - y.mean(0)) ** 2).sum()
        assert np.isclose(1 - missed, fit.explained, rtol=0, atol=1e-6)


@pytest.mark.parametrize("more", [{}, {"whiten": True}, {"rate": 0.3, "batch": 7}, {"dtype": np.float32, "batch": 7}])
@pytest.mark.parametrize(
    "goal",
    [
        {"stop_loss": 0.4},
        {"stop_relative": 0.4},
        {"stop_rising": 0.01},
        {"stop_loss": 0.0, "stop_every": 7},
        {"best": True},
        {"best": True, "stop_rising": 0.05, "stop_every": 3},
    ],
)
def test_a_fit_stops_where_the_command_line_stops(more, goal, tmp_path):
    # Two of five sensors, with as much noise: what is learned soon is of the pairs of training alone.
    rng = np.random.default_rng(5)
    x, noise = rng.standard_normal((80, 5, 2)), rng.standard_normal((80, 5, 1))
    y = x[:, :, :1] + np.roll(x[:, :, 1:], 1, axis=1) + noise
    more = dict(more)
    dtype = more.pop("dtype", np.float64)
    x, y = x.astype(dtype), y.astype(dtype)
    # Of few pairs all that is learned late is chance.
    seen = 8 if "best" in goal else 40
    pairs = {"x": x[:seen], "y": y[:seen], "test_x": x[40:], "test_y": y[40:]}
    goal = {"stop_every": 10} | goal
    words = []
    for name, array in pairs.items():
        np.save(tmp_path / f"{name}.npy", array)
        words += ["--" + name.replace("_", "-"), f"{name}.npy"]
    for name, value in (more | goal).items():
        words += ["--" + name.replace("_", "-")] + ([] if value is True else [str(value)])
    words += [] if "rate" in more else ["--together"]
    command = [os.path.abspath(os.environ["TUTEE"]), "fit", "--steps", "400", "--json", "-", *words]
    told = json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout)["runs"][0]
    fit = tutee.fit(**pairs, steps=400, **more, **goal)
    assert (fit.stopped, len(fit.curve)) == (told["stopped"], told["steps"])
    assert fit.stopped == "steps" or len(fit.curve) < 400
    # The best is the student of a fit that ends there.
    assert fit.reported_step == (told["reported_step"] if "best" in goal else None)
    if "best" in goal:
        assert 0 < fit.reported_step < len(fit.curve)
        assert fit.rates == (told["rate"], told["attention_rate"])
        there = tutee.fit(**pairs, steps=fit.reported_step, **more)
        assert (there.value == fit.value).all() and (there.attention == fit.attention).all() and there.test_loss == fit.test_loss
        assert fit.explained == there.explained and fit.rates == there.rates
    assert (fit.value == np.array(told["value"], x.dtype)).all() and (fit.attention == np.array(told["mean_attention"], x.dtype)).all()
    assert fit.test_loss == told["test_loss"]
    assert {(link.output, link.token, link.found) for link in fit.links} == {
        (link["output"], link["token"], link["halves"]) for link in told["links"]
    }


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_best_student_of_a_fit_that_diverges_is_the_command_lines(dtype, tmp_path):
    # One pair after the other, the last of which is so large that no step could follow it.
    rng = np.random.default_rng(7)
    x = rng.standard_normal((10, 3, 2)).astype(dtype)
    y = x[:, :, :1] + x[:, :, 1:]
    scale = np.where(np.arange(10) < 9, 1, 1e8)[:, None, None].astype(dtype)
    pairs = {"x": scale * x, "y": scale * y, "test_x": x, "test_y": y}
    course = {"steps": 40, "batch": 1, "rate": 0.1, "attention_rate": 1.0}
    with pytest.raises(tutee.Error) as error:
        tutee.fit(**pairs, **course)
    assert error.value.status == tutee.Error.DIVERGED
    with pytest.warns(RuntimeWarning, match="training diverged after .* steps; reported is the student after"):
        fit = tutee.fit(**pairs, **course, best=True, stop_every=1)
    assert (fit.stopped, fit.verdict) == ("diverged", "diverged") and 0 < fit.reported_step <= len(fit.curve) < 40
    there = tutee.fit(**pairs, **course | {"steps": fit.reported_step})
    assert (there.value == fit.value).all() and (there.attention == fit.attention).all() and there.test_loss == fit.test_loss
    # A student that was given stands there, too.
    student = tutee.Student(1, 2, 3, 3, dtype)
    with pytest.warns(RuntimeWarning):
        tutee.fit(**pairs, **course, best=True, stop_every=1, student=student)
    assert student.steps == fit.reported_step and (student.value == fit.value).all()
    # Where none has learned by then nothing is reported.
    with pytest.raises(tutee.Error):
        tutee.fit(**pairs, **course, best=True, stop_every=40)
    words = []
    for name, array in pairs.items():
        np.save(tmp_path / f"{name}.npy", array)
        words += ["--" + name.replace("_", "-"), f"{name}.npy"]
    words += ["--steps", "40", "--batch", "1", "--rate", "0.1", "--attention-rate", "1", "--best", "--stop-every", "1"]
    command = [os.path.abspath(os.environ["TUTEE"]), "fit", *words, "--json", "-"]
    told = json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout)["runs"][0]
    assert (told["stopped"], told["steps"], told["reported_step"]) == ("diverged", len(fit.curve), fit.reported_step)
    assert (fit.value == np.array(told["value"], x.dtype)).all() and fit.test_loss == told["test_loss"]


def carriages(pairs: int, seed: int) -> tuple:
    """Four carriages on a line, each pulled to its neighbours, read in millimetres; every sensor has an offset of its own."""
    places = 25 * np.random.default_rng(seed).uniform(-1, 1, (pairs, 4, 1))
    pulls = 8 * (np.roll(places, -1, 1) + np.roll(places, 1, 1) - 2 * places)
    return places + [[310], [-42], [1250], [77]], pulls + 500


def test_an_observer_that_forgets_follows_a_sensor_that_moved():
    window, whole = tutee.Observer(1, 1, 4), tutee.Observer(1, 1, 4)
    x, y = carriages(400, 0)
    x[200:, 2] += 1000
    for n in range(len(x)):
        window.forget(19)
        for observer in (window, whole):
            observer.observe(x[n : n + 1], y[n : n + 1])
    # What comes last is near the means of a window, and far from those of all.
    assert window.strayed(x[-64:], y[-64:]).input < 3 < whole.strayed(x[:64], y[:64]).input
    before = window.save()
    window.forget(1 << 63)
    assert window.save() == before
    for wrong in (-1, 1 << 64):
        with pytest.raises(ValueError, match="pairs: .*expected a number from 0"):
            window.forget(wrong)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_observer_goes_on_after_a_restart_as_if_there_had_been_none(dtype, tmp_path):
    def learn(observer, first, last):
        for step in range(first, last):
            stepped = observer.step(*carriages(16, step))
        return stepped

    observer = tutee.Observer(1, 1, 4, spare=True, signed=True, dtype=dtype)
    observer.observe(*carriages(16, 0))
    learn(observer, 0, 60)
    saved = observer.save()
    (tmp_path / "observer").write_bytes(saved)
    learned = learn(observer, 60, 120)
    assert learned.explained > 0.8 and observer.steps == 120

    other = tutee.Observer.load(saved)
    assert other.save() == saved and other.steps == 60
    assert learn(other, 60, 120) == learned and other.save() == observer.save()
    x, y = carriages(8, 999)
    assert (other.predict(x) == observer.predict(x)).all() and other.measure(x, y) == observer.measure(x, y)

    # In another process.
    program = (
        "import sys, tutee\nsys.path.insert(0, sys.argv[2])\nfrom test_tutee import carriages\n"
        "observer = tutee.Observer.load(open(sys.argv[1], 'rb').read())\n"
        "for step in range(60, 120): observer.step(*carriages(16, step))\nprint(observer.save().hex())"
    )
    place = os.path.dirname(os.path.abspath(__file__))
    environment = os.environ | {"PYTHONPATH": os.path.dirname(os.path.dirname(tutee.__file__))}
    done = subprocess.run([sys.executable, "-c", program, tmp_path / "observer", place], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == observer.save().hex()

    # A wrong snapshot is named, and changes nothing.
    last = observer.save()
    plain = tutee.Observer(1, 1, 4, dtype=dtype)
    plain.observe(*carriages(16, 0))
    plain.step(*carriages(16, 0))
    altered = bytearray(saved)
    altered[len(saved) // 2] ^= 1
    wide = tutee.Observer(1, 1, 4, spare=True, signed=True, dtype=np.float64 if dtype == np.float32 else np.float32)
    wide.observe(*carriages(16, 0))
    wide.step(*carriages(16, 0))
    for wrong, words in [
        (bytes(altered), "altered: its checksum"),
        (saved[:-1], "truncated"),
        (saved + b"x", "followed by something else"),
        (b"nothing", "not a snapshot"),
        (plain.save(), r"an observer of 1 filters, 1 features, 4 tokens and 4 outputs \(nothing beside\); expected .* \(spare, signed\)"),
        (wide.save(), "of the other precision"),
        (tutee.Student(1, 1, 4).save(), "another kind of model"),
    ]:
        with pytest.raises(tutee.Error, match=f"^snapshot: .*{words}"):
            observer.restore(wrong)
        assert observer.save() == last


def test_sensors_that_moved_are_named_where_a_step_runs_away():
    observer = tutee.Observer(1, 1, 4, spare=True, signed=True)
    observer.observe(*carriages(64, 0))
    still = observer.strayed(*carriages(64, 0))
    assert 1 <= still.input < 1.5 and 1 <= still.answer < 1.5
    for step in range(300):
        observer.step(*carriages(16, step))
    x, y = carriages(64, 301)
    still = observer.strayed(x, y)
    assert max(still.input, still.answer) < 3
    before = observer.predict(x)
    with pytest.raises(tutee.Error, match=r"diverged.*; but x\[:, 2, 0\] lies [\d.]+ times as far .*offset") as raised:
        observer.step(x + [[200], [0], [-220], [0]], y)
    assert raised.value.status == tutee.Error.DIVERGED
    assert np.allclose(observer.predict(x), before, rtol=0, atol=20)


def test_an_observer_answers_before_its_first_step():
    x, y = carriages(64, 0)
    observer = tutee.Observer(1, 1, 4, spare=True, signed=True)
    assert observer.steps == 0
    for ask in (lambda: observer.measure(x, y), lambda: observer.predict(x), observer.explain, observer.links, observer.save):
        with pytest.raises(tutee.Error, match="^x: no pairs were observed") as raised:
            ask()
        assert raised.value.status == tutee.Error.CANNOT_MOVE
    observer.observe(x, y)
    assert observer.steps == 0 and observer.measure(x, y).explained <= 0
    assert np.isfinite(observer.predict(x)).all() and observer.links() == []
    # What is asked on the way changes no bit.
    other = tutee.Observer.load(observer.save())
    for step in range(30):
        observer.step(*carriages(16, step))
        other.step(*carriages(16, step))
        other.measure(x, y), other.predict(x), other.links()
    assert other.save() == observer.save() and observer.steps == 30


def test_one_sensor_of_many_that_moved_is_named():
    rng = np.random.default_rng(3)
    observer = tutee.Observer(1, 2, 12)
    x, y = 300 + rng.standard_normal((400, 12, 2)), rng.standard_normal((400, 12, 1))
    observer.observe(x, y)
    assert max(observer.strayed(x[:16], y[:16]).input, observer.strayed(x[:16], y[:16]).answer) < 4
    x[:16, 7, 1] += 4.5
    y[:16, 3] *= 4
    found = observer.strayed(x[:16], y[:16])
    assert (found.token, found.feature, found.output, found.filter) == (7, 1, 3, 0)
    assert 12 < found.input < 30 and found.answer > 8


def test_links_say_how_sure_they_are_and_a_curve_what_it_means():
    x, y = carriages(80, 5)
    fit = tutee.fit(x, y, steps=1500, signed=True)
    taken = {(link.output, link.token) for link in fit.links if link.found == 2}
    assert taken == {(j, i) for j in range(4) for i in range(4) if (i - j) % 4 != 2}
    assert all(abs(a.weight) >= abs(b.weight) for a, b in zip(fit.links, fit.links[1:]))
    assert fit.observer.links()[0].parts == 0
    with pytest.raises(tutee.Error, match=r"parts\[0, 1, 2\] is not finite"):
        fit.observer.links([[[0] * 4, [0, 0, np.inf, 0], [0] * 4, [0] * 4]])

    steps = np.unique(np.concatenate([[0], np.geomspace(1, 10**5, 101).astype(int)]))
    assert tutee.judge(np.stack([steps, 3 / (1 + steps)], 1))[0] == "asymptotic"
    assert tutee.judge(np.stack([steps, 2 + 1 / (1 + steps)], 1))[0] == "plateau"
    assert tutee.judge(np.stack([steps, 2 + 1 / (1 + steps)], 1), best_loss=2)[0] == "floor"
    assert tutee.judge(np.stack([steps, 0 * steps + 2], 1))[0] == "stuck"
    # A run against a teacher, as the command line judges it.
    (run,) = command_line("conv-relu", "--steps", "20000", "--rate", "0.25")
    learned = tutee.learn(tutee.Teacher(run["teacher_value"], run["teacher_mixing"], run["activation"]), steps=20_000, rate=0.25)
    law = run["group"], run["outputs"], run["tokens"], run["attention_rate"]
    assert tutee.judge(learned.curve, row_sum=1, law=law) == (run["verdict"], run["reason"])
    with pytest.raises(ValueError, match="curve: .*expected rows"):
        tutee.judge([1.0, 0.5])
    assert tutee.judge([(0, 1), (1, 2)], refused=True) == ("diverged", "a step was refused because it could diverge")
    with pytest.raises(tutee.Error, match="curve: .*outside its legal range"):
        tutee.judge([(1, 1.0), (1, 0.5)])
    rate = tutee.fit(x - x.mean(0), y - y.mean(0), steps=20, rate=1e-4)
    assert rate.verdict == "stuck" and rate.links == () and rate.observer is None


def test_links_at_given_rates_say_how_sure_they_are():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((200, 6, 2))
    taken = np.eye(6) + np.roll(np.eye(6), 2, axis=1)
    y = taken / 2 @ x @ np.array([[1.0, -0.5]]).T + 0.05 * rng.standard_normal((200, 6, 1))
    settings = {"steps": 800, "rate": 0.3, "attention_rate": 3}
    fit = tutee.fit(x, y, **settings)
    sure = {(link.output, link.token) for link in fit.links if (link.found, link.parts) == (2, 2)}
    assert sure == {(j, i) for j in range(6) for i in range(6) if taken[j, i]}
    # The half that is told is what a fit of that half finds.
    halves = [tutee.fit(x[part], y[part], **settings).attention for part in (slice(0, 100), slice(100, 200))]
    assert list(fit.links) == tutee.links(fit.attention, halves)
    assert all(link.parts == 0 for link in tutee.links(fit.attention))
    # A student that goes on has no two others.
    further = tutee.fit(x, y, student=fit.student, **settings)
    assert further.links and all(link.parts == 0 for link in further.links)
    with pytest.raises(tutee.Error, match=r"attention\[0, 1\] is not finite"):
        tutee.links([[0.5, np.nan]])


def test_a_student_is_read_and_written_by_block():
    student = tutee.Student(2, 3, 4, 5, np.float32)
    assert (student.attention == 0.25).all() and student.attention.shape == (5, 4)
    value, logits = np.arange(6.0).reshape(2, 3), np.linspace(-1, 1, 20).reshape(5, 4)
    student.value, student.logits = value, logits
    assert (student.value == value).all() and (student.logits == logits.astype(np.float32)).all()
    assert np.allclose(student.attention, np.exp(logits) / np.exp(logits).sum(1, keepdims=True), rtol=1e-6)
    x = np.random.default_rng(1).standard_normal((3, 4, 3))
    assert np.allclose(student.predict(x, "relu"), np.maximum(student.attention @ x @ value.T, 0), rtol=1e-4, atol=1e-5)
    assert student.predict(x[:0], "relu").shape == (0, 5, 2)


def test_what_is_not_contiguous_or_of_another_type_is_copied():
    x = np.random.default_rng(2).standard_normal((4, 3, 20))
    teacher = tutee.Teacher(np.ones((1, 3), int), tutee.mixing.selection(4, [0, 3]))
    assert (teacher.answer(x.transpose(2, 0, 1)) == teacher.answer(np.ascontiguousarray(x.transpose(2, 0, 1)))).all()
    assert (teacher.answer(np.asfortranarray(x.transpose(2, 0, 1))) == teacher.answer(x.transpose(2, 0, 1))).all()


def test_what_is_refused_is_named_and_changes_nothing():
    teacher = tutee.Teacher([[1.0, 2.0]], tutee.mixing.cycle(5))
    student = tutee.Student(1, 2, 5)
    start = student.digest
    x, y = np.ones((3, 5, 2)), np.ones((3, 5, 1))
    y[2, 4, 0] = np.nan
    cases = [
        (lambda: tutee.fit(x, y, steps=1, rate=0.1, student=student), r"y\[2, 4, 0\] is not finite"),
        (lambda: tutee.fit(x, y[:2], steps=1, rate=0.1), r"x has shape \(3, 5, 2\) and y \(2, 5, 1\)"),
        (lambda: tutee.fit(x[:, :4], y, steps=1, rate=0.1, student=student), r"x has shape \(3, 4, 2\), expected n x 5 x 2"),
        (lambda: tutee.fit(x, x[:, :, :1], steps=1, rate=-1, student=student), "rate: a number is outside its legal range"),
        (lambda: tutee.fit(x, x[:, :, :1], steps=1, rate=1, batch=4), "batch: 4; expected 1 to 3"),
        (lambda: tutee.fit(x, x[:, :, :1], attention_rate=1), "attention_rate: .*expected a rate"),
        (lambda: tutee.fit(x, x[:, :, :1], student=student), "student: .*expected a rate"),
        (lambda: tutee.fit(x, x[:, :, :1], rate=1, signed=True), "signed: .*expected no rate"),
        (lambda: tutee.fit(x, x[:, :, :1], rate=1, whiten=True), "whiten: .*expected no rate"),
        (lambda: tutee.fit(np.ones((3, 5, 2)), x[:, :, :1], whiten=True), "x: no feature varies"),
        (lambda: tutee.fit(x, x[:, :, :1], stop_rising=0.1), "stop_rising: .*expected test_x and test_y"),
        (lambda: tutee.fit(x, x[:, :, :1], test_x=x, test_y=y, stop_every=5), "stop_every: looks at nothing"),
        (lambda: tutee.fit(x, x[:, :, :1], best=True), "best: .*expected test_x and test_y"),
        (lambda: tutee.fit(x, x[:, :, :1], test_x=x, test_y=y, stop_loss=1, stop_every=0), "stop_every: 0; expected a number from 1"),
        (lambda: tutee.fit(x, x[:, :, :1], test_x=x, test_y=y, stop_relative=2), "stop_relative: 2; expected a number from 0 to 1"),
        (lambda: tutee.fit(x, x[:, :, :1], test_x=x), "test_y: missing"),
        (lambda: tutee.fit(x, x[:, :, :1], rate=1, test_x=x[:, :4], test_y=y), r"test_x has shape \(3, 4, 2\)"),
        (lambda: tutee.fit(x, y), r"y\[2, 4, 0\] is not finite"),
        (lambda: tutee.fit(x, x[:, :, :1]), "every answer is the same"),
        (lambda: tutee.fit(x, np.arange(15.0).reshape(3, 5, 1)), "x: "),
        (lambda: tutee.fit(x, x[:, :, :1], batch=4), "batch: 4; expected 1 to 3"),
        (lambda: tutee.learn(teacher, steps=1, mode="exact"), 'mode: \'exact\'; expected "population" or "online"'),
        (lambda: tutee.learn(teacher, steps=1, mode="online", input="student-t"), "input: 'student-t'"),
        (lambda: tutee.learn(teacher, steps=1, mode="online", input="cauchy"), "input: 'cauchy'"),
        (lambda: tutee.Teacher([[1.0]], [[1.0]], "tanh"), "activation: 'tanh'"),
        (lambda: tutee.Teacher([[1e39]], [[1.0]], dtype=np.float32), r"value\[0, 0\] is not finite as float32"),
        (lambda: tutee.mixing.convolution(10, 4), "does not divide"),
        (lambda: tutee.mixing.graph(3, [(0, 1), (1, 0)]), "entry twice"),
        (lambda: tutee.Student.load(b"nothing"), "snapshot: "),
        (lambda: tutee.Student(1, 0, 5), "features: 0"),
        (lambda: tutee.Student(2**31, 2**31, 2**31), "sizes or counts are too large"),
    ]
    for call, words in cases:
        with np.errstate(over="ignore"), pytest.raises(ValueError, match=words):
            call()
    with pytest.raises(TypeError, match="dtype: int64"):
        tutee.Student(1, 2, 5, dtype=np.int64)
    assert student.digest == start


def test_a_step_that_diverges_is_refused_and_the_student_kept():
    rng = np.random.default_rng(3)
    x, y = 100 * rng.standard_normal((10, 4, 2)), rng.standard_normal((10, 4, 1))
    student = tutee.Student(1, 2, 4)
    with pytest.raises(tutee.Error, match=r"step \d+: .*a lower rate may help, or none") as raised:
        tutee.fit(x, y, steps=1000, rate=1.0, student=student)
    assert raised.value.status == tutee.Error.DIVERGED
    assert np.isfinite(student.value).all()


def sets_of(rng, pairs, outputs, tokens, members):
    return np.array([[rng.choice(tokens, members, replace=False) for _ in range(outputs)] for _ in range(pairs)])


@pytest.mark.parametrize("scalar", ["f32", "f64"])
@pytest.mark.parametrize(
    "sizes, queries, options, more",
    [
        ((2, 3, 6, 6), None, {}, {}),
        ((2, 3, 6, 6), None, {"embedding": "added", "encoding": "sinusoidal", "activation": {"leaky_relu": 0.25}}, {"batch": 7}),
        ((2, 3, 6, 6), None, {"embedding": "content", "keys": 4, "scale": "keys", "start": 0.5, "seed": 9}, {"attention_rate": 0.02}),
        ((1, 3, 6, 2), "sets", {"keys": 3, "encoding": "orthonormal", "scale": 1.0, "seed": 9}, {"batch": 16}),
        ((1, 3, 6, 2), "vectors", {"query_width": 4, "train": ["value-content", "position-content"]}, {}),
        ((1, 3, 6, 6), None, {"loss": "logistic", "encoding": "sine", "code_width": 4}, {}),
    ],
)
def test_a_layer_has_the_bits_of_the_command_line(scalar, sizes, queries, options, more, tmp_path):
    filters, features, tokens, outputs = sizes
    dtype, rng = {"f32": np.float32, "f64": np.float64}[scalar], np.random.default_rng(11)
    x, y = rng.standard_normal((40, tokens, features)).astype(dtype), rng.standard_normal((40, outputs, filters)).astype(dtype)
    given = {"sets": sets_of(rng, 40, outputs, tokens, 3)} if queries == "sets" else {}
    given |= {"queries": rng.standard_normal((40, outputs, 4)).astype(dtype)} if queries == "vectors" else {}
    said = {name: value for name, value in options.items() if name not in ("query_width", "keys", "start", "train")}
    said |= {"keys": options["keys"], "attention": "separate"} if "keys" in options else {}
    said |= {"start": f"gaussian:{options['start']}"} if "start" in options else {}
    said |= {"train": ",".join(options["train"])} if "train" in options else {}
    if "activation" in said:
        said["activation"] = "leaky_relu:0.25"
    if options.get("loss") == "logistic":
        y = np.sign(y[:, 0, 0])
    arrays = {"x": x, "y": y, **given}
    arguments = ["fit", "--student", "layer", "--scalar", scalar, "--steps", "60", "--rate", "0.1", "--json", "-"]
    for name, array in arrays.items():
        np.save(tmp_path / f"{name}.npy", array)
        arguments += [f"--{name}", str(tmp_path / f"{name}.npy")]
    for name, value in (said | more).items():
        arguments += [f"--{name.replace('_', '-')}", str(value)]
    done = subprocess.run([os.environ["TUTEE"], *arguments], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    (run,) = json.loads(done.stdout)["runs"]

    layer = tutee.Layer(*sizes, queries=queries or "tokens", dtype=dtype, **options)
    curve = layer.fit(x, y, steps=60, rate=0.1, **given, **more)
    assert layer.digest == run["digest"]
    blocks = layer.blocks
    assert (blocks["value"] == np.array(run["value"], dtype)).all()
    assert "key_query" not in blocks or (blocks["key_query"] == np.array(run["w_kq"], dtype)).all()
    assert np.isclose(layer.loss(x, y, **given), run["training_loss"], rtol=1e-6) and len(curve) == 60
    assert np.allclose(layer.attention(x, **given).mean(0), run["mean_attention"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_layer_goes_on_from_a_snapshot_with_the_bits_of_one_that_never_stopped(dtype):
    rng = np.random.default_rng(4)
    x, y, sets = rng.standard_normal((50, 5, 2)), rng.standard_normal((50, 3, 2)), sets_of(rng, 50, 3, 5, 2)

    def made():
        return tutee.Layer(2, 2, 5, 3, queries="sets", encoding="learned", keys=4, activation="relu", scale=0.75, dtype=dtype)

    whole, half = made(), made()
    whole.fit(x, y, sets=sets, steps=30, rate=0.05, attention_rate=0.2, batch=7)
    half.fit(x, y, sets=sets, steps=13, rate=0.05, attention_rate=0.2, batch=7)
    resumed = tutee.Layer.load(half.save())
    assert resumed.steps == 13 and resumed.digest == half.digest and resumed.dtype == dtype
    assert resumed.settings == half.settings and resumed.settings["activation"] == "relu" and resumed.settings["scale"] == 0.75
    resumed.fit(x, y, sets=sets, steps=17, rate=0.05, attention_rate=0.2, batch=7)
    assert resumed.digest == whole.digest != half.digest
    assert resumed.save() == whole.save()
    assert (resumed.filters, resumed.features, resumed.tokens, resumed.outputs) == (2, 2, 5, 3)


def test_a_layer_answers_as_its_formula_says():
    rng = np.random.default_rng(6)
    layer = tutee.Layer(2, 3, 5, encoding="signs", code_width=4, activation="relu", scale=0.5)
    assert set(layer.blocks) == {"value", "key_query"} and layer.blocks["key_query"].shape == (7, 7)
    value, key_query = rng.standard_normal((2, 7)), rng.standard_normal((7, 7))
    layer.set("value", value)
    layer.set("key_query", key_query)
    assert (layer.blocks["key_query"] == key_query).all()
    x, y = rng.standard_normal((6, 5, 3)), rng.standard_normal((6, 5, 2))
    codes = np.array([layer.encode("signs", seed) for seed in range(6)])
    assert (np.abs(codes) == 0.5).all()
    z = np.concatenate([x, codes], axis=2)
    logits = 0.5 * np.einsum("nia,ab,njb->nji", z, key_query, z)
    attention = np.exp(logits) / np.exp(logits).sum(2, keepdims=True)
    answers = np.maximum(attention @ z @ value.T, 0)
    assert np.allclose(layer.attention(x, codes=codes), attention, rtol=0, atol=1e-12)
    assert np.allclose(layer.predict(x, codes=codes), answers, rtol=0, atol=1e-12)
    assert np.isclose(layer.loss(x, y, codes=codes), ((answers - y) ** 2).sum() / 2 / 6, rtol=1e-12)
    squares = np.block([[key_query[:3, :3], key_query[:3, 3:]], [key_query[3:, :3], key_query[3:, 3:]]]) ** 2
    quarters = [[squares[:3, :3].sum(), squares[:3, 3:].sum()], [squares[3:, :3].sum(), squares[3:, 3:].sum()]]
    assert np.allclose(layer.shares["key_query"], np.array(quarters) / squares.sum(), rtol=1e-12)


def test_a_quarter_that_a_layer_does_not_have_has_no_share():
    there = {
        ("concatenated", "tokens"): [[1, 1], [1, 1]],
        ("concatenated", "sets"): [[0, 1], [0, 1]],
        ("concatenated", "vectors"): [[1, 0], [1, 0]],
        ("added", "tokens"): [[1, 0], [0, 0]],
        ("content", "tokens"): [[1, 0], [0, 0]],
    }
    for (embedding, queries), quarters in there.items():
        for keys in (None, 2):
            encoding = "sinusoidal" if embedding == "added" else "identity"
            more = {"query_width": 4} if queries == "vectors" else {}
            layer = tutee.Layer(1, 3, 5, queries=queries, embedding=embedding, encoding=encoding, keys=keys, **more)
            for block, numbers in layer.blocks.items():
                layer.set(block, np.ones_like(numbers))
            shares = layer.shares
            token = [1, int(embedding == "concatenated")]
            assert (np.isfinite(shares["value"]) == [token, [0, 0]]).all()
            if keys is None:
                assert (np.isfinite(shares["key_query"]) == quarters).all()
            else:
                assert (np.isfinite(shares["keys"]) == [token, [0, 0]]).all()
                assert (np.isfinite(shares["queries"]) == [quarters[0], [0, 0]]).all()
            assert all(np.isclose(np.nansum(share), 1, rtol=1e-6) for share in shares.values())


def test_what_a_layer_refuses_is_named_and_changes_nothing():
    rng = np.random.default_rng(7)
    x, y, sets = rng.standard_normal((4, 5, 2)), rng.standard_normal((4, 3, 1)), sets_of(rng, 4, 3, 5, 2)
    layer = tutee.Layer(1, 2, 5, 3, queries="sets")
    start, bad = layer.digest, sets.copy()
    bad[2, 1, 0] = 5
    twice = sets.copy()
    twice[1, 2] = 4
    label = tutee.Layer(1, 2, 5, loss="logistic")
    still = tutee.Layer(1, 2, 5, keys=2, start="zero")
    nan = x.copy()
    nan[1, 4, 0] = np.nan

    def fit(x=x, y=y, **given):
        return layer.fit(x, y, **({"sets": sets, "steps": 1, "rate": 0.1} | given))

    cases = [
        (lambda: fit(x=x[:, :4]), r"x has shape \(4, 4, 2\), expected n x 5 x 2"),
        (lambda: fit(x=nan), r"x\[1, 4, 0\] is not finite"),
        (lambda: fit(x=x[:0]), "x has no inputs"),
        (lambda: fit(y=y[:3]), r"y has shape \(3, 3, 1\), expected 4 x 3 x 1"),
        (lambda: fit(sets=None), "sets: the layer needs them with every sample; expected 4 x 3 x members"),
        (lambda: fit(sets=sets[:, :2]), r"sets has shape \(4, 2, 2\), expected 4 x 3 x members"),
        (lambda: fit(sets=sets.astype(float)), "sets: float64; expected token numbers"),
        (lambda: fit(sets=bad), r"sets\[2, 1, 0\] is 5; expected a token from 0 to 4"),
        (lambda: fit(sets=twice), r"sets\[1, 2\] has a token twice"),
        (lambda: fit(queries=x), "queries: the layer takes none with a sample"),
        (lambda: fit(codes=x), "codes: the layer takes none with a sample"),
        (lambda: fit(rate=-1), "rate: a number is outside its legal range"),
        (lambda: fit(batch=5), "batch: 5; expected 1 to 4"),
        (lambda: layer.set("value", np.ones((1, 2))), r"value has shape \(1, 2\), expected 1 x 7"),
        (lambda: layer.set("keys", np.ones((1, 2))), "keys: the layer has none; expected one of value, key_query, codes"),
        (lambda: layer.encode("cosine"), "encoding: 'cosine'; expected one of identity"),
        (lambda: label.fit(x, np.array([1, -1, 0.5, 1]), steps=1, rate=1), r"y\[2\] is 0.5; expected a label"),
        (lambda: label.fit(x, y, steps=1, rate=1), r"y has shape \(4, 3, 1\), expected 4"),
        (lambda: still.fit(x, np.ones((4, 5, 1)), steps=1, rate=1), "layer: "),
        (lambda: tutee.Layer(1, 2, 5, 3), "layer: "),
        (lambda: tutee.Layer(1, 2, 5, embedding="summed"), "embedding: 'summed'; expected one of content, concatenated, added"),
        (lambda: tutee.Layer(1, 2, 5, encoding="cosine"), "encoding: 'cosine'"),
        (lambda: tutee.Layer(1, 2, 5, code_width=4), "encoding: "),
        (lambda: tutee.Layer(1, 2, 5, keys=0), "keys: 0; expected a size from 1"),
        (lambda: tutee.Layer(1, 2, 5, scale="keys"), "scale: 'keys'"),
        (lambda: tutee.Layer(1, 2, 5, scale="large"), "scale: 'large'"),
        (lambda: tutee.Layer(1, 2, 5, loss="logistic", activation="relu"), "settings: "),
        (lambda: tutee.Layer(1, 2, 5, train=["value"]), "train: 'value'; expected one of value-content"),
        (lambda: tutee.Layer.load(b"nothing"), "snapshot: "),
        (lambda: tutee.Layer.load(tutee.Student(1, 2, 5).save()), "snapshot: "),
    ]
    for call, words in cases:
        with pytest.raises(ValueError, match=words):
            call()
    assert layer.digest == start
    with pytest.raises(tutee.Error, match=r"step \d+: .*loss .*a lower rate may help") as raised:
        layer.fit(100 * x, y, sets=sets, steps=1000, rate=1.0)
    assert raised.value.status == tutee.Error.DIVERGED and np.isfinite(layer.blocks["value"]).all()


def test_everything_public_is_documented_and_on_the_page_of_the_package():
    page = importlib.metadata.metadata("tutee").get_payload()
    missing = []

    def look(name, thing) -> None:
        missing.extend([f"{name}: no documentation"] * (not inspect.getdoc(thing)))
        missing.extend([f"{name}: not on the page"] * (f"`{name}" not in page and f"{name}(" not in page and f"{name}`" not in page))

    for name in tutee.__all__:
        thing = getattr(tutee, name)
        look(name, thing)
        if inspect.ismodule(thing):
            [look(of, getattr(thing, of)) for of in thing.__all__]
        elif inspect.isclass(thing) and name in ("Layer", "Observer", "Student", "Teacher"):
            [look(of, getattr(thing, of)) for of in vars(thing) if not of.startswith("_")]
    assert missing == []
