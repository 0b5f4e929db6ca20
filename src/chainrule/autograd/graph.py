"""torch.autograd.graph: nodes, hooks on several gradients, hooks on saved tensors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple, Self
from weakref import WeakKeyDictionary

from chainrule.core.apply import settle
from chainrule.core.engine import Pass
from chainrule.core.graph import Edge, edge_of
from chainrule.core.hooks import HookList, RemovableHandle
from chainrule.core.inplace import note_written
from chainrule.core.saved import SavedHooks
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase
from chainrule.core.visible import AccumulateGrad, VisibleNode, as_function


class _NodeMeta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, (VisibleNode, AccumulateGrad))


class Node(metaclass=_NodeMeta):
    """The class of what `grad_fn` and `next_functions` hold, for isinstance().

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> isinstance((x * 2).grad_fn, chainrule.autograd.graph.Node)
    True
    """


class GradientEdge(NamedTuple):
    """Where the gradient of a tensor goes: an output of a node. `grad` and `backward` take it as a tensor."""

    node: Any
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: TensorBase) -> GradientEdge:
    """Return the edge that the gradient of `tensor` goes to.

    Raises RuntimeError for a tensor that does not require grad.

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> chainrule.autograd.graph.get_gradient_edge(x * 2).output_nr
    0
    """
    settle(tensor)
    if not tensor._requires_grad:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require gradients"
        )
    return GradientEdge(*as_function(edge_of(tensor)))


def increment_version(tensor: Any) -> None:
    """Count a change in place that the library did not see: of a tensor, or of several.

    Backward then raises the error about a variable modified in place where the old value was saved.

    >>> import chainrule
    >>> x = chainrule.zeros(2)
    >>> chainrule.autograd.graph.increment_version(x)
    >>> x._version
    1
    """
    for each in (tensor,) if isinstance(tensor, TensorBase) else tuple(tensor):
        if each._extra is not None and each._extra.inference:
            raise RuntimeError("Inference tensors do not track version counter.")
        note_written(each._value)


# -- hooks on several gradients -------------------------------------------------------------------


class _Handles(RemovableHandle):
    """The handle of hooks on several tensors."""

    def __init__(self, handles: tuple[RemovableHandle, ...]) -> None:
        super().__init__(HookList())
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


def register_multi_grad_hook(
    tensors: Sequence[TensorBase],
    fn: Callable[..., None],
    *,
    mode: Literal["all", "any"] = "all",
) -> RemovableHandle:
    """Have `fn` called in a backward pass when the gradients of `tensors` are there.

    With mode "all", `fn(grads)` once all of them that the pass reaches are there, None for others; with
    "any", `fn(grad)` for the first one. Raises ValueError for another mode.

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> a, b = x * 2, x * 3
    >>> handle = chainrule.autograd.graph.register_multi_grad_hook((a, b), print)
    >>> (a * b).backward()
    (tensor(3.), tensor(2.))
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    edges = [edge_of(tensor) for tensor in tensors]
    seen = _Seen(edges, fn) if mode == "all" else _First(fn)
    return _Handles(tuple([t.register_hook(seen.hook(i)) for i, t in enumerate(tensors)]))  # type: ignore[attr-defined]


class _Seen:
    """The gradients that one pass has brought so far."""

    def __init__(self, edges: list[Edge], fn: Callable[..., None]) -> None:
        self.edges = edges
        self.fn = fn
        self.lock = threading.Lock()
        self.grads: WeakKeyDictionary[Pass, list[Any]] = WeakKeyDictionary()
        self.missing: WeakKeyDictionary[Pass, int] = WeakKeyDictionary()

    def hook(self, i: int) -> Callable[[Any], None]:
        def note(grad: Any) -> None:
            run = state.running
            assert run is not None
            with self.lock:
                if run not in self.grads:
                    self.grads[run] = [None] * len(self.edges)
                    self.missing[run] = sum(run.reaches(edge) for edge in self.edges)
                self.grads[run][i] = grad
                self.missing[run] -= 1
                complete = self.missing[run] == 0
                if complete:
                    grads = self.grads.pop(run)
                    del self.missing[run]
            if complete:
                self.fn(tuple(grads))

        return note


class _First:
    """Calls the user's function once in a pass."""

    def __init__(self, fn: Callable[..., None]) -> None:
        self.fn = fn
        self.lock = threading.Lock()
        self.last: Any = None  # the pass in which it was called last

    def hook(self, i: int) -> Callable[[Any], None]:
        def note(grad: Any) -> None:
            with self.lock:
                if state.running is self.last:
                    return
                self.last = state.running
            self.fn(grad)

        return note


# -- hooks on saved tensors -----------------------------------------------------------------------

_refusals = threading.local()


class saved_tensors_hooks:  # noqa: N801 (torch's name)
    """Within the block, put what operations save through `pack_hook`, and back through `unpack_hook`.

    `pack_hook(tensor)` returns anything, from which `unpack_hook` makes the tensor again.

    >>> import chainrule
    >>> x = chainrule.tensor([1.0, 2.0], requires_grad=True)
    >>> with chainrule.autograd.graph.saved_tensors_hooks(lambda t: t.numpy(), chainrule.from_numpy):
    ...     y = (x.detach() * x).sum()
    >>> y.backward()
    >>> x.grad
    tensor([1., 2.])
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook
        self.before: list[Any] = []

    def __enter__(self) -> Self:
        refusal = getattr(_refusals, "message", None)
        if refusal is not None:
            raise RuntimeError(refusal)
        self.before.append(state.saved_hooks)
        state.saved_hooks = (*state.saved_hooks, SavedHooks(self.pack_hook, self.unpack_hook))
        state.update()
        return self

    def __exit__(self, *error: object) -> None:
        state.saved_hooks = self.before.pop()
        state.update()


class save_on_cpu(saved_tensors_hooks):  # noqa: N801 (torch's name)
    """Keep saved tensors on the CPU, where they are anyway; both arguments are accepted.

    >>> import chainrule
    >>> x = chainrule.tensor(3.0, requires_grad=True)
    >>> with chainrule.autograd.graph.save_on_cpu():
    ...     y = x * x
    >>> y.backward()
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda tensor: tensor, lambda tensor: tensor)


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within the block, `saved_tensors_hooks` raises RuntimeError with this message.

    >>> import chainrule
    >>> with chainrule.autograd.graph.disable_saved_tensors_hooks("not here"):
    ...     pass
    """
    before = getattr(_refusals, "message", None)
    if state.saved_hooks:
        raise RuntimeError(error_message)
    _refusals.message = error_message
    try:
        yield
    finally:
        _refusals.message = before


__all__ = [
    "GradientEdge",
    "Node",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]
