"""Rounding: piecewise constant, so no derivative flows (what is rounded counts as not taken)."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import elementwise, selection
from chainrule.ops.elementwise.refusals import supports

Array = Any


@selection(x=0, check=supports("iuf", "floor_vml_cpu", "floor is not supported for complex inputs"))
def floor(x: Array) -> Array:
    """The largest whole number not above x, elementwise; real numbers only. Its slope is 0.

    >>> import chainrule
    >>> chainrule.floor(chainrule.tensor([1.5, -1.5]))
    tensor([ 1., -2.])
    """
    return np.floor(x)


@selection(x=0, check=supports("iuf", "ceil_vml_cpu", "ceil is not supported for complex inputs"))
def ceil(x: Array) -> Array:
    """The smallest whole number not below x, elementwise; real numbers only. Its slope is 0.

    >>> import chainrule
    >>> chainrule.ceil(chainrule.tensor([1.5, -1.5]))
    tensor([ 2., -1.])
    """
    return np.ceil(x)


@selection(x=0, check=supports("iuf", "trunc_vml_cpu", "trunc is not supported for complex inputs"))
def trunc(x: Array) -> Array:
    """x without its fraction (rounded towards 0), elementwise; real numbers only. Its slope is 0.

    >>> import chainrule
    >>> chainrule.trunc(chainrule.tensor([1.5, -1.5]))
    tensor([ 1., -1.])
    """
    return np.trunc(x)


@selection(x=0, check=supports("iuf", "round_vml_cpu"))
def round_(x: Array) -> Array:
    """x rounded to the nearest whole number, halves to the even one."""
    return np.rint(x) if x.dtype.kind == "f" else x


@selection(x=0, check=supports("f", "round_cpu"), node="Round", variant=lambda: 1)
def round_decimals(x: Array, *, decimals: int) -> Array:
    """x rounded to a number of decimals (a negative one: to tens, hundreds, ...)."""
    return np.round(x, decimals)


@elementwise(x=1, check=supports("f", "frac_cpu"))
def frac(x: Array) -> Array:
    """The fraction of x with its sign, x - trunc(x), elementwise; floating-point only.

    >>> import chainrule
    >>> chainrule.frac(chainrule.tensor([1.5, -1.25]))
    tensor([ 0.5000, -0.2500])
    """
    return x - np.trunc(x)
