"""Watchers are told of every operation in their thread, forward and backward.

Profiling, anomaly mode and the search for the first NaN are watchers. They cost nothing while there
are none: the fast path is off while a thread has some, and on otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chainrule.core.state import state

if TYPE_CHECKING:
    import numpy as np

    from chainrule.core.graph import Node
    from chainrule.core.primitive import Primitive
    from chainrule.core.tensor import Writes


class Watcher:
    """Is told of what runs in its thread; a subclass overrides what it wants to know."""

    def before(self, primitive: Primitive) -> None:
        """Be told that an operation is about to run."""

    def after(
        self,
        primitive: Primitive,
        operands: tuple[Any, ...],
        values: tuple[Any, ...],
        params: dict[str, Any],
        y: Any,
    ) -> None:
        """Be told of an operation that has run: its operands, the values they were brought to, the result."""

    def raised(self, primitive: Primitive) -> None:
        """Be told that an operation has raised an error, in place of `after`."""

    def entered(self, block: str, operands: tuple[Any, ...]) -> None:
        """Be told that a block begins: one that the user has named, a custom function, the end of an edge."""

    def left(self, block: str) -> None:
        """Be told that a block has ended, by an error or not."""

    def recorded(self, node: Node) -> None:
        """Be told of a node just recorded."""

    def before_pull(self, node: Node, g: Any) -> None:
        """Be told that a node is about to send cotangents to its operands."""

    def failed(self, node: Node, error: Exception) -> None:
        """Be told that a node has raised an error."""

    def before_write(self, owner: np.ndarray[Any, Any]) -> None:
        """Be told that memory, given as the array that owns it, is about to be changed in place."""

    def written(self, writes: Writes) -> None:
        """Be told that memory has been changed in place."""

    def after_pull(self, node: Node, g: Any, grads: Sequence[Any]) -> None:
        """Be told of the cotangents that a node has sent."""


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Have `watcher` told of what runs in this thread."""
    before = state.watchers
    state.watchers = (*before, watcher)
    state.update()
    try:
        yield
    finally:
        state.watchers = before
        state.update()


@contextmanager
def block(name: str, operands: tuple[Any, ...] = ()) -> Iterator[None]:
    """Tell the watchers where a block begins and ends."""
    watchers = state.watchers
    for watcher in watchers:
        watcher.entered(name, operands)
    try:
        yield
    finally:
        for watcher in reversed(watchers):
            watcher.left(name)


def run_watched(
    primitive: Primitive, prepared: tuple[Any, ...], params: dict[str, Any], operands: tuple[Any, ...]
) -> Any:
    """Run the body of an operation, and tell the watchers."""
    for watcher in state.watchers:
        watcher.before(primitive)
    try:
        y = primitive.forward(*prepared, **params)
    except BaseException:
        for watcher in reversed(state.watchers):
            watcher.raised(primitive)
        raise
    for watcher in reversed(state.watchers):
        watcher.after(primitive, operands, prepared, params, y)
    return y


__all__ = ["Watcher", "block", "run_watched", "watching"]
