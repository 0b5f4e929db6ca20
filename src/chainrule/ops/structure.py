"""The primitives that the kinds' mechanics are made of: broadcasting, casting, embedding."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.inplace import cut
from chainrule.core.kinds import linear, numpy_dtype, selection, zeros_like
from chainrule.core.partial import Masked
from chainrule.core.tensor import TensorBase

Array = Any
Shape = tuple[int, ...]


@linear(transpose=lambda g, x_shape: sum_to_size(g, shape=x_shape), moves=True, view=True)
def expand(x: Array, *, shape: Shape) -> Array:
    """x repeated along new and unit axes, without copying."""
    if not x.ndim:  # what np.broadcast_to does, in a tenth of the time
        return np.ndarray(shape, x.dtype, x, 0, (0,) * len(shape))
    if isinstance(x, np.ndarray) and x.flags.c_contiguous and x.size:
        # The same in a third of the time; a part without repetitions can be written.
        steps = [0 if n == 1 else step for n, step in zip(x.shape, x.strides, strict=True)]
        return np.ndarray(shape, x.dtype, x, 0, [0] * (len(shape) - x.ndim) + steps)
    y = np.broadcast_to(x, shape)
    if isinstance(x, np.ndarray) and x.flags.writeable:
        y.flags.writeable = True
    return y


@linear(transpose=lambda g, x_shape: expand(g, shape=x_shape), moves=True, node="Sum", variant=lambda: 1)
def sum_to_size(x: Array, *, shape: Shape) -> Array:
    """x summed over the axes along which `shape` is broadcast to x's shape."""
    extra = x.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(
        i + extra for i, n in enumerate(shape) if n == 1 and x.shape[i + extra] != 1
    )
    total = np.sum(x, axis=axes, keepdims=True, dtype=x.dtype) if axes else x
    return total.reshape(shape)[()] if not shape else total.reshape(shape)


@linear(transpose=lambda g: g, moves=True, node="ToCopy")
def cast(x: Array, *, dtype: np.dtype[Any]) -> Array:
    """x with elements of another dtype; the cotangent is cast back by the mechanics."""
    x = x.real if x.dtype.kind == "c" and dtype.kind != "c" else x
    return x.astype(dtype, memory_order(x))


def memory_order(x: Array) -> Any:
    """Return the order for a copy of x: that of x, or row by row for one whose rows share memory."""
    return "C" if 0 in x.strides else "K"


@linear(transpose=lambda g: conj(g), moves=True)
def conj(x: Array) -> Array:
    """The complex conjugate (its transpose in the real inner product is itself)."""
    return np.conjugate(x)


@linear(transpose=lambda g: cast(g, dtype=_complex_like(g)), moves=True, view=True, node="Select")
def real(x: Array) -> Array:
    """The real part, a view."""
    return x.real


@linear(
    transpose=lambda g: cast(g, dtype=_complex_like(g)) * 1j,
    view=True,
    node="Select",
    reach={"x": lambda live: live},
)
def imag(x: Array) -> Array:
    """The imaginary part, a view. A cotangent is dL/dRe + i dL/dIm (torch's convention)."""
    return x.imag


def _complex_like(g: Any) -> np.dtype[Any]:
    value = g._value if isinstance(g, TensorBase) else g
    return np.result_type(value.dtype, np.complex64)


@linear(transpose=lambda g, index: g[index], moves=True, node="Slice")
def embed(x: Array, *, index: tuple[Any, ...], shape: Shape) -> Array:
    """Zeros of `shape` with x at a basic `index`: the transpose of slicing."""
    y = np.zeros(shape, x.dtype)
    y[index] = x
    return y


@selection(promotion="none", x=lambda live: live, node="MaskedFill")
def select_live(x: Array, live: Array) -> Array:
    """x where `live`, else zero."""
    return np.where(live, x, x.dtype.type(0))[()]


def _of_view(g: Any, steps: Any) -> Any:
    """Cut a view out of a cotangent, or out of the marks of its live elements (these have no parts)."""
    if numpy_dtype(g).kind != "c":
        steps = [step for step in steps if step[0] is not real and step[0] is not imag]
    return cut(g, steps)


def _outside(g: Any, steps: Any) -> Any:
    """Return the cotangent of what was overwritten: dead where it was."""
    if any(step[0] is real or step[0] is imag for step in steps):
        if numpy_dtype(g).kind != "c":
            return g
        return copy_slices(g, zeros_like(_of_view(g, steps)), steps=steps)
    live = np.ones(g.shape, bool)
    cut(live, steps)[...] = False
    return Masked(select_live(g, live), live)


@linear(base=_outside, value=_of_view, moves=True, node="CopySlices")
def copy_slices(base: Array, value: Array, *, steps: Any) -> Array:
    """`base` with its view along `steps` replaced by `value`.

    Plain memory is written in place, then only the node is made; this body serves the boxes.
    """
    y = np.array(base)
    cut(y, steps)[...] = value
    return y
