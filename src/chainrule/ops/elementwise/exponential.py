"""Exponentials, logarithms and their relatives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.core.kinds import elementwise
from chainrule.ops.elementwise import comparison
from chainrule.ops.elementwise.refusals import supports

Array = Any

LN_2 = math.log(2.0)
LN_10 = math.log(10.0)


@elementwise(promotion="float", x=lambda y: y)
def exp(x: Array) -> Array:
    """e raised to the power x, elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.exp(chainrule.tensor([0.0, 1.0]))
    tensor([1.0000, 2.7183])
    """
    return np.exp(x)


@elementwise(promotion="float", x=lambda y: y * LN_2)
def exp2(x: Array) -> Array:
    """2 raised to the power x, elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.exp2(chainrule.tensor([0.0, 3.0]))
    tensor([1., 8.])
    """
    return np.exp2(x)


# Torch's y + 1 has no correct digit left where exp(x) is below the spacing of numbers around 1.
@elementwise(promotion="float", x=lambda x: exp(x))
def expm1(x: Array) -> Array:
    """exp(x) - 1, elementwise, exact also for small x; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.expm1(chainrule.tensor([0.0, 1e-7]))
    tensor([0.0000e+00, 1.0000e-07])
    """
    return np.expm1(x)


@elementwise(promotion="float", x=lambda x: 1 / x)
def log(x: Array) -> Array:
    """The natural logarithm, elementwise; NaN for negative real x; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.log(chainrule.tensor([1.0, 2.0]))
    tensor([0.0000, 0.6931])
    """
    return np.log(x)


@elementwise(promotion="float", x=lambda x: 1 / (x * LN_2))
def log2(x: Array) -> Array:
    """The logarithm to base 2, elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.log2(chainrule.tensor([1.0, 8.0]))
    tensor([0., 3.])
    """
    return np.log2(x)


@elementwise(promotion="float", x=lambda x: 1 / (x * LN_10))
def log10(x: Array) -> Array:
    """The logarithm to base 10, elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.log10(chainrule.tensor([1.0, 10.0]))
    tensor([0., 1.])
    """
    return np.log10(x)


@elementwise(promotion="float", x=lambda x: 1 / (x + 1), node="Log1P")
def log1p(x: Array) -> Array:
    """log(1 + x), elementwise, exact also for small x; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.log1p(chainrule.tensor([0.0, 1.0]))
    tensor([0.0000, 0.6931])
    """
    return np.log1p(x)


@elementwise(promotion="float", x=lambda y: y * (1 - y))
def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.sigmoid(chainrule.tensor([0.0, -1000.0]))
    tensor([0.5000, 0.0000])
    """
    return 1 / (1 + np.exp(-x))  # exp(1000) is inf, and 1 / inf is the right result


# log(x) - log(1 - x) would lose digits around 1/2, where the result is small.
@elementwise(promotion="float", check=supports("f", "logit_cpu"), x=lambda x: 1 / (x * (1 - x)))
def logit(x: Array) -> Array:
    """log(x / (1 - x)), elementwise: the inverse of sigmoid."""
    return np.log(x / (1 - x))


@elementwise(promotion="float", a=1, b=-1, node="Sub")
def gap(a: Array, b: Array) -> Array:
    """a - b, but 0 between equal infinities, where the difference is NaN."""
    return np.where(a == b, 0, a - b)[()]


@elementwise(
    promotion="same",
    check=supports("fc", "logaddexp_cpu"),
    a=lambda a, b: sigmoid(gap(a, b)),
    b=lambda a, b: sigmoid(gap(b, a)),
)
def logaddexp(a: Array, b: Array) -> Array:
    """log(exp(a) + exp(b)), elementwise with broadcasting, without overflow.

    Two equal infinities give that infinity, with slope 1/2 in each.

    >>> import chainrule
    >>> chainrule.logaddexp(chainrule.tensor([0.0, 100.0]), chainrule.tensor([0.0, 100.0]))
    tensor([  0.6931, 100.6931])
    """
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        swap = np.real(a) > np.real(b)
        low, high = np.where(swap, b, a)[()], np.where(swap, a, b)[()]
        return high + np.log1p(np.exp(gap(low, high)))
    return np.logaddexp(a, b)


@elementwise(
    promotion="same",
    check=supports("f", "logaddexp2_cpu"),
    a=lambda a, b: sigmoid(gap(a, b) * LN_2),
    b=lambda a, b: sigmoid(gap(b, a) * LN_2),
)
def logaddexp2(a: Array, b: Array) -> Array:
    """log2(2**a + 2**b), elementwise with broadcasting, without overflow; real only.

    >>> import chainrule
    >>> chainrule.logaddexp2(chainrule.tensor([0.0, 2.0]), chainrule.tensor([0.0, 2.0]))
    tensor([1., 3.])
    """
    return np.logaddexp2(a, b)


def _softplus_slope(x: Any, beta: float, threshold: float) -> Any:
    scaled = x * beta
    return comparison.where(scaled > threshold, 1.0, sigmoid(scaled))


@elementwise(promotion="same", check=supports("f", "softplus_cpu"), x=_softplus_slope)
def softplus(x: Array, *, beta: float = 1.0, threshold: float = 20.0) -> Array:
    """log(1 + exp(beta x)) / beta, elementwise: a smooth max(x, 0); x itself where beta x > threshold.

    (torch.nn.functional.softplus.)

    >>> import chainrule
    >>> chainrule.softplus(chainrule.tensor([-1.0, 0.0, 30.0]))
    tensor([ 0.3133,  0.6931, 30.0000])
    """
    scaled = x * beta
    return np.where(scaled > threshold, x, np.logaddexp(scaled, 0) / beta)[()]


def _xlogy_slope(a: Any, b: Any) -> Any:
    # 0 log(b) is 0 on all of the line a = 0; log(b) exists only for b > 0.
    return comparison.where((a == 0) & (b <= 0), 0.0, log(b))


def _xlogy_slope_b(a: Any, b: Any) -> Any:
    # On a = 0 the function is constant in b, also at b = 0 (torch gives NaN).
    return comparison.where((a == 0) & (b == 0), 0.0, a / b)


@elementwise(promotion="float", check=supports("f", "xlogy_cpu"), a=_xlogy_slope, b=_xlogy_slope_b)
def xlogy(a: Array, b: Array) -> Array:
    """a log(b), elementwise with broadcasting; 0 where a = 0, unless b is NaN; real only.

    >>> import chainrule
    >>> chainrule.xlogy(chainrule.tensor([0.0, 2.0]), chainrule.tensor([0.0, 1.0]))
    tensor([0., 0.])
    """
    # The logarithm of a Python number is a float64, which must not widen the product.
    product = np.multiply(a, np.log(b), dtype=np.result_type(a, b))
    return np.where((a == 0) & ~np.isnan(b), 0, product)[()]
