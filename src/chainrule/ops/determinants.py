"""Determinants of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.box import Box
from chainrule.core.kinds import conjugate, numpy_dtype, primitive
from chainrule.core.tensor import TensorBase
from chainrule.ops.inverses import inv
from chainrule.ops.matrices import mH, mT
from chainrule.ops.reduction import sum_
from chainrule.ops.structure import imag, real

Array = Any


def cofactors(x: Any) -> Any:
    """Return the matrices of cofactors, the derivatives of the determinant, of singular matrices too."""
    n = x.shape[-1]
    if n > 4 and _is_regular(x._value if isinstance(x, TensorBase) else x):
        return det(x)[..., None, None] * mT(inv(x))
    if n > 4 and isinstance(x, np.ndarray):
        return _cofactors_by_svd(x)
    if n == 0:
        return x
    # Determinants of the minors: polynomials, so right to any order for every matrix.
    others = np.array([[j for j in range(n) if j != i] for i in range(n)], np.int64).reshape(n, n - 1)
    minors = x[..., others[:, None, :, None], others[None, :, None, :]]
    signs = (-1.0) ** np.add.outer(np.arange(n), np.arange(n))
    return det(minors) * signs.astype(numpy_dtype(x))


def _is_regular(x: Array) -> bool:
    """Tell whether the inverses of all matrices are known to half of the digits."""
    if isinstance(x, Box) or not np.isfinite(x).all():
        return False
    return bool((np.linalg.cond(x) < np.finfo(x.dtype).eps ** -0.5).all())


def _cofactors_by_svd(x: Array) -> Array:
    """Return det(U Vh) U diag(products of the other singular values) Vh, conjugated: numbers only."""
    u, s, vh = np.linalg.svd(x)
    n = s.shape[-1]
    others = np.where(np.eye(n, dtype=bool), s.dtype.type(1), s[..., None, :]).prod(-1)
    return np.linalg.det(u @ vh)[..., None, None] * np.conjugate((u * others[..., None, :]) @ vh)


@primitive(
    x=lambda g, x: g[..., None, None] * conjugate(cofactors(x)),
    jvp=lambda x, x_dot: sum_(cofactors(x) * x_dot, dim=(x.ndim - 2, x.ndim - 1), keepdim=False),
    node="LinalgDet",
    reach={"x": lambda live: live[..., None, None]},
)
def det(x: Array) -> Array:
    """The determinant of square matrices."""
    return np.linalg.det(x)


def _slogdet_back(g: Any, x: Any, y: Any) -> Any:
    g_sign, g_log = g
    if numpy_dtype(x).kind == "c":
        # d log det = a + ib moves log|det| by a and the sign by i b sign.
        g_log = g_log - 1j * imag(conjugate(g_sign) * y[0])
    return g_log[..., None, None] * mH(inv(x))


def _slogdet_forward(x: Any, x_dot: Any, y: Any) -> tuple[Any, Any]:
    moved = sum_(mT(inv(x)) * x_dot, dim=(x.ndim - 2, x.ndim - 1), keepdim=False)
    sign = y[0]
    if numpy_dtype(x).kind == "c":
        return sign * (1j * imag(moved)), real(moved)
    return sign * 0, moved


@primitive(
    x=_slogdet_back,
    jvp=_slogdet_forward,
    node="LinalgSlogdet",
    reach={"x": lambda live: (live[0] | live[1])[..., None, None]},
)
def slogdet(x: Array) -> tuple[Array, Array]:
    """The sign of the determinant and the logarithm of its absolute value."""
    sign, logabsdet = np.linalg.slogdet(x)
    return sign, logabsdet
