"""Samples of the exponential, trigonometric and special functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy import special

from samples import BROADCASTS, SHAPES, Sample, complex_uniform, positive, uniform

Make = Callable[..., np.ndarray]

fraction = partial(uniform, low=-0.9, high=0.9)
above_one = partial(uniform, low=1.2, high=3.0)
probability = partial(uniform, low=0.05, high=0.95)
wide = partial(uniform, low=-6.0, high=6.0)


def _unary(
    make: Make, reference: Callable[..., Any], *extra: np.ndarray, complex_: bool = False
) -> list[Sample]:
    """Every shape, a transposed and a strided array, and particular values; complex ones on request."""
    arrays = [make(*shape) for shape in SHAPES]
    arrays += [make(3, 2).T, make(6)[::-2], *map(np.asarray, extra)]
    if complex_:
        arrays += [complex_uniform(), complex_uniform(3, 2).T]
    return [Sample((x,), reference=reference) for x in arrays]


def _binary(
    make_a: Make, make_b: Make, reference: Callable[..., Any], *pairs: tuple[Any, Any], complex_: bool = False
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


def _sigmoid(x: Any) -> Any:
    return special.expit(x) if x.dtype.kind != "c" else 1 / (1 + np.exp(-x))


def _logaddexp(a: Any, b: Any) -> Any:
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        return np.log(np.exp(a) + np.exp(b))
    return np.logaddexp(a, b)


def _softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    return np.where(x * beta > threshold, x, np.log1p(np.exp(np.minimum(x * beta, threshold))) / beta)


def _logit(x: Any, eps: float | None = None) -> Any:
    return special.logit(x if eps is None else np.clip(x, eps, 1 - eps))


def _sinc_samples() -> list[Sample]:
    """At 0 and close to it every order must be right; there the derivatives are known."""
    near = np.array([0.0, 1e-9, -1e-5, 1e-3, 0.3, -0.32, 0.33, 1.0, -2.0, 7.3])
    return [
        *_unary(wide, np.sinc, near, np.array(0.0), complex_=True),
        Sample((np.zeros(3),), reference=np.sinc, gradient=(0.0,)),
    ]


_LARGE = (np.array([900.0]), np.array([901.0]))
_EQUAL = (np.zeros(2), np.zeros(2))
_XLOGY_ZERO = (np.array([0.0, 0.0, 2.0]), np.array([3.0, 0.5, 1.5]))

SAMPLES: dict[str, list[Sample]] = {
    "exp": _unary(uniform, np.exp, np.array([-30.0, 0.0, 10.0]), complex_=True),
    "exp2": _unary(uniform, np.exp2, complex_=True),
    "expm1": _unary(uniform, np.expm1, np.array([-1e-12, 0.0, 1e-8]), complex_=True),
    "log": _unary(positive, np.log, np.array([1.0, 1e3]), complex_=True),
    "log2": _unary(positive, np.log2, complex_=True),
    "log10": _unary(positive, np.log10, complex_=True),
    "log1p": _unary(positive, np.log1p, np.array([-1e-12, 0.0, -0.5]), complex_=True),
    "logaddexp": _binary(uniform, uniform, _logaddexp, _EQUAL, _LARGE, complex_=True),
    "logaddexp2": _binary(uniform, uniform, np.logaddexp2, _EQUAL, _LARGE),
    "xlogy": _binary(uniform, positive, special.xlogy, _XLOGY_ZERO),
    "sigmoid": _unary(uniform, _sigmoid, np.array([-800.0, 0.0, 800.0]), complex_=True),
    "logit": [
        *_unary(probability, _logit),
        Sample((np.array([0.05, 0.3, 0.97]), 0.1), reference=_logit),
        Sample((probability(2, 3),), {"eps": 1e-6}, reference=_logit),
        Sample((np.array([-0.5, 0.0, 1.0, 2.0]),), {"eps": 0.1}, reference=_logit, gradient=(0.0,)),
    ],
    "softplus": [
        *_unary(wide, _softplus, np.array([-800.0, 800.0, 0.0])),
        Sample((wide(2, 3), 2.0, 5.0), reference=_softplus),
        Sample((wide(3),), {"beta": 0.5}, reference=_softplus),
    ],
    "sin": _unary(wide, np.sin, complex_=True),
    "cos": _unary(wide, np.cos, complex_=True),
    "tan": _unary(partial(uniform, low=-1.3, high=1.3), np.tan, complex_=True),
    "asin": _unary(fraction, np.arcsin, complex_=True),
    "acos": _unary(fraction, np.arccos, complex_=True),
    "atan": _unary(wide, np.arctan, complex_=True),
    "atan2": [
        *_binary(uniform, positive, np.arctan2, (np.array([1.0, -1.0, 0.5]), np.array([-2.0, -2.0, 0.0]))),
        Sample(
            (np.zeros(1), np.zeros(1)),
            reference=np.arctan2,
            smooth=False,
            second=False,
            gradient=(0.0, 0.0),
            why="no angle, and slopes of every size nearby",
        ),
        Sample(
            (np.array([1e-200]), np.array([1e-200])),
            reference=np.arctan2,
            smooth=False,
            second=False,
            gradient=(5e199, -5e199),
            why="the squares underflow; the second derivative is above the largest number",
        ),
    ],
    "sinh": _unary(uniform, np.sinh, complex_=True),
    "cosh": _unary(uniform, np.cosh, complex_=True),
    "tanh": _unary(uniform, np.tanh, np.array([-800.0, 0.0, 800.0]), complex_=True),
    "asinh": _unary(wide, np.arcsinh, complex_=True),
    "acosh": _unary(above_one, np.arccosh, complex_=True),
    "atanh": _unary(fraction, np.arctanh, complex_=True),
    "sinc": _sinc_samples(),
    "deg2rad": _unary(wide, np.deg2rad),
    "rad2deg": _unary(wide, np.rad2deg),
    "erf": _unary(uniform, special.erf, np.array([-30.0, 30.0])),
    "erfc": _unary(uniform, special.erfc, np.array([-30.0, 30.0])),
    "erfinv": _unary(fraction, special.erfinv),
    "lgamma": _unary(positive, special.gammaln, np.array([-0.5, -2.3, 1.0, 2.0, 40.0])),
    "digamma": _unary(positive, special.psi, np.array([-0.5, -2.3, 40.0])),
    "polygamma": [
        Sample((n, x), reference=special.polygamma)
        for n, x in [
            (0, positive(3)),
            (1, positive(2, 3)),
            (2, positive()),
            (3, positive(0)),
            (1, np.array([-0.5])),
        ]
    ],
}

ALIASES = ("sin", "cos", "tan", "sinh", "cosh", "tanh", "tan2")
SAMPLES |= {f"arc{name}": SAMPLES[f"a{name}"][1:2] for name in ALIASES}  # the same primitives
