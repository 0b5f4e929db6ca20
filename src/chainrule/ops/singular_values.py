"""Singular values and singular vectors.

With p = u^H x' v for a direction x', the vectors turn by u^H u' = a * h + b * k and v^H v' = a * h - b * k,
elementwise, where h and k are the Hermitian and the skew part of p, a = 1 / (s[j] - s[i]) and
b = 1 / (s[i] + s[j]). (With a = (s[i] + s[j]) f and b = (s[j] - s[i]) f it is the formula with
f = 1 / (s[j]^2 - s[i]^2) of J. Townsend, "Differentiating the singular value decomposition" (2016), but
loses no digits of small values.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import numpy_dtype, primitive, zeros_like
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
    plain_array,
    rough,
    slopes,
    slopes_at_0,
    turning,
    unknown,
    unknown_but_0,
)
from chainrule.ops.contraction import matmul
from chainrule.ops.eigenvalues import check_phases
from chainrule.ops.matrices import (
    LinAlgError,
    as_diagonal,
    diagonal_of,
    hermitian,
    like,
    mH,
    on_all,
    plain,
    product,
    re,
    skew,
    thin,
    with_rest,
)

Array = Any


def _sums(x: Any) -> Any:
    """Return x[i] + x[j] as matrices over i and j."""
    return x[..., None, :] + x[..., :, None]


def _vanishing(s: Any) -> Array:
    """Tell which singular values are 0, up to rounding in their computation."""

    def decide(values: Array) -> Array:
        top = np.maximum.reduce(values, axis=-1, keepdims=True, initial=0)
        return np.asarray(values <= 8 * values.shape[-1] * np.finfo(values.dtype).eps * top)

    return on_all(decide, s)


def _both(zero: Array) -> Array:
    found: Array = zero[..., None, :] & zero[..., :, None]
    return found


def _inverse_sums(s: Any, holes: Array) -> Any:
    """Return 1 / (s[i] + s[j]), 0 in the holes."""
    return select_live(1 / (_sums(s) + holes), ~holes)


def _inverses(s: Any, zero: Array) -> Any:
    """Return 1 / s, 0 where s is 0."""
    return select_live(1 / (s + zero), ~zero)


# -- functions of the singular values alone -----------------------------------------------------


def _moved(x_dot: Any, d: Any, slope: Any, rate: Any, u: Any, s: Any, vh: Any) -> Any:
    """Return the change of u diag(d) vh along x_dot by what the vectors do."""
    p = product(mH(u), x_dot, mH(vh))
    even, odd = hermitian(p), skew(p)
    same, zero = coinciding(s), _vanishing(s)
    pairs = _both(zero)
    y = even * like(differences(d) * inverse_gaps(s, same), p)
    y = y + odd * like(_sums(d) * _inverse_sums(s, pairs), p)
    ratio = d * _inverses(s, zero)
    slope, rate = np.asarray(plain(slope)), np.asarray(plain(rate))
    if same.any() or zero.any():
        y = y + _times(even, p, slope, same, s) + _times(odd, p, rate[..., None], pairs, s)
        ratio = ratio + np.where(zero, np.nan_to_num(rate), 0).astype(numpy_dtype(s))
    lost = zero & np.isnan(rate)
    total = product(u, y, vh)
    if u.shape[-2] > u.shape[-1]:
        rest = matmul(x_dot, mH(vh)) - matmul(u, p)
        rest = rest * like(ratio, p)[..., None, :] + unknown_but_0(rest, lost[..., None, :], x_dot)
        total = total + matmul(rest, vh)
    if vh.shape[-1] > vh.shape[-2]:
        rest = matmul(mH(u), x_dot) - matmul(p, vh)
        rest = rest * like(ratio, p)[..., None] + unknown_but_0(rest, lost[..., None], x_dot)
        total = total + matmul(u, rest)
    return total


def _times(e: Any, p: Any, limit: Array, where: Array, s: Any) -> Any:
    """Return e, a part of p, times the limits, in those places; 0 in others."""
    known = where & ~np.isnan(limit)
    factor = np.where(known, limit, 0).astype(numpy_dtype(s)) + rough(s, known)
    return e * like(factor, e) + unknown_but_0(e, where & ~known, p)


def _moved_along(x_dot: Any, d: Any, d_dot: Any, slope: Any, rate: Any, u: Any, s: Any, vh: Any) -> Any:
    return _moved(x_dot, d, slope, rate, u, s, vh) + product(u, like(as_diagonal(d_dot), u), vh)


@primitive(
    x=lambda g, d, slope, rate, u, s, vh: _moved(g, d, slope, rate, u, s, vh),
    d=lambda g, u, vh: re(diagonal_of(product(mH(u), g, mH(vh)))),
    jvp=_moved_along,
    node="LinalgSvd",
    reach={"x": matrix, "d": vector},
)
def recompose_svd(x: Array, d: Array, slope: Array, rate: Array, u: Array, s: Array, vh: Array) -> Array:
    """u diag(d) vh for the singular values s and singular vectors of x.

    As a function of x it is known through the limits of (d[j] - d[i]) / (s[j] - s[i]) for equal s, `slope`,
    and of d[i] / s[i] for s[i] = 0, `rate`.
    """
    return np.matmul(u * d[..., None, :], vh)


# -- singular values and vectors ----------------------------------------------------------------


def _svd_back(g: Any, x: Any, y: Any) -> Any:
    (g_u, g_s, g_vh), (u, s, vh) = g, y
    k = s.shape[-1]
    if g_u is None and g_vh is None:
        d = dense(g_s)
        needed = isinstance(d, TensorBase) and (coinciding(s).any() or _vanishing(s).any())
        limits = (slopes(d, s), slopes_at_0(d, s)) if needed else (np.nan, np.nan)
        return recompose_svd(x, d, *limits, u[..., :k], s, vh[..., :k, :])
    live = _live(g_u, g_vh, k), live_values(g_s, k)
    g_u, u = thin(zeros_like(u) if g_u is None else dense(g_u), u, k)
    g_v, v = thin(mH(zeros_like(vh) if g_vh is None else dense(g_vh)), mH(vh), k)
    return _pulled(g_u, None if g_s is None else dense(g_s), g_v, u, s, v, live)


def _live(g_u: Any, g_vh: Any, k: int) -> Array:
    """Tell which of the first k pairs of vectors something came back from."""
    columns, rows = live_vectors(g_u, k), live_vectors(g_vh, k, axis=-1)
    # What came back from the vectors that only full matrices have concerns all.
    found: Array = columns[..., :k] | rows[..., :k]
    for rest in (columns[..., k:], rows[..., k:]):
        found = found | rest.any(-1, keepdims=True)
    return found


def _pulled(g_u: Any, g_s: Any, g_v: Any, u: Any, s: Any, v: Any, live: tuple[Array, Array]) -> Any:
    inner_u, inner_v = matmul(mH(u), g_u), matmul(mH(v), g_v)
    check_phases(
        inner_u + inner_v,
        "svd_backward: The singular vectors in the complex case are specified up to multiplication by "
        "e^{i phi}. The specified loss function depends on this phase term, making it ill-defined.",
    )
    torque_u, torque_v = skew(inner_u), skew(inner_v)
    together, apart = torque_u + torque_v, torque_u - torque_v
    same, zero = coinciding(s), _vanishing(s)
    pairs = _both(zero)
    y = together * like(inverse_gaps(s, same), u) + apart * like(_inverse_sums(s, pairs), u)
    used, used_s = live
    if same.any() or zero.any():
        wanted = either(used) & either(used_s)
        y = y + _lost(together, same, wanted, g_u, g_v)
        y = y + _lost(apart, pairs, wanted & (plain(apart) != 0), g_u, g_v)
    if g_s is not None:
        y = y + like(as_diagonal(g_s), u)
    total = product(u, y, mH(v))
    inverse = like(_inverses(s, zero), u)[..., None, :]
    hole, wanted = zero[..., None, :], (used & used_s)[..., None, :]
    if u.shape[-2] > u.shape[-1]:
        rest = g_u - matmul(u, inner_u)
        total = total + matmul(rest * inverse + _lost(rest, hole, wanted, g_u), mH(v))
    if v.shape[-2] > v.shape[-1]:
        rest = g_v - matmul(v, inner_v)
        total = total + matmul(u, mH(rest * inverse + _lost(rest, hole, wanted, g_v)))
    return total


def _lost(e: Any, where: Array, wanted: Array, *sources: Any) -> Array:
    """Return NaN where the quotient of e by 0 is infinite, or its limit wanted and not known."""
    return unknown(where & (wanted | ~negligible(e, *sources)), e) if where.any() else unknown(where, e)


def _svd_forward(x_dot: Any, y: Any) -> tuple[Any, Any, Any]:
    u_full, s, vh_full = y
    k = s.shape[-1]
    same, zero = coinciding(s), _vanishing(s)
    pairs = _both(zero)
    turned = same.any() and _turn(u_full, vh_full, x_dot, k, same & ~pairs)
    u, v = u_full[..., :k], mH(vh_full)[..., :k]
    p = product(mH(u), x_dot, v)
    even = hermitian(p) * like(inverse_gaps(s, same) + rough(s, same), p)
    odd = skew(p) * like(_inverse_sums(s, pairs), p)
    even = even + unknown_but_0(hermitian(p), same & pairs if turned else same, p)
    odd = odd + unknown_but_0(skew(p), pairs, p)
    inverse = like(_inverses(s, zero), p)[..., None, :]
    u_dot, v_dot = matmul(u, even + odd), matmul(v, even - odd)
    if u.shape[-2] > k:
        rest = matmul(x_dot, v) - matmul(u, p)
        u_dot = u_dot + rest * inverse + unknown_but_0(rest, zero[..., None, :], x_dot)
    if v.shape[-2] > k:
        rest = matmul(mH(x_dot), u) - matmul(v, mH(p))
        v_dot = v_dot + rest * inverse + unknown_but_0(rest, zero[..., None, :], x_dot)
    return (
        with_rest(u_dot, u, u_full[..., k:]),
        re(diagonal_of(p)),
        mH(with_rest(v_dot, v, mH(vh_full)[..., k:])),
    )


def _turn(u: Any, vh: Any, x_dot: Any, k: int, same: Array) -> bool:
    """Turn the vectors of equal values into those that belong to a direction, as for eigenvectors."""
    left, right, along = plain_array(u), plain_array(vh), plain_array(x_dot)
    if left is None or right is None or along is None:
        return False
    left, right = left[..., :k], right[..., :k, :]
    r = turning(hermitian(mH(left) @ along @ mH(right)), same)
    left[...] = left @ r
    right[...] = mH(r) @ right
    return True


@primitive(
    x=_svd_back,
    jvp=_svd_forward,
    node="LinalgSvd",
    absent=True,
    reach={"x": lambda live: matrix(live[0]) | matrix(live[1][..., None]) | matrix(live[2])},
)
def svd(x: Array, *, full: bool) -> tuple[Array, Array, Array]:
    """u, s, vh with u diag(s) vh = x: singular values s, descending, and orthonormal singular vectors."""
    try:
        u, s, vh = np.linalg.svd(x, full_matrices=full)
    except np.linalg.LinAlgError:
        why = "" if np.isfinite(x).all() else " because the input matrix contained non-finite values"
        raise LinAlgError(f"linalg.svd: The algorithm failed to converge{why}.") from None
    return u, s, vh
