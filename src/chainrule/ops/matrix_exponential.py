"""The exponential of matrices.

Its derivative along x' is the upper right block of exp([[x, x'], [0, x]]) (R. Mathias, "A chain rule for
matrix functions and applications" (1996)): an exponential itself, so that there are derivatives of any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import primitive, zeros_like
from chainrule.core.reach import matrix
from chainrule.ops.joining import cat
from chainrule.ops.matrices import mH

Array = Any


def _moved(x: Any, x_dot: Any) -> Any:
    n, last = x.shape[-1], x.ndim - 1
    above = cat(x, x_dot, dim=last)
    below = cat(zeros_like(x), x, dim=last)
    return matrix_exp(cat(above, below, dim=last - 1))[..., :n, n:]


@primitive(x=lambda g, x: _moved(mH(x), g), jvp=_moved, node="LinalgMatrixExp", reach={"x": matrix})
def matrix_exp(x: Array) -> Array:
    """The sum of x^k / k! for square matrices."""
    if not x.size:
        return x.copy()
    wide = x.astype(np.result_type(x.dtype, np.float64))
    # exp(x) = exp(x / 2^k)^(2^k), where x / 2^k is so small that the approximant has all digits.
    size = np.abs(wide).sum(-2).max(initial=0)
    squarings = max(0, int(np.ceil(np.log2(size / _LARGEST)))) if 0 < size < np.inf else 0
    y = _pade(wide / 2**squarings) if size < np.inf else np.full_like(wide, np.nan)
    for _ in range(squarings):
        y = y @ y
    return y.astype(x.dtype)


_LARGEST = 5.37
"""The 1-norm up to which the approximant is exact to double precision.

N. Higham, "The scaling and squaring method for the matrix exponential revisited" (2005).
"""

_COEFFICIENTS = (
    *(64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000),
    *(10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1),
)


def _pade(x: Array) -> Array:
    """Return the diagonal Pade approximant of degree 13 of exp(x)."""
    power = np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape)
    even, odd = np.zeros_like(x), np.zeros_like(x)
    square = x @ x
    for k in range(0, len(_COEFFICIENTS), 2):
        even = even + _COEFFICIENTS[k] * power
        odd = odd + _COEFFICIENTS[k + 1] * power
        power = power @ square
    odd = x @ odd
    return np.linalg.solve(even - odd, even + odd)
