"""Tensor: the class users meet. Its methods are set here, in one place."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType, ModuleType
from typing import Any

from chainrule import attributes, numpy_protocol
from chainrule.composed import families
from chainrule.composed.calls import as_method
from chainrule.core.apply import binary, unary
from chainrule.core.inplace import change
from chainrule.core.tensor import TensorBase, classes
from chainrule.ops.elementwise import arithmetic


class Tensor(TensorBase):
    """An n-dimensional array that can be differentiated.

    Make one with `chainrule.tensor`; its methods are those of torch.Tensor.

    >>> import chainrule
    >>> x = chainrule.tensor([1.0, 2.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __slots__ = ()

    # The operators that small programs consist of, without any indirection.

    def __add__(self, other: Any) -> Any:
        return binary(arithmetic.add, self, other)

    def __sub__(self, other: Any) -> Any:
        return binary(arithmetic.sub, self, other)

    def __mul__(self, other: Any) -> Any:
        return binary(arithmetic.mul, self, other)

    def __truediv__(self, other: Any) -> Any:
        return binary(arithmetic.true_divide, self, other)

    def __neg__(self) -> Any:
        return unary(arithmetic.neg, self)

    __radd__ = __add__
    __rmul__ = __mul__


def _in_place(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method that replaces a tensor by what `function` makes of it."""

    def method(self: TensorBase, *args: Any, **kwargs: Any) -> TensorBase:
        operands = (*args, *kwargs.values())
        return change(self, lambda before: function(before, *args, **kwargs), operands, f"{name}()")

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"In-place version of `{name[:-1]}`; torch's errors guard the graph."
    return method


def _install(module: ModuleType) -> None:
    """Set the methods, in-place methods and operators that a family of operations offers."""
    for name in getattr(module, "METHODS", ()):
        setattr(Tensor, name, as_method(name, getattr(module, name)))
    for name in getattr(module, "IN_PLACE", ()):
        function = _in_place(f"{name}_", getattr(module, name))
        setattr(Tensor, f"{name}_", as_method(f"{name}_", function))
    for name, function in getattr(module, "OPERATORS", MappingProxyType({})).items():
        setattr(Tensor, name, as_method(name, function))


for _module in (*families, numpy_protocol, attributes):
    _install(_module)
classes.tensor = Tensor

__all__ = ["Tensor"]
