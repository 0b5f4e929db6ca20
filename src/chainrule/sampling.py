"""Random values as arrays: what the functions of `random` draw, with torch's checks."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from chainrule import dtypes
from chainrule.composed.operands import C_NAMES, fitting
from chainrule.composed.shape import broadcast_to
from chainrule.core.tensor import TensorBase, array_of
from chainrule.errors import warn

Array = Any

_TYPE_NAMES: Final = C_NAMES | {"int16": "short", "int64": "long"}


def uniform(stream: Any, shape: tuple[int, ...], dtype: dtypes.dtype, function: str) -> Array:
    """Return samples of [0, 1), of the full precision of `dtype`."""
    if dtype.is_complex:
        part = dtype.to_real()
        return _joined(uniform(stream, shape, part, function), uniform(stream, shape, part, function))
    if dtype is dtypes.float16:
        return (stream.integers(0, 2**11, shape) / 2**11).astype(np.float16)
    if not dtype.is_floating_point:
        raise NotImplementedError(f"\"{function}\" not implemented for '{dtype.title}'")
    return stream.random(shape, dtype.numpy.type)


def standard_normal(stream: Any, shape: tuple[int, ...], dtype: dtypes.dtype) -> Array:
    """Return samples of the normal distribution of mean 0 and variance 1 (complex ones too)."""
    if dtype.is_complex:
        part = dtype.to_real()
        values = _joined(standard_normal(stream, shape, part), standard_normal(stream, shape, part))
        return values * part.numpy.type(np.sqrt(0.5))
    if not dtype.is_floating_point:
        raise NotImplementedError(f"\"normal_kernel_cpu\" not implemented for '{dtype.title}'")
    if dtype is dtypes.float16:
        return stream.standard_normal(shape, np.float32).astype(np.float16)
    return stream.standard_normal(shape, dtype.numpy.type)


def _joined(real: Array, imag: Array) -> Array:
    values = np.empty(real.shape, np.result_type(real, np.complex64))
    values.real, values.imag = real, imag
    return values


def integers(stream: Any, low: int, high: int, shape: tuple[int, ...], dtype: dtypes.dtype) -> Array:
    """Return integers from low up to, without, high."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if dtype.is_complex:
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    least, most = range_of(dtype)
    name = _TYPE_NAMES[dtype.name]
    if not least <= low <= most:
        raise RuntimeError(f"from is out of bounds for {name}")
    if not least <= high - 1 <= most:
        raise RuntimeError(f"to - 1 is out of bounds for {name}")
    if dtype.is_floating_point:
        _warn_of_gaps(low, high, dtype, name)
    return stream.integers(low, high, shape, np.int64).astype(dtype.numpy)


def _warn_of_gaps(low: int, high: int, dtype: dtypes.dtype, name: str) -> None:
    digits = np.finfo(dtype.numpy).nmant + 1
    for word, bound in (("from", low), ("to - 1", high - 1)):
        if abs(bound) > 2**digits:
            warn(
                f"{word} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision limitations {name} "
                "can support discrete uniform distribution only within this range."
            )


def range_of(dtype: dtypes.dtype) -> tuple[int, int]:
    """Return the least and the largest integer that a tensor of `dtype` is filled with."""
    if dtype is dtypes.bool_:
        return 0, 1
    if dtype.is_floating_point:
        largest = int(np.finfo(dtype.numpy).max)
        return max(-largest, -(2**63)), min(largest, 2**63 - 1)
    limits = np.iinfo(dtype.numpy)
    return int(limits.min), int(limits.max)


def bernoulli(stream: Any, p: Any, shape: tuple[int, ...], dtype: dtypes.dtype) -> Array:
    """Return ones with probability p (a float, or a tensor that broadcasts to the shape), else zeros."""
    kernel = "bernoulli_tensor_cpu_self_" if isinstance(p, TensorBase) else "bernoulli_scalar_cpu_"
    if dtype.is_complex:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtype.title}'")
    if isinstance(p, TensorBase):
        p = _probabilities(p, shape)
    elif not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    return (stream.random(shape) < p).astype(dtype.numpy)


def _probabilities(p: TensorBase, shape: tuple[int, ...]) -> Array:
    values = array_of(p)
    if values.dtype.kind != "f":
        title = dtypes.from_numpy_dtype(values.dtype).title
        raise NotImplementedError(f"\"bernoulli_tensor_cpu_p_\" not implemented for '{title}'")
    if not np.all((values >= 0) & (values <= 1)):
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false: a probability lies outside [0, 1]"
        )
    return array_of(broadcast_to(p, shape))


def check_uniform_bounds(low: float, high: float, dtype: dtypes.dtype) -> None:
    """Raise torch's errors unless samples of [low, high) can be had in `dtype`."""
    real = dtype.to_real()
    if not real.is_floating_point:
        raise NotImplementedError(f"\"check_uniform_bounds\" not implemented for '{dtype.title}'")
    largest = float(np.finfo(real.numpy).max)
    for name, bound in (("from", low), ("to", high)):
        if not abs(bound) <= largest:
            raise RuntimeError(f"{name} is out of bounds for {C_NAMES[real.name]}")
    if low > high:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}"
        )
    if high - low > largest:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{real.title}>::max(), but found to={high:g} "
            f"and from={low:g} which result in to-from to exceed the limit"
        )


def check_std(std: Any) -> None:
    """Raise torch's error for a negative standard deviation."""
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")


def check_permutation(count: int, dtype: dtypes.dtype) -> None:
    """Raise torch's errors unless `dtype` holds all integers below `count` exactly."""
    if count < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {count}: [{count}]")
    if dtype is dtypes.bool_ or dtype.is_complex:
        raise NotImplementedError(f"\"randperm\" not implemented for '{dtype.title}'")
    if dtype.is_floating_point:
        digits = np.finfo(dtype.numpy).nmant + 1
        if count > 2**digits + 1:
            limit = "2049" if dtype is dtypes.float16 else f"2^{digits}+1"
            raise RuntimeError(f"n cannot be greater than {limit} for {dtype.title} type.")
    else:
        fitting(count - 1, dtype)


def with_replacement(stream: Any, weights: Array, count: int) -> Array:
    """Return `count` indices for each row of weights, drawn independently."""
    steps = np.cumsum(weights, -1)
    rows = np.atleast_2d(steps)
    samples = stream.random((len(rows), count)) * rows[:, -1:]
    found = [np.searchsorted(row, sample, side="right") for row, sample in zip(rows, samples, strict=True)]
    return np.reshape(found, (*weights.shape[:-1], count)).astype(np.int64)


def without_replacement(stream: Any, weights: Array, count: int) -> Array:
    """Return `count` different indices for each row of weights."""
    # The exponential clocks of rates `weights` ring in the order of such a draw.
    rings = stream.standard_exponential(weights.shape) / weights
    return np.argsort(rings, -1)[..., :count]
