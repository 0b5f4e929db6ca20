"""Samples of shapes, orders of axes, joining, splitting, diagonals and views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from samples import SHAPES, Sample, complex_uniform, uniform

Reference = Callable[..., Any]

M = uniform(2, 3)
CUBE = uniform(2, 3, 4)
STRIDED = uniform(4, 9)[::2, ::-3]
C = complex_uniform(2, 3)
SIX = np.zeros((2, 3), int)
REPEATS = np.array([2, 0, 1])


def _all(reference: Reference, *calls: tuple[Any, ...], **kwargs: Any) -> list[Sample]:
    return [Sample(args, kwargs, reference) for args in calls]


def _shapes(reference: Reference, *args: Any) -> list[Sample]:
    """Every shape, a transposed and a strided array, and complex numbers, with the same arguments."""
    arrays = [*[uniform(*shape) for shape in SHAPES], CUBE.T, STRIDED, C]
    return [Sample((x, *args), {}, reference) for x in arrays]


def _sized(x: Any, *size: Any, shape: Any = None) -> Any:
    given = size if shape is None else (shape,)
    return np.reshape(x, given[0] if isinstance(given[0], (tuple, list)) else given)


def _like(x: Any, other: Any) -> Any:
    return x.reshape(other.shape)


def _flatten(x: Any, start: int = 0, end: int = -1) -> Any:
    if not x.ndim:
        return x.reshape(1)
    start, end = start % x.ndim, end % x.ndim
    return x.reshape(*x.shape[:start], int(np.prod(x.shape[start : end + 1])), *x.shape[end + 1 :])


def _unflatten(x: Any, dim: int, sizes: Any) -> Any:
    dim %= x.ndim
    return x.reshape(*x.shape[:dim], *sizes, *x.shape[dim + 1 :])


def _squeeze(x: Any, *dims: Any, dim: Any = None) -> Any:
    given = dims[0] if len(dims) == 1 else dims or dim
    axes = range(x.ndim) if given is None else given if isinstance(given, tuple) else (given,)
    gone = [axis % x.ndim for axis in axes if x.ndim and x.shape[axis] == 1]
    return x.reshape([n for axis, n in enumerate(x.shape) if axis not in gone])


def _permute(x: Any, *axes: Any, dims: Any = None) -> Any:
    given = axes if dims is None else (dims,)
    return np.transpose(x, given[0] if isinstance(given[0], tuple) else given)


def _expand(x: Any, *size: Any) -> Any:
    size = size[0] if isinstance(size[0], tuple) else size
    fresh = len(size) - x.ndim
    return np.broadcast_to(x, [x.shape[i - fresh] if n == -1 else n for i, n in enumerate(size)])


def _tile(x: Any, *reps: Any, dims: Any = None) -> Any:
    given = reps if dims is None else (dims,)
    return np.tile(x, given[0] if isinstance(given[0], tuple) else given)


def _repeat(x: Any, repeats: Any = None, dim: Any = None, output_size: Any = None) -> Any:
    if repeats is None:
        return np.repeat(np.arange(len(x)), x)
    return np.repeat(x, repeats, dim)


_UNIT = uniform(1, 3, 1)
_RESHAPES = [
    (M, 3, 2),
    (M, (6,)),
    (M, [-1, 2]),
    (CUBE, 4, -1),
    (CUBE.transpose(1, 0, 2), 6, 4),
    (CUBE.transpose(1, 0, 2), 3, 2, 2, 2),
    (STRIDED, 6),
    (C, -1),
    (uniform(), (1, 1)),
    (uniform(1), ()),
    (uniform(0, 3), (3, 0)),
    (uniform(0, 3), (-1, 3)),
]
_SQUEEZES = [
    *[(x,) for x in (uniform(), uniform(3), _UNIT, _UNIT.T, complex_uniform(1, 2), uniform(1, 0))],
    *[(_UNIT, 0), (_UNIT, -1), (_UNIT, 1), (_UNIT, (0, 2)), (_UNIT, (0, -2)), (uniform(), 0), (_UNIT, 0, 2)],
]
_UNSQUEEZES = [(x, d) for x in (uniform(), M, STRIDED, C, uniform(0)) for d in (0, -1)] + [(CUBE, 2)]
_TRANSPOSES = [(M, 0, 1), (CUBE, 0, -1), (CUBE, 1, 1), (C, -2, -1), (uniform(0, 3), 0, 1), (STRIDED, 0, 1)]
_MOVES = [(CUBE, 0, 2), (CUBE, -1, 0), (CUBE, (0, 1), (2, 0)), (CUBE, (0, 1, 2), (-1, 0, 1)), (C, 0, 1)]
_EXPANDS = [
    (uniform(3), (2, 3)),
    (uniform(2, 1), (2, 3)),
    (uniform(2, 1), (4, 2, 3)),
    (uniform(), (2,)),
    (uniform(), ()),
    (uniform(1), (0,)),
    (uniform(0, 1), (0, 3)),
    (complex_uniform(1, 2), (3, 2)),
    (M.T, (2, 3, 2)),
]
_TILES = [
    (M, (2, 1)),
    (M, (2, 1, 3)),
    (uniform(3), (0,)),
    (uniform(), (2, 2)),
    (C, (1, 2)),
    (STRIDED, (3, 2)),
    (uniform(0, 2), (2, 2)),
]
_INTERLEAVED = [
    (M, 2),
    (M, 2, 0),
    (M, 3, -1),
    (M, 0, 0),
    (uniform(), 3),
    (M, REPEATS, 1),
    (uniform(3), REPEATS),
    (M, np.array([2]), 0),
    (C, 2, 1),
    (STRIDED.T, 2, 0),
]

RESHAPES = {
    "reshape": [*_all(_sized, *_RESHAPES), Sample((M,), {"shape": (3, 2)}, _sized)],
    "Tensor.view": [
        *_all(_sized, (uniform(6), 3, 2), (M, (2, -1, 1)), (uniform(), 1, 1), (C, [1, 2, 3])),
        *_all(_sized, (M[:0], 3, 0)),
    ],
    "Tensor.view_as": _all(_like, (uniform(6), SIX), (C[0], SIX[:1])),
    "Tensor.reshape_as": _all(_like, (M.T, SIX), (C, SIX.T)),
    "flatten": [*_shapes(_flatten), *_all(_flatten, (CUBE, 1), (CUBE, 0, 1), (CUBE, 1, 1), (CUBE.T, -2))],
    "unflatten": _all(
        _unflatten, (CUBE, 2, (2, 2)), (CUBE, -1, (2, -1, 1)), (uniform(6), 0, [3, 2]), (C, 1, (3, 1))
    ),
    "ravel": _shapes(np.ravel),
    "squeeze": [*_all(_squeeze, *_SQUEEZES), Sample((_UNIT,), {"dim": 0}, _squeeze)],
    "unsqueeze": _all(np.expand_dims, *_UNSQUEEZES),
    "atleast_1d": [*_shapes(np.atleast_1d), *_all(lambda *xs: tuple(np.atleast_1d(*xs)), (uniform(), M))],
    "atleast_2d": [*_shapes(np.atleast_2d), *_all(lambda xs: tuple(np.atleast_2d(*xs)), ([uniform(3), M],))],
    "atleast_3d": [*_shapes(np.atleast_3d), *_all(lambda *xs: tuple(np.atleast_3d(*xs)), (uniform(3), C))],
    "transpose": _all(np.swapaxes, *_TRANSPOSES),
    "swapaxes": _all(np.swapaxes, *_TRANSPOSES),
    "swapdims": _all(np.swapaxes, *_TRANSPOSES),
    "t": _all(np.transpose, (uniform(),), (uniform(3),), (M,), (C,), (STRIDED,), (uniform(0, 2),)),
    "adjoint": _all(
        lambda x: np.conj(np.swapaxes(x, -2, -1)), (M,), (C,), (CUBE,), (complex_uniform(2, 1, 3),)
    ),
    "permute": [
        *_all(_permute, (CUBE, 2, 0, 1), (CUBE, (0, -1, 1)), (C, 1, 0), (uniform(), ()), (STRIDED, (1, 0))),
        Sample((CUBE,), {"dims": (1, 2, 0)}, _permute),
    ],
    "movedim": _all(np.moveaxis, *_MOVES),
    "moveaxis": _all(np.moveaxis, *_MOVES),
    "Tensor.expand": _all(_expand, *_EXPANDS, (uniform(2, 1), -1, 3), (uniform(2, 1), 4, -1, 3)),
    "Tensor.expand_as": _all(
        lambda x, y: np.broadcast_to(x, y.shape),
        (uniform(3), np.zeros((2, 3), int)),
        (C[:1], np.zeros((2, 3), int)),
    ),
    "broadcast_to": _all(_expand, *_EXPANDS),
    "broadcast_tensors": _all(
        lambda *xs: tuple(np.broadcast_arrays(*xs)),
        (uniform(3), uniform(2, 1)),
        (uniform(), C),
        (M, uniform(1, 1), uniform(3)),
        (uniform(0, 1), uniform(1, 2)),
    ),
    "Tensor.repeat": _all(_tile, *_TILES, (M, 2, 2), (M, 1, 1, 1), (uniform(3), 2)),
    "tile": [*_all(_tile, *_TILES, (M, (2,)), (M, 2), (CUBE, ())), Sample((M,), {"dims": (2,)}, _tile)],
    "repeat_interleave": [
        *_all(_repeat, *_INTERLEAVED, (REPEATS,)),
        Sample((M, 2), {"dim": 1, "output_size": 6}, _repeat),
    ],
}


# -- joining and taking apart ---------------------------------------------------------------------


def _cat(xs: Any, dim: int = 0, axis: Any = None) -> Any:
    return np.concatenate(xs, dim if axis is None else axis)


def _stack(xs: Any, dim: int = 0, axis: Any = None) -> Any:
    return np.stack(xs, dim if axis is None else axis)


def _split(x: Any, sizes: Any, dim: int = 0) -> Any:
    if isinstance(sizes, int):
        ends = np.arange(sizes, x.shape[dim], sizes) if sizes else []
    else:
        ends = np.cumsum(sizes)[:-1]
    return np.split(x, ends, dim)


def _chunk(x: Any, chunks: int, dim: int = 0) -> Any:
    return _split(x, -(-x.shape[dim] // chunks), dim)


def _unbind(x: Any, dim: int = 0) -> Any:
    return list(np.moveaxis(x, dim, 0))


def _grid(*xs: Any, indexing: str = "ij") -> Any:
    xs = xs[0] if isinstance(xs[0], (list, tuple)) else xs
    return list(np.meshgrid(*xs, indexing=indexing))


def _flip(x: Any, *dims: Any) -> Any:
    return np.flip(x, dims[0] if isinstance(dims[0], tuple) else dims)


def _roll(x: Any, shifts: Any, dims: Any = None) -> Any:
    return np.roll(x, shifts, dims)


def _splits(numpy: Any, *extra: tuple[Any, ...]) -> list[Sample]:
    return _all(numpy, (uniform(2, 4, 6), 2), (uniform(2, 4, 6), (1,)), *extra)


ROWS = [uniform(3), uniform(3, seed=1)]
MATRICES = [M, uniform(2, 3, seed=1)]
_CATS = [
    (ROWS,),
    ([*ROWS, uniform(0)],),
    ([uniform(2), uniform(5), uniform(1)],),
    (MATRICES, 1),
    ([M, C], -1),
    ([M],),
    ([M, uniform(0)],),
    ([M, uniform(2, 0)], 1),
    ([M.T, STRIDED.T], 1),
    ([M, np.array([[1, 2, 3]])],),
]
JOINS = {
    **{
        name: [
            *[Sample(args, {}, _cat if all(x.shape != (0,) for x in args[0]) else None) for args in _CATS],
            Sample((MATRICES,), {"axis": 1}, _cat),
        ]
        for name in ("cat", "concat", "concatenate")
    },
    "stack": [
        *_all(
            _stack, (ROWS,), (MATRICES, 1), (MATRICES, -1), ([M, C],), ([uniform(), uniform(seed=1)],), ([M],)
        ),
        *_all(_stack, ([uniform(0), uniform(0)], 1), ([M.T, STRIDED.T], 2), ([M, np.ones((2, 3), int)],)),
        Sample((MATRICES,), {"axis": 2}, _stack),
    ],
    "hstack": _all(np.hstack, (ROWS,), (MATRICES,), ([uniform(), uniform(2)],), ([M, C],)),
    "vstack": _all(np.vstack, (ROWS,), (MATRICES,), ([uniform(3), M],), ([uniform(), uniform(seed=1)],)),
    "row_stack": _all(np.vstack, (ROWS,), (MATRICES,)),
    "dstack": _all(np.dstack, (ROWS,), (MATRICES,), ([uniform(), uniform(seed=1)],), ([CUBE, CUBE],)),
    "column_stack": _all(
        np.column_stack, (ROWS,), (MATRICES,), ([uniform(2), M],), ([uniform(), uniform(1)],)
    ),
    "split": _all(
        _split,
        *[(uniform(5), 2), (M, 2, 1), (M, 5), (M, [1, 2], 1), (CUBE, (1, 0, 3), -1), (C, 1, -1)],
        (STRIDED, 1),
    ),
    "tensor_split": _all(
        np.array_split,
        *[
            (uniform(5), 2),
            (uniform(5), 7),
            (M, (1,), 1),
            (CUBE, (1, 2), -1),
            (C, 2, 1),
            (uniform(5), [1, 3]),
        ],
    ),
    "chunk": _all(_chunk, (uniform(5), 2), (uniform(5), 4), (M, 2, 1), (C, 3, -1), (M, 9)),
    "hsplit": _splits(np.hsplit, (uniform(4), 2)),
    "vsplit": _splits(np.vsplit, (C, 2)),
    "dsplit": _splits(np.dsplit),
    "unbind": _all(_unbind, (M,), (M, 1), (CUBE, -1), (uniform(3),), (C, 1), (STRIDED,)),
    "meshgrid": [
        *_all(_grid, ROWS, (uniform(3), uniform(2)), ([uniform(3), uniform(2), uniform(4)],), (uniform(3),)),
        *_all(_grid, (uniform(3), uniform(2)), (uniform(3), uniform(2), uniform()), indexing="xy"),
    ],
    "flip": _all(_flip, (M, 0), (M, (0, 1)), (CUBE, 0, -1), (uniform(3), (0,)), (C, 1), (STRIDED, 0)),
    "fliplr": _all(np.fliplr, (M,), (C,), (CUBE,), (STRIDED,)),
    "flipud": _all(np.flipud, (uniform(3),), (M,), (C,), (CUBE.T,)),
    "roll": _all(
        _roll,
        *[
            (M, 1),
            (M, 1, 0),
            (M, (1, -2), (0, 1)),
            (M, -4),
            (uniform(), 1),
            (C, 2, -1),
            (CUBE, (1, 1), (0, 0)),
        ],
        (STRIDED.T, 1),
    ),
    "rot90": _all(np.rot90, (M,), (M, 2), (M, -1), (CUBE, 1, (1, 2)), (CUBE, 3, [2, 0]), (C,), (M, 4)),
}


# -- diagonals, views, copies ---------------------------------------------------------------------


def _diag_embed(x: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    n = x.shape[-1] + abs(offset)
    y = np.zeros((*x.shape[:-1], n, n), x.dtype)
    i = np.arange(x.shape[-1])
    y[..., i + max(-offset, 0), i + max(offset, 0)] = x
    return np.moveaxis(y, (-2, -1), (dim1, dim2))


def _unfold(x: Any, dim: int, size: int, step: int) -> Any:
    if not x.ndim:
        return x.reshape(1)
    dim %= x.ndim
    windows = np.lib.stride_tricks.sliding_window_view(x, size, dim)
    return windows[(slice(None),) * dim + (slice(None, None, step),)]


def _narrow(x: Any, dim: int, start: int, length: int) -> Any:
    return np.take(x, np.arange(start % x.shape[dim], start % x.shape[dim] + length), dim)


_TRIANGLES = [(M,), (M, 1), (M, -1), (CUBE,), (C,), (uniform(3, 3).T, 1), (uniform(0, 2),)]
_DIAGONALS = [(M,), (M, 1), (M, -1), (M, 5), (CUBE, 0, 1, 2), (CUBE, 1, -1, 0), (C,), (STRIDED,)]
VIEWS = {
    "diagonal": _all(np.diagonal, *_DIAGONALS),
    "diag": _all(
        np.diag, (uniform(3),), (uniform(3), 1), (uniform(2), -2), (M,), (M, 1), (C,), (uniform(0),)
    ),
    "diag_embed": _all(
        _diag_embed, (uniform(3),), (M,), (M, 1), (M, -2), (M, 0, 0, 2), (M, 1, 2, 0), (C,), (uniform(0),)
    ),
    "tril": _all(np.tril, *_TRIANGLES),
    "triu": _all(np.triu, *_TRIANGLES),
    "tril_indices": _all(lambda r, c, o=0: np.array(np.tril_indices(r, o, c)), (3, 3), (2, 4, 1), (4, 2, -1)),
    "triu_indices": _all(lambda r, c, o=0: np.array(np.triu_indices(r, o, c)), (3, 3), (2, 4, 1), (0, 2)),
    "Tensor.unfold": _all(
        _unfold,
        *[(uniform(5), 0, 2, 1), (uniform(5), 0, 2, 2), (uniform(5), 0, 3, 4), (M, 1, 2, 1), (CUBE, 1, 2, 1)],
        *[(C, -1, 2, 1), (uniform(), 0, 1, 1), (STRIDED, 0, 2, 1), (CUBE, -1, 1, 3)],
    ),
    "narrow": _all(
        _narrow, (M, 1, 1, 2), (M, 0, 0, 1), (CUBE, -1, -3, 2), (uniform(3), 0, 1, 0), (C, 1, 0, 2)
    ),
    "select": _all(lambda x, d, i: np.take(x, i, d), (M, 0, 1), (M, 1, -1), (uniform(3), 0, 0), (C, -1, 1)),
    "clone": _shapes(np.copy),
    "Tensor.contiguous": _shapes(np.copy),
    "conj": _shapes(np.conj),
    "resolve_conj": _shapes(np.copy),
    "real": _shapes(np.real),
    "imag": _all(np.imag, (C,), (complex_uniform(),), (complex_uniform(0, 2),), (C.T,)),
    "detach": [Sample((M,), {}, np.copy, smooth=False)],
}
SAMPLES: dict[str, list[Sample]] = {**RESHAPES, **JOINS, **VIEWS}
