"""Arithmetic: sums, products, quotients and their remainders, magnitudes and signs, roots."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.core.kinds import (
    conjugate,
    elementwise,
    numpy_dtype,
    primitive,
    selection,
    zeros_like,
)
from chainrule.core.partial import clear
from chainrule.ops.elementwise import comparison
from chainrule.ops.elementwise.refusals import is_boolean, supports
from chainrule.ops.structure import conj, real

Array = Any


# -- sums -----------------------------------------------------------------------------------------


def _refuse_booleans(values: tuple[Any, ...], dtype: np.dtype[Any]) -> None:
    if dtype.kind == "b":
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. "
            "Use the `^` or `logical_xor()` operator instead."
        )
    if any(map(is_boolean, values)):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. "
            "If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
        )


def _refuse_boolean(values: tuple[Any, ...], dtype: np.dtype[Any]) -> None:
    if dtype.kind == "b":
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. "
            "If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
        )


@elementwise(a=1, b=1)
def add(a: Array, b: Array) -> Array:
    """a + b, with broadcasting."""
    return a + b


@elementwise(a=1, b=lambda alpha: alpha, node="Add")
def add_scaled(a: Array, b: Array, *, alpha: Any) -> Array:
    """a + alpha * b, with broadcasting."""
    return a + b * alpha


@elementwise(a=1, b=-1, check=_refuse_booleans)
def sub(a: Array, b: Array) -> Array:
    """a - b, with broadcasting."""
    return a - b


@elementwise(a=1, b=lambda alpha: -alpha, check=_refuse_booleans, node="Sub")
def sub_scaled(a: Array, b: Array, *, alpha: Any) -> Array:
    """a - alpha * b, with broadcasting."""
    return a - b * alpha


@elementwise(x=-1, check=_refuse_booleans, node="Rsub", variant=lambda: 1)
def rsub_number(x: Array, minuend: Any) -> Array:
    """A Python number minus x."""
    return minuend - x


@elementwise(x=-1, check=_refuse_boolean)
def neg(x: Array) -> Array:
    """-x, elementwise.

    >>> import chainrule
    >>> chainrule.neg(chainrule.tensor([1.0, -2.0]))
    tensor([-1.,  2.])
    """
    return -x


# -- products and quotients -----------------------------------------------------------------------


@elementwise(a=lambda b: b, b=lambda a: a)
def mul(a: Array, b: Array) -> Array:
    """a times b, elementwise with broadcasting and torch's type promotion.

    >>> import chainrule
    >>> chainrule.mul(chainrule.tensor([1.0, 2.0]), 3)
    tensor([3., 6.])
    """
    return a * b


def _inverse(b: Any) -> Any:
    try:
        return 1 / b
    except ZeroDivisionError:  # b is a Python number, which lacks NumPy's infinities
        return math.inf


# The slope in b is not -y / b: the result of a division may be changed in place, as in torch.
@elementwise(promotion="float", a=_inverse, b=lambda a, b: -(a / b) / b, node="Div")
def true_divide(a: Array, b: Array) -> Array:
    """a / b, elementwise with broadcasting; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.true_divide(chainrule.tensor([1, 2]), 2)
    tensor([0.5000, 1.0000])
    """
    return a / b


def _refuse_integer_zero(values: tuple[Any, ...], dtype: np.dtype[Any]) -> None:
    if dtype.kind in "iu" and np.any(np.equal(values[1], 0)):
        raise RuntimeError("ZeroDivisionError: an integer is divided by zero; make one operand floating")


def _division(kernel: str) -> Any:
    """Return the check of an operation that divides integers."""
    supported = supports("iuf", kernel)

    def check(values: tuple[Any, ...], dtype: np.dtype[Any]) -> None:
        supported(values, dtype)
        _refuse_integer_zero(values, dtype)

    return check


@selection(a=0, b=0, check=_division("div_floor_cpu"), node="Div", variant=lambda: 2)
def floor_divide(a: Array, b: Array) -> Array:
    """a / b rounded down, elementwise with broadcasting; real numbers only. Its slope is 0.

    Raises RuntimeError for integers when an element of b is 0.

    >>> import chainrule
    >>> chainrule.floor_divide(chainrule.tensor([7, -7]), 2)
    tensor([ 3, -4])
    """
    return a // b


@selection(a=0, b=0, check=_division("div_trunc_cpu"), node="Div", variant=lambda: 2)
def trunc_divide(a: Array, b: Array) -> Array:
    """a / b rounded towards zero, elementwise."""
    if np.result_type(a, b).kind == "f":
        return np.trunc(a / b)
    return (a - np.fmod(a, b)) // b  # exact for integers of any size


# a mod b = a - b * floor(a / b)
@elementwise(a=1, b=lambda a, b: -floor_divide(a, b), check=_division("remainder_cpu"), variant=lambda: 1)
def remainder(a: Array, b: Array) -> Array:
    """The remainder of a / b with the sign of b (Python's %), elementwise with broadcasting.

    Real numbers only; raises RuntimeError for integers when an element of b is 0.

    >>> import chainrule
    >>> chainrule.remainder(chainrule.tensor([5.0, -5.0]), 3)
    tensor([2., 1.])
    """
    return np.remainder(a, b)


@elementwise(x=1, check=_division("remainder_cpu"), node="Remainder")
def remainder_number(x: Array, divisor: Any) -> Array:
    """The remainder of x by a Python number."""
    return np.remainder(x, divisor)


@elementwise(a=1, b=lambda a, b: -trunc_divide(a, b), check=_division("fmod_cpu"), variant=lambda: 1)
def fmod(a: Array, b: Array) -> Array:
    """The remainder of a / b with the sign of a (C's fmod)."""
    return np.fmod(a, b)


@elementwise(x=1, check=_division("fmod_cpu"), node="Fmod")
def fmod_number(x: Array, divisor: Any) -> Array:
    """The remainder of x by a Python number with the sign of x."""
    return np.fmod(x, divisor)


@elementwise(promotion="float", x=lambda y: -y * y)
def reciprocal(x: Array) -> Array:
    """1 / x, elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.reciprocal(chainrule.tensor([2.0, 4.0]))
    tensor([0.5000, 0.2500])
    """
    return 1 / x


@elementwise(
    input=1,
    tensor1=lambda tensor2, value: tensor2 * value,
    tensor2=lambda tensor1, value: tensor1 * value,
    check=supports("iufc", "addcmul_cpu_out"),
)
def addcmul(input: Array, tensor1: Array, tensor2: Array, *, value: Any) -> Array:
    """input + value * tensor1 * tensor2."""
    return input + tensor1 * tensor2 * value


@elementwise(
    input=1,
    tensor1=lambda tensor2, value: 1 / tensor2 * value,
    tensor2=lambda tensor1, tensor2, value: -(tensor1 / tensor2) / tensor2 * value,
)
def addcdiv(input: Array, tensor1: Array, tensor2: Array, *, value: Any) -> Array:
    """input + value * tensor1 / tensor2."""
    return input + tensor1 / tensor2 * value


# -- magnitudes and signs -------------------------------------------------------------------------


# For z = u + iv: d|z| = (u du + v dv) / |z| = Re(conj(sgn z) dz). abs'(0) = 0, as in torch.
@elementwise(x=lambda x: conjugate(sgn(x)), check=supports("iufc", "abs_cpu"))
def abs_(x: Array) -> Array:
    """The absolute value, elementwise; that of a complex number is real. abs'(0) = 0.

    >>> import chainrule
    >>> chainrule.abs(chainrule.tensor([-1.5, 2.0]))
    tensor([1.5000, 2.0000])
    """
    return abs(x)


def _direction_change(t: Any, x: Any, y: Any) -> Any:
    """The derivative of y = x / |x| along t: what of t / |x| is at right angles to y.

    As a map of the plane it is symmetric, so it is its own transpose. For real numbers it is 0.
    """
    if numpy_dtype(x).kind != "c":
        return zeros_like(t)
    across = (t - y * real(conj(y) * t)) / abs_(x)
    return comparison.where(x == 0, 0, across)


def _sgn_transpose(g: Any, x: Any, y: Any) -> Any:
    if numpy_dtype(x).kind != "c":
        return clear(g, np.zeros(g.shape, bool))
    return _direction_change(g, x, y)


@primitive(
    x=lambda g, x, y: _sgn_transpose(g, x, y),
    jvp=lambda x, x_dot, y: _direction_change(x_dot, x, y),
    reach={"x": lambda live: live},
)
def sgn(x: Array) -> Array:
    """x / |x|, elementwise, and 0 at 0: the sign of a real number, the direction of a complex one.

    >>> import chainrule
    >>> chainrule.sgn(chainrule.tensor([3 + 4j, 0j]))
    tensor([0.6000+0.8000j, 0.0000+0.0000j])
    """
    return np.sign(x) if np.iscomplexobj(x) else sign.forward(x)


@selection(
    x=0,
    check=supports(
        "biuf",
        complex_message="Unlike NumPy, torch.sign is not intended to support complex numbers. "
        "Please use torch.sgn instead.",
    ),
)
def sign(x: Array) -> Array:
    """-1, 0 or 1 as x is negative, 0 or positive, elementwise; real numbers only. Its slope is 0.

    >>> import chainrule
    >>> chainrule.sign(chainrule.tensor([-2.0, 0.0, 5.0]))
    tensor([-1.,  0.,  1.])
    """
    return np.subtract(x > 0, x < 0, dtype=x.dtype) if x.dtype.kind != "b" else x  # NaN gives 0


# A selection, because the derivatives are 0 in b everywhere and in a at 0 (as for abs).
@selection(
    promotion="float", a=lambda a, b: sgn(a) * copysign(1.0, b), b=0, check=supports("f", "copysign_cpu")
)
def copysign(a: Array, b: Array) -> Array:
    """The absolute value of a with the sign of b (that of -0.0 counts)."""
    return np.copysign(a, b)


@selection(
    promotion="float",
    x=lambda x, sign: sgn(x) * math.copysign(1.0, sign),
    check=supports("f", "copysign_cpu"),
    node="Copysign",
    variant=lambda: 1,
)
def copysign_number(x: Array, *, sign: Any) -> Array:
    """The absolute value of x with the sign of a Python number."""
    return np.copysign(x, sign)


@selection(a=1, b=0, check=supports("f", "nextafter_cpu"))
def nextafter(a: Array, b: Array) -> Array:
    """The floating-point number next to a in the direction of b, elementwise with broadcasting.

    >>> import chainrule
    >>> chainrule.nextafter(chainrule.tensor(1.0), chainrule.tensor(2.0)) > 1
    tensor(True)
    """
    return np.nextafter(a, b)


# -- roots ----------------------------------------------------------------------------------------


@elementwise(promotion="float", x=lambda y: 0.5 / y)
def sqrt(x: Array) -> Array:
    """The square root, elementwise; NaN for negative real x; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.sqrt(chainrule.tensor([4.0, 9.0]))
    tensor([2., 3.])
    """
    return np.sqrt(x)


@elementwise(promotion="float", x=lambda y: y * y * y * -0.5)
def rsqrt(x: Array) -> Array:
    """1 / sqrt(x), elementwise; integers give the default dtype.

    >>> import chainrule
    >>> chainrule.rsqrt(chainrule.tensor([4.0, 0.25]))
    tensor([0.5000, 2.0000])
    """
    return 1 / np.sqrt(x)


# -- interpolation --------------------------------------------------------------------------------


# Computed from the nearer end, so that weight 1 gives `end` exactly (torch's lerp).
@elementwise(
    start=lambda weight: 1 - weight,
    end=lambda weight: weight,
    weight=lambda start, end: end - start,
    check=supports("fc", "lerp_kernel_tensor"),
    variant=lambda: 1,
)
def lerp(start: Array, end: Array, weight: Array) -> Array:
    """start + weight * (end - start)."""
    gap = end - start
    return np.where(abs(weight) < 0.5, start + weight * gap, end - gap * (1 - weight))[()]


@elementwise(
    start=lambda weight: 1 - weight,
    end=lambda weight: weight,
    check=supports("fc", "lerp_kernel_scalar"),
    node="Lerp",
)
def lerp_number(start: Array, end: Array, *, weight: Any) -> Array:
    """start + weight * (end - start) with a Python number for weight."""
    gap = end - start
    return start + gap * weight if abs(weight) < 0.5 else end - gap * (1 - weight)
