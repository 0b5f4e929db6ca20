"""Samples of comparison, logic, and choice by a condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from samples import BROADCASTS, SHAPES, Sample, complex_uniform, positive, uniform

Reference = Callable[..., Any]

nan, inf = float("nan"), float("inf")
left = np.array([1, 2, 3, -4, 0])
right = np.array([1, 3, 2, 5, 0])
flags = np.array([[True, False, True], [False, False, True]])
special = np.array([nan, inf, -inf, 0.0, -1.5])


def _pairs(reference: Reference, complex_: bool = False) -> list[Sample]:
    """Every broadcast, ties, whole numbers, a number; complex ones on request."""
    pairs: list[tuple[Any, Any]] = [(uniform(*a), uniform(*b, seed=5)) for a, b in BROADCASTS]
    pairs += [(uniform(3, 2).T, uniform(2, 1)), (left, right), (left * 1.0, right), (uniform(3), 0.5)]
    pairs += [(special, special), (flags, flags[:, ::-1])]
    if complex_:
        pairs += [(complex_uniform(3), complex_uniform(3)), (complex_uniform(2, 1), uniform(3))]
    return [Sample(pair, reference=reference) for pair in pairs]


def _bits(reference: Reference) -> list[Sample]:
    pairs = [
        (left, right),
        (left[:, None], right),
        (flags, flags[:, ::-1]),
        (left, 6),
        (left.astype(np.int8), 3),
    ]
    return [Sample(pair, reference=reference) for pair in pairs]


def _shifts(reference: Reference) -> list[Sample]:
    places = np.abs(right)
    pairs = [
        (left, places),
        (left[:, None], places),
        (left, 2),
        (left.astype(np.int8), places.astype(np.int8)),
    ]
    return [Sample(pair, reference=reference) for pair in pairs]


def _tests(reference: Reference) -> list[Sample]:
    """Tests of single values: every shape, and the values that such tests are about."""
    arrays = [*(uniform(*shape) for shape in SHAPES), special, special.reshape(5, 1).T, left, flags]
    return [Sample((x,), reference=reference) for x in arrays]


def _any_number(reference: Reference) -> list[Sample]:
    return _tests(reference) + [
        Sample((x,), reference=reference) for x in (complex_uniform(3), special * (1 + 1j))
    ]


def _close(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    return np.isclose(a, b, rtol, atol, equal_nan)


def _fill(x: Any, mask: Any, value: Any) -> Any:
    return np.where(mask, value, x).astype(x.dtype)


near = uniform(2, 3) * (1 + np.array([1e-4, 1e-6, 0.0]))
conditions = [
    (flags, uniform(2, 3), uniform(2, 3, seed=4)),
    (flags, uniform(3), uniform(2, 1, seed=4)),
    (flags, uniform(), uniform(3, seed=4)),
    (flags[0], uniform(2, 3).T[:, :1], uniform(3, seed=4)),
    (np.array(True), uniform(), uniform(2, 3)),
    (flags[:, :0], uniform(2, 0), uniform(2, 1)),
    (flags, complex_uniform(2, 3), uniform(3)),
    (flags, uniform(2, 3), 0.0),
    (flags, 2, uniform(2, 3)),
    (flags, left[:3], right[:3]),
    (flags, left[:3], uniform(2, 3)),
]

SAMPLES: dict[str, list[Sample]] = {
    "eq": _pairs(np.equal, complex_=True),
    "ne": _pairs(np.not_equal, complex_=True),
    "lt": _pairs(np.less),
    "le": _pairs(np.less_equal),
    "gt": _pairs(np.greater),
    "ge": _pairs(np.greater_equal),
    "equal": [
        Sample(pair, reference=np.array_equal)
        for pair in (
            (uniform(3), uniform(3)),
            (left, right),
            (uniform(3), uniform(2)),
            (left, left * 1.0),
            (flags, flags),
        )
    ],
    "isclose": [
        Sample((uniform(2, 3), near), kwargs, _close)
        for kwargs in ({}, {"rtol": 1e-3}, {"atol": 1e-3, "rtol": 0.0}, {"equal_nan": True})
    ]
    + [Sample((special, special), {"equal_nan": flag}, _close) for flag in (False, True)]
    + [
        Sample((complex_uniform(3), complex_uniform(3) * (1 + 1e-6j)), {}, _close),
        Sample((left, right), {}, _close),
    ],
    "allclose": [Sample((uniform(2, 3), near), {"rtol": rtol}, np.allclose) for rtol in (1e-5, 1e-3)],
    "isnan": _any_number(np.isnan),
    "isinf": _any_number(np.isinf),
    "isfinite": _any_number(np.isfinite),
    "isreal": _any_number(np.isreal),
    "isposinf": _tests(lambda x: x == inf),
    "isneginf": _tests(lambda x: x == -inf),
    "is_floating_point": [Sample((x,), reference=lambda x: x.dtype.kind == "f") for x in (uniform(3), left)],
    "is_complex": [Sample((x,), reference=np.iscomplexobj) for x in (uniform(3), complex_uniform(3))],
    "is_nonzero": [Sample((x,), reference=bool) for x in (np.array(0.5), np.array([0]), np.array(False))],
    "logical_and": _pairs(np.logical_and, complex_=True),
    "logical_or": _pairs(np.logical_or, complex_=True),
    "logical_xor": _pairs(np.logical_xor, complex_=True),
    "logical_not": _any_number(np.logical_not),
    "bitwise_and": _bits(np.bitwise_and),
    "bitwise_or": _bits(np.bitwise_or),
    "bitwise_xor": _bits(np.bitwise_xor),
    "bitwise_not": [Sample((x,), reference=np.bitwise_not) for x in (left, flags, left.astype(np.uint8))],
    "bitwise_left_shift": _shifts(np.left_shift),
    "bitwise_right_shift": _shifts(np.right_shift),
    "where": [Sample(args, reference=np.where) for args in conditions]
    + [Sample((flags,), reference=np.where)],
    "Tensor.where": [
        Sample(
            (uniform(2, 3), flags, other), reference=lambda x, condition, other: np.where(condition, x, other)
        )
        for other in (uniform(3, seed=4), 0.0)
    ],
    "masked_fill": [
        Sample((x, mask, value), reference=_fill)
        for x, mask in (
            (uniform(2, 3), flags),
            (uniform(3, 2).T, flags[0]),
            (uniform(3), flags),
            (complex_uniform(3), flags[0]),
        )
        for value in (2.5, uniform())
    ]
    + [Sample((uniform(), np.array(True), 3), reference=_fill), Sample((left[:3], flags, 7), reference=_fill)]
    + [Sample((uniform(2, 0), flags[:, :0], positive()), reference=_fill)],
}

SAMPLES |= {
    "greater": SAMPLES["gt"][:2],
    "greater_equal": SAMPLES["ge"][:2],
    "less": SAMPLES["lt"][:2],
    "less_equal": SAMPLES["le"][:2],
    "not_equal": SAMPLES["ne"][:2],
}
