"""Arithmetic, rounding and choice among values, as torch offers them, and Python's operators."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.composed.operands import C_NAMES, common_dtype, dtype_of, fitting, is_number
from chainrule.composed.operators import in_place, operator, reflected
from chainrule.core.apply import binary
from chainrule.ops.elementwise import arithmetic, choice, power, rounding
from chainrule.ops.elementwise.arithmetic import abs_ as abs
from chainrule.ops.elementwise.arithmetic import (
    floor_divide,
    mul,
    neg,
    nextafter,
    reciprocal,
    rsqrt,
    sgn,
    sign,
    sqrt,
    true_divide,
)
from chainrule.ops.elementwise.choice import fmax, fmin, maximum, minimum, nan_to_num, relu
from chainrule.ops.elementwise.hypotenuse import hypot
from chainrule.ops.elementwise.rounding import ceil, floor, frac, trunc
from chainrule.ops.structure import cast

# -- sums, products, quotients --------------------------------------------------------------------


def add(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """input + alpha * other, elementwise with broadcasting and torch's type promotion.

    Raises RuntimeError for an `alpha` of a higher kind than the result (a float for integers).

    >>> import chainrule
    >>> chainrule.add(chainrule.tensor([1.0, 2.0]), 10)
    tensor([11., 12.])
    """
    if alpha == 1 and type(alpha) is int:
        return arithmetic.add(input, other)
    return arithmetic.add_scaled(input, other, alpha=_checked_alpha(alpha, common_dtype(input, other)))


def sub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """input - alpha * other, elementwise with broadcasting and torch's type promotion.

    Raises RuntimeError for booleans, and for an `alpha` of a higher kind than the result.

    >>> import chainrule
    >>> chainrule.sub(chainrule.tensor([1.0, 2.0]), 1)
    tensor([0., 1.])
    """
    if alpha == 1 and type(alpha) is int:
        return arithmetic.sub(input, other)
    return arithmetic.sub_scaled(input, other, alpha=_checked_alpha(alpha, common_dtype(input, other)))


def _checked_alpha(alpha: Any, dtype: dtypes.dtype) -> Any:
    if isinstance(alpha, bool) and dtype.category != dtypes.BOOL:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if isinstance(alpha, (float, complex)) and dtype.category < dtypes.FLOATING:
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if isinstance(alpha, complex) and not dtype.is_complex:
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    return fitting(alpha, dtype)


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """input / other, elementwise with broadcasting; `rounding_mode` "floor" or "trunc" rounds it.

    Integers give the default dtype, or when rounded, integers. A rounded quotient has slope 0.
    Raises RuntimeError for another mode.

    >>> import chainrule
    >>> chainrule.div(chainrule.tensor([7, -7]), 2, rounding_mode="trunc")
    tensor([ 3, -3])
    """
    if rounding_mode is None:
        return true_divide(input, other)
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode == "trunc":
        return arithmetic.trunc_divide(input, other)
    raise RuntimeError(
        f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
    )


def remainder(input: Any, other: Any) -> Any:
    """The remainder of input / other with the sign of `other` (Python's %), elementwise.

    Real numbers only. Raises RuntimeError for integers when an element of `other` is 0.

    >>> import chainrule
    >>> chainrule.remainder(chainrule.tensor([5.0, -5.0]), 3)
    tensor([2., 1.])
    """
    if is_number(other):
        return arithmetic.remainder_number(input, other)
    return arithmetic.remainder(input, other)


def fmod(input: Any, other: Any) -> Any:
    """The remainder of input / other with the sign of `input` (C's fmod), elementwise.

    Real numbers only. Raises RuntimeError for integers when an element of `other` is 0.

    >>> import chainrule
    >>> chainrule.fmod(chainrule.tensor([5.0, -5.0]), 3)
    tensor([ 2., -2.])
    """
    return arithmetic.fmod_number(input, other) if is_number(other) else arithmetic.fmod(input, other)


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value * tensor1 * tensor2, elementwise with broadcasting.

    Raises RuntimeError when the dtype of the result cannot hold `value`.

    >>> import chainrule
    >>> x = chainrule.tensor([1.0, 2.0])
    >>> chainrule.addcmul(x, x, x, value=10)
    tensor([11., 42.])
    """
    value = fitting(value, common_dtype(input, tensor1, tensor2))
    return arithmetic.addcmul(input, tensor1, tensor2, value=value)


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value * tensor1 / tensor2, elementwise with broadcasting.

    Raises RuntimeError when `tensor1` and `tensor2` are both integers, and when the dtype of the
    result cannot hold `value`.

    >>> import chainrule
    >>> x = chainrule.tensor([1.0, 2.0])
    >>> chainrule.addcdiv(x, x, x, value=10)
    tensor([11., 12.])
    """
    if max(dtype_of(tensor1).category, dtype_of(tensor2).category) < dtypes.FLOATING:
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will "
            "perform a true division of tensor1 and tensor2. The historic addcdiv behavior can be "
            "implemented as (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer "
            "inputs and as (input + value * tensor1 / tensor2) for float inputs. The future addcdiv behavior "
            "is just the latter implementation: (input + value * tensor1 / tensor2), for all dtypes."
        )
    value = fitting(value, common_dtype(input, tensor1, tensor2))
    return arithmetic.addcdiv(input, tensor1, tensor2, value=value)


def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight * (end - input), elementwise with broadcasting; floating-point or complex.

    `weight` is a tensor or a number. Raises RuntimeError when dtypes differ.

    >>> import chainrule
    >>> chainrule.lerp(chainrule.tensor([1.0, 2.0]), chainrule.tensor([3.0, 6.0]), 0.25)
    tensor([1.5000, 3.0000])
    """
    dtype = common_dtype(input)
    if not is_number(weight) and not weight.ndim and dtype_of(weight).category <= dtype.category:
        weight = cast(weight, dtype=dtype.numpy)  # a single weight counts as a number
    for name, operand in (("end", end), ("weight", weight)):
        if not is_number(operand) and dtype_of(operand) is not dtype:
            expected, got = C_NAMES[dtype.name], C_NAMES[dtype_of(operand).name]
            raise RuntimeError(f"expected dtype {expected} for `{name}` but got dtype {got}")
    if is_number(weight):
        return arithmetic.lerp_number(input, end, weight=fitting(weight, dtype).item())
    return arithmetic.lerp(input, end, weight)


# -- powers ---------------------------------------------------------------------------------------


def pow(input: Any, exponent: Any) -> Any:
    """input to the power of `exponent`, elementwise with broadcasting; one of them may be a number.

    The slope of x**0 is 0 everywhere, and so is that of 0**p for p >= 0. Raises RuntimeError for
    integers with a negative number as exponent.

    >>> import chainrule
    >>> chainrule.pow(chainrule.tensor([1.0, 2.0]), 3)
    tensor([1., 8.])
    """
    if is_number(exponent):
        return power.pow_number(input, exponent)
    return power.number_pow(exponent, input) if is_number(input) else power.pow_(input, exponent)


def square(input: Any) -> Any:
    """The square, elementwise.

    >>> import chainrule
    >>> chainrule.square(chainrule.tensor([-1.0, 3.0]))
    tensor([1., 9.])
    """
    return power.pow_number(input, 2)


def float_power(input: Any, exponent: Any) -> Any:
    """input to the power of `exponent`, computed in float64 or complex128, elementwise.

    >>> import chainrule
    >>> chainrule.float_power(chainrule.tensor([1, 2]), -1)
    tensor([1.0000, 0.5000], dtype=chainrule.float64)
    """
    wide = dtypes.complex128 if common_dtype(input, exponent).is_complex else dtypes.float64
    return pow(_widened(input, wide), _widened(exponent, wide))


def _widened(x: Any, dtype: dtypes.dtype) -> Any:
    if is_number(x):
        return fitting(x, dtype).item()
    return x if dtype_of(x) is dtype else cast(x, dtype=dtype.numpy)


# -- signs and rounding ---------------------------------------------------------------------------


def positive(input: Any) -> Any:
    """The input itself; RuntimeError for booleans.

    >>> import chainrule
    >>> chainrule.positive(chainrule.tensor([-1.0, 2.0]))
    tensor([-1.,  2.])
    """
    if dtype_of(input) is dtypes.bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


def copysign(input: Any, other: Any) -> Any:
    """The absolute value of `input` with the sign of `other`, elementwise; that of -0.0 counts.

    Real numbers only; integers give the default dtype. The derivative at 0 is 0.

    >>> import chainrule
    >>> chainrule.copysign(chainrule.tensor([1.0, -2.0]), chainrule.tensor([-3.0, 0.0]))
    tensor([-1.,  2.])
    """
    if is_number(other) and not isinstance(other, complex):
        return arithmetic.copysign_number(input, sign=other)
    return arithmetic.copysign(input, other)


def round(input: Any, *, decimals: int = 0) -> Any:
    """The nearest whole number, or number of so many decimals; halves go to the even one. Its slope is 0.

    Real numbers only; decimals for floating-point only.

    >>> import chainrule
    >>> chainrule.round(chainrule.tensor([0.5, 1.5, 2.6]))
    tensor([0., 2., 3.])
    """
    return rounding.round_decimals(input, decimals=decimals) if decimals else rounding.round_(input)


# -- bounds ---------------------------------------------------------------------------------------


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """input, but at least `min` and at most `max`: numbers, tensors that broadcast, or None.

    Where the bounds cross, `max` wins. What was clamped has gradient 0. Real numbers only. Raises
    RuntimeError without any bound.

    >>> import chainrule
    >>> chainrule.clamp(chainrule.tensor([-1.0, 0.5, 3.0]), 0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    bounds = [bound for bound in (min, max) if bound is not None]
    if not bounds:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if all(map(is_number, bounds)):
        return _clamp_by_numbers(input, min, max)
    dtype = common_dtype(input, *bounds)
    if dtype.category < dtypes.FLOATING and len(bounds) == 1:  # integers have no infinity to be the other
        return choice.clamp_min(input, min) if max is None else choice.clamp_max(input, max)
    return choice.clamp(input, -math.inf if min is None else min, math.inf if max is None else max)


def _clamp_by_numbers(input: Any, min: Any, max: Any) -> Any:
    if not dtype_of(input).is_floating_point or isinstance(min, complex) or isinstance(max, complex):
        dtype = common_dtype(input, *[bound for bound in (min, max) if bound is not None])
        min, max = [bound if bound is None else fitting(bound, dtype) for bound in (min, max)]
        input = input if dtype_of(input) is dtype else cast(input, dtype=dtype.numpy)
    return choice.clamp_number(input, min=min, max=max)


def clamp_min(input: Any, min: Any) -> Any:
    """input, but at least `min`, a number or a tensor; elementwise, real numbers only.

    >>> import chainrule
    >>> chainrule.clamp_min(chainrule.tensor([-1.0, 2.0]), 0)
    tensor([0., 2.])
    """
    if is_number(min):
        return choice.clamp_min_number(input, _fitting_bound(input, min))
    return choice.clamp_min(input, min)


def clamp_max(input: Any, max: Any) -> Any:
    """input, but at most `max`, a number or a tensor; elementwise, real numbers only.

    >>> import chainrule
    >>> chainrule.clamp_max(chainrule.tensor([-1.0, 2.0]), 0)
    tensor([-1.,  0.])
    """
    if is_number(max):
        return choice.clamp_max_number(input, _fitting_bound(input, max))
    return choice.clamp_max(input, max)


def _fitting_bound(input: Any, bound: Any) -> Any:
    dtype = common_dtype(input, bound)
    return fitting(bound, dtype) if dtype.category == dtypes.INTEGER else bound


# -- other names, operators -----------------------------------------------------------------------

subtract, multiply, divide, negative, absolute = sub, mul, div, neg, abs
fix, clip = trunc, clamp


def _power(self: Any, other: Any) -> Any:
    if type(other) is int or type(other) is float or is_number(other):
        return binary(power.pow_number, self, other)
    return binary(power.pow_, self, other)


def _reflected_sub(self: Any, other: Any) -> Any:
    if is_number(other):
        return binary(arithmetic.rsub_number, self, other)
    return arithmetic.sub(other, self) if isinstance(other, np.ndarray) else NotImplemented


def _divided_by(numerator: Any, denominator: Any) -> Any:
    return reciprocal(denominator) * numerator  # torch's two nodes


OPERATORS = {
    "__rsub__": _reflected_sub,
    "__rtruediv__": reflected(_divided_by),
    "__floordiv__": operator(floor_divide),
    "__rfloordiv__": reflected(floor_divide),
    "__mod__": operator(remainder),
    "__rmod__": reflected(remainder),
    "__pow__": _power,
    "__rpow__": reflected(pow),
    "__abs__": abs,
    "__pos__": positive,
    "__iadd__": in_place(add),
    "__isub__": in_place(sub),
    "__imul__": in_place(mul),
    "__itruediv__": in_place(true_divide),
    "__ifloordiv__": in_place(floor_divide),
    "__imod__": in_place(remainder),
    "__ipow__": in_place(pow),
}

IN_PLACE = [
    "abs",
    "absolute",
    "add",
    "addcdiv",
    "addcmul",
    "ceil",
    "clamp",
    "clamp_max",
    "clamp_min",
    "clip",
    "copysign",
    "div",
    "divide",
    "fix",
    "float_power",
    "floor",
    "floor_divide",
    "fmod",
    "frac",
    "hypot",
    "lerp",
    "mul",
    "multiply",
    "nan_to_num",
    "neg",
    "negative",
    "nextafter",
    "pow",
    "reciprocal",
    "relu",
    "remainder",
    "round",
    "rsqrt",
    "sgn",
    "sign",
    "sqrt",
    "square",
    "sub",
    "subtract",
    "true_divide",
    "trunc",
]

__all__ = [
    "abs",
    "absolute",
    "add",
    "addcdiv",
    "addcmul",
    "ceil",
    "clamp",
    "clamp_max",
    "clamp_min",
    "clip",
    "copysign",
    "div",
    "divide",
    "fix",
    "float_power",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "frac",
    "hypot",
    "lerp",
    "maximum",
    "minimum",
    "mul",
    "multiply",
    "nan_to_num",
    "neg",
    "negative",
    "nextafter",
    "positive",
    "pow",
    "reciprocal",
    "relu",
    "remainder",
    "round",
    "rsqrt",
    "sgn",
    "sign",
    "sqrt",
    "square",
    "sub",
    "subtract",
    "true_divide",
    "trunc",
]

METHODS = __all__
