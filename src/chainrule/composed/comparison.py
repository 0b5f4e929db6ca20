"""Comparison, logic, and choice by a condition, as torch offers them, and Python's operators."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.composed.operands import C_NAMES, as_python, does_not_fit, dtype_of, fitting, is_number
from chainrule.composed.operators import in_place, operator, reflected
from chainrule.composed.searching import nonzero
from chainrule.core.inplace import TITLES
from chainrule.core.tensor import TensorBase, array_of
from chainrule.ops.elementwise import comparison
from chainrule.ops.elementwise.comparison import (
    eq,
    ge,
    gt,
    isfinite,
    isinf,
    isnan,
    isneginf,
    isposinf,
    isreal,
    le,
    lt,
    ne,
)
from chainrule.ops.elementwise.logic import (
    bitwise_and,
    bitwise_left_shift,
    bitwise_not,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
)

# -- comparison -----------------------------------------------------------------------------------


def _array(x: Any) -> Any:
    return array_of(x) if isinstance(x, TensorBase) else np.asarray(x)


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and equal elements, as a Python bool.

    >>> import chainrule
    >>> chainrule.equal(chainrule.tensor([1.0, 2.0]), chainrule.tensor([1, 2]))
    True
    """
    return bool(np.array_equal(_array(input), _array(other)))


def isclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    """Whether |input - other| <= atol + rtol * |other|, elementwise with broadcasting.

    Equal infinities are close; NaNs are with `equal_nan`. Raises RuntimeError when dtypes differ.

    >>> import chainrule
    >>> chainrule.isclose(chainrule.tensor([1.0, 2.0]), chainrule.tensor([1.0, 2.1]))
    tensor([ True, False])
    """
    if not is_number(other) and dtype_of(input) is not dtype_of(other):
        a, b = (TITLES[dtype_of(x).name] for x in (input, other))
        raise RuntimeError(f"{a} did not match {b}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if not value >= 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value}")
    return comparison.isclose(input, other, rtol=float(rtol), atol=float(atol), equal_nan=equal_nan)


def allclose(
    input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether all elements are close (see `isclose`), as a Python bool.

    >>> import chainrule
    >>> chainrule.allclose(chainrule.tensor([1.0, 2.0]), chainrule.tensor([1.0, 2.0 + 1e-6]))
    True
    """
    return bool(np.all(_array(isclose(input, other, rtol, atol, equal_nan))))


def is_floating_point(input: Any) -> bool:
    """Whether the dtype is float16, float32 or float64.

    >>> import chainrule
    >>> chainrule.is_floating_point(chainrule.tensor([1.0]))
    True
    """
    return dtype_of(input).is_floating_point


def is_complex(input: Any) -> bool:
    """Whether the dtype is complex64 or complex128.

    >>> import chainrule
    >>> chainrule.is_complex(chainrule.tensor([1.0]))
    False
    """
    return dtype_of(input).is_complex


def is_nonzero(input: Any) -> bool:
    """Whether the only element of a tensor is not 0; RuntimeError if it has none or several.

    >>> import chainrule
    >>> chainrule.is_nonzero(chainrule.tensor([0.0]))
    False
    """
    return bool(input)


# -- choice by a condition ------------------------------------------------------------------------

_FLAGS = (dtypes.bool_, dtypes.uint8)


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """input where `condition` holds, else `other`, elementwise with broadcasting.

    What was not chosen has gradient 0, whatever made it: `where(x > 0, sqrt(x), 0)` has a finite
    derivative at 0. With a condition alone: the indices where it holds, one tensor per dimension.
    Raises RuntimeError unless the condition is boolean.

    >>> import chainrule
    >>> x = chainrule.tensor([-1.0, 2.0])
    >>> chainrule.where(x > 0, x, 0.0)
    tensor([0., 2.])
    """
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if input is None or other is None:
        raise TypeError("where() takes a condition, or a condition and the two values to choose from")
    return comparison.where(_boolean(condition), as_python(input), as_python(other))


def _boolean(condition: Any) -> Any:
    if is_number(condition):
        return np.bool_(condition)
    dtype = dtype_of(condition)
    if dtype not in _FLAGS:
        title = TITLES[dtype.name]
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {title}"
        )
    return condition if dtype is dtypes.bool_ else ne(condition, 0)


def _where_method(self: Any, condition: Any, other: Any) -> Any:
    """self where `condition` holds, else `other`: see `chainrule.where`."""
    return where(condition, self, other)


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """input with `value`, a number or a 0-d tensor, where the boolean `mask` holds; it broadcasts.

    The result has the dtype of `input`; what was overwritten has gradient 0. Raises RuntimeError for
    a mask of another dtype, a value of more dimensions, a number that the dtype cannot hold.

    >>> import chainrule
    >>> x = chainrule.tensor([1.0, -2.0])
    >>> chainrule.masked_fill(x, x < 0, 0)
    tensor([1., 0.])
    """
    if dtype_of(mask) is not dtypes.bool_:
        raise RuntimeError(
            "masked_fill_ only supports boolean masks, but got mask with dtype "
            f"{C_NAMES[dtype_of(mask).name]}"
        )
    if is_number(value):
        return comparison.masked_fill_number(input, mask, value=fitting(value, dtype_of(input)))
    if value.ndim:
        raise RuntimeError(
            "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{value.ndim} dimension(s)."
        )
    if dtype_of(value).is_complex and dtypes.BOOL < dtype_of(input).category < dtypes.COMPLEX:
        raise does_not_fit(dtype_of(input))
    return comparison.masked_fill(input, mask, value)


# -- other names, operators -----------------------------------------------------------------------

greater, greater_equal, less, less_equal, not_equal = gt, ge, lt, le, ne


def _invert(self: Any) -> Any:
    if dtype_of(self).category > dtypes.INTEGER:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return bitwise_not(self)


OPERATORS = {
    "where": _where_method,
    "__eq__": operator(eq),
    "__ne__": operator(ne),
    "__lt__": operator(lt),
    "__le__": operator(le),
    "__gt__": operator(gt),
    "__ge__": operator(ge),
    "__invert__": _invert,
    "__and__": operator(bitwise_and),
    "__or__": operator(bitwise_or),
    "__xor__": operator(bitwise_xor),
    "__lshift__": operator(bitwise_left_shift),
    "__rshift__": operator(bitwise_right_shift),
    "__rand__": reflected(bitwise_and),
    "__ror__": reflected(bitwise_or),
    "__rxor__": reflected(bitwise_xor),
    "__rlshift__": reflected(bitwise_left_shift),
    "__rrshift__": reflected(bitwise_right_shift),
    "__iand__": in_place(bitwise_and),
    "__ior__": in_place(bitwise_or),
    "__ixor__": in_place(bitwise_xor),
    "__ilshift__": in_place(bitwise_left_shift),
    "__irshift__": in_place(bitwise_right_shift),
}

IN_PLACE = [
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "eq",
    "ge",
    "greater",
    "greater_equal",
    "gt",
    "le",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "lt",
    "masked_fill",
    "ne",
    "not_equal",
]

__all__ = [
    "allclose",
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "eq",
    "equal",
    "ge",
    "greater",
    "greater_equal",
    "gt",
    "is_complex",
    "is_floating_point",
    "is_nonzero",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "isreal",
    "le",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "lt",
    "masked_fill",
    "ne",
    "not_equal",
    "where",
]

METHODS = [name for name in __all__ if name != "where"]
