"""Samples of arithmetic, powers, rounding and choice among values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from samples import BROADCASTS, SHAPES, Sample, complex_uniform, positive, uniform

Make = Callable[..., np.ndarray]
Reference = Callable[..., Any]

nan, inf = float("nan"), float("inf")


def _unary(make: Make, reference: Reference, *extra: Any, complex_: bool = False) -> list[Sample]:
    """Every shape, a transposed and a strided array, and particular values; complex ones on request."""
    arrays = [make(*shape) for shape in SHAPES]
    arrays += [make(3, 2).T, make(6)[::-2], *map(np.asarray, extra)]
    if complex_:
        arrays += [complex_uniform(), complex_uniform(3, 2).T]
    return [Sample((x,), reference=reference) for x in arrays]


def _binary(
    make_a: Make, make_b: Make, reference: Reference, *pairs: tuple[Any, Any], complex_: bool = False
) -> list[Sample]:
    """Every broadcast, equal shapes, a transposed array, one array twice; complex ones on request."""
    found = [(make_a(*a), make_b(*b, seed=5)) for a, b in BROADCASTS]
    found += [(make_a(2, 3), make_b(2, 3, seed=5)), (make_a(3, 2).T, make_b(2, 1, seed=5)), *pairs]
    if complex_:
        found += [
            (complex_uniform(3), complex_uniform(3, seed=7)),
            (complex_uniform(2, 1), make_b(3, seed=5)),
        ]
    return [Sample((a, b), reference=reference) for a, b in found]


def _ternary(make: tuple[Make, Make, Make], reference: Reference, **kwargs: Any) -> list[Sample]:
    shapes = [
        ((2, 3), (2, 3), (2, 3)),
        ((2, 1), (3,), ()),
        ((), (), ()),
        ((0, 3), (3,), (1,)),
        ((3,), (2, 3), (3,)),
    ]
    return [
        Sample(
            tuple(m(*shape, seed=3 * i) for i, (m, shape) in enumerate(zip(make, chosen, strict=True))),
            kwargs=kwargs,
            reference=reference,
        )
        for chosen in shapes
    ]


def _alias(name: str) -> list[Sample]:
    """Return two samples of the operation that a name is another name of."""
    return [SAMPLES[name][1], SAMPLES[name][2]]


def _kink(args: tuple[Any, ...], gradient: tuple[Any, ...], reference: Reference, **kwargs: Any) -> Sample:
    """A sample where a derivative is a convention, or is finite though its formula is not."""
    return Sample(args, kwargs, reference, smooth=False, gradient=tuple(map(np.asarray, gradient)))


# -- references -------------------------------------------------------------------------------------


def _scaled(sign: int) -> Reference:
    return lambda a, b, alpha=1: a + sign * alpha * b


def _div(a: Any, b: Any, rounding_mode: str | None = None) -> Any:
    if rounding_mode is None:
        return np.divide(a, b)
    rounding = np.floor if rounding_mode == "floor" else np.trunc
    return rounding(a / b).astype(np.result_type(a, b))


def _sgn(x: Any) -> Any:
    return np.where(x == 0, 0, x / np.where(x == 0, 1, np.abs(x)))


def _clamp(x: Any, min: Any = None, max: Any = None) -> Any:
    return np.clip(x, min, max)


def _lerp(a: Any, b: Any, weight: Any) -> Any:
    return a + weight * (b - a)


def _wide_power(a: Any, b: Any) -> Any:
    kind = np.complex128 if np.iscomplexobj(a) or np.iscomplexobj(b) else np.float64
    return np.power(np.asarray(a, kind), np.asarray(b, kind))


# -- values -----------------------------------------------------------------------------------------


def apart(*shape: int, seed: int = 0) -> np.ndarray:
    """Values of both signs, none near 0."""
    x = uniform(*shape, seed=seed)
    return np.asarray(x + 0.5 * np.sign(x))


def divisor(*shape: int, seed: int = 1) -> np.ndarray:
    return positive(*shape, low=0.7, high=2.0, seed=seed)


big = partial(uniform, low=-40.0, high=40.0)
integers = np.array([-7, -2, 0, 3, 8])
whole = np.array([4, -2, 8, -4, 2])
kinks = np.array([-1.0, -0.0, 0.0, 2.0])

SAMPLES: dict[str, list[Sample]] = {
    # sums
    "add": [
        *_binary(
            uniform,
            uniform,
            _scaled(1),
            (uniform(3), 2.5),
            (2, uniform(2, 3)),
            (integers, whole),
            complex_=True,
        ),
        Sample((uniform(2, 3), uniform(3, seed=4)), {"alpha": -2.5}, _scaled(1)),
        Sample((complex_uniform(3), uniform(2, 3)), {"alpha": 2j}, _scaled(1)),
        Sample((integers, whole), {"alpha": 3}, _scaled(1)),
    ],
    "sub": [
        *_binary(
            uniform,
            uniform,
            _scaled(-1),
            (uniform(3), 2.5),
            (2, uniform(2, 3)),
            (integers, whole),
            complex_=True,
        ),
        Sample((uniform(2, 3), uniform(3, seed=4)), {"alpha": -2.5}, _scaled(-1)),
        Sample((complex_uniform(3), complex_uniform(2, 3)), {"alpha": 2j}, _scaled(-1)),
        Sample((integers, whole), {"alpha": 3}, _scaled(-1)),
    ],
    "Tensor.__rsub__": [
        Sample((x, 2.5), reference=lambda x, minuend: minuend - x)
        for x in (uniform(), uniform(3, 2).T, uniform(2, 0, 3), complex_uniform(3))
    ],
    "neg": _unary(uniform, np.negative, integers, complex_=True),
    "positive": _unary(uniform, np.positive, integers, complex_=True),
    # products and quotients
    "mul": _binary(uniform, uniform, np.multiply, (uniform(3), -2.5), (integers, whole), complex_=True),
    "true_divide": _binary(
        uniform, apart, np.true_divide, (uniform(3), -2.5), (integers, whole), complex_=True
    ),
    "div": _binary(uniform, apart, _div, (2.0, apart(3)), (integers, whole), complex_=True)
    + [
        Sample((a, b), {"rounding_mode": mode}, _div)
        for mode in ("floor", "trunc")
        for a, b in ((big(2, 3), divisor(3)), (big(2, 1), -divisor(1, 3)), (big(), 0.7), (integers, whole))
    ],
    "Tensor.__rtruediv__": [
        Sample((x, 2.5), reference=lambda x, numerator: numerator / x)
        for x in (apart(), apart(3, 2).T, uniform(2, 0, 3), complex_uniform(3))
    ],
    "floor_divide": _binary(
        big, divisor, np.floor_divide, (big(3), -2.3), (7.3, divisor(3)), (integers, whole)
    ),
    "Tensor.__rfloordiv__": [Sample((divisor(2, 3), 7.3), reference=lambda x, a: a // x)],
    "remainder": _binary(
        big, divisor, np.remainder, (big(3), -2.3), (7.3, divisor(3)), (integers, whole), (integers, 3)
    ),
    "Tensor.__rmod__": [Sample((divisor(2, 3), 7.3), reference=lambda x, a: a % x)],
    "fmod": _binary(
        big, divisor, np.fmod, (big(3), -2.3), (big(2, 3), -divisor(2, 3)), (integers, whole), (integers, 3)
    ),
    "reciprocal": _unary(apart, np.reciprocal, complex_=True),
    "addcmul": _ternary((uniform, uniform, uniform), lambda x, a, b, value=1: x + value * a * b)
    + _ternary((uniform, complex_uniform, uniform), lambda x, a, b, value=1: x + value * a * b, value=2.5)
    + [Sample((integers, whole, whole), {"value": 3}, lambda x, a, b, value: x + value * a * b)],
    "addcdiv": _ternary((uniform, uniform, apart), lambda x, a, b, value=1: x + value * a / b)
    + _ternary((uniform, complex_uniform, apart), lambda x, a, b, value=1: x + value * a / b, value=-0.5),
    # magnitudes and signs
    "abs": [
        *_unary(apart, np.abs, integers, complex_=True),
        _kink((kinks,), ([-1.0, 0.0, 0.0, 1.0],), np.abs),
        _kink((np.array([0j, 3 + 4j]),), ([0, 0.6 + 0.8j],), np.abs),
    ],
    "sgn": [
        *_unary(apart, _sgn, complex_=True),
        _kink((np.array([0j, 2j, -3.0]),), ([0, 0.5, 0.0],), _sgn),
    ],
    "sign": [
        *_unary(apart, np.sign, integers),
        _kink((kinks,), ([0.0, 0.0, 0.0, 0.0],), np.sign),
    ],
    "copysign": [
        *_binary(apart, apart, np.copysign, (apart(3), -2.0), (apart(3), -0.0), (integers, whole)),
        _kink((kinks, np.array([2.0, -1.0, -0.0, 0.0])), ([-1.0, 0.0, 0.0, 1.0], [0.0] * 4), np.copysign),
    ],
    "nextafter": _binary(uniform, uniform, np.nextafter),
    # roots and powers
    "sqrt": _unary(positive, np.sqrt, complex_=True),
    "rsqrt": _unary(positive, lambda x: 1 / np.sqrt(x), complex_=True),
    "hypot": [
        *_binary(apart, apart, np.hypot),
        _kink((np.array([0.0, -2.0]), np.array([3.0, 0.0])), ([0.0, -1.0], [1.0, 0.0]), np.hypot),
        Sample(
            (np.zeros(2), np.zeros(2)),
            reference=np.hypot,
            smooth=False,
            gradient=(np.zeros(2), np.zeros(2)),
            second=False,
            why="the second derivative at the tip of a cone is infinite",
        ),
    ],
    "square": _unary(uniform, np.square, integers, kinks, complex_=True),
    "pow": _binary(
        positive, uniform, np.power, (2.5, uniform(2, 3)), (3, uniform()), (integers, np.abs(whole))
    )
    + [
        Sample((make(*shape), p), reference=np.power)
        for make in (uniform, complex_uniform)
        for shape in ((), (2, 3), (0,))
        for p in (0, 1, 2, 3, 4, 3.0)
    ]
    + [Sample((positive(3, 2).T, p), reference=np.power) for p in (-1, -2.5, 0.5, 1.5)]
    + [Sample((positive(3), complex_uniform(2, 3)), reference=np.power)]
    + [Sample((complex_uniform(3), complex_uniform(2, 1, seed=9)), reference=np.power)]
    + [
        Sample((1 + 2j, complex_uniform(3)), reference=np.power),
        Sample((-2.0, complex_uniform(3)), reference=np.power),
    ]
    + [Sample((np.zeros(3), p), reference=np.power) for p in (0, 1, 2, 3)]
    + [
        _kink((np.zeros(2), np.array([2.0, 3.0])), ([0.0, 0.0], [0.0, 0.0]), np.power),
        Sample(
            (np.zeros(2), np.array([0.0, 1.0])),
            reference=np.power,
            smooth=False,
            gradient=(np.array([0.0, 1.0]), np.zeros(2)),
            second=False,
            why="the mixed derivative of x**p at x = 0 is infinite for p <= 1",
        ),
        _kink((0, np.array([0.0, 0.5, 2.0])), ([0.0] * 3,), np.power),
        _kink((np.array([-2.0, 0.0, inf]), 0), ([0.0, 0.0, 0.0],), np.power),
    ],
    "float_power": [
        replace(sample, own_dtype=True)
        for sample in (
            *_binary(positive, uniform, _wide_power, (integers, 2), (2.5, uniform(3))),
            Sample((complex_uniform(3), 2), reference=_wide_power),
        )
    ],
    # interpolation
    "lerp": _ternary((uniform, uniform, uniform), _lerp)
    + [
        Sample((a, b, w), reference=_lerp)
        for a, b in (
            (uniform(2, 3), uniform(3, seed=6)),
            (uniform(), uniform(2, 0)),
            (complex_uniform(3),) * 2,
        )
        for w in (0.25, 0.75, -2)
    ]
    + [Sample((complex_uniform(3), complex_uniform(3, seed=8), complex_uniform(2, 1)), reference=_lerp)],
    # rounding
    "floor": [*_unary(big, np.floor, integers), _kink((kinks,), ([0.0] * 4,), np.floor)],
    "ceil": [*_unary(big, np.ceil, integers), _kink((kinks,), ([0.0] * 4,), np.ceil)],
    "trunc": [*_unary(big, np.trunc, integers), _kink((kinks,), ([0.0] * 4,), np.trunc)],
    "round": _unary(big, np.round, integers)
    + [_kink((np.array([0.5, 1.5, -2.5]),), ([0.0] * 3,), np.round)]
    + [Sample((big(*s),), {"decimals": d}, np.round) for s in ((), (2, 3), (0,)) for d in (2, -1)],
    "frac": _unary(big, lambda x: x - np.trunc(x)),
    # choice among values
    "maximum": [
        *_binary(uniform, uniform, np.maximum, (integers, whole)),
        _kink((np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])), ([0, 0.5, 1], [1, 0.5, 0]), np.maximum),
    ],
    "minimum": [
        *_binary(uniform, uniform, np.minimum, (integers, whole)),
        _kink((np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])), ([1, 0.5, 0], [0, 0.5, 1]), np.minimum),
    ],
    "fmax": [
        *_binary(uniform, uniform, np.fmax, (integers, whole)),
        _kink((np.array([1.0, 2.0, nan]), np.array([nan, 2.0, 2.0])), ([1, 1, 0], [0, 0, 1]), np.fmax),
    ],
    "fmin": [
        *_binary(uniform, uniform, np.fmin, (integers, whole)),
        _kink((np.array([1.0, 2.0, nan]), np.array([nan, 2.0, 2.0])), ([1, 1, 0], [0, 0, 1]), np.fmin),
    ],
    "clamp": [
        Sample((x, *bounds), reference=_clamp)
        for x in (uniform(), uniform(3, 2).T, uniform(2, 0, 3), uniform(5)[::2])
        for bounds in ((-0.5, 0.5), (None, 0.3), (-0.3,))
    ]
    + [Sample((x,), {"min": a, "max": b}, _clamp) for x, a, b in ((big(4), uniform(4), uniform(4) + 3),)]
    + _ternary((big, uniform, partial(uniform, low=3.0, high=9.0)), _clamp)
    + [
        Sample((big(2, 3),), {"min": uniform(3)}, _clamp),
        Sample((big(2, 3),), {"max": uniform(2, 1)}, _clamp),
    ]
    + [Sample((integers, 0, 5), reference=_clamp), Sample((integers,), {"max": 2.5}, _clamp)]
    + [Sample((uniform(3), 1.0, -1.0), reference=_clamp)]
    + [
        _kink((np.array([-1.0, 0.0, 0.5, 1.0, 2.0, nan]), 0, 1), ([0, 1, 1, 1, 0, 0],), _clamp),
        _kink(
            (np.array([1.0, 2, 3]), np.full(3, 2.0), np.full(3, 2.0)),
            ([0, 1, 0], [1, 0, 0], [0, 0, 1]),
            _clamp,
        ),
    ],
    "clamp_min": [
        *_binary(uniform, uniform, np.maximum, (uniform(4), 0.2), (integers, 1), (integers, whole)),
        _kink((kinks, 0.0), ([0, 1, 1, 1],), np.maximum),
    ],
    "clamp_max": [
        *_binary(uniform, uniform, np.minimum, (uniform(4), 0.2), (integers, 1), (integers, whole)),
        _kink((kinks, 0.0), ([1, 1, 1, 0],), np.minimum),
    ],
    "relu": [
        *_unary(apart, lambda x: np.maximum(x, 0), integers),
        _kink((kinks,), ([0.0, 0.0, 0.0, 1.0],), lambda x: np.maximum(x, 0)),
    ],
    "nan_to_num": _unary(uniform, np.nan_to_num, integers, complex_=True)
    + [
        _kink((np.array([nan, inf, -inf, 2.0]),), ([0, 0, 0, 1],), np.nan_to_num, **kwargs)
        for kwargs in ({}, {"nan": 1.0, "posinf": 2.0, "neginf": -3.0})
    ],
}

SAMPLES |= {
    "subtract": _alias("sub"),
    "multiply": _alias("mul"),
    "divide": _alias("div"),
    "negative": _alias("neg"),
    "absolute": _alias("abs"),
    "fix": _alias("trunc"),
    "clip": _alias("clamp"),
}
