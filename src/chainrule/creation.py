"""Making tensors: from data, filled with a value, and ranges."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.core.tensor import TensorBase, wrap
from chainrule.size import check_device


def finish(array: Any, requires_grad: bool) -> Any:
    """Return a leaf around an array that nobody else has; 0-d ones become NumPy scalars."""
    tensor = wrap(array[()] if array.ndim == 0 else array)
    if requires_grad:
        tensor.requires_grad_()  # type: ignore[attr-defined]
    return tensor


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Return a new leaf holding a copy of `data`.

    >>> import chainrule
    >>> chainrule.tensor([[1.0, 2.0], [3.0, 4.0]])
    tensor([[1., 2.],
            [3., 4.]])
    """
    check_device(device)
    if isinstance(data, TensorBase):
        data = data._value
    array = np.array(data)
    if dtype is not None:
        array = array.astype(dtypes.as_dtype(dtype).numpy)
    elif not isinstance(data, (np.ndarray, np.generic)):
        if array.dtype.kind == "f":
            array = array.astype(dtypes.get_default_dtype().numpy)
        elif array.dtype.kind == "c":
            array = array.astype(dtypes.get_default_dtype().to_complex().numpy)
    return finish(array, requires_grad)


def _shape(size: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(size[0]) if len(size) == 1 and isinstance(size[0], (tuple, list)) else size


def _dtype(dtype: Any) -> Any:
    return (dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)).numpy


def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Return a tensor of zeros."""
    check_device(device)
    return finish(np.zeros(_shape(size), _dtype(dtype)), requires_grad)


def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Return a tensor of ones."""
    check_device(device)
    return finish(np.ones(_shape(size), _dtype(dtype)), requires_grad)


__all__ = ["ones", "tensor", "zeros"]
