"""Reading the arguments of shape operations: tensors, sizes given as a tuple or one by one."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from numbers import Number
from typing import Any

import numpy as np

from chainrule.core.tensor import TensorBase


def shape_of(x: Any, function: str, name: str = "input", position: int = 1) -> tuple[int, ...]:
    """Return the shape of a tensor or a NumPy value; TypeError, in torch's words, for anything else."""
    if isinstance(x, TensorBase):
        shape: tuple[int, ...] = x._value.shape
        return shape
    if isinstance(x, (np.ndarray, np.generic, Number)):
        return np.shape(x)
    raise TypeError(
        f"{function}(): argument '{name}' (position {position}) must be Tensor, not {type(x).__name__}"
    )


def sizes(given: tuple[Any, ...], function: str, name: str = "size") -> tuple[int, ...]:
    """Return sizes given one by one or as one sequence.

    Raises TypeError, in torch's words, when there is none or one is no integer.
    """
    if len(given) == 1 and not _is_integer(given[0]):
        if isinstance(given[0], str) or not isinstance(given[0], Iterable):
            raise TypeError(
                f"{function}(): argument '{name}' (position 1) must be tuple of ints, "
                f"not {type(given[0]).__name__}"
            )
        given = tuple(given[0])
    elif not given:
        raise TypeError(f'{function}() missing 1 required positional arguments: "{name}"')
    return integers(given, function, name)


def integers(given: Iterable[Any], function: str, name: str) -> tuple[int, ...]:
    """Return a sequence of integers as a tuple of Python's."""
    found = []
    for i, item in enumerate(given):
        if type(item) is not int:
            if not _is_integer(item):
                raise TypeError(
                    f"{function}(): argument '{name}' failed to unpack the object at pos {i + 1} with error "
                    f'"type must be tuple of ints,but got {type(item).__name__}"'
                )
            item = operator.index(item)
        found.append(item)
    return tuple(found)


def _is_integer(x: Any) -> bool:
    if type(x) is int:
        return True
    if isinstance(x, (bool, str)) or not hasattr(x, "__index__"):
        return False
    return np.ndim(x) == 0 if isinstance(x, np.ndarray) else not isinstance(x, TensorBase) or _is_index(x)


def _is_index(x: TensorBase) -> bool:
    return x._value.ndim == 0 and x._value.dtype.kind in "iu"


def tensors_of(tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return tensors given one by one or as one sequence."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        return tuple(tensors[0])
    return tensors
