"""Tensors in other dtypes: `to`, `type`, and the methods named after dtypes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from chainrule import dtypes
from chainrule.arguments import check_options
from chainrule.composed.operands import dtype_of
from chainrule.core.tensor import TensorBase
from chainrule.creation import convert
from chainrule.errors import type_name

Dtype = Any


def to(
    self: TensorBase,
    *args: Any,
    device: Any = None,
    dtype: Dtype = None,
    non_blocking: bool = False,
    copy: bool = False,
) -> Any:
    """Return the tensor in another dtype, recorded; itself when nothing changes and `copy` is not set.

    Takes a dtype, a device, both (`to("cpu", chainrule.float64)`), or another tensor to be like; the flags
    may follow by position. Raises TypeError for anything else.

    >>> import chainrule
    >>> chainrule.tensor([1.7, -1.7]).to(chainrule.int64)
    tensor([ 1, -1])
    """
    given = list(args)
    if given and isinstance(given[0], TensorBase):
        dtype = dtype_of(given.pop(0))
    elif given and isinstance(given[0], _DTYPES):
        dtype = given.pop(0)
    elif given:
        device = given.pop(0)
        if given and not isinstance(given[0], bool):
            dtype = given.pop(0)
    flags = [*given, *(non_blocking, copy)[len(given) :]]
    if len(flags) > 2 or not all(isinstance(flag, bool) for flag in flags):
        raise TypeError("to() takes a dtype, a device, a device and a dtype, or a tensor, and two flags")
    return convert(self, check_options("to", dtype, device, False) or dtype_of(self), flags[1])


_DTYPES: Final = (dtypes.dtype, np.dtype, type)


def type_(self: TensorBase, dtype: Dtype = None) -> Any:
    """Return the name of the tensor's type; or with an argument, the tensor in that dtype.

    >>> import chainrule
    >>> chainrule.tensor(1.0).type()
    'chainrule.FloatTensor'
    """
    if dtype is None:
        return f"chainrule.{dtype_of(self).title}Tensor"
    if isinstance(dtype, str):
        for d in dtypes.ALL:
            if dtype == f"chainrule.{d.title}Tensor":
                return convert(self, d)
        raise ValueError(f"invalid type: {dtype!r}")
    if not isinstance(dtype, _DTYPES):
        raise TypeError("dtype must be a type, str, or dtype object")
    return convert(self, dtypes.as_dtype(dtype, "type"))


def type_as(self: TensorBase, other: TensorBase) -> Any:
    """Return the tensor in the dtype of another, recorded.

    >>> import chainrule
    >>> chainrule.tensor([1.5]).type_as(chainrule.tensor([1]))
    tensor([1])
    """
    if not isinstance(other, TensorBase):
        raise TypeError(f"type_as(): argument 'other' (position 1) must be Tensor, not {type_name(other)}")
    return convert(self, dtype_of(other))


def cpu(self: TensorBase) -> TensorBase:
    """Return the tensor itself: it is on the CPU.

    >>> import chainrule
    >>> x = chainrule.ones(2)
    >>> x.cpu() is x
    True
    """
    return self


def _converter(name: str, dtype: dtypes.dtype) -> Any:
    def method(self: TensorBase) -> Any:
        return convert(self, dtype)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"Return the tensor as {dtype.name}, recorded; itself when it is already. See `to`."
    return method


OPERATORS = {
    "to": to,
    "type": type_,
    "type_as": type_as,
    "cpu": cpu,
}
"""Methods of Tensor by name."""

for _name, _wanted in {
    "half": dtypes.float16,
    "float": dtypes.float32,
    "double": dtypes.float64,
    "cfloat": dtypes.complex64,
    "cdouble": dtypes.complex128,
    "bool": dtypes.bool_,
    "byte": dtypes.uint8,
    "char": dtypes.int8,
    "short": dtypes.int16,
    "int": dtypes.int32,
    "long": dtypes.int64,
}.items():
    OPERATORS[_name] = _converter(_name, _wanted)
