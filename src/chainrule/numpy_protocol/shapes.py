"""NumPy's functions that rearrange, join and split arrays, with NumPy's parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from numbers import Integral
from typing import Any

import numpy as np

from chainrule.numpy_protocol.common import (
    Tensor,
    alike,
    along,
    cast,
    implements,
    ours,
    plain,
    tensor_of,
    tensors_of,
)


def _tuple(x: Any) -> tuple[int, ...]:
    """Return one integer or several as a tuple."""
    return tuple([int(i) for i in x]) if isinstance(x, Iterable) else (int(x),)


@implements("reshape")
def _reshape(
    a: Any, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None
) -> Tensor:
    x = tensor_of(a)
    wanted = _tuple(shape if shape is not None else newshape)
    if order != "F":
        return ours.reshape(x, wanted)
    return _transpose(ours.reshape(_transpose(x), wanted[::-1]))


@implements("ravel")
def _ravel(a: Any, order: str = "C") -> Tensor:
    return _reshape(a, (-1,), "F" if order == "F" else "C")


@implements("squeeze")
def _squeeze(a: Any, axis: Any = None) -> Tensor:
    x = tensor_of(a)
    if axis is None:
        return ours.squeeze(x)
    axes = {i % x.ndim for i in _tuple(axis)}
    if any(x.shape[i] != 1 for i in axes):
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return ours.reshape(x, tuple([n for i, n in enumerate(x.shape) if i not in axes]))


@implements("expand_dims")
def _expand_dims(a: Any, axis: Any) -> Tensor:
    x = tensor_of(a)
    total = x.ndim + len(_tuple(axis))
    for i in sorted(i % total for i in _tuple(axis)):
        x = ours.unsqueeze(x, i)
    return x


@implements("transpose", "permute_dims")
def _transpose(a: Any, axes: Any = None) -> Tensor:
    x = tensor_of(a)
    return ours.permute(x, tuple(reversed(range(x.ndim))) if axes is None else _tuple(axes))


@implements("matrix_transpose", "linalg.matrix_transpose")
def _matrix_transpose(x: Any, /) -> Tensor:
    return ours.swapaxes(tensor_of(x), -1, -2)


@implements("swapaxes")
def _swapaxes(a: Any, axis1: int, axis2: int) -> Tensor:
    return ours.swapaxes(tensor_of(a), axis1, axis2)


@implements("moveaxis")
def _moveaxis(a: Any, source: Any, destination: Any) -> Tensor:
    return ours.movedim(tensor_of(a), _tuple(source), _tuple(destination))


@implements("rollaxis")
def _rollaxis(a: Any, axis: int, start: int = 0) -> Tensor:
    x = tensor_of(a)
    axis, start = axis % x.ndim, start + x.ndim if start < 0 else start
    return ours.movedim(x, axis, start - 1 if axis < start else start)


@implements("broadcast_to")
def _broadcast_to(array: Any, shape: Any, subok: bool = False) -> Tensor:
    return ours.broadcast_to(tensor_of(array), _tuple(shape))


@implements("broadcast_arrays")
def _broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Tensor, ...]:
    return tuple(ours.broadcast_tensors(*map(tensor_of, args)))


@implements("repeat")
def _repeat(a: Any, repeats: Any, axis: Any = None) -> Tensor:
    counts = np.asarray(plain(repeats))
    each = int(counts.item()) if counts.size == 1 else tensor_of(counts)
    return ours.repeat_interleave(tensor_of(a), each, dim=axis)


@implements("tile")
def _tile(A: Any, reps: Any) -> Tensor:  # noqa: N803 (NumPy's name)
    return ours.tile(tensor_of(A), _tuple(reps))


# -- joining ------------------------------------------------------------------------------------


@implements("concatenate", "concat")
def _concatenate(
    arrays: Any, /, axis: Any = 0, out: None = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Tensor:
    parts = [cast(x, dtype) for x in tensors_of(arrays)]
    if axis is None:
        parts, axis = [ours.ravel(x) for x in parts], 0
    return ours.cat(alike(*parts), dim=axis)


@implements("stack")
def _stack(
    arrays: Any, axis: int = 0, out: None = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Tensor:
    return ours.stack(alike(*[cast(x, dtype) for x in tensors_of(arrays)]), dim=axis)


def _joined(join: Callable[..., Tensor], arrays: Any, dtype: Any) -> Tensor:
    return join(alike(*[cast(x, dtype) for x in tensors_of(arrays)]))


@implements("hstack")
def _hstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Tensor:
    return _joined(ours.hstack, tup, dtype)


@implements("vstack")
def _vstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Tensor:
    return _joined(ours.vstack, tup, dtype)


@implements("dstack")
def _dstack(tup: Any) -> Tensor:
    return _joined(ours.dstack, tup, None)


@implements("column_stack")
def _column_stack(tup: Any) -> Tensor:
    columns = [x if x.ndim > 1 else ours.reshape(x, (-1, 1)) for x in tensors_of(tup)]
    return _concatenate(columns, 1)


@implements("block")
def _block(arrays: Any) -> Tensor:
    """Innermost lists are joined along the last axis, the lists around them along those before."""
    depth, ndim = _extent(arrays)
    return _joined_block(arrays, depth, max(depth, ndim))


def _extent(arrays: Any) -> tuple[int, int]:
    """Return how deep lists are nested, and the largest number of axes among what they hold."""
    if not isinstance(arrays, list):
        return 0, tensor_of(arrays).ndim
    depths, ndims = zip(*map(_extent, arrays), strict=True)
    return 1 + max(depths), max(ndims)


def _joined_block(arrays: Any, depth: int, ndim: int) -> Tensor:
    if not isinstance(arrays, list):
        x = tensor_of(arrays)
        return ours.reshape(x, (*(1,) * (ndim - x.ndim), *x.shape))
    return _concatenate([_joined_block(part, depth - 1, ndim) for part in arrays], -depth)


@implements("append")
def _append(arr: Any, values: Any, axis: Any = None) -> Tensor:
    return _concatenate((tensor_of(arr), tensor_of(values)), axis)


@implements("delete")
def _delete(arr: Any, obj: Any, axis: Any = None) -> Tensor:
    x = tensor_of(arr)
    if axis is None:
        x, axis = ours.ravel(x), 0
    kept = np.delete(np.arange(x.shape[axis]), plain(obj))
    return x[along(axis, kept, x.ndim)]


@implements("pad")
def _pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Tensor:
    x = tensor_of(array)
    widths = np.broadcast_to(pad_width, (x.ndim, 2)).tolist()
    values = np.broadcast_to(constant_values, (x.ndim, 2)).tolist()
    for axis, (before, after) in enumerate(widths):
        if mode == "constant":
            low, high = values[axis]
            x = ours.cat([_slab(x, axis, before, low), x, _slab(x, axis, after, high)], dim=axis)
        elif mode in ("edge", "reflect", "symmetric", "wrap"):
            source = np.pad(np.arange(x.shape[axis]), (before, after), mode=mode)  # type: ignore[call-overload]
            x = x[along(axis, source, x.ndim)]
        else:
            raise TypeError(f"numpy.pad of a tensor has no mode {mode!r}")
    return x


def _slab(x: Tensor, axis: int, width: int, value: Any) -> Tensor:
    """Return a constant slab of `width` to go at an end of x along an axis."""
    shape = tuple([width if i == axis else n for i, n in enumerate(x.shape)])
    return tensor_of(np.full(shape, value, x._value.dtype))


# -- splitting ----------------------------------------------------------------------------------


@implements("array_split")
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    sections = indices_or_sections
    if not isinstance(sections, Integral):
        sections = [int(i) for i in plain(sections)]
    return list(ours.tensor_split(tensor_of(ary), sections, dim=axis))


@implements("split")
def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    x = tensor_of(ary)
    if isinstance(indices_or_sections, Integral) and x.shape[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return _array_split(x, indices_or_sections, axis)


@implements("hsplit")
def _hsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    x = tensor_of(ary)
    return _split(x, indices_or_sections, 1 if x.ndim > 1 else 0)


@implements("vsplit")
def _vsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    return _split(ary, indices_or_sections, 0)


@implements("dsplit")
def _dsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    return _split(ary, indices_or_sections, 2)


@implements("unstack")
def _unstack(x: Any, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    return tuple(ours.unbind(tensor_of(x), dim=axis))


# -- turning ------------------------------------------------------------------------------------


@implements("flip")
def _flip(m: Any, axis: Any = None) -> Tensor:
    x = tensor_of(m)
    return ours.flip(x, tuple(range(x.ndim)) if axis is None else _tuple(axis))


@implements("flipud")
def _flipud(m: Any) -> Tensor:
    return _flip(m, 0)


@implements("fliplr")
def _fliplr(m: Any) -> Tensor:
    return _flip(m, 1)


@implements("roll")
def _roll(a: Any, shift: Any, axis: Any = None) -> Tensor:
    if axis is None:
        return ours.roll(tensor_of(a), sum(_tuple(shift)))
    shifts, axes = np.broadcast_arrays(_tuple(shift), _tuple(axis))
    return ours.roll(tensor_of(a), tuple(shifts.tolist()), tuple(axes.tolist()))


@implements("rot90")
def _rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Tensor:
    return ours.rot90(tensor_of(m), k, list(_tuple(axes)))


# -- diagonals, grids, ranks --------------------------------------------------------------------


@implements("diagonal")
def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    return ours.diagonal(tensor_of(a), offset, axis1, axis2)


@implements("linalg.diagonal")
def _matrix_diagonal(x: Any, /, *, offset: int = 0) -> Tensor:
    return _diagonal(x, offset, -2, -1)


@implements("diag")
def _diag(v: Any, k: int = 0) -> Tensor:
    return ours.diag(tensor_of(v), k)


@implements("diagflat")
def _diagflat(v: Any, k: int = 0) -> Tensor:
    return ours.diag(ours.ravel(tensor_of(v)), k)


@implements("tril")
def _tril(m: Any, k: int = 0) -> Tensor:
    return ours.tril(_matrix(m), k)


@implements("triu")
def _triu(m: Any, k: int = 0) -> Tensor:
    return ours.triu(_matrix(m), k)


def _matrix(m: Any) -> Tensor:
    """Return a vector repeated as the rows of a square matrix, as NumPy does; anything else as it is."""
    x = tensor_of(m)
    return ours.broadcast_to(x, (*x.shape, *x.shape)) if x.ndim == 1 else x


@implements("meshgrid")
def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Tensor, ...]:
    n = len(xi)
    places = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    grids = [
        ours.reshape(tensor_of(x), tuple([-1 if i == place else 1 for i in range(n)]))
        for x, place in zip(xi, places, strict=True)
    ]
    return tuple(grids if sparse else ours.broadcast_tensors(*grids))


def _at_least(make: Callable[[Tensor], Tensor], arrays: tuple[Any, ...]) -> Any:
    found = tuple([make(tensor_of(x)) for x in arrays])
    return found[0] if len(found) == 1 else found


@implements("atleast_1d")
def _atleast_1d(*arys: Any) -> Any:
    return _at_least(ours.atleast_1d, arys)


@implements("atleast_2d")
def _atleast_2d(*arys: Any) -> Any:
    return _at_least(ours.atleast_2d, arys)


@implements("atleast_3d")
def _atleast_3d(*arys: Any) -> Any:
    return _at_least(ours.atleast_3d, arys)
