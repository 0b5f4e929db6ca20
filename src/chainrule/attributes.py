"""Attributes and conversions of tensors: what is not an operation on values."""

from __future__ import annotations

from chainrule.core.tensor import TensorBase

OPERATORS = {"__hash__": object.__hash__, "ndim": property(lambda self: self._value.ndim)}
