"""Tensors as NumPy arrays and Python numbers: what leaves the graph, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.conversion import LEAVES_GRAPH, concrete
from chainrule.core.apply import settle
from chainrule.core.box import Box
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, array_of
from chainrule.errors import warn
from chainrule.printing import format_scalar, to_string


def numpy(self: TensorBase, *, force: bool = False) -> Any:
    """Return the values as an ndarray that shares this tensor's memory.

    Raises RuntimeError for a tensor that requires grad, for the array could not carry the graph, unless
    nothing is recorded anyway (`no_grad`); `force=True` detaches it first.

    >>> import chainrule
    >>> chainrule.tensor([1.0, 2.0]).numpy()
    array([1., 2.], dtype=float32)
    """
    if not force:
        settle(self)
        if self._requires_grad and state.grad_enabled:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
            )
        if isinstance(self._value, Box) and not self._value.open:
            raise RuntimeError(
                f"Can't call numpy() on a tensor inside a transform ({type(self._value).__name__}): the "
                "array would lose the derivative. Use chainrule's operations, or return the tensor first."
            )
    return array_of(self)


def _array(self: TensorBase, dtype: Any = None, copy: bool | None = None) -> Any:
    """Return the values as an ndarray (NumPy calls this); refuses as `numpy()` does."""
    return np.array(numpy(self), dtype, copy=copy)


def item(self: TensorBase) -> Any:
    """Return the only element as a Python number; RuntimeError unless there is exactly one.

    >>> import chainrule
    >>> chainrule.tensor([2.5]).item()
    2.5
    """
    value = concrete(self, "item()")
    if value.size != 1:
        raise RuntimeError(f"a Tensor with {value.size} elements cannot be converted to Scalar")
    return value.item()


def tolist(self: TensorBase) -> Any:
    """Return the elements as nested lists of Python numbers, a 0-d tensor as a number.

    >>> import chainrule
    >>> chainrule.tensor([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]
    """
    return concrete(self, "tolist()").tolist()


def _scalar(self: TensorBase) -> Any:
    """Return the only element for a conversion that leaves the graph, warning when there is one."""
    value = concrete(self, "a Python number")
    if value.size != 1:
        raise ValueError("only one element tensors can be converted to Python scalars")
    if self._requires_grad or isinstance(self._value, Box):
        warn(LEAVES_GRAPH)
    return value.item()


def _float(self: TensorBase) -> float:
    return float(_real(_scalar(self), "double"))


def _int(self: TensorBase) -> int:
    return int(_real(_scalar(self), "int64_t"))


def _real(number: Any, name: str) -> Any:
    """Return a number without its imaginary part, which must be 0."""
    if not isinstance(number, complex):
        return number
    if number.imag != 0:
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    return number.real


def _complex(self: TensorBase) -> complex:
    return complex(_scalar(self))


def _index(self: TensorBase) -> int:
    value = concrete(self, "an index")
    if value.size != 1 or value.dtype.kind not in "biu":
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return int(value.item())


def _bool(self: TensorBase) -> bool:
    value = concrete(self, "a condition")
    if value.size != 1:
        raise RuntimeError(
            f"Boolean value of Tensor with {'no values' if value.size == 0 else 'more than one value'} "
            "is ambiguous"
        )
    return bool(value)


def _len(self: TensorBase) -> int:
    shape: tuple[int, ...] = self._value.shape
    if not shape:
        raise TypeError("len() of a 0-d tensor")
    return shape[0]


def _iter(self: Any) -> Iterator[Any]:
    if not self._value.shape:
        raise TypeError("iteration over a 0-d tensor")
    return iter(self.unbind(0))


def _reversed(self: Any) -> Any:
    return self.flip(0) if self._value.shape else self


def _contains(self: Any, element: Any) -> bool:
    if not isinstance(element, (TensorBase, int, float, complex, np.generic)):
        raise RuntimeError(
            f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
        )
    return bool((self == element).any())


OPERATORS = {
    "numpy": numpy,
    "item": item,
    "tolist": tolist,
    "__array__": _array,
    "__bool__": _bool,
    "__complex__": _complex,
    "__contains__": _contains,
    "__float__": _float,
    "__format__": format_scalar,
    "__index__": _index,
    "__int__": _int,
    "__iter__": _iter,
    "__len__": _len,
    "__repr__": to_string,
    "__reversed__": _reversed,
}
"""Methods and special methods of Tensor by name."""
