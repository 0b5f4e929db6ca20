"""Eigenvalues and eigenvectors of Hermitian matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import numpy_dtype, primitive
from chainrule.core.partial import dense, select_live
from chainrule.core.reach import matrix, vector
from chainrule.core.tensor import TensorBase
from chainrule.ops.coincidence import (
    coinciding,
    differences,
    either,
    inverse_gaps,
    live_values,
    live_vectors,
    negligible,
    off_diagonal,
    plain_array,
    responses,
    rough,
    slopes,
    turning,
    unknown,
    unknown_but_0,
    weights,
)
from chainrule.ops.contraction import matmul
from chainrule.ops.matrices import (
    LinAlgError,
    as_diagonal,
    diagonal_of,
    everywhere,
    hermitian,
    like,
    mH,
    plain,
    product,
    re,
    skew,
)

Array = Any


# -- functions of the eigenvalues alone ---------------------------------------------------------


def _moved(x_dot: Any, d: Any, slope: Any, w: Any, v: Any) -> Any:
    """Return the change of v diag(d) v^H along x_dot by what the vectors do.

    In the basis of the vectors the elements of x_dot are multiplied by (d[j] - d[i]) / (w[j] - w[i]): by the
    slope, where these coincide.
    """
    same = coinciding(w)
    e = product(mH(v), hermitian(x_dot), v)
    y = e * like(differences(d) * inverse_gaps(w, same), e)
    if same.any():
        slope = plain(slope)
        known = same & ~np.isnan(slope)
        y = y + e * like(np.where(known, slope, 0).astype(numpy_dtype(w)) + rough(w, known), e)
        y = y + unknown_but_0(e, same & ~known)
    return product(v, y, mH(v))


def _moved_along(x_dot: Any, d: Any, d_dot: Any, slope: Any, w: Any, v: Any) -> Any:
    return _moved(x_dot, d, slope, w, v) + product(v, like(as_diagonal(d_dot), v), mH(v))


@primitive(
    x=lambda g, d, slope, w, v: _moved(g, d, slope, w, v),
    d=lambda g, x, w, v: rates(x, g, w, v),
    jvp=_moved_along,
    node="LinalgEigh",
    reach={"x": matrix, "d": vector},
)
def recompose(x: Array, d: Array, slope: Array, w: Array, v: Array) -> Array:
    """v diag(d) v^H for the eigenvalues w and eigenvectors v of x.

    As a function of x it is known through `slope`, the limits of (d[j] - d[i]) / (w[j] - w[i]) for equal w.
    """
    return np.matmul(v * d[..., None, :], np.conjugate(np.swapaxes(v, -1, -2)))


def _rates_moved(x_dot: Any, e: Any, e_dot: Any, w: Any, v: Any) -> Any:
    """Return the change of the rates along x_dot, which the vectors make, and along e_dot."""
    same = coinciding(w)
    along, e = product(mH(v), hermitian(x_dot), v), product(mH(v), e, v)
    turned_by = along * like(inverse_gaps(w, same), along) + unknown_but_0(along, same & ~negligible(e))
    change = matmul(e, turned_by) + product(mH(v), e_dot, v)
    return re(diagonal_of(change + mH(matmul(e, turned_by))))


@primitive(
    x=lambda g, e, w, v: _moved(e, g, np.nan, w, v),
    e=lambda g, x, w, v: recompose(x, g, np.nan, w, v),
    jvp=lambda x_dot, e, e_dot, w, v: _rates_moved(x_dot, e, e_dot, w, v),
    node="LinalgEigh",
    reach={"x": lambda live: matrix(live[..., None]), "e": lambda live: matrix(live[..., None])},
)
def rates(x: Array, e: Array, w: Array, v: Array) -> Array:
    """The rates of change of the eigenvalues w of x along the direction e."""
    return np.sum(np.conjugate(v) * np.matmul(e, v), axis=-2).real.astype(w.dtype)


# -- eigenvalues and eigenvectors ---------------------------------------------------------------


def check_phases(inner: Any, message: str) -> None:
    """Raise torch's error for a loss that depends on the phases of complex vectors.

    The diagonal of `inner`, the vectors^H times their cotangents, is then not real.
    """
    values = everywhere(inner)
    if values.dtype.kind != "c":
        return
    phases = np.abs(np.diagonal(values, 0, -2, -1).imag)
    scale = np.abs(values).max(axis=(-2, -1), initial=1)[..., None]
    if (phases > np.finfo(values.dtype).eps ** 0.5 * scale).any():
        raise RuntimeError(message)


def _eigh_back(g: Any, x: Any, y: Any) -> Any:
    (g_w, g_v), (w, v) = g, y
    if g_v is None:
        d = dense(g_w)
        needed = isinstance(d, TensorBase) and coinciding(w).any()
        return recompose(x, d, slopes(d, w) if needed else np.nan, w, v)
    same = coinciding(w)
    inner = matmul(mH(v), dense(g_v))
    check_phases(
        inner,
        "linalg_eigh_backward: The eigenvectors in the complex case are specified up to multiplication by "
        "e^{i phi}. The specified loss function depends on this quantity, so it is ill-defined.",
    )
    torque = skew(inner)
    total = torque * like(inverse_gaps(w, same), v)
    if same.any():
        total = total + _limits(g_w, g_v, torque, w, v, same)
    if g_w is not None:
        total = total + like(as_diagonal(dense(g_w)), v)
    return hermitian(product(v, total, mH(v)))


def _limits(g_w: Any, g_v: Any, torque: Any, w: Any, v: Any, same: Array) -> Any:
    """Return the limits of torque / (w[j] - w[i]) for the pairs of equal values."""
    n = w.shape[-1]
    # A loss that changes when the vectors of equal values are turned has no derivative.
    broken = same & ~negligible(torque, dense(g_v))
    wanted = same & ~broken & either(live_vectors(g_v, n)) & either(live_values(g_w, n))
    if not wanted.any():
        return unknown(broken, v)
    found = responses(dense(g_w), w)
    if found is None:
        return unknown(broken | wanted, v)
    limits = unknown(broken, v) + like(rough(w, wanted), v)
    if 1 not in found:
        return limits
    # c d pulled back to v[i], v[j] is 2 c[i] y[i, j], 2 c[j] y[i, j], for the limits y.
    c = (differences(weights(n)) + ~off_diagonal(n)).astype(numpy_dtype(w))
    return limits + select_live(skew(matmul(mH(v), found[1])) / c, wanted)


def _turn(v: Any, h: Any, same: Array) -> bool:
    """Turn the vectors of equal values, in their memory, into the basis that belongs to direction h.

    That is where v^H h v is diagonal for these vectors. False if the values are not plain arrays.
    """
    vectors, along = plain_array(v), plain_array(h)
    if vectors is None or along is None:
        return False
    vectors[...] = vectors @ turning(mH(vectors) @ along @ vectors, same)
    return True


def _eigh_forward(x: Any, x_dot: Any, y: Any) -> tuple[Any, Any]:
    w, v = y
    h = hermitian(x_dot)
    same = coinciding(w)
    turned = same.any() and _turn(v, h, same)
    e = product(mH(v), h, v)
    turned_by = e * like(inverse_gaps(w, same), e)
    if same.any():
        turned_by = turned_by + like(rough(w, same), e)
        if not turned:
            turned_by = turned_by + unknown_but_0(e, same)
    return rates(x, h, w, v), matmul(v, turned_by)


@primitive(
    x=_eigh_back,
    jvp=_eigh_forward,
    node="LinalgEigh",
    absent=True,
    reach={"x": lambda live: matrix(live[0][..., None]) | matrix(live[1])},
)
def eigh(x: Array, *, lower: bool = True) -> tuple[Array, Array]:
    """The eigenvalues, ascending, and eigenvectors of Hermitian matrices given by one triangle."""
    try:
        w, v = np.linalg.eigh(x, "L" if lower else "U")
    except np.linalg.LinAlgError:
        raise LinAlgError("linalg.eigh: The algorithm failed to converge.") from None
    return w, v
