"""Parameter and Buffer: tensors that a module finds among its attributes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from chainrule.composed.views import detach, zero_
from chainrule.core.box import Box
from chainrule.core.tensor import TensorBase, array_of, is_inference, new, require_grad, wrap
from chainrule.printing import to_string
from chainrule.tensor import Tensor


class Parameter(Tensor):
    """A tensor that becomes a parameter of the module it is assigned to, and requires grad by default.

    It is a leaf that shares the memory of `data`. Raises RuntimeError for integers that should require grad.

    >>> import chainrule
    >>> chainrule.nn.Parameter(chainrule.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        parameter = _sharing(cls, data)
        if requires_grad:
            if parameter._value.dtype.kind not in "fc":
                raise RuntimeError(
                    "Only Tensors of floating point and complex dtype can require gradients; convert the "
                    "data with .float(), or pass requires_grad=False"
                )
            require_grad(parameter)
        return parameter

    def __repr__(self) -> str:
        return "Parameter containing:\n" + _printed(self)

    __format__ = object.__format__

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.data.clone(), self._requires_grad)  # torch leaves out .grad
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> Any:
        rebuild, arguments = super().__reduce_ex__(protocol)
        return rebuild, arguments, self.__dict__ or None


class Buffer(Tensor):
    """A tensor that becomes a buffer of the module it is assigned to: state that is not trained.

    It shares the memory of `data`. With `persistent=False` it stays out of the module's `state_dict`.

    >>> import chainrule
    >>> module = chainrule.nn.Module()
    >>> module.mean = chainrule.nn.Buffer(chainrule.zeros(2))
    >>> module.state_dict()
    OrderedDict([('mean', tensor([0., 0.]))])
    """

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        buffer = _sharing(cls, data)
        buffer.persistent = persistent
        return buffer

    def __repr__(self) -> str:
        return _printed(self)

    __format__ = object.__format__

    def __reduce_ex__(self, protocol: Any) -> Any:
        rebuild, arguments = super().__reduce_ex__(protocol)
        return rebuild, arguments, self.__dict__


def _sharing(cls: type, data: Any) -> Any:
    """Return a leaf of class `cls` around the memory of `data`."""
    if data is None:
        value: Any = np.empty(0, np.float32)
    elif isinstance(data, TensorBase):
        value = data._value if isinstance(data._value, Box) else array_of(data)
    else:
        kind = type(data).__name__
        raise AttributeError(
            f"'{kind}' object has no attribute 'detach': a {cls.__name__} is made of a tensor, for example "
            f"{cls.__name__}(chainrule.tensor(...))"
        )
    tensor = new(cls)
    tensor._value = value
    tensor._grad = tensor._node = tensor._extra = None
    tensor._requires_grad = False
    if isinstance(data, TensorBase) and is_inference(data):
        tensor._ensure_extra().inference = True
    return tensor


def _printed(tensor: TensorBase) -> str:
    """Return what an ordinary tensor in the place of `tensor` prints."""
    twin = wrap(tensor._value)
    twin._requires_grad = tensor._requires_grad
    return to_string(twin)


def clear_gradients(tensors: Iterable[Any], set_to_none: bool) -> None:
    """Forget the gradients of tensors, or set them to zero."""
    for tensor in tensors:
        grad = tensor._grad
        if grad is None:
            continue
        if set_to_none:
            tensor._grad = None
            continue
        if grad._requires_grad:
            tensor._grad = grad = detach(grad)
        zero_(grad)


__all__ = ["Buffer", "Parameter"]
