"""Equal eigenvalues and equal singular values: what derivatives there are at such matrices.

Derivatives of eigenvectors are quotients by differences of eigenvalues w, which are 0/0 where two of
these coincide. The vectors of equal values are any orthonormal basis of their space, and what depends
on the choice has no derivative. What does not depend on it has one, and the limit of the quotient is
wanted:

- It is 0 if nothing came back from these vectors, or nothing from their values. Which parts of the
  cotangents are structurally zero is known (`absent=True`), so a loss of a few eigenvectors is not
  troubled by others.
- In a recorded backward pass, the cotangents are known as functions of the values and vectors. An inner
  backward pass, from those of the values, gives the limits by l'Hopital's rule.
- In forward mode the vectors, when fresh, are turned into the basis that belongs to the direction.

Otherwise the limit cannot be known from the cotangents, and NaN says so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.box import Box
from chainrule.core.graph import Output
from chainrule.core.kinds import numpy_dtype
from chainrule.core.partial import Partial, select_live
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, wrap
from chainrule.ops.elementwise.arithmetic import sqrt
from chainrule.ops.limits import is_twin, pulled_back
from chainrule.ops.matrices import on_all, plain

Array = Any


def differences(x: Any) -> Any:
    """Return x[j] - x[i] as matrices over i and j."""
    return x[..., None, :] - x[..., :, None]


def off_diagonal(n: int) -> Array:
    return ~np.eye(n, dtype=bool)


def coinciding(w: Any) -> Array:
    """Tell which pairs i != j of values are equal, up to rounding in their computation."""

    def decide(values: Array) -> Array:
        n = values.shape[-1]
        top = np.maximum.reduce(np.abs(values), axis=-1, keepdims=True, initial=0)
        equal = np.abs(differences(values)) <= 8 * n * np.finfo(values.dtype).eps * top[..., None]
        return np.asarray(equal & off_diagonal(n))

    return on_all(decide, w)


def negligible(e: Any, *sources: Any) -> Array:
    """Tell which elements of matrices are 0 up to rounding in their computation from `sources` (or e)."""
    sizes = np.abs(plain(e))
    top: Any = 0
    for source in sources or (e,):
        top = np.maximum(top, np.abs(plain(source)).max(axis=(-2, -1), keepdims=True, initial=0))
    found: Array = sizes <= 100 * max(e.shape[-2:]) * np.finfo(sizes.dtype).eps * top
    return found


def inverse_gaps(w: Any, same: Array) -> Any:
    """Return 1 / (w[j] - w[i]), 0 on the diagonal and for the pairs in `same`."""
    near = same | ~off_diagonal(same.shape[-1])
    return select_live(1 / (differences(w) + near), ~near)


def unknown(where: Array, like: Any) -> Array:
    """Return NaN where a limit is not known, else 0."""
    return np.where(where, np.nan, 0).astype(numpy_dtype(like))


def unknown_but_0(e: Any, where: Array, *sources: Any) -> Array:
    """Return NaN where a factor of e is not known, but for elements that are 0 up to rounding."""
    return unknown(where & ~negligible(e, *sources), e) if where.any() else unknown(where, e)


def rough(w: Any, same: Array) -> Any:
    """Return zeros whose derivatives in w are NaN for the pairs in `same`.

    Added to a limit, of which only the value is known, it makes its derivative NaN: sqrt has an
    infinite slope at 0, times 0.
    """
    return select_live(sqrt(differences(w) * 0), same)


def live_values(part: Any, n: int) -> Array:
    """Tell which values something came back from."""
    if part is None:
        return np.zeros(n, bool)
    return part.masked().live if isinstance(part, Partial) else np.ones(n, bool)


def live_vectors(part: Any, n: int, axis: int = -2) -> Array:
    """Tell which vectors something came back from; `axis` is that of their elements."""
    if part is None:
        return np.zeros(n, bool)
    return part.masked().live.any(axis) if isinstance(part, Partial) else np.ones(n, bool)


def either(live: Array) -> Array:
    """Tell for pairs whether one of the two is live."""
    found: Array = live[..., None, :] | live[..., :, None]
    return found


def plain_array(x: Any) -> Array | None:
    """Return the memory of an array or of a tensor that holds one, else None."""
    value = x._value if isinstance(x, TensorBase) else x
    return value if isinstance(value, np.ndarray) else None


def turning(e: Array, same: Array) -> Array:
    """Return the orthonormal matrices r that make r^H e r diagonal within each block of equal values.

    e are Hermitian matrices, in the basis of the vectors. r leaves the blocks where they are.
    """
    block = same | ~off_diagonal(same.shape[-1])
    # The blocks keep their order through numbers that grow from each to the next by more than e has room for.
    number = np.zeros(same.shape[:-1])
    number[..., 1:] = np.cumsum(~np.diagonal(same, 1, -2, -1), -1)
    room = 1 + 2 * np.abs(e).sum(axis=(-2, -1))[..., None]
    ranked = np.where(block, e, 0) + np.eye(e.shape[-1]) * (number * room)[..., None, :]
    return np.where(block, np.linalg.eigh(ranked)[1], 0).astype(e.dtype)


# -- the inner pass -----------------------------------------------------------------------------


def weights(n: int) -> Array:
    """Return different weights for the values; none is 0."""
    return np.arange(1.0, n + 1)


def responses(d: Any, w: Any) -> dict[int, Any] | None:
    """Return what the weighted sum of cotangents d of the values w becomes at the results of their node.

    By the results' numbers; those that d does not depend on are missing. None if d is not known as a
    function.
    """
    if not isinstance(d, TensorBase) or isinstance(d._value, Box) or not state.grad_enabled:
        return None
    if d._node is None:
        return {}
    parent = w._node.parent
    seed = np.broadcast_to(weights(d.shape[-1]), d.shape).astype(numpy_dtype(d))
    found = pulled_back(d, wrap(seed), lambda node: type(node) is Output and is_twin(node.parent, parent))
    if found is None:
        return None
    total: dict[int, Any] = {}
    for output, g in found:
        number = output.number  # type: ignore[attr-defined]
        total[number] = total[number] + g if number in total else g
    return total


def slopes(d: Any, w: Any) -> Array:
    """Return the limits of (d[j] - d[i]) / (w[j] - w[i]) for equal w, NaN where they are not known.

    d is the gradient in w of a function that does not change when equal values are exchanged. Then
    d[j] - d[i], as a function of w, has derivative s in w[j] and -s in w[i], where s is the limit, and none
    in others.
    """
    found = responses(d, w)
    values = plain(d)
    if found is None:
        return np.full((*values.shape, values.shape[-1]), np.nan)
    c = weights(values.shape[-1])
    number = w._node.number
    moved = plain(found[number]) if number in found else np.zeros(values.shape)
    slope = differences(moved) / (differences(c) + np.eye(len(c)))
    return np.where(_uneven(differences(values), values), np.nan, slope)


def slopes_at_0(d: Any, w: Any) -> Array:
    """Return the limits of d[i] / w[i] at w[i] = 0, NaN where they are not known.

    d is the gradient in w of a function that does not change when w[i] changes sign: then d[i] is 0 at 0
    whatever the other values are, so that its derivative in w[i] is all that there is.
    """
    found = responses(d, w)
    values = plain(d)
    if found is None:
        return np.full(values.shape, np.nan)
    number = w._node.number
    moved = plain(found[number]) if number in found else np.zeros(values.shape)
    return np.where(_uneven(values, values), np.nan, moved / weights(values.shape[-1]))


def _uneven(rise: Array, values: Array) -> Array:
    """Tell where a rise of values is more than rounding: then its quotient by 0 has no limit."""
    found: Array = np.abs(rise) > np.finfo(values.dtype).eps ** 0.5 * np.abs(values).max(initial=0)
    return found
