"""Copies and pickles of tensors, and the constructor."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.arguments import sizes_of
from chainrule.composed.arguments import is_integer
from chainrule.conversion import concrete, from_data
from chainrule.core.apply import settle
from chainrule.core.box import Box
from chainrule.core.primitive import registry
from chainrule.core.tensor import TensorBase, array_of, mark_if_inference, new
from chainrule.errors import type_name
from chainrule.ops.structure import memory_order
from chainrule.size import Size, check_device


def _deepcopy(self: TensorBase, memo: dict[int, Any]) -> Any:
    settle(self)
    if self._node is not None:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at "
            "the moment. Copy a tensor within its graph by clone(), its values by detach().clone()."
        )
    if id(self) in memo:
        return memo[id(self)]
    value = concrete(self, "copying")
    value = value.copy(memory_order(value)) if isinstance(value, np.ndarray) else value
    result = memo[id(self)] = rebuild(type(self), value, self._requires_grad)
    if self._grad is not None:
        result._grad = _deepcopy(self._grad, memo)
    return result


def _reduce(self: TensorBase, protocol: Any) -> tuple[Any, tuple[Any, ...]]:
    """Pickle the values and requires_grad, as torch does: neither the graph nor `.grad`."""
    settle(self)
    if isinstance(self._value, Box):
        raise RuntimeError("a tensor inside a transform can't be pickled; return it from the transform first")
    return rebuild, (type(self), array_of(self), self._requires_grad)


def rebuild(cls: type[TensorBase], value: Any, requires_grad: bool) -> TensorBase:
    """Return a leaf of class `cls` around `value` (pickles call this)."""
    tensor = construct(cls)
    tensor._value = value
    tensor._requires_grad = requires_grad
    return tensor


def construct(cls: type[TensorBase], *args: Any, device: Any = None) -> TensorBase:
    """Make a tensor of the default dtype: `Tensor(data)`, `Tensor(2, 3)` of unset values, or `Tensor()`.

    Of another tensor it is an alias, in its graph and of its dtype.
    """
    check_device(device)
    tensor = new(cls)
    tensor._grad = tensor._node = tensor._extra = None
    tensor._requires_grad = False
    if len(args) == 1 and isinstance(args[0], TensorBase):
        alias = registry["reshape"](args[0], shape=args[0]._value.shape)
        tensor._value, tensor._node, tensor._extra = alias._value, alias._node, alias._extra
        tensor._requires_grad = alias._requires_grad
    else:
        tensor._value = _constructed(args)
        mark_if_inference(tensor)
    return tensor


def _constructed(args: tuple[Any, ...]) -> Any:
    if len(args) == 1 and not isinstance(args[0], Size) and not is_integer(args[0]):
        data = args[0]
        if isinstance(data, (bool, float, complex, np.generic)) or not hasattr(data, "__len__"):
            raise TypeError(f"new(): data must be a sequence (got {type_name(data)})")
        return from_data(data, dtypes.get_default_dtype(), copy=True)
    return np.empty(sizes_of(args or (0,), None, "new"), dtypes.get_default_dtype().numpy)


OPERATORS = {
    "__new__": staticmethod(construct),
    "__deepcopy__": _deepcopy,
    "__reduce_ex__": _reduce,
}
"""Special methods of Tensor by name."""
