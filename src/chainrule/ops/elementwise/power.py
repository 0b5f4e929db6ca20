"""Powers: of a number exponent, of tensors, and of a number base."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import elementwise, numpy_dtype
from chainrule.core.tensor import TensorBase
from chainrule.ops.elementwise import comparison
from chainrule.ops.elementwise.exponential import log
from chainrule.ops.elementwise.refusals import supports
from chainrule.ops.structure import imag, real

Array = Any


def _power_slope(x: Any, exponent: Any) -> Any:
    if exponent == 2 and not isinstance(x, TensorBase):
        return x + x  # twice as fast as 2 * x**1
    # x**0 is the constant 1; without this its slope at 0 would be 0 * 0**-1 = NaN.
    return x ** (exponent - 1) * exponent if exponent != 0 else 0


def _refuse_negative(values: tuple[Any, ...], dtype: np.dtype[Any]) -> None:
    if dtype.kind in "iu" and values[1] < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")


@elementwise(x=_power_slope, check=_refuse_negative, node="Pow")
def pow_number(x: Array, exponent: Any) -> Array:
    """x to the power of a Python number."""
    if exponent == 2:
        return x * x  # as torch does; NumPy's power is slower
    if exponent == 3:
        return x * x * x
    return x**exponent if x.dtype.kind != "b" else x | (not exponent)


def _base_slope(base: Any, exponent: Any) -> Any:
    # At 0**0 the product exponent * base**(exponent - 1) would be 0 * inf; the slope of x**0 is 0.
    # Only there the base is replaced, so that elsewhere the derivative in the exponent survives.
    base = comparison.where((base == 0) & (exponent == 0), 1, base)
    return pow_(base, exponent - 1) * exponent


def _exponent_slope(base: Any, exponent: Any, y: Any) -> Any:
    # 0**p is 0 for p > 0: its slope in p is 0, not 0 * log(0).
    zero = (base == 0) & _is_nonnegative(exponent)
    return y * log(comparison.where(zero, 1, base))


def _is_nonnegative(p: Any) -> Any:
    if not isinstance(p, (int, float)) and numpy_dtype(p).kind == "c":
        return (real(p) >= 0) & (imag(p) == 0)
    return p >= 0


@elementwise(base=_base_slope, exponent=_exponent_slope, check=supports("iufc", "pow"), variant=lambda: 1)
def pow_(base: Array, exponent: Array) -> Array:
    """base to the power of exponent."""
    try:
        return base**exponent
    except ValueError:  # NumPy refuses negative powers of integers; torch rounds them towards 0
        power = base ** np.abs(exponent)
        return np.where((exponent >= 0) | (np.abs(base) == 1), power, 0).astype(power.dtype)[()]


def _exponential_slope(exponent: Any, base: Any, y: Any) -> Any:
    if base == 0:  # 0**p is 0 for p > 0 and infinite for p < 0
        return y * comparison.where(_is_nonnegative(exponent), 0.0, -np.inf)
    return y * np.log(complex(base) if numpy_dtype(exponent).kind == "c" else base).item()


@elementwise(exponent=_exponential_slope, check=supports("iufc", "pow"), node="Pow", variant=lambda: 2)
def number_pow(exponent: Array, base: Any) -> Array:
    """A Python number to the power of `exponent`."""
    return pow_.forward(base, exponent)
