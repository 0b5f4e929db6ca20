"""Evenly spaced values: arange, linspace, logspace."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.arguments import as_int, as_number, check_options
from chainrule.composed.operands import C_NAMES, fitting
from chainrule.conversion import only_element
from chainrule.core.tensor import TensorBase
from chainrule.creation import finish

Array = Any
Dtype = Any


def arange(
    *bounds: Any,
    start: Any = None,
    end: Any = None,
    step: Any = None,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return the values from start (0) up to, without, end, in steps (1): arange([start,] end[, step]).

    int64 when all arguments are integers, else the default dtype. Raises RuntimeError when the step
    is zero or leads away from the end.

    >>> import chainrule
    >>> chainrule.arange(1, 2.5, 0.5)
    tensor([1.0000, 1.5000, 2.0000])
    """
    wanted = check_options("arange", dtype, device, requires_grad)
    first, last, by = [as_number(x, "arange", "end", 1) for x in _bounds(bounds, start, end, step)]
    if wanted is None:
        floating = any(isinstance(x, (float, complex)) for x in (first, last, by))
        wanted = dtypes.get_default_dtype() if floating else dtypes.int64
    if wanted.category not in (dtypes.INTEGER, dtypes.FLOATING):
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{wanted.title}'")
    return finish(_arange(first, last, by, wanted), requires_grad)


def _bounds(given: tuple[Any, ...], start: Any, end: Any, step: Any) -> tuple[Any, Any, Any]:
    """Return start, end and step, given by position or name as Python's range takes them."""
    if len(given) > 3:
        raise TypeError(f"arange() takes at most 3 positional arguments ({len(given)} given)")
    named = {"start": start, "end": end, "step": step}
    found = {name: value for name, value in named.items() if value is not None}
    names = ("end",) if len(given) == 1 and end is None else ("start", "end", "step")
    for name, value in zip(names, given, strict=False):
        if name in found:
            raise TypeError(f"arange() got multiple values for argument '{name}'")
        found[name] = value
    if "end" not in found:
        raise TypeError("arange() needs an end: arange(end), arange(start, end) or arange(start, end, step)")
    return found.get("start", 0), found["end"], found.get("step", 1)


def _arange(first: Any, last: Any, by: Any, dtype: dtypes.dtype) -> Array:
    for x in (first, last, by):
        if isinstance(x, complex):
            raise RuntimeError("value cannot be converted to type double without overflow")
    if not (by > 0 or by < 0):
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(first) and math.isfinite(last)):
        raise RuntimeError(f"unsupported range: {first} -> {last}")
    if (last - first) * by < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if dtype is dtypes.int64:
        return _whole_range(int(first), int(last), int(by))
    count = math.ceil((float(last) - float(first)) / float(by))  # as torch counts, also for huge integers
    if dtype.is_floating_point:
        return (first + by * np.arange(count, dtype=np.float64)).astype(dtype.numpy)
    return (int(first) + int(by) * np.arange(count)).astype(dtype.numpy)


def _whole_range(first: int, last: int, by: int) -> Array:
    if by == 0:
        raise ValueError("step must be nonzero")
    if not -(2**63) <= last < 2**63:
        raise RuntimeError("value cannot be converted to type int64_t without overflow")
    return np.arange(first, last, by, np.int64)


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return `steps` evenly spaced values from start to end, both included.

    Of the default dtype (complex when an end is), unless one is given; the same to the last bit as
    torch's. Raises RuntimeError when `steps` is negative.

    >>> import chainrule
    >>> chainrule.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    asked = check_options("linspace", dtype, device, requires_grad)
    first, last, count, wanted = _spaced("linspace", start, end, steps, asked)
    return finish(_linspace(first, last, count, wanted), requires_grad)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return `base` to the power of `steps` evenly spaced exponents from start to end.

    >>> import chainrule
    >>> chainrule.logspace(0, 3, 4)
    tensor([   1.,   10.,  100., 1000.])
    """
    asked = check_options("logspace", dtype, device, requires_grad)
    first, last, count, wanted = _spaced("logspace", start, end, steps, asked)
    number = as_number(base, "logspace", "base", 4)
    if isinstance(number, complex):
        raise TypeError("logspace(): argument 'base' (position 4) must be float, not complex")
    return finish(_powers(number, first, last, count, wanted), requires_grad)


def _powers(base: Any, first: Any, last: Any, count: int, dtype: dtypes.dtype) -> Array:
    """Return what torch computes: real powers in float64, from both ends to the middle."""
    if dtype.category == dtypes.INTEGER:
        first, last = int(first), int(last)
    wide = dtype.numpy.type if dtype.is_complex else np.float64
    step = wide(last - first) / wide(max(count - 1, 1))
    i, half = np.arange(count).astype(wide), max(count // 2, 1)
    exponents = np.concatenate([wide(first) + step * i[:half], wide(last) - step * i[::-1][half:]])
    return np.power(wide(base), exponents).astype(dtype.numpy)


def _spaced(
    function: str, start: Any, end: Any, steps: Any, dtype: dtypes.dtype | None
) -> tuple[Any, Any, int, dtypes.dtype]:
    """Return the checked ends in the dtype of the result, the number of steps, and that dtype."""
    first, last = _end(function, "start", start, 1), _end(function, "end", end, 2)
    count = as_int(steps, function, "steps", 3)
    if count < 0:
        raise RuntimeError("number of steps must be non-negative")
    wanted = dtype or dtypes.get_default_dtype()
    if isinstance(first, complex) or isinstance(last, complex):
        inferred = dtypes.get_default_dtype().to_complex()
        wanted = dtype or inferred
        if not wanted.is_complex:
            raise RuntimeError(
                f"chainrule.{function}(): inferred dtype {C_NAMES[inferred.name]} can't be safely cast to "
                f"passed dtype {wanted.title}"
            )
    if wanted is dtypes.bool_:
        raise NotImplementedError(f"\"{function}_cpu\" not implemented for 'Bool'")
    return fitting(first, wanted), fitting(last, wanted), count, wanted


def _end(function: str, name: str, x: Any, position: int) -> Any:
    """Return an end as a Python number; one that is recorded leaves its graph with a warning."""
    if not isinstance(x, TensorBase):
        return as_number(x, function, name, position)
    if x._value.shape:
        raise RuntimeError(
            f"{function} only supports 0-dimensional start and end tensors, but got {name} with "
            f"{len(x._value.shape)} dimension(s)."
        )
    return only_element(x).item()


def _linspace(first: Any, last: Any, count: int, dtype: dtypes.dtype) -> Array:
    """Return what torch computes: from both ends to the middle, with a fused multiply and add."""
    if dtype.is_complex:
        part = dtype.to_real()
        values = np.empty(count, dtype.numpy)
        values.real = _linspace(first.real, last.real, count, part)
        values.imag = _linspace(first.imag, last.imag, count, part)
        return values
    if count == 1:
        return np.array([first]).astype(dtype.numpy)
    number = dtype.numpy.type if dtype.is_floating_point else np.float64
    low, high = number(first), number(last)
    step = (high - low) / number(count - 1)
    i = np.arange(count)
    up, down = i[: count // 2], count - 1 - i[count // 2 :]
    values = np.concatenate([_fused(low, step, up.astype(number)), _fused(high, -step, down.astype(number))])
    return values.astype(dtype.numpy)


def _fused(a: Array, b: Array, i: Array) -> Array:
    """Return a + b * i, rounded once where that is what torch's compiled loop does."""
    if a.dtype == np.float16:
        return a + b * i
    if a.dtype == np.float32:  # the product of two float32 is exact in float64
        return (np.float64(a) + np.float64(b) * i.astype(np.float64)).astype(np.float32)
    product, error = _two_product(b, i)
    total = a + product
    part = total - a
    correction = (a - (total - part)) + (product - part) + error  # Knuth's two-sum
    return np.where(np.isfinite(correction), total + correction, total)  # splitting huge values overflows


def _two_product(b: Array, i: Array) -> tuple[Array, Array]:
    """Return b * i and its rounding error (Dekker), exact while nothing overflows."""
    b_high, i_high = _high_half(b), _high_half(i)
    b_low, i_low = b - b_high, i - i_high
    product = b * i
    return product, ((b_high * i_high - product) + b_high * i_low + b_low * i_high) + b_low * i_low


def _high_half(x: Array) -> Array:
    """Return the upper 26 bits of a float64 (Veltkamp's splitting)."""
    scaled = x * 134217729.0  # 2**27 + 1
    return scaled - (scaled - x)


__all__ = ["arange", "linspace", "logspace"]
