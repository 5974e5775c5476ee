"""A whole layer: attention to content, to position or to both, that may depend on the sample; trained from pairs of one's own."""

import numpy as np

from ._c import Error, Precision, c_activation, c_shape, check, ffi, lib
from .steps import batches, check_batch, descent_of

__all__ = ["Layer"]

EMBEDDINGS = {"content": lib.TUTEE_CONTENT, "concatenated": lib.TUTEE_CONCATENATED, "added": lib.TUTEE_ADDED}
QUERIES = {"tokens": lib.TUTEE_QUERIES_TOKENS, "sets": lib.TUTEE_QUERIES_SETS, "vectors": lib.TUTEE_QUERIES_VECTORS}
LOSSES = {"squared": lib.TUTEE_SQUARED, "logistic": lib.TUTEE_LOGISTIC}
CODES = {
    "identity": lib.TUTEE_CODE_IDENTITY,
    "orthonormal": lib.TUTEE_CODE_ORTHONORMAL,
    "sinusoidal": lib.TUTEE_CODE_SINUSOIDAL,
    "sine": lib.TUTEE_CODE_SINE,
    "signs": lib.TUTEE_CODE_SIGNS,
}
TRAIN = {
    "value-content": lib.TUTEE_TRAIN_VALUE_CONTENT,
    "value-position": lib.TUTEE_TRAIN_VALUE_POSITION,
    "content-content": lib.TUTEE_TRAIN_CONTENT_CONTENT,
    "content-position": lib.TUTEE_TRAIN_CONTENT_POSITION,
    "position-content": lib.TUTEE_TRAIN_POSITION_CONTENT,
    "position-position": lib.TUTEE_TRAIN_POSITION_POSITION,
    "encoding": lib.TUTEE_TRAIN_ENCODING,
}
BLOCKS = {
    "value": lib.TUTEE_VALUE,
    "key_query": lib.TUTEE_KEY_QUERY,
    "keys": lib.TUTEE_KEYS,
    "queries": lib.TUTEE_QUERIES,
    "codes": lib.TUTEE_CODES,
}
# What the command line makes of its seed for each of the two, apart from samples.
CODES_SEED, START_SEED = 0xC0DE, 0x57A7


class Layer:
    """f_j = act(sum_i S_ji W_V z_i), S_j = softmax over i of scale * z_i W_KQ u_j: tokens z, queries u.

    `embedding` says what a token is: "content" (its features), "concatenated" (features, then the code of its position) or "added"
    (their sum). `encoding` says which codes positions have: "identity", "orthonormal", "sinusoidal" (that of "Attention Is All
    You Need"), "sine", "learned" (parameters, from signs that the library draws) or "signs" (they come with every sample, as `codes`);
    None where nothing has a code. `code_width` is as many entries as tokens unless said; added codes have those of the features.
    `queries` says what asks: "tokens" (each for an output of its own), "sets" (a set of token numbers for each output comes with
    the sample, and the sum of their codes asks) or "vectors" (of `query_width` entries, with the sample). `keys` is the number of rows of W_K
    and W_Q; without it both are one matrix, W_KQ. `scale` is "tokens" (1/sqrt(tokens)), "keys" (1/sqrt(keys)) or a number; `loss` "squared" (half
    the sum of squares) or "logistic", of labels 1 and -1: one filter, the sum over outputs is the log-odds.

    `train` lists the blocks that train: "value-content", "value-position", "content-content", "content-position", "position-content",
    "position-position" (of W_KQ, key by query) and "encoding"; all that there are unless said. W_V starts at zero, W_KQ and what is separate at
    `start`: "zero", "identity" or the deviation of independent normal numbers, drawn from `seed`; zero unless said, or 0.1 where separate,
    as from zero these never move.

    Options, defaults and draws are those of `tutee fit --student layer`, but for the start of learned codes, and so are the bits. What is
    refused raises `Error` or `ValueError` and changes nothing. One thread at a time may use a layer.
    """

    def __init__(
        self,
        filters: int,
        features: int,
        tokens: int,
        outputs: int | None = None,
        *,
        embedding: str = "concatenated",
        encoding: str | None = "identity",
        code_width: int | None = None,
        queries: str = "tokens",
        query_width: int | None = None,
        keys: int | None = None,
        scale="tokens",
        activation="identity",
        loss: str = "squared",
        train=None,
        start=None,
        seed: int = 1,
        dtype=np.float64,
    ):
        precision = Precision(dtype)
        if encoding not in (None, "learned") and encoding not in CODES:
            raise ValueError(f"encoding: {encoding!r}; expected one of {', '.join(CODES)}, learned or None")
        if _named("embedding", EMBEDDINGS, embedding) == lib.TUTEE_CONTENT and queries != "sets":
            # No token and no query has a code.
            encoding = None if encoding == "identity" and code_width is None else encoding
        kinds = {None: lib.TUTEE_CODES_NONE, "learned": lib.TUTEE_CODES_LEARNED, "signs": lib.TUTEE_CODES_FRESH}
        if code_width is None and encoding is not None:
            code_width = features if embedding == "added" else tokens
        shape = ffi.new("tutee_layer_shape *")
        shape.sizes = c_shape(filters, features, tokens, tokens if outputs is None else outputs)[0]
        shape.embedding, shape.queries = EMBEDDINGS[embedding], _named("queries", QUERIES, queries)
        shape.codes = kinds.get(encoding, lib.TUTEE_CODES_FIXED)
        shape.key_query = lib.TUTEE_MERGED if keys is None else lib.TUTEE_SEPARATE
        widths = {"code_width": code_width, "key_width": keys, "query_width": query_width}
        for name, width in widths.items():
            if width is not None and not 0 < width < 2**32:
                raise ValueError(f"{name.replace('key_width', 'keys')}: {width}; expected a size from 1")
            setattr(shape, name, width or 0)
        self._make(precision, shape)

        settings = precision.new("layer_settings")
        precision.call("layer_default", "layer", shape, settings)
        if scale != "tokens":
            if scale == "keys" and keys is None:
                raise ValueError("scale: 'keys'; expected tokens or a number, as W_KQ has no keys")
            settings.scale = 1 / np.sqrt(precision.dtype.type(keys)) if scale == "keys" else _number("scale", scale)
        settings.activation, settings.slope = c_activation(activation)
        settings.loss = _named("loss", LOSSES, loss)
        if train is not None:
            settings.trained = sum({_named("train", TRAIN, block) for block in train})
        self._call("layer_configure", "settings", settings)
        if encoding is not None and encoding != "signs":
            self.set("codes", self.encode("signs" if encoding == "learned" else encoding, int(seed) ^ CODES_SEED))
        if start is None:
            start = "zero" if keys is None else 0.1
        starts = {"zero": lib.TUTEE_START_ZERO, "identity": lib.TUTEE_START_IDENTITY}
        deviation = 0.0 if start in starts else _number("start", start)
        self._call("layer_start", "start", starts.get(start, lib.TUTEE_START_GAUSSIAN), deviation, int(seed) ^ START_SEED)

    def _make(self, precision: Precision, shape) -> None:
        self._precision, self._shape = precision, shape
        self._memory, self._object = precision.object("layer", "layer", shape)

    @classmethod
    def load(cls, snapshot: bytes) -> "Layer":
        """The layer in a snapshot, with its settings, whatever its sizes and precision; training goes on with the bits it would have had."""
        info = ffi.new("tutee_layer_info *")
        check(lib.tutee_layer_inspect(snapshot, len(snapshot), info), "snapshot")
        layer, shape = cls.__new__(cls), ffi.new("tutee_layer_shape *")
        shape[0] = info.shape
        layer._make(Precision(np.float64 if info.scalar_bits == 64 else np.float32), shape)
        layer._call("layer_load", "snapshot", snapshot, len(snapshot), ffi.NULL)
        return layer

    def save(self) -> bytes:
        """A snapshot with the settings, the same bytes on every machine, in the format of the C library and the command line."""
        length = ffi.new("size_t *")
        self._precision.call("layer_snapshot_bytes", "snapshot", self._shape, length)
        snapshot = ffi.new("uint8_t[]", length[0])
        self._call("layer_save", "snapshot", ffi.NULL, snapshot, length[0])
        return bytes(ffi.buffer(snapshot))

    @property
    def filters(self) -> int:
        """Entries of an output, M."""
        return self._shape.sizes.filters

    @property
    def features(self) -> int:
        """Entries of the content of a token, d."""
        return self._shape.sizes.features

    @property
    def tokens(self) -> int:
        """Tokens of an input, D."""
        return self._shape.sizes.tokens

    @property
    def outputs(self) -> int:
        """Outputs, J."""
        return self._shape.sizes.outputs

    @property
    def dtype(self) -> np.dtype:
        """float32 or float64."""
        return self._precision.dtype

    @property
    def steps(self) -> int:
        """Gradient steps taken since the start."""
        steps = ffi.new("uint64_t *")
        self._call("layer_steps", "layer", steps)
        return steps[0]

    @property
    def digest(self) -> str:
        """16 hexadecimal digits of sizes, choices, steps and the bits of every parameter: equal layers have equal digests on every
        machine, and in every language."""
        digest = ffi.new("uint64_t *")
        self._call("layer_digest", "layer", digest)
        return f"{digest[0]:016x}"

    @property
    def settings(self) -> dict:
        """`scale`, `activation`, `loss` and `train` as the constructor takes them; those of a snapshot come with it."""
        found = self._precision.new("layer_settings")
        self._call("layer_configuration", "settings", found)
        activations = {lib.TUTEE_IDENTITY: "identity", lib.TUTEE_RELU: "relu"}
        return {
            "scale": found.scale,
            "activation": activations.get(found.activation, {"leaky_relu": found.slope}),
            "loss": next(name for name, loss in LOSSES.items() if loss == found.loss),
            "train": [name for name, block in TRAIN.items() if found.trained & block],
        }

    @property
    def blocks(self) -> dict:
        """Copies of all that it has: "value" W_V `[filters, token width]`, "key_query" W_KQ `[token width, query width]`, or "keys" W_K `[keys, token
        width]` and "queries" W_Q `[keys, query width]`, and "codes" `[tokens, code width]`. A token is as wide as its content and the code that stands
        beside it; content comes first."""
        return {name: self._get(name) for name in BLOCKS if name in self._shapes()}

    def set(self, block: str, numbers) -> None:
        """Replaces one of `blocks`; the steps taken stay as they are."""
        array = self._precision.array(block, numbers, self._shape_of(block))
        self._call("layer_set", block, BLOCKS[block], *self._precision.pointer(array))

    def encode(self, encoding: str, seed: int = 1) -> np.ndarray:
        """Codes `[tokens, code width]` by their name: for `set("codes", ...)`, or "signs" for one sample that brings its own."""
        self._shape_of("codes", there=self._shape.code_width > 0)
        numbers = np.empty((self.tokens, self._shape.code_width), self.dtype)
        kind = _named("encoding", CODES, encoding)
        self._precision.call("layer_codes", "encoding", self._shape, kind, seed, *self._precision.pointer(numbers))
        return numbers

    @property
    def shares(self) -> dict:
        """Of each matrix of `blocks` but codes the share of its squared norm in each quarter, `[[content by content, content by position], [position by content,
        position by position]]`, rows first; NaN where all is zero, and of a quarter that a layer of this form does not have. Rows of matrices that are
        not of tokens count as content."""
        shares = {}
        for block in self._shapes():
            if block != "codes":
                squares = np.empty(4, self.dtype)
                self._call("layer_squares", block, BLOCKS[block], *self._precision.pointer(squares))
                whole = squares.sum()
                part = squares.reshape(2, 2) / whole if whole > 0 else np.nan
                shares[block] = np.where(self._quarters(block), part, np.nan)
        return shares

    def fit(
        self,
        x,
        y,
        *,
        steps: int,
        rate: float,
        attention_rate: float | None = None,
        batch: int | None = None,
        sets=None,
        queries=None,
        codes=None,
    ) -> np.ndarray:
        """Takes `steps` further steps of plain gradient descent on pairs, in place; rows (step, loss of the batch before its change).

        `x` is `[n, tokens, features]`, `y` `[n, outputs, filters]`, or with the logistic loss `[n]`, of 1 and -1. `sets` `[n, outputs, members]`
        of different token numbers, `queries` `[n, outputs, query_width]` and `codes` `[n, tokens, code_width]` are given where they come with the sample,
        and only there. W_V and learned codes move by `rate`, W_KQ or W_K and W_Q by `attention_rate`, which is `rate` unless given.

        Each step takes the mean gradient over `batch` pairs in the order of the arrays, all of them unless said, and goes on where as many
        steps as the layer has taken have ended: what was saved and loaded ends as if it had never stopped.

        Raises `Error` with status `Error.DIVERGED` when a step is refused, with the loss at which it was: the layer then stands after the
        last good step; `Error.CANNOT_MOVE` when nothing could move from here.
        """
        precision = self._precision
        arrays = self._arrays(x, y, sets, queries, codes)
        pairs = len(arrays["x"])
        check_batch(batch, pairs)
        descent = descent_of(precision, rate, attention_rate)
        count, loss = ffi.new("uint64_t *"), ffi.new(f"{precision.number} *")
        self._call("layer_begin", "layer")
        curve, first = [], 0 if batch is None else self.steps * batch % pairs
        for parts in batches(steps, pairs, batch, first):
            for part in parts:
                some = {name: array[part] for name, array in arrays.items()}
                self._call("layer_accumulate", "pairs", len(some["x"]), *self._pointers(some), *precision.pointer(some["y"]))
            self._call("layer_batch_loss", "loss", count, loss)
            try:
                self._call("layer_step", f"step {self.steps + 1}", descent)
            except Error as error:
                advice = "; a lower rate may help" if error.status == Error.DIVERGED else ""
                raise Error(error.status, f"{error} (loss {loss[0]:.6g}{advice})") from None
            curve.append((self.steps, loss[0]))
        return np.array(curve).reshape(-1, 2)

    def loss(self, x, y, *, sets=None, queries=None, codes=None) -> float:
        """The mean loss of pairs, arrays as in `fit`; nothing moves."""
        arrays = self._arrays(x, y, sets, queries, codes)
        loss = ffi.new(f"{self._precision.number} *")
        self._call("layer_loss", "pairs", len(arrays["x"]), *self._pointers(arrays), *self._precision.pointer(arrays["y"]), loss)
        return loss[0]

    def predict(self, x, *, sets=None, queries=None, codes=None) -> np.ndarray:
        """Answers `[n, outputs, filters]`, or with the logistic loss the log-odds `[n]` of the label 1, to inputs given as in `fit`."""
        return self._predict(self._arrays(x, None, sets, queries, codes))

    def attention(self, x, *, sets=None, queries=None, codes=None) -> np.ndarray:
        """The attention `[n, outputs, tokens]` that inputs, given as in `fit`, are answered with: not negative, rows sum to one."""
        arrays = self._arrays(x, None, sets, queries, codes)
        found = np.empty((len(arrays["x"]), self.outputs, self.tokens), self.dtype)
        for n, rows in enumerate(found):
            self._predict({name: array[n : n + 1] for name, array in arrays.items()})
            self._call("layer_get", "attention", lib.TUTEE_ATTENTION, *self._precision.pointer(rows))
        return found

    def _predict(self, arrays: dict) -> np.ndarray:
        inputs = len(arrays["x"])
        y = np.empty(self._answers(inputs), self.dtype)
        self._call("layer_predict", "x", inputs, *self._pointers(arrays), *self._precision.pointer(y))
        return y

    def _call(self, name: str, what: str, *arguments) -> None:
        self._precision.call(name, what, self._object, *arguments)

    def _answers(self, pairs) -> tuple:
        return (pairs,) if self.settings["loss"] == "logistic" else (pairs, self.outputs, self.filters)

    def _shapes(self) -> dict:
        """Rows and columns of each block that there is."""
        shape = self._shape
        beside = shape.code_width if shape.embedding == lib.TUTEE_CONCATENATED else 0
        token = self.features + beside
        asks = {"tokens": token, "sets": shape.code_width, "vectors": shape.query_width}
        query = next(asks[name] for name, number in QUERIES.items() if number == shape.queries)
        shapes = {"value": (self.filters, token)}
        if shape.key_query == lib.TUTEE_MERGED:
            shapes["key_query"] = token, query
        else:
            shapes["keys"], shapes["queries"] = (shape.key_width, token), (shape.key_width, query)
        if shape.codes in (lib.TUTEE_CODES_FIXED, lib.TUTEE_CODES_LEARNED):
            shapes["codes"] = self.tokens, shape.code_width
        return shapes

    def _quarters(self, block: str) -> np.ndarray:
        """Which quarters of a block there are."""
        shape = self._shape
        token = [True, shape.embedding == lib.TUTEE_CONCATENATED]
        asks = {lib.TUTEE_QUERIES_TOKENS: token, lib.TUTEE_QUERIES_SETS: [False, True], lib.TUTEE_QUERIES_VECTORS: [True, False]}
        columns = asks[shape.queries] if block in ("key_query", "queries") else token
        return np.outer(token if block == "key_query" else [True, False], columns)

    def _shape_of(self, block: str, there: bool = False) -> tuple | None:
        shapes = self._shapes()
        if block not in shapes and not there:
            raise ValueError(f"{block}: the layer has none; expected one of {', '.join(shapes)}")
        return shapes.get(block)

    def _get(self, block: str) -> np.ndarray:
        numbers = np.empty(self._shape_of(block), self.dtype)
        self._call("layer_get", block, BLOCKS[block], *self._precision.pointer(numbers))
        return numbers

    def _arrays(self, x, y, sets, queries, codes) -> dict:
        """Everything that comes with samples, checked."""
        precision, shape = self._precision, self._shape
        arrays = {"x": precision.array("x", x, (None, self.tokens, self.features))}
        pairs = len(arrays["x"])
        if pairs == 0:
            raise ValueError("x has no inputs; expected one or more")
        if y is not None:
            arrays["y"] = precision.array("y", y, self._answers(pairs))
            if self.settings["loss"] == "logistic" and (wrong := np.abs(arrays["y"]) != 1).any():
                n = int(np.argmax(wrong))
                raise ValueError(f"y[{n}] is {arrays['y'][n]}; expected a label, 1 or -1")
        wanted = {
            "sets": (shape.queries == lib.TUTEE_QUERIES_SETS, (pairs, self.outputs, None)),
            "queries": (shape.queries == lib.TUTEE_QUERIES_VECTORS, (pairs, self.outputs, shape.query_width)),
            "codes": (shape.codes == lib.TUTEE_CODES_FRESH, (pairs, self.tokens, shape.code_width)),
        }
        for (name, (asked, lengths)), given in zip(wanted.items(), (sets, queries, codes)):
            if asked and given is None:
                needed = " x ".join("members" if length is None else str(length) for length in lengths)
                raise ValueError(f"{name}: the layer needs them with every sample; expected {needed}")
            if not asked and given is not None:
                raise ValueError(f"{name}: the layer takes none with a sample; expected None")
            if asked:
                arrays[name] = self._sets(given, lengths) if name == "sets" else precision.array(name, given, lengths)
        return arrays

    def _sets(self, sets, lengths: tuple) -> np.ndarray:
        sets = np.asarray(sets)
        if sets.ndim != 3 or sets.shape[:2] != lengths[:2] or sets.shape[2] == 0:
            raise ValueError(f"sets has shape {sets.shape}, expected {lengths[0]} x {lengths[1]} x members")
        if sets.dtype.kind not in "iu":
            raise ValueError(f"sets: {sets.dtype}; expected token numbers, as integers")
        outside = (sets < 0) | (sets >= self.tokens)
        if outside.any():
            place = np.unravel_index(int(np.argmax(outside)), sets.shape)
            where = ", ".join(map(str, place))
            raise ValueError(f"sets[{where}] is {sets[place]}; expected a token from 0 to {self.tokens - 1}")
        twice = (np.diff(np.sort(sets, axis=2), axis=2) == 0).any(axis=2)
        if twice.any():
            where = ", ".join(map(str, np.unravel_index(int(np.argmax(twice)), twice.shape)))
            raise ValueError(f"sets[{where}] has a token twice; expected different tokens")
        return np.ascontiguousarray(sets, np.uint32)

    def _pointers(self, arrays: dict):
        """Pointers and lengths of what an input is: x, and sets, queries and codes where there are some."""
        for name in ("x", "sets", "queries", "codes"):
            if name not in arrays:
                yield from (ffi.NULL, 0)
            elif name == "sets":
                yield from (ffi.cast("uint32_t *", arrays[name].ctypes.data), arrays[name].size)
            else:
                yield from self._precision.pointer(arrays[name])


def _named(name: str, choices: dict, word) -> int:
    if word not in choices:
        raise ValueError(f"{name}: {word!r}; expected one of {', '.join(choices)}")
    return choices[word]


def _number(name: str, number) -> float:
    try:
        return float(number)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: {number!r}; expected a number or one of its words") from None
