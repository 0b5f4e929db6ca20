"""Partial cotangents: what flows back from operations that did not use all of their input.

A branch not taken contributes nothing, whatever its derivative there: `where(x > 0, sqrt(x), 0)`
has derivative 0 at 0, although that of `sqrt` is infinite. So `where`, indexing and the like send
back a cotangent that knows which of its elements are structurally dead. Elementwise rules clear
dead elements after multiplying, movement carries the marks along, everything else sees zeros.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from chainrule.core.box import Box
from chainrule.core.primitive import registry
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, wrap

Array = np.ndarray[Any, Any]


@contextmanager
def strict_ieee() -> Iterator[None]:
    """Multiply by zero where a branch was not taken, as PyTorch and JAX do, for comparison.

    Backward passes inside the block give NaN where 0 meets infinity.

    >>> import chainrule
    >>> x = chainrule.tensor(0.0, requires_grad=True)
    >>> with chainrule.strict_ieee():
    ...     chainrule.where(x > 0, x.sqrt(), 0).backward()
    >>> x.grad
    tensor(nan)
    """
    before, state.marking = state.marking, False
    try:
        yield
    finally:
        state.marking = before


class Partial:
    """A cotangent of which some elements are structurally zero.

    Cotangents are added by `+`: an element of the sum is dead when it is dead in both.
    """

    __slots__ = ("value",)
    __array_ufunc__ = None  # arrays leave the sum to __radd__

    value: Any  # at the live elements, or of full size

    def __add__(self, other: Any) -> Any:
        return _add(self, other)

    def __radd__(self, other: Any) -> Any:
        return _add(other, self)

    def dense(self) -> Any:
        """Return the plain cotangent, zero at dead elements."""
        raise NotImplementedError

    def is_known(self) -> bool:
        """Tell whether the dead elements are known, not others for each member of a batch."""
        return True

    def masked(self) -> Masked:
        raise NotImplementedError


class Masked(Partial):
    """A full-size cotangent (zero at dead elements) with the boolean array of its live ones.

    Inside a transform `live` may be a tensor: which elements are live differs between members.
    """

    __slots__ = ("live", "owned")

    def __init__(self, value: Any, live: Any, owned: bool = False) -> None:
        self.value = value
        self.live: Final = live
        self.owned: Final = owned  # whether `value` and `live` may be written into

    def dense(self) -> Any:
        return self.value

    def is_known(self) -> bool:
        return not isinstance(self.live, TensorBase)

    def masked(self) -> Masked:
        return self


class Region(Partial):
    """A cotangent that is zero outside `index` (of basic indexing): only the live part is stored."""

    __slots__ = ("index", "shape")

    def __init__(self, value: Any, index: tuple[Any, ...], shape: tuple[int, ...]) -> None:
        self.value = value
        self.index: Final = index
        self.shape: Final = shape

    def dense(self) -> Any:
        return embed(self.value, self.index, self.shape)

    def masked(self) -> Masked:
        live = np.zeros(self.shape, bool)
        live[self.index] = True
        return Masked(self.dense(), live, owned=True)


class Parts:
    """The cotangents of an operation with several results, plain or partial, None where nothing came back."""

    __slots__ = ("forms", "on_tensors", "parts")

    def __init__(self, forms: tuple[tuple[Any, Any] | None, ...], on_tensors: bool) -> None:
        self.forms: Final = forms  # (shape, dtype) of each result, None of one that is no tensor
        self.on_tensors: Final = on_tensors
        self.parts: list[Any] = [None] * len(forms)

    def add(self, number: int, g: Any) -> None:
        earlier = self.parts[number]
        self.parts[number] = g if earlier is None else earlier + g

    def replaced(self, parts: list[Any]) -> Parts:
        """Return others in place of these."""
        other = Parts(self.forms, self.on_tensors)
        other.parts = parts
        return other

    def dense(self) -> list[Any]:
        """Return them all, zeros in place of what is absent."""
        return [
            self._zeros(*form) if part is None and form is not None else dense(part)
            for part, form in zip(self.parts, self.forms, strict=True)
        ]

    def is_known(self) -> bool:
        """Tell whether the dead elements of all are known."""
        return all(not isinstance(part, Partial) or part.is_known() for part in self.parts)

    def lives(self) -> list[Array]:
        """Return which elements of each are live."""
        found = []
        for part, form in zip(self.parts, self.forms, strict=True):
            whole = np.full(() if form is None else form[0], part is not None)
            found.append(part.masked().live if isinstance(part, Partial) else whole)
        return found

    def _zeros(self, shape: tuple[int, ...], dtype: Any) -> Any:
        zeros = np.zeros(shape, dtype)[()]
        return wrap(zeros) if self.on_tensors else zeros


PARTIAL: Final = frozenset({Masked, Region, Parts})


def dense(g: Any) -> Any:
    """Return `g` as a plain cotangent."""
    return g.dense() if type(g) in PARTIAL else g


def embed(g: Any, index: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """Return zeros of `shape` with `g` at `index`."""
    return registry["embed"](g, index=index, shape=shape)


def select_live(g: Any, live: Any) -> Any:
    """Return `g` where `live`, else zero."""
    return registry["select_live"](g, live)


def known(x: Any) -> Any:
    """Return the array of a tensor that is not differentiated; one that is inside a transform as it is."""
    if not isinstance(x, TensorBase) or (isinstance(x._value, Box) and x._value.numeric):
        return x
    return x._value


def clear(g: Any, live: Any) -> Masked:
    """Mark what is not `live` in `g` as dead."""
    return Masked(select_live(g, live), live)


def _add(a: Any, b: Any) -> Any:
    if isinstance(a, Region) and isinstance(b, Region) and same_index(a.index, b.index):
        return Region(a.value + b.value, a.index, a.shape)
    if isinstance(a.value if isinstance(a, Partial) else a, TensorBase):
        return _add_recorded(a, b)
    if not isinstance(a, Masked):
        a, b = (b, a) if isinstance(b, Masked) else (_own(a), b)
    return _add_into(a if a.owned else _own(a), b)


def _own(a: Any) -> Masked:
    """Return a copy of `a` that may be written into."""
    if isinstance(a, Region):
        return a.masked()
    if isinstance(a, Masked):
        return Masked(np.array(a.value), np.array(a.live), owned=True)
    return Masked(np.array(a), np.ones(a.shape, bool), owned=True)


def _add_into(total: Masked, b: Any) -> Masked:
    value, live = total.value, total.live
    if isinstance(b, Region):
        value[b.index] += b.value
        live[b.index] = True
    elif isinstance(b, Masked):
        value += b.value
        live |= b.live
    else:
        value += b
        live[...] = True
    return total


def _add_recorded(a: Any, b: Any) -> Any:
    if not isinstance(a, Partial):
        return a + b.dense()
    if not isinstance(b, Partial):
        return a.dense() + b
    left, right = a.masked(), b.masked()
    return Masked(left.value + right.value, registry["logical_or"](left.live, right.live))


def same_index(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    """Tell whether two basic indices are the same."""
    return len(a) == len(b) and all(type(i) is type(j) and i == j for i, j in zip(a, b, strict=True))
