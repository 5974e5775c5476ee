"""Who averages whom: mixings `[outputs, tokens]` of the families that the paper names. A mixing of one's own is an array."""

import numpy as np

from ._c import Precision, c_shape, ffi, lib

__all__ = ["convolution", "cycle", "graph", "group", "selection", "window"]


def _filled(family: str, tokens: int, outputs: int, *arguments) -> np.ndarray:
    precision = Precision(np.float64)
    mixing = np.empty((outputs, tokens))
    precision.call(f"mixing_{family}", f"{family}", c_shape(1, 1, tokens, outputs), *arguments, *precision.pointer(mixing))
    return mixing


def convolution(tokens: int, group: int, outputs: int | None = None) -> np.ndarray:
    """Average pooling over blocks of `group` consecutive tokens: every token's block (the default), or `tokens / group`
    outputs, one a block."""
    return _filled("convolution", tokens, tokens if outputs is None else outputs, group)


def window(grid: tuple, size: tuple, outputs: int | None = None) -> np.ndarray:
    """Average pooling over windows of `size` (rows, columns) that tile a `grid` (rows, columns) of patches."""
    tokens = grid[0] * grid[1]
    described = ffi.new("tutee_window *", [grid[0], grid[1], size[0], size[1]])
    return _filled("window", tokens, tokens if outputs is None else outputs, described)


def cycle(tokens: int, reach: int = 1) -> np.ndarray:
    """A graph convolution on a cycle: each node averages itself and its `reach` nearest nodes on either side."""
    return _filled("cycle", tokens, tokens, reach)


def graph(tokens: int, edges, normalisation: str = "neighbours-and-self") -> np.ndarray:
    """A graph convolution; `edges` are pairs of different nodes, each once.

    `normalisation`: "neighbours" (D^-1 A), "neighbours-and-self" (D^-1 (A + I)) or "symmetric" (D^-1/2 (A + I) D^-1/2, whose
    rows sum to one in regular graphs alone).
    """
    known = {
        "neighbours": lib.TUTEE_NEIGHBOURS,
        "neighbours-and-self": lib.TUTEE_NEIGHBOURS_AND_SELF,
        "symmetric": lib.TUTEE_SYMMETRIC,
    }
    if normalisation not in known:
        raise ValueError(f"normalisation: {normalisation!r}; expected one of {', '.join(known)}")
    flat = [int(node) for edge in edges for node in edge]
    if len(flat) != 2 * len(edges):
        raise ValueError("edges: expected pairs of nodes")
    return _filled("graph", tokens, tokens, ffi.new("size_t[]", flat), len(edges), known[normalisation])


def selection(tokens: int, chosen, outputs: int | None = None) -> np.ndarray:
    """A sparse token selection: every output averages the `chosen` tokens."""
    chosen = [int(token) for token in chosen]
    return _filled("selection", tokens, tokens if outputs is None else outputs, ffi.new("size_t[]", chosen), len(chosen))


def group(tokens: int, index: int, outputs: int | None = None) -> np.ndarray:
    """A group-sparse predictor: every output reads the token `index` alone."""
    return _filled("group", tokens, tokens if outputs is None else outputs, index)
