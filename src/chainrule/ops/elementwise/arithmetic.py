"""Arithmetic: sums, products, quotients, powers."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import elementwise

Array = Any


@elementwise(a=1, b=1)
def add(a: Array, b: Array) -> Array:
    """a + b, with broadcasting.

    >>> import chainrule
    >>> chainrule.add(chainrule.tensor([1.0, 2.0]), 10)
    tensor([11., 12.])
    """
    return a + b


@elementwise(a=1, b=-1)
def sub(a: Array, b: Array) -> Array:
    """a - b, with broadcasting.

    >>> import chainrule
    >>> chainrule.sub(chainrule.tensor([1.0, 2.0]), 1)
    tensor([0., 1.])
    """
    return a - b


@elementwise(a=lambda b: b, b=lambda a: a)
def mul(a: Array, b: Array) -> Array:
    """a times b, with broadcasting.

    >>> import chainrule
    >>> chainrule.mul(chainrule.tensor([1.0, 2.0]), 3)
    tensor([3., 6.])
    """
    return a * b


@elementwise(x=-1)
def neg(x: Array) -> Array:
    """-x.

    >>> import chainrule
    >>> chainrule.neg(chainrule.tensor([1.0, -2.0]))
    tensor([-1.,  2.])
    """
    return -x


@elementwise(promotion="float", a=lambda b: 1 / b, b=lambda b, y: -y / b, node="Div")
def true_divide(a: Array, b: Array) -> Array:
    """a / b, with broadcasting; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.true_divide(chainrule.tensor([1, 2]), 2)
    tensor([0.5000, 1.0000])
    """
    return a / b


def _power_slope(x: Any, exponent: Any) -> Any:
    # x**0 is the constant 1; without this its slope at 0 would be 0 * 0**-1 = NaN.
    return exponent * x ** (exponent - 1) if exponent != 0 else 0


@elementwise(x=_power_slope, node="Pow")
def pow_number(x: Array, *, exponent: Any) -> Array:
    """x to the power of a Python number."""
    return x**exponent
