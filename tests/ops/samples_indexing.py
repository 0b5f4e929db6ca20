"""Samples of indexing, gathering, scattering and searching."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from samples import Sample, complex_uniform, uniform

Reference = Callable[..., Any]

V = uniform(5)
M = uniform(3, 4)
CUBE = uniform(2, 3, 4)
STRIDED = uniform(6, 8)[::2, ::-2]
C = complex_uniform(3, 4)
ROWS = np.array([2, 0, 2])
COLUMNS = np.array([[1, 0, 3], [0, 0, 1], [2, 3, 3]])
MASK = np.array([[True, False, True, True], [False] * 4, [True, True, False, False]])
SOME = np.array([True, False, True])
S = np.s_


def _all(reference: Reference, *calls: tuple[Any, ...], **kwargs: Any) -> list[Sample]:
    return [Sample(args, kwargs, reference) for args in calls]


# -- x[...] ---------------------------------------------------------------------------------------

_BASIC = [
    *[(V, 1), (V, -1), (V, S[1:4]), (V, S[::2]), (V, S[::-2]), (V, S[5:2]), (V, ...), (V, ()), (V, None)],
    *[(M, 1), (M, S[1:, -1]), (M, S[:, 1:3]), (M, S[..., 0]), (M, S[None, 0, :, None]), (M, (2, 3))],
    *[(CUBE, S[1, ..., ::-1]), (CUBE, S[:, None, 1]), (C, S[0]), (C, S[:, 1]), (STRIDED, S[1:, ::2])],
    *[(uniform(), ...), (uniform(), None), (uniform(), ()), (uniform(0, 3), S[:, 1]), (M.T, S[1, 1:])],
    *[(M, np.int64(1)), (M, (np.int64(1), np.array(2)))],
]
_ADVANCED = [
    *[(V, ROWS), (V, [0, -1, 0]), (V, V > 0), (V, [True, False, True, False, True]), (V, np.zeros(0, int))],
    *[(M, ROWS), (M, (ROWS, [0, 1, 3])), (M, (ROWS[:, None], COLUMNS[0])), (M, S[:, ROWS]), (M, MASK)],
    *[
        (M, SOME),
        (M, S[:, V[:4] > 0]),
        (M, (SOME, S[1:3])),
        (M, (SOME, 1)),
        (M, S[1, ROWS]),
        (M, [[0, 1], [2, 0]]),
    ],
    *[(CUBE, S[:, ROWS, 1:]), (CUBE, S[..., ROWS]), (CUBE, S[[0, 1], :, [0, 3]]), (CUBE, S[:, ROWS, ROWS])],
    *[
        (CUBE, S[None, [0, 1], None]),
        (CUBE, S[[0, 1], None, [2, 1]]),
        (CUBE, S[:, SOME, 0]),
        (CUBE, S[1:, SOME]),
    ],
    *[(CUBE, S[:, MASK]), (C, ROWS), (C, MASK), (C, (ROWS, ROWS)), (STRIDED, ROWS), (STRIDED, STRIDED > 0)],
    *[
        (V, True),
        (V, False),
        (M, (True, 1)),
        (M, np.array(True)),
        (uniform(), True),
        (uniform(), np.array(False)),
    ],
    *[(CUBE, S[[0, 1], SOME[:2].nonzero()[0]]), (uniform(0, 3), np.zeros(0, int)), (M, (SOME, ROWS[:2]))],
]

_WRITTEN = [
    *[
        (V, 1, uniform()),
        (V, S[1:3], uniform(2)),
        (V, S[::-2], uniform(1)),
        (V, ..., 2.5),
        (V, None, uniform()),
    ],
    *[
        (M, 0, uniform(4)),
        (M, S[:, 1], uniform(3)),
        (M, S[1:, ::2], uniform(2, 2)),
        (M, S[:2], uniform(1, 1, 4)),
    ],
    *[
        (M, S[1, 2], 7),
        (uniform(), ..., uniform()),
        (uniform(), (), 3),
        (C, S[0], uniform(4)),
        (C, S[:, 1], 1j),
    ],
    *[
        (M.T, S[1], uniform(3)),
        (M, 1, np.arange(4)),
        (M, S[0:0], uniform(4)),
        (CUBE, S[1, ..., 0], uniform(3)),
    ],
]
_WRITTEN_AT = [
    *[(V, ROWS[:2], uniform(2)), (V, [0, 0, 1], uniform(3)), (V, V > 0, 0.5), (V, V > 0, uniform())],
    *[
        (M, MASK, uniform(5)),
        (M, SOME, uniform(4)),
        (M, (ROWS[:2], [1, 3]), uniform(2)),
        (M, S[:, ROWS], uniform(3, 1)),
    ],
    *[
        (M, (SOME, S[1:3]), uniform(2)),
        (M, S[1, ROWS], uniform(3)),
        (CUBE, S[:, ROWS, 1], uniform(2, 3)),
        (C, MASK, 2j),
    ],
    *[
        (C, ROWS, complex_uniform(4)),
        (V, True, uniform(5)),
        (V, False, 1.0),
        (M, S[1:, SOME.nonzero()[0]], uniform()),
    ],
    *[(V, np.zeros(0, int), 1.0), (uniform(), True, 2.0), (M.T, (ROWS, ROWS), uniform())],
]


def _read(x: Any, key: Any) -> Any:
    return x[key]


def _write(x: Any, key: Any, value: Any) -> Any:
    x[key] = value
    return x


INDEXING = {
    "Tensor.__getitem__": _all(_read, *_BASIC, *_ADVANCED),
    "Tensor.__setitem__": _all(_write, *_WRITTEN, *_WRITTEN_AT),
}


# -- gather and scatter ---------------------------------------------------------------------------


def _grid(index: Any, dim: int) -> Any:
    key = list(np.indices(index.shape))
    if index.ndim:
        key[dim] = index
    return tuple(key)


def _gather(x: Any, dim: int, index: Any) -> Any:
    return np.asarray(x)[_grid(index, dim)]


def _scatter(x: Any, dim: int, index: Any, src: Any = None, value: Any = None, reduce: Any = None) -> Any:
    y = x.copy()
    values = src if value is None else value
    if np.ndim(values):
        values = values[tuple(slice(n) for n in index.shape)]
    if reduce is None:
        y[_grid(index, dim)] = values
    else:
        (np.add if reduce == "add" else np.multiply).at(y, _grid(index, dim), values)
    return y


def _scatter_add(x: Any, dim: int, index: Any, src: Any) -> Any:
    return _scatter(x, dim, index, src, reduce="add")


def _scatter_reduce(x: Any, dim: int, index: Any, src: Any, reduce: str, include_self: bool = True) -> Any:
    y, found = x.copy(), {}
    values = src[tuple(slice(n) for n in index.shape)].ravel()
    for place, value in zip(zip(*(k.ravel() for k in _grid(index, dim)), strict=True), values, strict=True):
        found.setdefault(place, [x[place]] if include_self else []).append(value)
    combine = {"sum": np.sum, "prod": np.prod, "mean": np.mean, "amax": np.max, "amin": np.min}[reduce]
    for place, values in found.items():
        y[place] = combine(values)
    return y


def _take_along(x: Any, indices: Any, dim: Any = None) -> Any:
    return np.take_along_axis(x, indices, dim)


def _index_write(x: Any, dim: int, index: Any, source: Any, alpha: Any = None) -> Any:
    y = x.copy()
    key = (slice(None),) * (dim % max(x.ndim, 1)) + (index,)
    if alpha is None:
        y[key] = source
    else:
        np.add.at(y, key, alpha * source)
    return y


def _index_add(x: Any, dim: int, index: Any, source: Any, alpha: Any = 1) -> Any:
    return _index_write(x, dim, index, source, alpha)


def _index_put(x: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    y = x.copy()
    if accumulate:
        np.add.at(y, tuple(indices), values)
    else:
        y[tuple(indices)] = values
    return y


def _masked_scatter(x: Any, mask: Any, source: Any) -> Any:
    shape = np.broadcast_shapes(x.shape, mask.shape)
    y, mask = np.broadcast_to(x, shape).copy(), np.broadcast_to(mask, shape)
    y[mask] = source.ravel()[: mask.sum()]
    return y


def _masked_select(x: Any, mask: Any) -> Any:
    x, mask = np.broadcast_arrays(x, mask)
    return x[mask]


_DISTINCT = np.array([[3, 1], [0, 2], [1, 0]])
_SOURCE = uniform(3, 4, seed=5)
_PLACES = [
    (M, 1, COLUMNS, _SOURCE),
    (M, 0, np.array([[2, 0, 1, 1]]), _SOURCE),
    (M, -1, _DISTINCT, _SOURCE),
    (V, 0, np.array([4, 1]), uniform(2)),
    (uniform(), 0, np.array(0), uniform()),
    (C, 1, COLUMNS, complex_uniform(3, 4, seed=5)),
    (M, 1, np.zeros((0, 4), int), _SOURCE),
    (STRIDED, 0, ROWS.reshape(3, 1), _SOURCE.T[:3]),
]
_REDUCED = [(M, 1, COLUMNS, _SOURCE), (V, 0, np.array([1, 1, 1, 4]), uniform(4, seed=3))]
SCATTERING = {
    "gather": _all(_gather, *[place[:3] for place in _PLACES], (CUBE, 1, np.array([[[0, 2, 1, 0]]]))),
    "scatter": [
        *_all(_scatter, *_PLACES, (M, 1, COLUMNS, 2.5), (C, 1, COLUMNS, 2.5)),
        *_all(_scatter, (M, 1, _DISTINCT), value=1.5),
        *_all(_scatter, (M, 1, COLUMNS, _SOURCE), (M, 0, ROWS.reshape(1, 3), 2.0), reduce="add"),
        *_all(_scatter, (M, 1, COLUMNS, _SOURCE), (M, 0, ROWS.reshape(1, 3), 2.0), reduce="multiply"),
    ],
    "scatter_add": _all(_scatter_add, *_PLACES),
    "scatter_reduce": [
        Sample((*place, reduce), {"include_self": own}, _scatter_reduce)
        for reduce in ("sum", "prod", "mean", "amax", "amin")
        for own in (True, False)
        for place in _REDUCED
    ],
    "take": _all(np.take, (V, ROWS), (M, COLUMNS), (M, np.array(-1)), (C, ROWS), (STRIDED, np.array([5, 5]))),
    "take_along_dim": _all(
        _take_along,
        *[
            (M, COLUMNS, 1),
            (M, COLUMNS[:1], 1),
            (M, COLUMNS[:, :1], 0),
            (uniform(1, 4), COLUMNS, 1),
            (C, COLUMNS, 1),
        ],
        *[(V, ROWS), (M, ROWS), (CUBE, np.zeros((2, 1, 1), int), -1)],
    ),
    "index_select": _all(
        lambda x, dim, index: np.take(x, index, dim),
        *[
            (V, 0, ROWS),
            (M, 1, ROWS),
            (M, -1, np.array([3])),
            (CUBE, 1, ROWS),
            (C, 0, ROWS),
            (STRIDED, 1, ROWS),
        ],
        (M, 0, np.zeros(0, int)),
    ),
    "index_add": [
        *_all(_index_add, (V, 0, ROWS, uniform(3)), (M, 1, ROWS, uniform(3, 3)), (C, 0, ROWS, C[::-1])),
        *_all(_index_add, (M, 0, ROWS, _SOURCE), (STRIDED, -1, np.array([1]), uniform(3, 1)), alpha=-2.5),
    ],
    "index_copy": _all(
        _index_write,
        *[
            (V, 0, ROWS, uniform(3)),
            (M, 1, ROWS, uniform(3, 3)),
            (M, 0, ROWS[:2], uniform(2, 4)),
            (C, 0, ROWS, C[::-1]),
        ],
    ),
    "index_fill": _all(
        _index_write, (V, 0, ROWS, uniform()), (M, 1, ROWS, uniform()), (M, 0, ROWS, 2.5), (C, -1, ROWS, 1j)
    ),
    "index_put": [
        *_all(_index_put, (V, (ROWS,), uniform(3)), (M, (ROWS, ROWS), uniform()), (M, (MASK,), uniform(5))),
        *_all(
            _index_put,
            (M, (ROWS,), uniform(4)),
            (C, [ROWS, ROWS], complex_uniform(3)),
            (M, (SOME,), uniform(2, 4)),
        ),
        *_all(
            _index_put,
            (V, (ROWS,), uniform(3)),
            (M, (MASK,), uniform(5)),
            (M, (ROWS,), uniform()),
            accumulate=True,
        ),
    ],
    "masked_select": _all(
        _masked_select, (M, MASK), (M, MASK[0]), (uniform(4), MASK), (C, MASK), (STRIDED, MASK), (V, V > 9)
    ),
    "masked_scatter": _all(
        _masked_scatter,
        *[
            (M, MASK, uniform(7)),
            (M, MASK, uniform(2, 3)),
            (M, MASK[0], uniform(9)),
            (uniform(4), MASK, uniform(5)),
        ],
        *[
            (C, MASK, complex_uniform(5)),
            (STRIDED, MASK, uniform(5)),
            (uniform(), np.array(True), uniform(2)),
        ],
    ),
}


# -- overwriting and shapes in place --------------------------------------------------------------


def _copy(x: Any, src: Any) -> Any:
    x[...] = src
    return x


def _fill_diagonal(x: Any, value: Any, wrap: bool = False) -> Any:
    np.fill_diagonal(x, value, wrap=wrap)
    return x


def _fill(x: Any, value: Any) -> Any:
    return np.full_like(x, value)


def _zero(x: Any) -> Any:
    return np.zeros_like(x)


IN_PLACE = {
    "Tensor.copy_": _all(
        _copy,
        *[(M, _SOURCE), (M, uniform(4)), (M, uniform()), (C, M), (C, C[::-1]), (uniform(), uniform(seed=1))],
        *[(M, np.arange(4)), (M.T, STRIDED.T), (uniform(0), uniform(0))],
    ),
    "Tensor.fill_": _all(
        _fill, (M, 2.5), (M, uniform()), (uniform(), uniform(seed=1)), (C, 1j), (C, uniform()), (V, 1)
    ),
    "Tensor.zero_": _all(_zero, (M,), (uniform(),), (C,), (uniform(0),)),
    "Tensor.fill_diagonal_": _all(
        _fill_diagonal, (M, 2.5), (uniform(5, 2), 1), (uniform(5, 2), 1, True), (C, 1j)
    ),
    "Tensor.index_put_": _all(
        _index_put, (V, (ROWS,), uniform(3)), (M, (MASK,), uniform(5)), (C, (ROWS,), C[1])
    ),
    "Tensor.squeeze_": _all(np.squeeze, (uniform(1, 3, 1),), (uniform(1, 3, 1), 0), (C,), (uniform(),)),
    "Tensor.unsqueeze_": _all(np.expand_dims, (M, 0), (M, -1), (uniform(), 0), (C, 1)),
    "Tensor.transpose_": _all(np.swapaxes, (M, 0, 1), (CUBE, 0, -1), (C, 1, 0)),
    "Tensor.swapaxes_": _all(np.swapaxes, (M, 0, 1)),
    "Tensor.swapdims_": _all(np.swapaxes, (M, 0, 1)),
    "Tensor.t_": _all(np.transpose, (M,), (V,), (C,)),
}


# -- searching ------------------------------------------------------------------------------------


def _nonzero(x: Any, as_tuple: bool = False) -> Any:
    return np.atleast_1d(x).nonzero() if as_tuple else np.argwhere(x)


def _search(
    a: Any, v: Any, right: bool = False, side: Any = None, out_int32: bool = False, sorter: Any = None
) -> Any:
    side = "right" if right else side or "left"
    if a.ndim == 1:
        return np.searchsorted(a, v, side, sorter)
    return np.stack([np.searchsorted(row, values, side) for row, values in zip(a, v, strict=True)])


_SORTED = np.array([1, 3, 3, 7])
_TABLE = np.array([[1, 3, 5], [2, 2, 9]])
_VALUES = np.array([[3, 8], [2, 0]])
SEARCHING = {
    "nonzero": [
        *_all(_nonzero, (MASK,), (COLUMNS,), (np.array(3),), (np.array(0),), (np.zeros(0, int),)),
        *_all(_nonzero, (MASK,), (np.array(3),), as_tuple=True),
    ],
    "argwhere": _all(np.argwhere, (MASK,), (COLUMNS,), (np.array(3),)),
    "bincount": [
        *_all(np.bincount, (ROWS,), (np.zeros(0, int),), (ROWS, uniform(3))),
        *_all(np.bincount, (ROWS,), (ROWS, uniform(3)), minlength=7),
        Sample((ROWS, complex_uniform(3)), {}, lambda i, w: np.array([w[1], 0, w[0] + w[2]])),
        Sample((ROWS, np.array([1, 2, 3])), {}, lambda i, w: np.bincount(i, w)),
    ],
    "searchsorted": [
        *_all(_search, (_SORTED, _VALUES), (_SORTED, np.array(3)), (_SORTED, 2.5), (_TABLE, _VALUES)),
        *_all(_search, (_SORTED, _VALUES), (_TABLE, _VALUES), right=True),
        *_all(_search, (_SORTED, _VALUES), side="right", out_int32=True),
        Sample((_SORTED[::-1], _VALUES), {"sorter": np.array([3, 2, 1, 0])}, _search),
    ],
    "bucketize": [
        Sample((_VALUES, _SORTED), {}, lambda v, a: np.searchsorted(a, v)),
        Sample((_VALUES, _SORTED), {"right": True}, lambda v, a, right: np.searchsorted(a, v, "right")),
        Sample((2.5, _SORTED), {}, lambda v, a: np.searchsorted(a, v)),
    ],
}
SAMPLES: dict[str, list[Sample]] = {**INDEXING, **SCATTERING, **IN_PLACE, **SEARCHING}
