"""Circular and hyperbolic functions and their inverses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.core.kinds import elementwise
from chainrule.ops.elementwise import arithmetic, hypotenuse
from chainrule.ops.elementwise.refusals import supports

Array = Any


def _refuse_complex(name: str) -> Any:
    def check(values: tuple[Any, ...], dtype: np.dtype[Any]) -> None:
        if dtype.kind == "c":
            raise RuntimeError(f"{name} is not supported for complex tensors.")

    return check


@elementwise(promotion="float", x=lambda x: cos(x))
def sin(x: Array) -> Array:
    """The sine of x in radians, elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.sin(chainrule.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8415])
    """
    return np.sin(x)


@elementwise(promotion="float", x=lambda x: -sin(x))
def cos(x: Array) -> Array:
    """The cosine of x in radians, elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.cos(chainrule.tensor([0.0, 1.0]))
    tensor([1.0000, 0.5403])
    """
    return np.cos(x)


@elementwise(promotion="float", x=lambda y: 1 + y * y)
def tan(x: Array) -> Array:
    """The tangent of x in radians, elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.tan(chainrule.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5574])
    """
    return np.tan(x)


# (1 - x)(1 + x) keeps the digits that 1 - x*x loses near |x| = 1; the same in the rules below.
@elementwise(promotion="float", x=lambda x: 1 / arithmetic.sqrt((1 - x) * (1 + x)))
def asin(x: Array) -> Array:
    """The angle in [-pi/2, pi/2] whose sine is x, elementwise; NaN for real |x| > 1.

    >>> import chainrule
    >>> chainrule.asin(chainrule.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5708])
    """
    return np.arcsin(x)


@elementwise(promotion="float", x=lambda x: -1 / arithmetic.sqrt((1 - x) * (1 + x)))
def acos(x: Array) -> Array:
    """The angle in [0, pi] whose cosine is x, elementwise; NaN for real |x| > 1.

    >>> import chainrule
    >>> chainrule.acos(chainrule.tensor([0.0, 1.0]))
    tensor([1.5708, 0.0000])
    """
    return np.arccos(x)


@elementwise(promotion="float", x=lambda x: 1 / (1 + x * x))
def atan(x: Array) -> Array:
    """The angle in [-pi/2, pi/2] whose tangent is x, elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.atan(chainrule.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7854])
    """
    return np.arctan(x)


def _per_square_of_distance(component: Any, a: Any, b: Any) -> Any:
    # hypot neither overflows nor underflows where a*a + b*b does. At the origin, where the angle has
    # no derivative, the distance is replaced by 1, so that the result is torch's 0.
    r = hypotenuse.hypot(a, b)
    r = r + (r == 0)
    return component / r / r


@elementwise(
    promotion="float",
    check=supports("f", "atan2_cpu"),
    a=lambda a, b: _per_square_of_distance(b, a, b),
    b=lambda a, b: _per_square_of_distance(-a, a, b),
)
def atan2(a: Array, b: Array) -> Array:
    """The angle in [-pi, pi] of the point (b, a) in the plane, elementwise with broadcasting; real only.

    >>> import chainrule
    >>> chainrule.atan2(chainrule.tensor([1.0, 0.0]), chainrule.tensor([1.0, -1.0]))
    tensor([0.7854, 3.1416])
    """
    return np.arctan2(a, b)


@elementwise(promotion="float", x=lambda x: cosh(x))
def sinh(x: Array) -> Array:
    """The hyperbolic sine, elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.sinh(chainrule.tensor([0.0, 1.0]))
    tensor([0.0000, 1.1752])
    """
    return np.sinh(x)


@elementwise(promotion="float", x=lambda x: sinh(x))
def cosh(x: Array) -> Array:
    """The hyperbolic cosine, elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.cosh(chainrule.tensor([0.0, 1.0]))
    tensor([1.0000, 1.5431])
    """
    return np.cosh(x)


@elementwise(promotion="float", x=lambda y: 1 - y * y)
def tanh(x: Array) -> Array:
    """The hyperbolic tangent, elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.tanh(chainrule.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """
    return np.tanh(x)


@elementwise(promotion="float", x=lambda x: 1 / arithmetic.sqrt(x * x + 1))
def asinh(x: Array) -> Array:
    """The number whose hyperbolic sine is x, elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.asinh(chainrule.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8814])
    """
    return np.arcsinh(x)


# Two square roots: that of the product would be on the wrong branch for half of the complex plane.
# x - -1 keeps the sign of an imaginary part -0, which x + 1 loses: it tells the sides of the cut apart.
@elementwise(promotion="float", x=lambda x: 1 / (arithmetic.sqrt(x - 1) * arithmetic.sqrt(x - -1)))
def acosh(x: Array) -> Array:
    """The number >= 0 whose hyperbolic cosine is x, elementwise; NaN for real x < 1.

    >>> import chainrule
    >>> chainrule.acosh(chainrule.tensor([1.0, 2.0]))
    tensor([0.0000, 1.3170])
    """
    return np.arccosh(x)


@elementwise(promotion="float", x=lambda x: 1 / ((1 - x) * (1 + x)))
def atanh(x: Array) -> Array:
    """The number whose hyperbolic tangent is x, elementwise; NaN for real |x| > 1.

    >>> import chainrule
    >>> chainrule.atanh(chainrule.tensor([0.0, 0.5]))
    tensor([0.0000, 0.5493])
    """
    return np.arctanh(x)


@elementwise(promotion="float", x=math.pi / 180, check=_refuse_complex("deg2rad"), node="Deg2Rad")
def deg2rad(x: Array) -> Array:
    """x degrees in radians, elementwise; real only; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.deg2rad(chainrule.tensor([90.0, 180.0]))
    tensor([1.5708, 3.1416])
    """
    return np.deg2rad(x)


@elementwise(promotion="float", x=180 / math.pi, check=_refuse_complex("rad2deg"), node="Rad2Deg")
def rad2deg(x: Array) -> Array:
    """x radians in degrees, elementwise; real only; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.rad2deg(chainrule.tensor([0.0, 3.1415927]))
    tensor([  0., 180.])
    """
    return np.rad2deg(x)


@elementwise(promotion="float", x=lambda x: sinc_derivative(x, order=1))
def sinc(x: Array) -> Array:
    """sin(pi x) / (pi x), and 1 at 0, elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.sinc(chainrule.tensor([0.0, 0.5]))
    tensor([1.0000, 0.6366])
    """
    return np.sinc(x)


@elementwise(promotion="float", x=lambda x, order: sinc_derivative(x, order=order + 1), node="Sinc")
def sinc_derivative(x: Array, *, order: int) -> Array:
    """The derivative of sinc of any order: the quotient rule would lose all digits near 0."""
    u = np.asarray(math.pi * x)
    y = np.empty_like(u)
    near = np.abs(u) <= order
    y[near] = _sinc_downwards(u[near], order)
    y[~near] = _sinc_upwards(u[~near], order)
    return (math.pi**order * y)[()]


# Differentiating u s(u) = sin(u) k times gives  u s_k + k s_(k-1) = sin(u + k pi/2)  for the k-th
# derivative s_k. Errors shrink by k/|u| on the way up, by |u|/k on the way down.


def _sinc_upwards(u: Array, order: int) -> Array:
    waves = _waves(u)
    s = waves[0] / u
    for k in range(1, order + 1):
        s = (waves[k % 4] - k * s) / u
    return s


def _sinc_downwards(u: Array, order: int) -> Array:
    waves = _waves(u)
    s = np.zeros_like(u)  # whatever the true value: 40 steps forget it
    for k in range(2 * order + 40, order, -1):
        s = (waves[k % 4] - u * s) / k
    return s


def _waves(u: Array) -> tuple[Array, Array, Array, Array]:
    """Return sin(u + k pi/2) for k = 0 .. 3."""
    sine, cosine = np.sin(u), np.cos(u)
    return sine, cosine, -sine, -cosine
