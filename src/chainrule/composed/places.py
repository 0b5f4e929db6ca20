"""Index tensors as users give them, and numbers to write at them."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.composed.arguments import shape_of
from chainrule.composed.indexing import number_or_array
from chainrule.composed.shape import reshape
from chainrule.core.box import Box
from chainrule.core.kinds import numpy_dtype
from chainrule.core.tensor import TensorBase, array_of
from chainrule.ops import structure
from chainrule.ops.indexing import every

Tensor = Any
Shape = tuple[int, ...]

INDEX_DTYPES = ("int32", "int64")


def plain_of(x: Any) -> Any:
    """Return the array of a tensor, or of what NumPy makes one of; of a batch, that of a member."""
    if not isinstance(x, TensorBase):
        return np.asarray(x)
    if not isinstance(x._value, Box):
        return array_of(x)
    members = every(x).reshape(-1, *x._value.shape) if 0 not in x._value.shape else ()
    return members[0] if len(members) else np.zeros(x._value.shape, x._value.dtype)


def as_vector(index: Tensor) -> Tensor:
    """Return a 0-d tensor as one of one axis, others as they are."""
    return index if shape_of(index, "reshape") else reshape(index, (1,))


def out_of_bounds(shape: Shape, dim: int, places: Any, least: int = 0) -> str:
    """Return what is wrong with the first of the places that is not in a dimension, "" if all are."""
    size = shape[dim] if shape else 1
    for place in places[(places < least) | (places >= size)].flat if 0 not in shape else ():
        return f"index {place} is out of bounds for dimension {dim} with size {size}"
    return ""


def scalar(value: Any, input: Tensor, message: str) -> Any:
    """Return a number or 0-d tensor in the dtype of `input`."""
    if isinstance(value, TensorBase):
        if value._value.ndim:
            raise RuntimeError(message.format(value._value.ndim))
        dtype = numpy_dtype(input)
        return value if value._value.dtype == dtype else structure.cast(value, dtype=dtype)
    if isinstance(value, (list, tuple)):
        raise TypeError(f"a number or a 0-d tensor is wanted, not a {type(value).__name__}")
    if isinstance(value, np.ndarray) and value.ndim:
        raise RuntimeError(message.format(value.ndim))
    return number_or_array(value, input)._value if isinstance(input, TensorBase) else value
