"""Choice among values: the larger, the smaller, the one within bounds, the finite one.

An operand that was not taken is dead: its cotangent is 0 whatever made it (`sqrt` at 0, say).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import constant, selection
from chainrule.ops.elementwise.comparison import isfinite, isnan
from chainrule.ops.elementwise.refusals import supports

Array = Any


def _real_only(name: str) -> Any:
    return supports("biuf", complex_message=f"{name} not implemented for complex tensors.")


@constant()
def share(a: Array, b: Array) -> Array:
    """The part of maximum(a, b) that is a: 1, at ties 1/2, else 0 (a NaN takes both, as in torch)."""
    return np.where(a == b, np.result_type(a, b).type(0.5), ~(a < b))[()]


@selection(a=lambda a, b: share(a, b), b=lambda a, b: share(b, a), check=_real_only("maximum"))
def maximum(a: Array, b: Array) -> Array:
    """The larger of a and b, elementwise with broadcasting; NaN if either is. Real numbers only.

    Where both are equal the gradient is halved.

    >>> import chainrule
    >>> chainrule.maximum(chainrule.tensor([1.0, 5.0]), chainrule.tensor([3.0, 2.0]))
    tensor([3., 5.])
    """
    return np.maximum(a, b)


@selection(a=lambda a, b: share(b, a), b=lambda a, b: share(a, b), check=_real_only("minimum"))
def minimum(a: Array, b: Array) -> Array:
    """The smaller of a and b, elementwise with broadcasting; NaN if either is. Real numbers only.

    Where both are equal the gradient is halved.

    >>> import chainrule
    >>> chainrule.minimum(chainrule.tensor([1.0, 5.0]), chainrule.tensor([3.0, 2.0]))
    tensor([1., 2.])
    """
    return np.minimum(a, b)


@selection(
    a=lambda a, b: (a >= b) | isnan(b), b=lambda a, b: ~((a >= b) | isnan(b)), check=_real_only("fmax")
)
def fmax(a: Array, b: Array) -> Array:
    """The larger of a and b, elementwise with broadcasting; where one is NaN, the other.

    Where both are equal the gradient goes to a. Real numbers only.

    >>> import chainrule
    >>> chainrule.fmax(chainrule.tensor([1.0, float("nan")]), chainrule.tensor([3.0, 2.0]))
    tensor([3., 2.])
    """
    return np.fmax(a, b)


@selection(
    a=lambda a, b: (a <= b) | isnan(b), b=lambda a, b: ~((a <= b) | isnan(b)), check=_real_only("fmin")
)
def fmin(a: Array, b: Array) -> Array:
    """The smaller of a and b, elementwise with broadcasting; where one is NaN, the other.

    Where both are equal the gradient goes to a. Real numbers only.

    >>> import chainrule
    >>> chainrule.fmin(chainrule.tensor([1.0, float("nan")]), chainrule.tensor([3.0, 2.0]))
    tensor([1., 2.])
    """
    return np.fmin(a, b)


_NO_COMPLEX = "clamp is not supported for complex types"


def _within(x: Any, min: Any, max: Any) -> Any:
    if max is None:
        return x >= min
    return x <= max if min is None else (x >= min) & (x <= max)


@selection(x=_within, check=supports("iuf", "clamp_scalar_cpu", _NO_COMPLEX), node="Clamp", variant=lambda: 1)
def clamp_number(x: Array, *, min: Any = None, max: Any = None) -> Array:
    """x, but at least one Python number and at most another; None is no bound."""
    return np.clip(x, min, max)


# Where both bounds are equal and x is below, torch's `min < max` gives the gradient to nobody.
@selection(
    x=_within,
    min=lambda x, min, max: (x < min) & (min <= max),
    max=lambda x, min, max: (x > max) | (min > max),
    check=supports("iuf", "clamp_cpu", _NO_COMPLEX),
)
def clamp(x: Array, min: Array, max: Array) -> Array:
    """x, but at least `min`, and at most `max` (which wins where they cross)."""
    return np.minimum(np.maximum(x, min), max)


@selection(
    x=lambda x, min: x >= min,
    min=lambda x, min: x < min,
    check=supports("biuf", "maximum_cpu"),
    variant=lambda: 1,
)
def clamp_min(x: Array, min: Array) -> Array:
    """x, but at least `min`."""
    return np.maximum(x, min)


@selection(
    x=lambda x, max: x <= max,
    max=lambda x, max: x > max,
    check=supports("biuf", "minimum_cpu"),
    variant=lambda: 1,
)
def clamp_max(x: Array, max: Array) -> Array:
    """x, but at most `max`."""
    return np.minimum(x, max)


@selection(
    x=lambda x, min: x >= min, check=supports("iuf", "clamp_min_scalar_cpu", _NO_COMPLEX), node="ClampMin"
)
def clamp_min_number(x: Array, min: Any) -> Array:
    """x, but at least a Python number."""
    return np.maximum(x, min)


@selection(
    x=lambda x, max: x <= max, check=supports("iuf", "clamp_max_scalar_cpu", _NO_COMPLEX), node="ClampMax"
)
def clamp_max_number(x: Array, max: Any) -> Array:
    """x, but at most a Python number."""
    return np.minimum(x, max)


def _refuse_relu(values: tuple[Any, ...], dtype: np.dtype[Any]) -> None:
    if dtype.kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu")
    supports("iuf", complex_message=_NO_COMPLEX)(values, dtype)


@selection(x=lambda y: ~(y <= 0), check=_refuse_relu)
def relu(x: Array) -> Array:
    """x where it is positive, else 0, elementwise; real numbers only. relu'(0) = 0.

    >>> import chainrule
    >>> chainrule.relu(chainrule.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return np.maximum(x, 0)


@selection(x=lambda x: isfinite(x))
def nan_to_num(
    x: Array, *, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Array:
    """x with NaN replaced by `nan` (0) and infinities by `posinf`, `neginf` (the dtype's extremes).

    Elementwise; what was replaced has gradient 0.

    >>> import chainrule
    >>> chainrule.nan_to_num(chainrule.tensor([float("nan"), float("inf"), 1.0]), posinf=9.0)
    tensor([0., 9., 1.])
    """
    return np.nan_to_num(x, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)
