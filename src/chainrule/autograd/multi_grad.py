"""Hooks on the gradients of several tensors."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any, Literal
from weakref import WeakKeyDictionary

from chainrule.core.engine import Pass, settled_edge
from chainrule.core.graph import Edge, Node, hooks_of
from chainrule.core.hooks import HookList, RemovableHandle
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase
from chainrule.core.visible import leaf_hooks

Hook = Callable[[Any], None]


class MultiHandle(RemovableHandle):
    """The handle of hooks on several tensors."""

    def __init__(self, handles: tuple[RemovableHandle, ...]) -> None:
        super().__init__(HookList())
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


def register_multi_grad_hook(
    tensors: Sequence[TensorBase],
    fn: Callable[[Any], None],
    *,
    mode: Literal["all", "any"] = "all",
) -> RemovableHandle:
    """Have `fn` called in a backward pass when the gradients of `tensors` are there.

    With mode "all", `fn(grads)` is called once all of them that the pass reaches are there, None for others;
    with "any", `fn(grad)` for the first one. Raises ValueError for another mode, and RuntimeError for a
    tensor that does not require grad (with "any" it is left out).

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> a, b = x * 2, x * 3
    >>> handle = chainrule.autograd.graph.register_multi_grad_hook((a, b), print)
    >>> (a * b).backward()
    [tensor(3.), tensor(2.)]
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    edges = [settled_edge(tensor) for tensor in tensors]
    if mode == "any":
        first = _First(fn)
        return MultiHandle(tuple([_hook(edge, first.note) for edge in edges if edge is not None]))
    if None in edges:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    together = _Together(edges, fn)
    return MultiHandle(tuple([_hook(edge, together.hook(i)) for i, edge in enumerate(edges)]))


def _hook(edge: Edge, fn: Hook) -> RemovableHandle:
    return (hooks_of(edge) if isinstance(edge, Node) else leaf_hooks(edge)).tensor.add(fn)


class _Together:
    """The gradients that each running pass has brought so far."""

    def __init__(self, edges: list[Edge], fn: Callable[[list[Any]], None]) -> None:
        # Weak, for the hooks that hold this are held by the nodes.
        self.edges = [weakref.ref(edge) for edge in edges]
        self.fn = fn
        self.lock = threading.Lock()
        self.grads: WeakKeyDictionary[Pass, list[Any]] = WeakKeyDictionary()
        self.missing: WeakKeyDictionary[Pass, int] = WeakKeyDictionary()

    def hook(self, i: int) -> Hook:
        def note(grad: Any) -> None:
            complete = self.note(i, grad)
            if complete is not None:
                self.fn(complete)

        return note

    def note(self, i: int, grad: Any) -> list[Any] | None:
        """Add a gradient; return all of them when this was the last."""
        run = state.running
        assert run is not None
        with self.lock:
            if run not in self.grads:
                self.grads[run] = [None] * len(self.edges)
                self.missing[run] = sum(
                    run.reaches(edge) for ref in self.edges if (edge := ref()) is not None
                )
            self.grads[run][i] = grad
            self.missing[run] -= 1
            if self.missing[run]:
                return None
            del self.missing[run]
            return self.grads.pop(run)


class _First:
    """Calls the user's function once in a pass."""

    def __init__(self, fn: Hook) -> None:
        self.fn = fn
        self.lock = threading.Lock()
        self.told: weakref.WeakSet[Pass] = weakref.WeakSet()

    def note(self, grad: Any) -> None:
        run = state.running
        assert run is not None
        with self.lock:
            if run in self.told:
                return
            self.told.add(run)
        self.fn(grad)


__all__ = ["MultiHandle", "register_multi_grad_hook"]
