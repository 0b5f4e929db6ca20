"""Hard points: places where derivatives go wrong in practice, with what is true there.

A row is a function of one vector, written against torch's API (`m` is the library), the point, and
the true gradient and diagonal of the Hessian of the sum of its values. Where the derivative is not
unique the row says which convention it follows. `oracle` is the same function of one element in
mpmath, for rows that act on each element by itself. What torch 2.13 gives at each is in
`torch_at_hard_points.json`, written by `parity/record.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp

INF, NAN = math.inf, math.nan
_SIGMOID = 1 / (1 + math.exp(-2))


@dataclass(frozen=True)
class Row:
    """One hard point. `side` is where the function is defined near it: -1, 0 (both) or 1."""

    name: str
    f: Callable[[Any, Any], Any]
    at: tuple[float, ...]
    gradient: tuple[float, ...]
    second: tuple[float, ...] | None = None
    oracle: Callable[[Any], Any] | None = None
    side: int = 0
    smooth: bool = True  # finite differences apply
    convention: str = ""  # which of the possible derivatives this is, where it is not unique


def _slope(name: str, p: float, gradient: float, second: float, side: int = 0, **more: Any) -> Row:
    return Row(name, lambda m, x: x**p, (0.0,), (gradient,), (second,), lambda x: x**p, side, **more)


POWERS = [
    Row("x**0 at 0", lambda m, x: x**0, (0.0,), (0.0,), (0.0,), lambda x: mp.mpf(1)),
    _slope("x**1 at 0", 1, 1.0, 0.0),
    _slope("x**2 at 0", 2, 0.0, 2.0),
    _slope("x**3 at 0", 3, 0.0, 0.0),
    _slope("x**4 at 0", 4, 0.0, 0.0),
    _slope("x**2.0 at 0", 2.0, 0.0, 2.0),
    _slope("x**0.5 at 0", 0.5, INF, -INF, 1, smooth=False),
    _slope("x**1.5 at 0", 1.5, 0.0, INF, 1, smooth=False),
    _slope("x**-1 at 0", -1, -INF, INF, 1, smooth=False),
    Row(
        "x**tensor at 0",
        lambda m, x: x ** m.tensor([0.0, 1.0, 2.0, 3.0], dtype=m.float64),
        (0.0, 0.0, 0.0, 0.0),
        (0.0, 1.0, 0.0, 0.0),
        (0.0, 0.0, 2.0, 0.0),
    ),
    Row(
        "0**x, the base a tensor",
        lambda m, x: m.tensor(0.0, dtype=m.float64) ** x,
        (1.0, 2.0, 0.5),
        (0.0, 0.0, 0.0),
        (0.0, 0.0, 0.0),
        lambda x: mp.mpf(0) ** x,
    ),
    Row(
        "0**x, the base a number",
        lambda m, x: 0.0**x,
        (1.0, 2.0, 0.5),
        (0.0, 0.0, 0.0),
        (0.0, 0.0, 0.0),
        lambda x: mp.mpf(0) ** x,
    ),
    Row("x**x at 1", lambda m, x: x**x, (1.0, 2.0), (1.0, 4 * (1 + math.log(2))), None, lambda x: x**x),
    Row(
        "(-x)**2, the exponent a tensor",
        lambda m, x: (-x) ** m.tensor(2.0, dtype=m.float64),
        (1.5, 0.0),
        (3.0, 0.0),
        (2.0, 2.0),
        lambda x: x**2,
    ),
    Row("float_power at 0", lambda m, x: m.float_power(x, 2), (0.0,), (0.0,), (2.0,), lambda x: x**2),
    Row("sqrt at 0", lambda m, x: m.sqrt(x), (0.0,), (INF,), (-INF,), mp.sqrt, 1, smooth=False),
    Row(
        "sqrt(x)**2 at 0",
        lambda m, x: m.sqrt(x) ** 2,
        (0.0,),
        (NAN,),
        smooth=False,
        convention="an honest NaN: 0 times infinity, where a silent 0 would be wrong (the truth is 1)",
    ),
]

BRANCHES = [
    Row(
        "where(x >= 0, x, sqrt(-x))",
        lambda m, x: m.where(x >= 0, x, m.sqrt(-x)),
        (1.0, 0.0, -4.0),
        (1.0, 1.0, -0.25),
        (0.0, 0.0, -1 / 32),
        lambda x: x if x >= 0 else mp.sqrt(-x),
        1,
        smooth=False,
    ),
    Row(
        "where(x > 0, log(x), 0)",
        lambda m, x: m.where(x > 0, m.log(x), m.zeros_like(x)),
        (2.0, 0.0, -1.0),
        (0.5, 0.0, 0.0),
        (-0.25, 0.0, 0.0),
        lambda x: mp.log(x) if x > 0 else mp.mpf(0),
        -1,
        smooth=False,
    ),
    Row(
        "where(x > 0, sqrt(x), 0)",
        lambda m, x: m.where(x > 0, m.sqrt(x), 0.0),
        (4.0, 0.0, -1.0),
        (0.25, 0.0, 0.0),
        (-1 / 32, 0.0, 0.0),
        lambda x: mp.sqrt(x) if x > 0 else mp.mpf(0),
        -1,
        smooth=False,
    ),
    Row(
        "(x / x0)[x0 > 0]",
        lambda m, x: (x / m.tensor([0.0, 2.0, 0.0], dtype=m.float64))[
            m.tensor([0.0, 2.0, 0.0], dtype=m.float64) > 0
        ],
        (1.0, 3.0, 0.0),
        (0.0, 0.5, 0.0),
        (0.0, 0.0, 0.0),
    ),
    Row(
        "(x / x0)[x0 > 0], in x0",
        lambda m, x: (1.0 / x)[x > 0],
        (2.0, 0.0, -1.0),
        (-0.25, 0.0, 0.0),
        (0.25, 0.0, 0.0),
        smooth=False,
    ),
    Row(
        "where(r > 0, sin(r)/r, 1)",
        lambda m, x: m.where(x > 0, m.sin(x) / x, 1.0),
        (1.0, 0.0),
        (math.cos(1) - math.sin(1), 0.0),
        (2 * (math.sin(1) - math.cos(1)) - math.sin(1), 0.0),
        lambda x: mp.sin(x) / x if x > 0 else mp.mpf(1),
        -1,
        smooth=False,
        convention="the branch taken at 0 is the constant 1",
    ),
    Row(
        "masked_fill of log",
        lambda m, x: m.log(x).masked_fill(x <= 0, 0.0),
        (2.0, 0.0, -1.0),
        (0.5, 0.0, 0.0),
        (-0.25, 0.0, 0.0),
        smooth=False,
    ),
    Row(
        "masked_select of sqrt",
        lambda m, x: m.masked_select(m.sqrt(x), x > 0),
        (4.0, 0.0),
        (0.25, 0.0),
        (-1 / 32, 0.0),
        smooth=False,
    ),
    Row(
        "clamp of log",
        lambda m, x: m.clamp(m.log(x), min=-1.0),
        (1.0, 0.0),
        (1.0, 0.0),
        (-1.0, 0.0),
        smooth=False,
    ),
    Row(
        "clamp of sqrt",
        lambda m, x: m.clamp(1 / x, max=2.0),
        (1.0, 0.0),
        (-1.0, 0.0),
        (2.0, 0.0),
        smooth=False,
    ),
    Row(
        "maximum with the log not taken",
        lambda m, x: m.maximum(m.log(x), m.full_like(x, -1.0)),
        (1.0, 0.0),
        (1.0, 0.0),
        (-1.0, 0.0),
        smooth=False,
    ),
    Row(
        "minimum with the reciprocal not taken",
        lambda m, x: m.minimum(1 / x, m.full_like(x, 2.0)),
        (1.0, 0.0),
        (-1.0, 0.0),
        (2.0, 0.0),
        smooth=False,
    ),
    Row(
        "take_along_dim of sqrt",
        lambda m, x: m.take_along_dim(m.sqrt(x), m.tensor([0, 0]), 0),
        (4.0, 0.0),
        (0.5, 0.0),
        (-1 / 16, 0.0),
        smooth=False,
    ),
    Row(
        "gather of sqrt",
        lambda m, x: m.gather(m.sqrt(x), 0, m.tensor([0])),
        (4.0, 0.0),
        (0.25, 0.0),
        (-1 / 32, 0.0),
        smooth=False,
    ),
    Row(
        "index_select of sqrt",
        lambda m, x: m.index_select(m.sqrt(x), 0, m.tensor([0])),
        (4.0, 0.0),
        (0.25, 0.0),
        (-1 / 32, 0.0),
        smooth=False,
    ),
    Row("slice of sqrt", lambda m, x: m.sqrt(x)[:1], (4.0, 0.0), (0.25, 0.0), (-1 / 32, 0.0), smooth=False),
    Row("element of sqrt", lambda m, x: m.sqrt(x)[0], (4.0, 0.0), (0.25, 0.0), (-1 / 32, 0.0), smooth=False),
    Row(
        "narrow of sqrt",
        lambda m, x: m.narrow(m.sqrt(x), 0, 0, 1),
        (4.0, 0.0),
        (0.25, 0.0),
        (-1 / 32, 0.0),
        smooth=False,
    ),
    Row(
        "unbind of sqrt",
        lambda m, x: m.unbind(m.sqrt(x))[0],
        (4.0, 0.0),
        (0.25, 0.0),
        (-1 / 32, 0.0),
        smooth=False,
    ),
    Row(
        "split of sqrt",
        lambda m, x: m.split(m.sqrt(x), 1)[0],
        (4.0, 0.0),
        (0.25, 0.0),
        (-1 / 32, 0.0),
        smooth=False,
    ),
    Row(
        "sort of sqrt",
        lambda m, x: m.sort(m.sqrt(x))[0][1:],
        (4.0, 0.0),
        (0.25, 0.0),
        (-1 / 32, 0.0),
        smooth=False,
    ),
    Row(
        "max of sqrt",
        lambda m, x: m.max(m.sqrt(x), 0)[0],
        (4.0, 0.0),
        (0.25, 0.0),
        (-1 / 32, 0.0),
        smooth=False,
    ),
    Row(
        "amax of sqrt",
        lambda m, x: m.amax(m.sqrt(x), 0),
        (4.0, 0.0),
        (0.25, 0.0),
        (-1 / 32, 0.0),
        smooth=False,
    ),
    Row(
        "topk of sqrt",
        lambda m, x: m.topk(m.sqrt(x), 1)[0],
        (4.0, 0.0),
        (0.25, 0.0),
        (-1 / 32, 0.0),
        smooth=False,
    ),
    Row(
        "kthvalue of sqrt",
        lambda m, x: m.kthvalue(m.sqrt(x), 2)[0],
        (4.0, 0.0),
        (0.25, 0.0),
        (-1 / 32, 0.0),
        smooth=False,
    ),
    Row(
        "median of sqrt",
        lambda m, x: m.median(m.sqrt(x)),
        (4.0, 9.0, 0.0),
        (0.25, 0.0, 0.0),
        (-1 / 32, 0.0, 0.0),
        smooth=False,
    ),
    Row(
        "tril of sqrt",
        lambda m, x: m.tril(m.sqrt(x).reshape(2, 2)),
        (4.0, 0.0, 4.0, 4.0),
        (0.25, 0.0, 0.25, 0.25),
        (-1 / 32, 0.0, -1 / 32, -1 / 32),
        smooth=False,
    ),
    Row(
        "diagonal of sqrt",
        lambda m, x: m.diagonal(m.sqrt(x).reshape(2, 2)),
        (4.0, 0.0, 0.0, 4.0),
        (0.25, 0.0, 0.0, 0.25),
        (-1 / 32, 0.0, 0.0, -1 / 32),
        smooth=False,
    ),
    Row(
        "a mask that travels through reshape and flip",
        lambda m, x: m.flip(m.sqrt(x).reshape(2, 1), (0,))[1:],
        (4.0, 0.0),
        (0.25, 0.0),
        (-1 / 32, 0.0),
        smooth=False,
    ),
    Row(
        "a mask that travels through exp and mul",
        lambda m, x: (m.exp(m.sqrt(x)) * 2)[:1],
        (4.0, 0.0),
        (math.exp(2) / 2, 0.0),
        (math.exp(2) / 16, 0.0),
        smooth=False,
    ),
    Row(
        "a mask that travels through a matrix product",
        lambda m, x: (m.ones(2, 1, dtype=m.float64) @ m.sqrt(x).reshape(1, 2))[:, :1],
        (4.0, 0.0),
        (0.5, 0.0),
        (-1 / 16, 0.0),
        smooth=False,
    ),
    Row(
        "a mask that travels through log_softmax",
        lambda m, x: m.log_softmax(m.stack([m.sqrt(x), x * 0], 1), 1)[:1].sum(),
        (4.0, 0.0),
        (0.5 * (0.5 - _SIGMOID), 0.0),
        (-(0.5 - _SIGMOID) / 16 - _SIGMOID * (1 - _SIGMOID) / 8, 0.0),
        smooth=False,
    ),
    Row(
        "a mask that travels through a running product",
        lambda m, x: m.cumprod(m.sqrt(x), 0)[:1],
        (4.0, 0.0),
        (0.25, 0.0),
        (-1 / 32, 0.0),
        smooth=False,
    ),
    Row(
        "two branches, each dead where the other lives",
        lambda m, x: m.where(x > 0, m.sqrt(x), 0.0) + m.where(x < 0, m.sqrt(-x), 0.0),
        (4.0, 0.0, -4.0),
        (0.25, 0.0, -0.25),
        (-1 / 32, 0.0, -1 / 32),
        smooth=False,
    ),
    Row(
        "nan_to_num does not hide a slope",
        lambda m, x: m.nan_to_num(x) * x,
        (3.0,),
        (6.0,),
        (2.0,),
    ),
]

REMOVABLE = [
    Row("sinc at 0", lambda m, x: m.sinc(x), (0.0,), (0.0,), (-(math.pi**2) / 3,), mp.sincpi),
    Row(
        "sinc near 0",
        lambda m, x: m.sinc(x),
        (1e-4, 1e-9),
        (-(math.pi**2) / 3 * 1e-4, -(math.pi**2) / 3 * 1e-9),
        (-(math.pi**2) / 3 + math.pi**4 / 10 * 1e-8, -(math.pi**2) / 3),
        mp.sincpi,
        smooth=False,
    ),
    Row(
        "norm at 0",
        lambda m, x: m.norm(x),
        (0.0, 0.0),
        (0.0, 0.0),
        smooth=False,
        convention="the subgradient 0 at the tip of the cone",
    ),
    Row("norm(x)**2 at 0", lambda m, x: m.norm(x) ** 2, (0.0, 0.0), (0.0, 0.0), (2.0, 2.0)),
    Row(
        "linalg.vector_norm(x)**2 at 0",
        lambda m, x: m.linalg.vector_norm(x) ** 2,
        (0.0, 0.0),
        (0.0, 0.0),
        (2.0, 2.0),
    ),
    # The second derivatives of these two exist as well, but two norms, or a norm that is not squared
    # in the same breath, give no hint of it at the tip: neither library finds them.
    Row("norm(x) * norm(x) at 0", lambda m, x: m.norm(x) * m.norm(x), (0.0, 0.0), (0.0, 0.0)),
    Row(
        "norm 1 at 0",
        lambda m, x: m.norm(x, 1),
        (0.0, 2.0, -3.0),
        (0.0, 1.0, -1.0),
        (0.0, 0.0, 0.0),
        smooth=False,
        convention="sgn(0) = 0",
    ),
    Row(
        "norm 3 at 0",
        lambda m, x: m.norm(x, 3),
        (0.0, 0.0),
        (0.0, 0.0),
        smooth=False,
        convention="the subgradient 0",
    ),
    Row(
        "norm inf at a tie",
        lambda m, x: m.norm(x, INF),
        (2.0, -2.0, 1.0),
        (0.5, -0.5, 0.0),
        (0.0, 0.0, 0.0),
        smooth=False,
        convention="ties share",
    ),
    Row(
        "hypot(0, 0)",
        lambda m, x: m.hypot(x, m.zeros_like(x)),
        (0.0,),
        (0.0,),
        smooth=False,
        convention="the subgradient 0 at the tip of the cone",
    ),
    Row("hypot(x, 0)**2 at 0", lambda m, x: m.hypot(x, m.zeros_like(x)) ** 2, (0.0,), (0.0,)),
    Row("atan2(0, x)", lambda m, x: m.atan2(m.zeros_like(x), x), (2.0, -2.0), (0.0, 0.0), (0.0, 0.0)),
    Row("atan2(x, 0)", lambda m, x: m.atan2(x, m.zeros_like(x)), (2.0, -2.0), (0.0, 0.0), (0.0, 0.0)),
    Row(
        "polar of a negative length",
        lambda m, x: m.polar(x, m.full_like(x, 1.0)).real,
        (-2.0,),
        (math.cos(1),),
        (0.0,),
    ),
    Row(
        "atan2 of tiny numbers",
        lambda m, x: m.atan2(x, m.full_like(x, 1e-200)),
        (1e-200,),
        (5e199,),
        smooth=False,
    ),
    Row(
        "abs at 0",
        lambda m, x: m.abs(x),
        (0.0, 2.0, -2.0),
        (0.0, 1.0, -1.0),
        (0.0, 0.0, 0.0),
        smooth=False,
        convention="abs'(0) = 0",
    ),
    Row(
        "relu as clamp at 0",
        lambda m, x: m.clamp(x, min=0),
        (0.0, 2.0, -2.0),
        (1.0, 1.0, 0.0),
        (0.0, 0.0, 0.0),
        smooth=False,
        convention="the bound itself passes",
    ),
    Row(
        "maximum at a tie",
        lambda m, x: m.maximum(x, m.zeros_like(x)),
        (0.0, 2.0, -2.0),
        (0.5, 1.0, 0.0),
        (0.0, 0.0, 0.0),
        smooth=False,
        convention="ties share",
    ),
    Row(
        "amax at a tie",
        lambda m, x: m.amax(x),
        (2.0, 2.0, 1.0),
        (0.5, 0.5, 0.0),
        (0.0, 0.0, 0.0),
        smooth=False,
        convention="ties share",
    ),
    Row(
        "max at a tie",
        lambda m, x: m.max(x),
        (2.0, 2.0, 1.0),
        (0.5, 0.5, 0.0),
        (0.0, 0.0, 0.0),
        smooth=False,
        convention="ties share",
    ),
    Row(
        "xlogy(x, 0) at 0",
        lambda m, x: m.xlogy(x, m.zeros_like(x)),
        (0.0,),
        (0.0,),
        smooth=False,
        convention="0 log 0 = 0",
    ),
    Row(
        "xlogy(0, x) at 0",
        lambda m, x: m.xlogy(m.zeros_like(x), x),
        (0.0, 1.0),
        (0.0, 0.0),
        (0.0, 0.0),
        lambda x: mp.mpf(0),
    ),
    Row(
        "xlogy(x, x)",
        lambda m, x: m.xlogy(x, x),
        (1.0, 0.5),
        (1.0, 1 + math.log(0.5)),
        (1.0, 2.0),
        lambda x: x * mp.log(x),
    ),
    Row(
        "softplus far out",
        lambda m, x: m.log1p(m.exp(-m.abs(x))) + m.clamp(x, min=0),
        (800.0, -800.0),
        (1.0, 0.0),
        (0.0, 0.0),
    ),
    Row(
        "sigmoid far out",
        lambda m, x: m.sigmoid(x),
        (800.0, -800.0),
        (0.0, 0.0),
        (0.0, 0.0),
        lambda x: 1 / (1 + mp.exp(-x)),
    ),
    Row("tanh far out", lambda m, x: m.tanh(x), (400.0, -400.0), (0.0, 0.0), (0.0, 0.0), mp.tanh),
    Row("expm1 near 0", lambda m, x: m.expm1(x), (1e-20, 0.0), (1.0, 1.0), (1.0, 1.0), mp.expm1),
    Row("log1p near 0", lambda m, x: m.log1p(x), (1e-20, 0.0), (1.0, 1.0), (-1.0, -1.0), mp.log1p),
    Row("acos at its end", lambda m, x: m.acos(x), (1.0,), (-INF,), smooth=False),
    Row(
        "asinh far out",
        lambda m, x: m.asinh(x),
        (1e200, -1e200),
        (1e-200, 1e-200),
        (0.0, 0.0),
        mp.asinh,
        smooth=False,
    ),
    Row("fmod in its number", lambda m, x: m.fmod(x, 2.0), (3.5, -3.5), (1.0, 1.0), (0.0, 0.0)),
]

WRITES = [
    Row(
        "index_put twice to one place",
        lambda m, x: m.zeros(2, dtype=m.float64).index_put((m.tensor([0, 0]),), x),
        (1.0, 2.0),
        (0.0, 1.0),
        (0.0, 0.0),
    ),
    Row(
        "index_copy twice to one place",
        lambda m, x: m.zeros(2, dtype=m.float64).index_copy(0, m.tensor([1, 1]), x),
        (1.0, 2.0),
        (0.0, 1.0),
        (0.0, 0.0),
    ),
    Row(
        "scatter_reduce over what is left out",
        lambda m, x: m.zeros(1, dtype=m.float64).scatter_reduce(
            0, m.tensor([0, 0]), x, "amin", include_self=False
        ),
        (0.0, 2.0),
        (1.0, 0.0),
        (0.0, 0.0),
    ),
]

REDUCTIONS = [
    Row(
        "logsumexp of large values",
        lambda m, x: m.logsumexp(x, 0),
        (1000.0, 1000.0),
        (0.5, 0.5),
        (0.25, 0.25),
    ),
    Row(
        "logsumexp with -inf",
        lambda m, x: m.logsumexp(x, 0),
        (-INF, 1.0),
        (0.0, 1.0),
        (0.0, 0.0),
        smooth=False,
    ),
    Row(
        "logsumexp of -inf only",
        lambda m, x: m.logsumexp(x, 0),
        (-INF, -INF),
        (0.0, 0.0),
        smooth=False,
        convention="the limit of equal shares would be 1/2; torch's 0 is kept",
    ),
    Row(
        "logaddexp(-inf, -inf)",
        lambda m, x: m.logaddexp(x, m.full_like(x, -INF)),
        (-INF,),
        (0.5,),
        smooth=False,
        convention="equal shares",
    ),
    Row("logaddexp(x, -inf)", lambda m, x: m.logaddexp(x, m.full_like(x, -INF)), (1.0,), (1.0,), (0.0,)),
    Row("logaddexp of large values", lambda m, x: m.logaddexp(x, x), (1000.0,), (1.0,), (0.0,)),
    Row(
        "softmax with -inf",
        lambda m, x: m.softmax(x, 0)[1],
        (-INF, 1.0, 1.0),
        (0.0, 0.25, -0.25),
        (0.0, 0.0, 0.0),
        smooth=False,
    ),
    Row(
        "log_softmax of large values",
        lambda m, x: m.log_softmax(x, 0)[0],
        (1000.0, 0.0),
        (0.0, 0.0),
        (0.0, 0.0),
    ),
    Row("prod with one zero", lambda m, x: m.prod(x), (0.0, 2.0, 3.0), (6.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
    Row("prod with two zeros", lambda m, x: m.prod(x), (0.0, 0.0, 3.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
    Row(
        "cumprod with zeros", lambda m, x: m.cumprod(x, 0), (2.0, 0.0, 3.0), (1.0, 8.0, 0.0), (0.0, 0.0, 0.0)
    ),
    Row("var of constants", lambda m, x: m.var(x), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0), (2 / 3, 2 / 3, 2 / 3)),
    Row("var of one element, unbiased=False", lambda m, x: m.var(x, correction=0), (2.0,), (0.0,), (0.0,)),
    Row("var of one element", lambda m, x: m.var(x), (2.0,), (NAN,), smooth=False, convention="0/0 honestly"),
    Row(
        "std of constants",
        lambda m, x: m.std(x),
        (2.0, 2.0, 2.0),
        (0.0, 0.0, 0.0),
        smooth=False,
        convention="the subgradient 0, as norm at 0",
    ),
    Row(
        "std(x)**2 of constants",
        lambda m, x: m.std(x) ** 2,
        (2.0, 2.0, 2.0),
        (0.0, 0.0, 0.0),
        (2 / 3, 2 / 3, 2 / 3),
    ),
    Row("nansum", lambda m, x: m.nansum(x * x), (2.0, NAN), (4.0, 0.0), (2.0, 0.0), smooth=False),
    Row("nanmean", lambda m, x: m.nanmean(x * x), (2.0, NAN), (4.0, 0.0), (2.0, 0.0), smooth=False),
    Row(
        "cummax at a tie",
        lambda m, x: m.cummax(x, 0)[0],
        (1.0, 1.0, 0.0),
        (1.0, 2.0, 0.0),
        (0.0, 0.0, 0.0),
        smooth=False,
        convention="the last of equals",
    ),
    Row("sum of nothing", lambda m, x: m.sum(x[:0]), (1.0,), (0.0,), (0.0,)),
]

MATRICES = [
    Row(
        "det of a singular matrix",
        lambda m, x: m.linalg.det(x.reshape(2, 2)),
        (1.0, 2.0, 2.0, 4.0),
        (4.0, -2.0, -2.0, 1.0),
        (0.0, 0.0, 0.0, 0.0),
    ),
    Row(
        "det of zeros",
        lambda m, x: m.linalg.det(x.reshape(2, 2)),
        (0.0, 0.0, 0.0, 0.0),
        (0.0, 0.0, 0.0, 0.0),
        (0.0, 0.0, 0.0, 0.0),
    ),
    Row(
        "det of a singular 3 x 3 matrix",
        lambda m, x: m.linalg.det(x.reshape(3, 3)),
        (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0),
        (-3.0, 6.0, -3.0, 6.0, -12.0, 6.0, -3.0, 6.0, -3.0),
        (0.0,) * 9,
    ),
    Row(
        "the sum of exp of equal eigenvalues",
        lambda m, x: m.linalg.eigvalsh(m.diag(x)).exp(),
        (1.0, 1.0, 2.0),
        (math.e, math.e, math.e**2),
        (math.e, math.e, math.e**2),
    ),
    Row(
        "the sum of cubes of equal eigenvalues of a + a^T",
        lambda m, x: m.linalg.eigvalsh(x.reshape(2, 2) + x.reshape(2, 2).mT) ** 3,
        (0.5, 0.0, 0.0, 0.5),
        (6.0, 0.0, 0.0, 6.0),
        (24.0, 12.0, 12.0, 24.0),
    ),
    Row(
        "matrix norm at 0",
        lambda m, x: m.linalg.matrix_norm(x.reshape(2, 2)) ** 2,
        (0.0,) * 4,
        (0.0,) * 4,
        (2.0,) * 4,
    ),
]

ROWS = [*POWERS, *BRANCHES, *REMOVABLE, *WRITES, *REDUCTIONS, *MATRICES]
