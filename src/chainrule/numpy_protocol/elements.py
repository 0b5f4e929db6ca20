"""NumPy's elementwise functions that are no ufuncs, choosing, sorting, searching and making."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.core.primitive import registry
from chainrule.core.tensor import TensorBase
from chainrule.numpy_protocol.common import (
    NOT_GIVEN,
    Tensor,
    alike,
    along,
    cast,
    deliver,
    implements,
    kind,
    lost,
    operand_of,
    ours,
    plain,
    recorded,
    tensor_of,
)

# -- elementwise --------------------------------------------------------------------------------


@implements("where")
def _where(condition: Any, x: Any = NOT_GIVEN, y: Any = NOT_GIVEN, /) -> Any:
    if x is NOT_GIVEN:
        return _nonzero(condition)
    return ours.where(cast(condition, bool), operand_of(x), operand_of(y))


@implements("select")
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Tensor:
    result = operand_of(default)
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = _where(condition, choice, result)
    return result


@implements("clip")
def _clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    out: None = None,
    *,
    min: Any = None,
    max: Any = None,
    **options: Any,
) -> Tensor:
    x = tensor_of(a)
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    if low is not None:
        x = ours.clamp(x, min=operand_of(low))
    if high is not None:
        x = ours.clamp(x, max=operand_of(high))
    return x


@implements("round", "around")
def _round(a: Any, decimals: int = 0, out: None = None) -> Tensor:
    return ours.round(tensor_of(a), decimals=decimals)


@implements("fix")
def _fix(x: Any, out: None = None) -> Tensor:
    return ours.trunc(tensor_of(x))


@implements("nan_to_num")
def _nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    result = ours.nan_to_num(tensor_of(x), nan=nan, posinf=posinf, neginf=neginf)
    return result if copy else deliver(result, x, "numpy.nan_to_num")


@implements("sinc")
def _sinc(x: Any) -> Tensor:
    return ours.sinc(tensor_of(x))


@implements("real")
def _real(val: Any) -> Tensor:
    x = tensor_of(val)
    return registry["real"](x) if kind(x) == "c" else x


@implements("imag")
def _imag(val: Any) -> Tensor:
    x = tensor_of(val)
    return registry["imag"](x) if kind(x) == "c" else _like(0, x, None, None)


@implements("angle")
def _angle(z: Any, deg: bool = False) -> Tensor:
    angle = ours.atan2(_imag(z), _real(z))
    return ours.rad2deg(angle) if deg else angle


@implements("polyval")
def _polyval(p: Any, x: Any) -> Tensor:
    """Horner's scheme; the first coefficient is that of the highest power."""
    x = operand_of(x)
    y: Any = 0
    for coefficient in tensor_of(p):
        y = y * x + coefficient
    return y


# -- comparison ---------------------------------------------------------------------------------


@implements("isclose")
def _isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    return ours.isclose(*alike(tensor_of(a), tensor_of(b)), rtol=rtol, atol=atol, equal_nan=equal_nan)


def _on_values(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that answers yes or no about the values."""

    def ask(*args: Any, **kwargs: Any) -> Any:
        return function(*plain(args), **plain(kwargs))

    return ask


for _name in ("allclose", "array_equal", "array_equiv"):
    implements(_name)(_on_values(getattr(np, _name)))


# -- choosing -----------------------------------------------------------------------------------


@implements("take")
def _take(a: Any, indices: Any, axis: Any = None, out: None = None, mode: str = "raise") -> Tensor:
    x = tensor_of(a)
    if axis is None:
        x, axis = ours.ravel(x), 0
    index = np.asarray(plain(indices))
    if mode == "wrap":
        index = index % x.shape[axis]
    elif mode == "clip":
        index = np.clip(index, 0, x.shape[axis] - 1)
    return x[along(axis, index, x.ndim)]


@implements("take_along_axis")
def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Tensor:
    x, index = tensor_of(arr), cast(indices, np.int64)
    if axis is None:
        x, axis = ours.ravel(x), 0
    return ours.take_along_dim(x, index, dim=axis)


@implements("compress")
def _compress(condition: Any, a: Any, axis: Any = None, out: None = None) -> Tensor:
    return _take(a, np.flatnonzero(plain(condition)), axis)


@implements("extract")
def _extract(condition: Any, arr: Any) -> Tensor:
    return _take(arr, np.flatnonzero(plain(condition)))


@implements("nonzero")
def _nonzero(a: Any) -> tuple[Tensor, ...]:
    return tuple(ours.nonzero(tensor_of(a), as_tuple=True))


@implements("flatnonzero")
def _flatnonzero(a: Any) -> Tensor:
    return _nonzero(ours.ravel(tensor_of(a)))[0]


@implements("argwhere")
def _argwhere(a: Any) -> Tensor:
    return ours.argwhere(tensor_of(a))


# -- sorting and searching ----------------------------------------------------------------------


@implements("sort")
def _sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Tensor:
    x = tensor_of(a)
    return ours.sort(ours.ravel(x), dim=0)[0] if axis is None else ours.sort(x, dim=axis)[0]


@implements("argsort")
def _argsort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Tensor:
    x = tensor_of(a)
    return ours.argsort(ours.ravel(x), dim=0) if axis is None else ours.argsort(x, dim=axis)


@implements("searchsorted")
def _searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Tensor:
    return tensor_of(np.searchsorted(plain(a), plain(v), side, plain(sorter)))  # type: ignore[call-overload]


@implements("digitize")
def _digitize(x: Any, bins: Any, right: bool = False) -> Tensor:
    return tensor_of(np.digitize(plain(x), plain(bins), right))


@implements("bincount")
def _bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Tensor:
    return ours.bincount(
        tensor_of(x), weights=None if weights is None else tensor_of(weights), minlength=minlength
    )


@implements("unique")
def _unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """Each value once, in order: the first of the equal ones takes the gradient."""
    x = tensor_of(ar)
    if axis is not None:
        raise TypeError("numpy.unique of a tensor does not take axis")
    _, first, inverse, counts = np.unique(plain(x), True, True, True, equal_nan=equal_nan)
    wanted = [ours.ravel(x)[first]]
    for flag, indices in ((return_index, first), (return_inverse, inverse), (return_counts, counts)):
        if flag:
            wanted.append(tensor_of(indices))
    return wanted[0] if len(wanted) == 1 else tuple(wanted)


# -- making and copying -------------------------------------------------------------------------


def _like(fill: Any, a: Any, dtype: Any, shape: Any) -> Tensor:
    x = tensor_of(a)
    wanted = x._value.dtype if dtype is None else dtypes.as_dtype(dtype).numpy
    shape = x.shape if shape is None else shape
    if isinstance(fill, TensorBase):
        return ours.broadcast_to(cast(fill, wanted), shape).clone()
    return tensor_of(np.full(shape, fill, wanted))


@implements("zeros_like", "empty_like")
def _zeros_like(
    a: Any,
    /,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Tensor:
    return _like(0, a, dtype, shape)


@implements("ones_like")
def _ones_like(
    a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None
) -> Tensor:
    return _like(1, a, dtype, shape)


@implements("full_like")
def _full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Tensor:
    return _like(fill_value, a, dtype, shape)


@implements("copy")
def _copy(a: Any, order: str = "K", subok: bool = False) -> Tensor:
    return tensor_of(a).clone()


@implements("astype")
def _astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Tensor:
    return cast(x, dtype)


@implements("copyto")
def _copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    if isinstance(dst, np.ndarray):
        if recorded(src):
            raise lost("numpy.copyto")
        np.copyto(dst, plain(src), casting, plain(where))
        return
    value = ours.broadcast_to(tensor_of(src), dst.shape)
    if where is not True:
        value = _where(where, value, dst)
    deliver(cast(value, dst.dtype), dst, "numpy.copyto")
