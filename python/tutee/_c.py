"""The C interface: statuses become exceptions, arrays of NumPy become pointers."""

import numpy as np

from ._library import ffi, lib

ABI_VERSION = 2


class Error(ValueError):
    """A call that the library refused. It has changed nothing, unless what raised it says otherwise.

    `status` is the number of the C interface (tutee_status); `DIVERGED` and the other names of it are class attributes.
    """

    DIVERGED = lib.TUTEE_ERROR_DIVERGED
    NOT_FINITE = lib.TUTEE_ERROR_NOT_FINITE
    CANNOT_MOVE = lib.TUTEE_ERROR_CANNOT_MOVE

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status


def message(status: int) -> str:
    return ffi.string(lib.tutee_status_message(status)).decode()


def check(status: int, what: str) -> None:
    """Raises what a status says, unless it says that all went well."""
    if status != lib.TUTEE_OK:
        raise Error(status, f"{what}: {message(status)}")


if lib.tutee_abi_version() != ABI_VERSION:
    raise ImportError(f"this package needs interface {ABI_VERSION} of the library, which has {lib.tutee_abi_version()}")
# Equal bits are what the library is for: a machine, or a host program's floating-point environment, that would give others is
# named before anything is computed.
check(lib.tutee_self_test(), "the library's self-test")


class Precision:
    """Functions, types and pointers of one of the two number types."""

    def __init__(self, dtype):
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
            raise TypeError(f"dtype: {self.dtype}; expected float32 or float64")
        self.suffix = "_f64" if self.dtype.itemsize == 8 else "_f32"
        self.number = "double" if self.dtype.itemsize == 8 else "float"

    def call(self, name: str, what: str, *arguments) -> None:
        check(getattr(lib, f"tutee_{name}{self.suffix}")(*arguments), what)

    def new(self, name: str, *values):
        return ffi.new(f"tutee_{name}{self.suffix} *", *values)

    def array(self, name: str, numbers, shape: tuple) -> np.ndarray:
        """`numbers` as this precision's contiguous array of `shape`; None stands for a length that is left open."""
        if np.iscomplexobj(numbers):
            raise ValueError(f"{name}: complex numbers; expected real ones")
        array = np.ascontiguousarray(numbers, dtype=self.dtype)
        fits = array.ndim == len(shape) and all(want in (None, has) for want, has in zip(shape, array.shape))
        if not fits:
            wanted = " x ".join("n" if want is None else str(want) for want in shape)
            raise ValueError(f"{name} has shape {array.shape}, expected {wanted}")
        finite = np.isfinite(array)
        if not finite.all():
            place = ", ".join(str(index) for index in np.unravel_index(int(np.argmin(finite)), array.shape))
            raise Error(lib.TUTEE_ERROR_NOT_FINITE, f"{name}[{place}] is not finite as {self.dtype}")
        return array

    def pointer(self, array: np.ndarray):
        """The pair of arguments that an array is in the C interface: pointer and number of elements."""
        return ffi.cast(f"{self.number} *", array.ctypes.data), array.size

    def scratch(self, size: str, shape):
        elements = ffi.new("size_t *")
        check(getattr(lib, f"tutee_{size}_scratch{'_wide' if size == 'online' else ''}")(shape, elements), size)
        return np.empty(elements[0], dtype=self.dtype)

    def object(self, kind: str, what: str, shape, *arguments, wide: bool = False):
        """Memory of an object and the object in it."""
        words = ffi.new("size_t *")
        self.call(f"{kind}_words{'_wide' if wide else ''}", what, shape, words)
        memory = np.empty(words[0], dtype=np.uint64)
        made = ffi.new(f"tutee_{kind}{self.suffix} **")
        self.call(f"{kind}_init", what, ffi.cast("uint64_t *", memory.ctypes.data), memory.size, shape, *arguments, made)
        return memory, made[0]


def c_shape(filters: int, features: int, tokens: int, outputs: int):
    sizes = {"filters": filters, "features": features, "tokens": tokens, "outputs": outputs}
    for name, size in sizes.items():
        if not 0 < size < 2**32:
            raise ValueError(f"{name}: {size}; expected a size from 1")
    return ffi.new("tutee_shape *", list(sizes.values()))


def c_activation(activation) -> tuple:
    """`activation` as the pair (tutee_activation, slope)."""
    if activation == "identity":
        return lib.TUTEE_IDENTITY, 0.0
    if activation == "relu":
        return lib.TUTEE_RELU, 0.0
    if isinstance(activation, dict) and set(activation) == {"leaky_relu"}:
        return lib.TUTEE_LEAKY_RELU, float(activation["leaky_relu"])
    raise ValueError(f'activation: {activation!r}; expected "identity", "relu" or {{"leaky_relu": slope}}')
