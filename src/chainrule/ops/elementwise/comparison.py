"""Comparison, logic, and choice by a condition."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import constant, selection

Array = Any


@constant()
def gt(a: Array, b: Array) -> Array:
    """a > b.

    >>> import chainrule
    >>> chainrule.gt(chainrule.tensor([1.0, 3.0]), 2)
    tensor([False,  True])
    """
    return a > b


@constant()
def ne(a: Array, b: Array) -> Array:
    """a != b.

    >>> import chainrule
    >>> chainrule.ne(chainrule.tensor([1.0, 2.0]), 2)
    tensor([ True, False])
    """
    return a != b
