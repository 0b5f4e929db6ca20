"""Logic on truth values, and on the bits of integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.apply import bad_operand
from chainrule.core.kinds import constant
from chainrule.core.primitive import Primitive
from chainrule.core.tensor import PYTHON_NUMBERS
from chainrule.ops.elementwise.refusals import supports

Array = Any


def _values(primitive: Primitive, *operands: Any) -> tuple[Any, ...]:
    """Return operands that NumPy may be given: of other objects it would take the truth."""
    for i, operand in enumerate(operands):
        if not isinstance(operand, (np.ndarray, np.generic, *PYTHON_NUMBERS)):
            raise bad_operand(primitive, i, operand)
    return operands


@constant(promotion="none")
def logical_and(a: Array, b: Array) -> Array:
    """Whether both a and b are nonzero, elementwise with broadcasting; any dtypes give bool.

    >>> import chainrule
    >>> chainrule.logical_and(chainrule.tensor([1.0, 0.0]), chainrule.tensor([2, 2]))
    tensor([ True, False])
    """
    return np.logical_and(*_values(logical_and, a, b))


@constant(promotion="none")
def logical_or(a: Array, b: Array) -> Array:
    """Whether a or b is nonzero, elementwise with broadcasting; any dtypes give bool.

    >>> import chainrule
    >>> chainrule.logical_or(chainrule.tensor([1.0, 0.0]), chainrule.tensor([0, 0]))
    tensor([ True, False])
    """
    return np.logical_or(*_values(logical_or, a, b))


@constant(promotion="none")
def logical_xor(a: Array, b: Array) -> Array:
    """Whether exactly one of a and b is nonzero, elementwise with broadcasting; any dtypes give bool.

    >>> import chainrule
    >>> chainrule.logical_xor(chainrule.tensor([1.0, 0.0]), chainrule.tensor([1, 1]))
    tensor([False,  True])
    """
    return np.logical_xor(*_values(logical_xor, a, b))


@constant(promotion="none")
def logical_not(x: Array) -> Array:
    """Whether x is zero, elementwise; any dtype gives bool.

    >>> import chainrule
    >>> chainrule.logical_not(chainrule.tensor([1.0, 0.0]))
    tensor([False,  True])
    """
    return np.logical_not(x)


@constant(check=supports("biu", "bitwise_and_cpu"))
def bitwise_and(a: Array, b: Array) -> Array:
    """The bits that are set in both a and b, elementwise with broadcasting; integers or booleans.

    >>> import chainrule
    >>> chainrule.bitwise_and(chainrule.tensor([6, 5]), 3)
    tensor([2, 1])
    """
    return a & b


@constant(check=supports("biu", "bitwise_or_cpu"))
def bitwise_or(a: Array, b: Array) -> Array:
    """The bits that are set in a or b, elementwise with broadcasting; integers or booleans.

    >>> import chainrule
    >>> chainrule.bitwise_or(chainrule.tensor([6, 5]), 3)
    tensor([7, 7])
    """
    return a | b


@constant(check=supports("biu", "bitwise_xor_cpu"))
def bitwise_xor(a: Array, b: Array) -> Array:
    """The bits in which a and b differ, elementwise with broadcasting; integers or booleans.

    >>> import chainrule
    >>> chainrule.bitwise_xor(chainrule.tensor([6, 5]), 3)
    tensor([5, 6])
    """
    return a ^ b


@constant(check=supports("biu", "bitwise_not_cpu"))
def bitwise_not(x: Array) -> Array:
    """The bits that are not set in x, elementwise; integers or booleans (for these, logical not).

    >>> import chainrule
    >>> chainrule.bitwise_not(chainrule.tensor([0, 5]))
    tensor([-1, -6])
    """
    return ~x


@constant(check=supports("iu", "lshift_cpu"))
def bitwise_left_shift(a: Array, b: Array) -> Array:
    """The bits of a moved up b places, elementwise with broadcasting; integers.

    >>> import chainrule
    >>> chainrule.bitwise_left_shift(chainrule.tensor([1, 3]), 2)
    tensor([ 4, 12])
    """
    return a << b


@constant(check=supports("iu", "rshift_cpu"))
def bitwise_right_shift(a: Array, b: Array) -> Array:
    """The bits of a moved down b places, elementwise with broadcasting; integers (the sign stays).

    >>> import chainrule
    >>> chainrule.bitwise_right_shift(chainrule.tensor([4, -5]), 1)
    tensor([ 2, -3])
    """
    return a >> b
