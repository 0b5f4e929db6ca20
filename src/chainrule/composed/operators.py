"""Python's operators as methods: what they refuse is left to the other operand's class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.composed.operands import OPERANDS
from chainrule.core.inplace import change

Function = Callable[[Any, Any], Any]


def operator(function: Function) -> Function:
    """Return the method for `self <operator> other`."""

    def method(self: Any, other: Any) -> Any:
        return function(self, other) if isinstance(other, OPERANDS) else NotImplemented

    return method


def reflected(function: Function) -> Function:
    """Return the method for `other <operator> self`."""

    def method(self: Any, other: Any) -> Any:
        return function(other, self) if isinstance(other, OPERANDS) else NotImplemented

    return method


def in_place(function: Function) -> Function:
    """Return the method for `self <operator>= other`."""

    def method(self: Any, other: Any) -> Any:
        if not isinstance(other, OPERANDS):
            return NotImplemented
        return change(self, lambda before: function(before, other), (other,), f"{function.__name__}_()")

    return method
