"""Norms and standard deviations where they are 0: the tip of a cone.

Their derivative is a quotient g x / y, 0/0 at the tip. By itself the slope there is 0, torch's
convention. But a smooth function of the norm such as norm(x)**2 has a true second derivative at
the tip, which hangs on the limit of g / y: for norm(x)**2 it is 2, for g = 2 y.

- In forward mode the value is lifted off the tip by less than any rounding error, so that quotients
  exist and come out right by themselves.
- In a recorded backward pass g is known as a function of y, and the limit is its derivative
  (l'Hopital), taken by an inner backward pass. This is exact for derivatives up to the second.

A point away from the tip pays for neither.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.graph import edge_of
from chainrule.core.partial import known, select_live
from chainrule.core.tensor import TensorBase, wrap
from chainrule.ops.elementwise.comparison import eq
from chainrule.ops.limits import is_function, is_twin, pulled_back


def over(g: Any, y: Any) -> Any:
    """Return g / y, for a cotangent g of y; where y is 0 the limit, or 0 where that is unknown."""
    tip = at_tip(y)
    if is_nowhere(tip):
        return g / y
    quotient = select_live(g / (y + tip), ~tip)
    slope = _slope(g, y)
    return quotient if slope is None else quotient + select_live(slope, tip)


def at_tip(y: Any) -> Any:
    """Return where y is 0, as an array; inside a transform as a tensor."""
    return known(eq(y, 0))


def is_nowhere(tip: Any) -> bool:
    """Tell whether marks are known to be false for all elements."""
    return not isinstance(tip, TensorBase) and not tip.any()


def _slope(g: Any, y: Any) -> Any:
    """Return dg/dy where the pass is being recorded, else None."""
    if not is_function(g):
        return None
    one = wrap(np.ones(g.shape, g._value.dtype)[()])
    tip: Any = edge_of(y)
    slopes = [slope for _, slope in pulled_back(g, one, lambda node: is_twin(node, tip)) or ()]
    return sum(slopes[1:], slopes[0]) if slopes else None


_LIFT = {d: np.sqrt(np.finfo(d).tiny) for d in map(np.dtype, ("float32", "float64"))}


def lift(y: Any) -> Any:
    """Move a fresh result of forward mode off the tip: 0 becomes 1e-19 (float32) or 1e-154 (float64).

    Half precision has no room for that and stays. Returns y.
    """
    value = y._value if isinstance(y, TensorBase) else None
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype in _LIFT and (value == 0).any():
        y._value = np.where(value == 0, _LIFT[value.dtype], value)[()]
    return y
