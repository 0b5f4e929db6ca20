"""Samples of sorting. References are NumPy's; sorting is stable, and NaN is the greatest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from samples import SHAPES, Sample, uniform

_TIES = "ties: which element moves depends on the direction"
ARRAYS = [*[uniform(*shape) for shape in SHAPES], uniform(3, 2).T, uniform(6)[::-2]]
FULL = [x for x in ARRAYS if x.size]
TURNED = uniform(2, 3, 2).transpose(1, 2, 0)
WITH_TIES = np.array([2.0, 1.0, 2.0, 1.0])


def _order(x: Any, dim: int = -1, descending: bool = False, stable: Any = None, axis: Any = None) -> Any:
    if x.ndim == 0:
        return np.zeros((), int)
    return np.argsort(-x if descending else x, axis=dim if axis is None else axis, kind="stable")


def _take(x: Any, index: Any, dim: int) -> Any:
    return np.take_along_axis(x, index, axis=dim) if x.ndim else x


def _sort(x: Any, dim: int = -1, descending: bool = False, stable: Any = None, axis: Any = None) -> Any:
    index = _order(x, dim, descending, stable, axis)
    return _take(x, index, dim if axis is None else axis), index


def _topk(x: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    if x.ndim == 0:
        return x, np.zeros((), int)
    index = np.take(_order(x, dim, largest), range(k), axis=dim)
    return _take(x, index, dim), index


def _kthvalue(x: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    if x.ndim == 0:
        return x, np.zeros((), int)
    index = np.take(_order(x, dim), [k - 1], axis=dim)
    found = _take(x, index, dim), index
    return found if keepdim else tuple(part.squeeze(dim) for part in found)


def _unique(
    x: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Any = None
) -> Any:
    values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True, axis=dim, equal_nan=False)
    found = (values, *([inverse] if return_inverse else []), *([counts] if return_counts else []))
    return found if len(found) > 1 else values


def _calls(reference: Callable[..., Any], *more: dict[str, Any]) -> list[Sample]:
    forms = ({"dim": 0}, {"dim": 1, "descending": True}, {"axis": 0}, *more)
    return [
        *[Sample((x,), reference=reference) for x in ARRAYS],
        *[Sample((uniform(2, 3),), form, reference=reference) for form in forms],
        *[
            Sample((uniform(2, 3, 2).transpose(1, 2, 0),), {"dim": d}, reference=reference)
            for d in (0, 1, -1)
        ],
        Sample((WITH_TIES,), {"descending": True, "stable": True}, reference=reference, smooth=False),
        Sample((np.array([3, 1, 2, 1]),), reference=reference),
        Sample((np.array([True, False]),), reference=reference),
    ]


FIRST = np.array([1.0, 1.0, 0.0, 0.0])  # of equal elements the first has the gradient
REPEATED = np.array([[1.0, 2.0], [0.5, 3.0], [1.0, 2.0]])

SAMPLES: dict[str, list[Sample]] = {
    "sort": _calls(_sort, {"stable": True, "dim": 0, "descending": True}),
    "argsort": _calls(_order, {"stable": True}),
    "msort": [Sample((x,), reference=lambda x: np.sort(x, axis=0)) for x in (*FULL[1:], uniform(3, 4, 2))],
    "topk": [
        *[Sample((x, 1), reference=_topk) for x in FULL],
        *[Sample((uniform(3, 4), k), reference=_topk) for k in (0, 2, 4)],
        Sample((uniform(3, 4), 2, 0), reference=_topk),
        Sample((uniform(3, 4), 2), {"largest": False, "dim": 0}, reference=_topk),
        Sample((uniform(3, 4), 2, 1, True, False), reference=_topk),
        Sample((np.array([3, 1, 2]), 2), reference=_topk),
    ],
    "kthvalue": [
        *[Sample((x, 1), reference=_kthvalue) for x in FULL],
        *[Sample((uniform(3, 4), k, 1), reference=_kthvalue) for k in (2, 4)],
        Sample((uniform(3, 4), 2), {"dim": 0, "keepdim": True}, reference=_kthvalue),
        Sample((np.array([3, 1, 2]), 2), reference=_kthvalue),
    ],
    "unique": [
        *[Sample((x,), reference=_unique) for x in ARRAYS],
        Sample((uniform(2, 3),), {"return_inverse": True, "return_counts": True}, reference=_unique),
        Sample((uniform(3, 2),), {"dim": 0, "return_inverse": True}, reference=_unique),
        Sample((uniform(2, 3),), {"dim": -1, "return_counts": True}, reference=_unique),
        Sample((np.array([3, 1, 3, 2, 1]), True, True, True), reference=_unique),
        Sample(
            (WITH_TIES,),
            smooth=False,
            gradient=(np.array([1.0, 1.0, 0.0, 0.0]),),
            reference=_unique,
            why=_TIES,
        ),
        Sample((REPEATED,), {"dim": 0}, reference=_unique, smooth=False, why=_TIES),
    ],
}
