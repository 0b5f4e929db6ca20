"""The pseudoinverse of matrices.

G. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems
whose variables separate" (1973).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import primitive
from chainrule.core.reach import matrix
from chainrule.ops.contraction import matmul
from chainrule.ops.eigenvalues import eigh
from chainrule.ops.matrices import mH, product
from chainrule.ops.singular_values import svd

Array = Any


def _pinv_forward(x: Any, x_dot: Any, y: Any) -> Any:
    h = mH(x_dot)
    # y - y x y = 0, so that each of the three terms vanishes where it must.
    left = matmul(y, product(mH(y), h) - product(mH(y), h, x, y))
    right = matmul(product(h, mH(y)) - product(y, x, h, mH(y)), y)
    return left + right - product(y, x_dot, y)


def _pinv_back(g: Any, x: Any, y: Any) -> Any:
    h, yh = mH(g), mH(y)
    left = product(h, y, yh) - product(x, y, h, y, yh)
    right = product(yh, y, h) - product(yh, y, h, y, x)
    return left + right - product(yh, g, yh)


@primitive(x=_pinv_back, jvp=_pinv_forward, node="LinalgPinv", reach={"x": matrix})
def pinv(x: Array, *, atol: Array, rtol: Array, hermitian: bool) -> Array:
    """The Moore-Penrose pseudoinverse; singular values up to max(atol, rtol * the largest) count as 0."""
    if hermitian:
        values, left = eigh.forward(x)
        sizes, right = np.abs(values), mH(left)
    else:
        left, values, right = svd.forward(x, full=False)
        sizes = values
    top = np.maximum.reduce(sizes, axis=-1, keepdims=True, initial=0)
    kept = sizes > np.maximum(np.asarray(atol)[..., None], np.asarray(rtol)[..., None] * top)
    inverse = np.where(kept, 1 / np.where(kept, values, 1), 0).astype(values.dtype)
    return mH(right) @ (inverse[..., None] * mH(left))
