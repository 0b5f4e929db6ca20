"""NumPy's functions of sampled data: interpolation, differences, convolution, statistics."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.numpy_protocol.common import (
    NoCounterpartError,
    Tensor,
    cast,
    conjugate,
    floating,
    implements,
    ours,
    plain,
    tensor_of,
)


@implements("linspace")
def _linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    first, last = ours.broadcast_tensors(floating(tensor_of(start)), floating(tensor_of(stop)))
    share = np.linspace(0.0, 1.0, num, endpoint, dtype=first._value.dtype)
    share = share.reshape((-1, *(1,) * first.ndim))
    result = cast(ours.movedim((1 - share) * first + share * last, 0, axis), dtype)
    return (result, (last - first) / (num - 1 if endpoint else num)) if retstep else result


@implements("interp")
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: None = None) -> Tensor:
    """Straight lines between the points; the derivative at a point is that of the piece to its right."""
    if period is not None:
        raise NoCounterpartError("interp of periodic data")
    x, places, values = floating(tensor_of(x)), tensor_of(xp), floating(tensor_of(fp))
    i = np.searchsorted(plain(places), plain(x), "right") - 1
    i = np.clip(i, 0, max(len(places) - 2, 0))
    if len(places) == 1:
        y = values[np.zeros_like(i)]
    else:
        slope = (values[i + 1] - values[i]) / (places[i + 1] - places[i])
        y = values[i] + slope * (x - places[i])
    y = ours.where(x < places[0], values[0] if left is None else left, y)
    return ours.where(x > places[-1], values[-1] if right is None else right, y)


# -- differences --------------------------------------------------------------------------------


@implements("gradient")
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences inside, one-sided ones at the ends, over any spacing."""
    y = floating(tensor_of(f))
    axes = tuple(range(y.ndim)) if axis is None else tuple(np.atleast_1d(axis) % y.ndim)
    spacings = varargs * len(axes) if len(varargs) == 1 else varargs or (1.0,) * len(axes)
    if len(spacings) != len(axes):
        raise TypeError("invalid number of arguments")
    found = [_slopes(y, step, int(i), edge_order) for step, i in zip(spacings, axes, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _slopes(y: Tensor, spacing: Any, axis: int, edge_order: int) -> Tensor:
    """Return the slopes along one axis, of the parabolas through three neighbours."""
    if y.shape[axis] < edge_order + 1:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements "
            "are required."
        )
    y = ours.movedim(y, axis, -1)
    x = tensor_of(spacing)
    h = x[1:] - x[:-1] if x.ndim else ours.broadcast_to(x, (y.shape[-1] - 1,))
    d = (y[..., 1:] - y[..., :-1]) / h
    before, after = h[:-1], h[1:]
    inner = (after * d[..., :-1] + before * d[..., 1:]) / (before + after)
    first, last = d[..., :1], d[..., -1:]
    if edge_order == 2:
        bend = (d[..., 1:] - d[..., :-1]) / (before + after)
        first, last = first - h[0] * bend[..., :1], last + h[-1] * bend[..., -1:]
    return ours.movedim(ours.cat([first, inner, last], dim=-1), -1, axis)


@implements("ediff1d")
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Tensor:
    x = ours.ravel(tensor_of(ary))
    parts = [None if edge is None else ours.ravel(cast(edge, x.dtype)) for edge in (to_begin, to_end)]
    return ours.cat([part for part in (parts[0], x[1:] - x[:-1], parts[1]) if part is not None])


# -- convolution --------------------------------------------------------------------------------


@implements("convolve")
def _convolve(a: Any, v: Any, mode: str = "full") -> Tensor:
    a, v = _vector(a, "a"), _vector(v, "v")
    n, m = max(len(a), len(v)), min(len(a), len(v))
    return _cut(_full_convolution(a, v), n, m, mode, (m - 1) // 2)


@implements("correlate")
def _correlate(a: Any, v: Any, mode: str = "valid") -> Tensor:
    a, v = _vector(a, "a"), _vector(v, "v")
    n, m = max(len(a), len(v)), min(len(a), len(v))
    start = m // 2 if len(v) > len(a) else (m - 1) // 2  # the longer one is swapped to the front
    return _cut(_full_convolution(a, ours.flip(conjugate(v), (0,))), n, m, mode, start)


def _vector(x: Any, name: str) -> Tensor:
    x = tensor_of(x)
    if x.ndim > 1:
        raise ValueError("object too deep for desired array")
    x = ours.ravel(x)
    if len(x) == 0:
        raise ValueError(f"{name} cannot be empty")
    return x


def _full_convolution(a: Tensor, v: Tensor) -> Tensor:
    """Return the sums of products of v backwards with each window of a."""
    if len(v) > len(a):
        a, v = v, a
    edge = tensor_of(np.zeros(len(v) - 1, a._value.dtype))
    windows = np.arange(len(a) + len(v) - 1)[:, None] + np.arange(len(v))
    return ours.sum(ours.cat([edge, a, edge])[windows] * ours.flip(v, (0,)), dim=-1)


def _cut(full: Tensor, n: int, m: int, mode: str, start: int) -> Tensor:
    """Return what a mode keeps of a full convolution of n and m elements, m the smaller number."""
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")
    return {"full": full, "same": full[start : start + n], "valid": full[m - 1 : n]}[mode]


# -- statistics ---------------------------------------------------------------------------------


@implements("cov")
def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: None = None,
    aweights: None = None,
    *,
    dtype: Any = None,
) -> Tensor:
    if fweights is not None or aweights is not None:
        raise NoCounterpartError("cov with weights")
    x = _variables(m, rowvar, dtype)
    if y is not None:
        x = ours.cat([x, _variables(y, rowvar, dtype)])
    less = (0 if bias else 1) if ddof is None else ddof
    x = x - ours.mean(x, dim=1, keepdim=True)
    return ours.squeeze(ours.matmul(x, ours.swapaxes(conjugate(x), 0, 1)) / (x.shape[1] - less))


def _variables(m: Any, rowvar: bool, dtype: Any) -> Tensor:
    """Return a matrix with a row for each variable."""
    x = floating(cast(m, dtype))
    return ours.atleast_2d(x) if rowvar or x.ndim < 2 else ours.swapaxes(x, 0, 1)


@implements("corrcoef")
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Tensor:
    covariance = _cov(x, y, rowvar, dtype=dtype)
    if covariance.ndim == 0:
        return covariance / covariance
    deviation = ours.sqrt(ours.diagonal(covariance))
    return covariance / deviation[:, None] / deviation


@implements("vander")
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Tensor:  # noqa: N803 (NumPy's name)
    x = tensor_of(x)
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    powers = range(len(x) if N is None else N)
    return ours.stack([x**k for k in (powers if increasing else reversed(powers))], dim=-1)


@implements("quantile")
def _quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: Any = False,
    *,
    weights: None = None,
) -> Tensor:
    """The values at the shares q of the way through the sorted ones, straight lines between."""
    if method != "linear" or weights is not None:
        raise NoCounterpartError("quantile by another method, or with weights")
    share = np.asarray(plain(q), np.float64)
    if not np.all((share >= 0) & (share <= 1)):
        raise ValueError("Quantiles must be in the range [0, 1]")
    x = floating(tensor_of(a))
    rows, kept = _rows(x, axis)
    rows = ours.sort(rows, dim=-1)[0]
    place = share * (rows.shape[-1] - 1)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, rows.shape[-1] - 1)
    step = tensor_of(np.asarray(place - low, x._value.dtype))
    result = rows[..., low] * (1 - step) + rows[..., high] * step
    greatest = ours.reshape(rows[..., -1], (*rows.shape[:-1], *(1,) * share.ndim))
    result = ours.where(ours.isnan(greatest), greatest, result)
    result = ours.movedim(result, tuple(range(-share.ndim, 0)), tuple(range(share.ndim)))
    return ours.reshape(result, (*share.shape, *kept)) if keepdims is True else result


@implements("percentile")
def _percentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: Any = False,
    *,
    weights: None = None,
) -> Tensor:
    percents = np.asarray(plain(q), np.float64)
    if not np.all((percents >= 0) & (percents <= 100)):
        raise ValueError("Percentiles must be in the range [0, 100]")
    return _quantile(a, percents / 100, axis, None, overwrite_input, method, keepdims, weights=weights)


@implements("median")
def _median(
    a: Any, axis: Any = None, out: None = None, overwrite_input: bool = False, keepdims: Any = False
) -> Tensor:
    """The middle of the sorted values, or the mean of the two middle ones (torch takes the lower one)."""
    return _quantile(a, 0.5, axis, keepdims=keepdims)


def _rows(x: Tensor, axis: Any) -> tuple[Tensor, tuple[int, ...]]:
    """Return x with the axes to reduce merged into the last, and the shape that keeps them as 1."""
    axes = {int(i) % x.ndim for i in (range(x.ndim) if axis is None else np.atleast_1d(axis))}
    order = (*(i for i in range(x.ndim) if i not in axes), *sorted(axes))
    kept = tuple([1 if i in axes else n for i, n in enumerate(x.shape)])
    shape = tuple([n for i, n in enumerate(x.shape) if i not in axes])
    return ours.reshape(ours.permute(x, order), (*shape, -1)), kept
