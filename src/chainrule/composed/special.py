"""The error and gamma functions, as torch offers them; their values come from SciPy."""

from __future__ import annotations

import operator
from typing import Any

from chainrule.core.inplace import change
from chainrule.ops.elementwise import special
from chainrule.ops.elementwise.special import digamma, erf, erfc, erfinv, lgamma


def polygamma(n: int, input: Any) -> Any:
    """The n-th derivative of digamma, elementwise; real only.

    Raises RuntimeError for a negative n, and MissingExtraError without SciPy.

    >>> import chainrule
    >>> chainrule.polygamma(1, chainrule.tensor([1.0, 2.0]))
    tensor([1.6449, 0.6449])
    """
    n = operator.index(n)
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return special.polygamma(input, n=n)


def _polygamma(self: Any, n: int) -> Any:
    """The method form of `polygamma`."""
    return polygamma(n, self)


def _polygamma_(self: Any, n: int) -> Any:
    """In-place version of `polygamma`; torch's errors guard the graph."""
    return change(self, lambda before: polygamma(n, before), name="polygamma_()")


METHODS = IN_PLACE = ["digamma", "erf", "erfc", "erfinv", "lgamma"]
OPERATORS = {"polygamma": _polygamma, "polygamma_": _polygamma_}

__all__ = ["digamma", "erf", "erfc", "erfinv", "lgamma", "polygamma"]
