"""Comparison, tests of single values, and choice by a condition."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.core.kinds import constant, selection
from chainrule.ops.elementwise.refusals import supports
from chainrule.ops.layout import in_order

Array = Any


@constant()
def eq(a: Array, b: Array) -> Array:
    """Whether a equals b, elementwise with broadcasting; a boolean tensor.

    >>> import chainrule
    >>> chainrule.eq(chainrule.tensor([1.0, 2.0]), 2)
    tensor([False,  True])
    """
    return a == b


@constant()
def ne(a: Array, b: Array) -> Array:
    """Whether a differs from b, elementwise with broadcasting; a boolean tensor.

    >>> import chainrule
    >>> chainrule.ne(chainrule.tensor([1.0, 2.0]), 2)
    tensor([ True, False])
    """
    return a != b


@constant(check=supports("biuf", "lt_cpu"))
def lt(a: Array, b: Array) -> Array:
    """Whether a is less than b, elementwise with broadcasting; a boolean tensor. Real numbers only.

    >>> import chainrule
    >>> chainrule.lt(chainrule.tensor([1.0, 3.0]), 2)
    tensor([ True, False])
    """
    return a < b


@constant(check=supports("biuf", "le_cpu"))
def le(a: Array, b: Array) -> Array:
    """Whether a is at most b, elementwise with broadcasting; a boolean tensor. Real numbers only.

    >>> import chainrule
    >>> chainrule.le(chainrule.tensor([2.0, 3.0]), 2)
    tensor([ True, False])
    """
    return a <= b


@constant(check=supports("biuf", "gt_cpu"))
def gt(a: Array, b: Array) -> Array:
    """Whether a is greater than b, elementwise with broadcasting; a boolean tensor. Real numbers only.

    >>> import chainrule
    >>> chainrule.gt(chainrule.tensor([1.0, 3.0]), 2)
    tensor([False,  True])
    """
    return a > b


@constant(check=supports("biuf", "ge_cpu"))
def ge(a: Array, b: Array) -> Array:
    """Whether a is at least b, elementwise with broadcasting; a boolean tensor. Real numbers only.

    >>> import chainrule
    >>> chainrule.ge(chainrule.tensor([1.0, 2.0]), 2)
    tensor([False,  True])
    """
    return a >= b


@constant()
def isclose(a: Array, b: Array, *, rtol: float, atol: float, equal_nan: bool) -> Array:
    """Whether |a - b| <= atol + rtol * |b|; equal infinities are close."""
    return np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)


@constant(promotion="none")
def isnan(x: Array) -> Array:
    """Whether x is NaN, elementwise; of a complex number, whether either part is.

    >>> import chainrule
    >>> chainrule.isnan(chainrule.tensor([1.0, float("nan")]))
    tensor([False,  True])
    """
    return np.isnan(x)


@constant(promotion="none")
def isinf(x: Array) -> Array:
    """Whether x is infinite, elementwise; of a complex number, whether either part is.

    >>> import chainrule
    >>> chainrule.isinf(chainrule.tensor([1.0, float("-inf")]))
    tensor([False,  True])
    """
    return np.isinf(x)


@constant(check=supports("biuf", complex_message="isposinf does not support complex inputs."))
def isposinf(x: Array) -> Array:
    """Whether x is plus infinity, elementwise. Real numbers only.

    >>> import chainrule
    >>> chainrule.isposinf(chainrule.tensor([float("inf"), float("-inf")]))
    tensor([ True, False])
    """
    return x == np.inf


@constant(check=supports("biuf", complex_message="isneginf does not support complex inputs."))
def isneginf(x: Array) -> Array:
    """Whether x is minus infinity, elementwise. Real numbers only.

    >>> import chainrule
    >>> chainrule.isneginf(chainrule.tensor([float("inf"), float("-inf")]))
    tensor([False,  True])
    """
    return x == -np.inf


@constant(promotion="none")
def isfinite(x: Array) -> Array:
    """Whether x is neither infinite nor NaN, elementwise; of a complex number, whether both parts are.

    >>> import chainrule
    >>> chainrule.isfinite(chainrule.tensor([1.0, float("inf")]))
    tensor([ True, False])
    """
    return np.isfinite(x)


@constant(promotion="none")
def isreal(x: Array) -> Array:
    """Whether the imaginary part of x is 0, elementwise; true for every real number.

    >>> import chainrule
    >>> chainrule.isreal(chainrule.tensor([1 + 0j, 1j]))
    tensor([ True, False])
    """
    return np.isreal(x)


# -- choice by a condition ------------------------------------------------------------------------


def _common_dtype(*values: Any) -> np.dtype[Any]:
    """Return torch's result type of NumPy values (0-d ones count as 0-d tensors) and Python numbers."""
    typed = [v for v in values if isinstance(v, (np.ndarray, np.generic))]
    if len(typed) == len(values) and all(v.dtype == typed[0].dtype for v in typed):
        return typed[0].dtype
    return dtypes.combine(
        [dtypes.from_numpy_dtype(v.dtype) for v in typed if v.ndim],
        [dtypes.from_numpy_dtype(v.dtype) for v in typed if not v.ndim],
        [dtypes.of_number(v) for v in values if not isinstance(v, (np.ndarray, np.generic))],
    ).numpy


# The condition takes no part in promotion, so the body does it.
@selection(promotion="none", a=lambda condition: condition, b=lambda condition: ~condition)
def where(condition: Array, a: Array, b: Array) -> Array:
    """a where the condition holds, else b."""
    if type(a) is type(b) is np.ndarray and a.dtype is b.dtype:
        return np.where(condition, a, b)
    dtype = _common_dtype(a, b)
    return np.where(condition, np.asarray(a).astype(dtype), np.asarray(b).astype(dtype))[()]


@selection(promotion="none", x=lambda mask: ~mask, node="MaskedFill")
def masked_fill_number(x: Array, mask: Array, *, value: Any) -> Array:
    """x, and a Python number where the mask holds."""
    return in_order(np.where(mask, np.asarray(value).astype(x.dtype), x)[()])


@selection(promotion="none", x=lambda mask: ~mask, value=lambda mask: mask, variant=lambda: 1)
def masked_fill(x: Array, mask: Array, value: Array) -> Array:
    """x, and a 0-d `value` where the mask holds; the dtype is that of x."""
    return in_order(np.where(mask, value.astype(x.dtype), x)[()])
