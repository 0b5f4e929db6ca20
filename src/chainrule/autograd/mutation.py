"""Changing tensors in place although they were saved: their old values are kept when that happens."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

import numpy as np

from chainrule.core.saved import SavedHooks
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, owner_of, wrap
from chainrule.core.watching import Watcher, watching

OUTSIDE = (
    "Trying to backward outside of the 'allow_mutation_on_saved_tensors' context in which the graph was "
    "originally recorded."
)


class Preserved:
    """A saved value: itself, until its memory is about to be written, then a copy."""

    __slots__ = ("__weakref__", "value")

    def __init__(self, value: Any) -> None:
        self.value = value


class Preservation(Watcher):
    """Copies saved values just before they are overwritten."""

    def __init__(self) -> None:
        self.by_owner: dict[int, WeakSet[Preserved]] = {}
        self.open = True

    def pack(self, tensor: TensorBase) -> Preserved:
        """Keep a value that is being saved."""
        preserved = Preserved(tensor._value)
        if isinstance(tensor._value, np.ndarray):
            owner = owner_of(tensor._value)
            if id(owner) not in self.by_owner:
                self.by_owner[id(owner)] = WeakSet()
                weakref.finalize(owner, self.by_owner.pop, id(owner), None).atexit = False
            self.by_owner[id(owner)].add(preserved)
        return preserved

    def unpack(self, preserved: Preserved) -> TensorBase:
        """Return the value as it was saved."""
        if not self.open:
            raise AssertionError(OUTSIDE)
        return wrap(preserved.value)

    def before_write(self, owner: np.ndarray[Any, Any]) -> None:
        for preserved in self.by_owner.pop(id(owner), ()):
            preserved.value = preserved.value.copy()


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[Preservation]:
    """Within the block, tensors that backward needs may be changed in place: it uses their old values.

    The copy is made when a tensor is changed. Forward and backward must both be in the block; else backward
    raises AssertionError. Raises RuntimeError inside another such block.

    >>> import chainrule
    >>> with chainrule.autograd.graph.allow_mutation_on_saved_tensors():
    ...     x = chainrule.ones(2, requires_grad=True)
    ...     y = x.clone()
    ...     z = (y**2).sum()
    ...     _ = y.sin_()
    ...     z.backward()
    >>> x.grad
    tensor([2., 2.])
    """
    if any(isinstance(watcher, Preservation) for watcher in state.watchers):
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    preservation = Preservation()
    before = state.saved_hooks
    with watching(preservation):
        state.saved_hooks = (*before, SavedHooks(preservation.pack, preservation.unpack))
        try:
            yield preservation
        finally:
            state.saved_hooks = before
            preservation.open = False
            preservation.by_owner.clear()


__all__ = ["allow_mutation_on_saved_tensors"]
