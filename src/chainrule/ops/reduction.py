"""Reductions along axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import linear
from chainrule.ops.structure import expand

Array = Any


def _spread(g: Any, x_shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """Repeat the cotangent of a reduction along the axes it summed over."""
    if not keepdim and x_shape and g.ndim:
        g = g.reshape([1 if i in dim else n for i, n in enumerate(x_shape)])
    return expand(g, shape=x_shape)


@linear(transpose=_spread, moves=True, variant=lambda dim, x_shape: int(len(dim) < len(x_shape)))
def sum(x: Array, *, dim: tuple[int, ...], keepdim: bool = False) -> Array:  # noqa: A001
    """The sum over the axes `dim`."""
    return np.add.reduce(x, axis=dim, keepdims=keepdim)
