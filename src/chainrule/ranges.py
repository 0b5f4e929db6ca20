"""Evenly spaced values: arange, linspace, logspace."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.conversion import as_int, as_number
from chainrule.core.tensor import TensorBase
from chainrule.creation import finish
from chainrule.size import check_device

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
    check_device(device)
    first, last, by = [as_number(x, "arange", "end", 1) for x in _bounds(bounds, start, end, step)]
    if dtype is not None:
        wanted = dtypes.as_dtype(dtype)
    else:
        floating = any(isinstance(x, (float, complex)) for x in (first, last, by))
        wanted = dtypes.get_default_dtype() if floating else dtypes.int64
    if wanted.category not in (dtypes.INTEGER, dtypes.FLOATING):
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{wanted.title}'")
    return finish(_arange(first, last, by, wanted), requires_grad)


def _bounds(given: tuple[Any, ...], start: Any, end: Any, step: Any) -> tuple[Any, Any, Any]:
    """Return start, end and step, given by position or name as Python's range takes them."""
    names = ("end",) if len(given) == 1 and end is None else ("start", "end", "step")
    found = {"start": start, "end": end, "step": step}
    if len(given) > 3:
        raise TypeError(f"arange() takes at most 3 positional arguments ({len(given)} given)")
    for name, value in zip(names, given, strict=False):
        if found[name] is not None:
            raise TypeError(f"arange() got multiple values for argument '{name}'")
        found[name] = value
    if found["end"] is None:
        raise TypeError("arange() needs an end: arange(end), arange(start, end) or arange(start, end, step)")
    first, by = found["start"], found["step"]
    return 0 if first is None else first, found["end"], 1 if by is None else by


def _arange(first: Any, last: Any, by: Any, dtype: dtypes.dtype) -> Array:
    for x in (first, last, by):
        if isinstance(x, complex):
            raise RuntimeError("value cannot be converted to type double without overflow")
    if by == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(first) and math.isfinite(last)):
        raise RuntimeError(f"unsupported range: {first} -> {last}")
    if (last - first) * by < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if dtype.is_floating_point:
        count = math.ceil((last - first) / by)
        return (first + by * np.arange(count, dtype=np.float64)).astype(dtype.numpy)
    if dtype is not dtypes.int64:
        count = math.ceil((last - first) / by)
        return (int(first) + int(by) * np.arange(count)).astype(dtype.numpy)
    first, last, by = int(first), int(last), int(by)
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
    check_device(device)
    first, last, count, wanted = _spaced("linspace", start, end, steps, dtype)
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
    check_device(device)
    first, last, count, wanted = _spaced("logspace", start, end, steps, dtype)
    # Integers are powers of integer exponents too, but not in integer arithmetic.
    through = wanted if wanted.category >= dtypes.FLOATING else dtypes.float64
    exponents = _linspace(first, last, count, wanted).astype(through.numpy)
    return finish(np.power(through.numpy.type(base), exponents).astype(wanted.numpy), requires_grad)


def _spaced(
    function: str, start: Any, end: Any, steps: Any, dtype: Dtype
) -> tuple[Any, Any, int, dtypes.dtype]:
    """Return the checked ends, the number of steps, and the dtype of the result."""
    for name, x in (("start", start), ("end", end)):
        if isinstance(x, TensorBase) and x._value.shape:
            raise RuntimeError(
                f"{function} only supports 0-dimensional start and end tensors, but got {name} with "
                f"{len(x._value.shape)} dimension(s)."
            )
    first, last = as_number(start, function, "start", 1), as_number(end, function, "end", 2)
    count = as_int(steps, function, "steps", 3)
    if count < 0:
        raise RuntimeError("number of steps must be non-negative")
    is_complex = isinstance(first, complex) or isinstance(last, complex)
    if dtype is None:
        default = dtypes.get_default_dtype()
        return first, last, count, default.to_complex() if is_complex else default
    wanted = dtypes.as_dtype(dtype)
    if wanted is dtypes.bool_:
        raise NotImplementedError(f"\"{function}_cpu\" not implemented for 'Bool'")
    if is_complex and not wanted.is_complex:
        raise RuntimeError(f"value cannot be converted to type {wanted.name} without overflow")
    return first, last, count, wanted


def _linspace(first: Any, last: Any, count: int, dtype: dtypes.dtype) -> Array:
    """Return what torch computes: from both ends to the middle, with a fused multiply and add."""
    if dtype.is_complex:
        part = dtype.to_real()
        values = np.empty(count, dtype.numpy)
        first, last = complex(first), complex(last)
        values.real = _linspace(first.real, last.real, count, part)
        values.imag = _linspace(first.imag, last.imag, count, part)
        return values
    if count == 1:
        return np.array([first]).astype(dtype.numpy)
    number = dtype.numpy.type if dtype.is_floating_point else np.float64
    if dtype.category == dtypes.INTEGER:
        first, last = int(first), int(last)
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
