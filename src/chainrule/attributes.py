"""Attributes and conversions of tensors: what is not an operation on values."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.autograd import gradients
from chainrule.core.apply import settle
from chainrule.core.graph import as_function
from chainrule.core.tensor import TensorBase, array_of, require_grad, wrap
from chainrule.size import CPU, Size


def _dtype(self: TensorBase) -> dtypes.dtype:
    return dtypes.from_numpy_dtype(self._value.dtype)


def _grad_fn(self: TensorBase) -> Any:
    settle(self)
    return None if self._node is None else as_function(self._node)[0]


def _set_grad(self: TensorBase, value: Any) -> None:
    self._grad = value


def requires_grad_(self: TensorBase, requires_grad: bool = True) -> TensorBase:
    if requires_grad and self._value.dtype.kind not in "fc":
        raise RuntimeError("only Tensors of floating point dtype can require gradients")
    if requires_grad:
        require_grad(self)
    else:
        self._requires_grad = False
    return self


def _backward(
    self: TensorBase,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    gradients.backward(self, gradient, retain_graph, create_graph, inputs)


def _numpy(self: TensorBase) -> Any:
    if self._requires_grad:
        raise RuntimeError(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
        )
    return array_of(self)


OPERATORS = {
    "__hash__": object.__hash__,
    "shape": property(lambda self: Size(self._value.shape)),
    "dtype": property(_dtype),
    "device": property(lambda self: CPU),
    "ndim": property(lambda self: self._value.ndim),
    "grad": property(lambda self: self._grad, _set_grad),
    "data": property(lambda self: wrap(self._value)),
    "grad_fn": property(_grad_fn),
    "is_leaf": property(lambda self: self._node is None),
    "requires_grad": property(lambda self: self._requires_grad, requires_grad_),
    "requires_grad_": requires_grad_,
    "backward": _backward,
    "numpy": _numpy,
    "item": lambda self: self._value.item(),
    "tolist": lambda self: self._value.tolist(),
    "__repr__": lambda self: f"tensor({np.array2string(np.asarray(self._value), separator=', ')})",
    "__bool__": lambda self: bool(self._value),
    "__float__": lambda self: float(self._value),
    "__int__": lambda self: int(self._value),
    "__len__": lambda self: len(self._value),
}
