"""Saved values: as tensors at their places in the graph, and put away by hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from chainrule.core.apply import output_of, record
from chainrule.core.box import Box
from chainrule.core.graph import FREED, Edge, Node, ensure_extra
from chainrule.core.inplace import version_of
from chainrule.core.primitive import registry
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, wrap, wrap_recorded


def as_tensors(node: Node, saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the values that `node` saved as tensors at their places in the graph."""
    return tuple([as_tensor(node, s, value) for s, value in zip(node.plan.sources, saved, strict=True)])


def as_tensor(node: Node, source: int, value: Any) -> Any:
    """Return one saved value as a tensor (or several), and what is no operand or result as it is."""
    primitive = node.primitive
    if source >= primitive.values:
        return value
    if source == primitive.values - 1:
        return _unpack_result(node, value)
    if primitive.variadic:
        return tuple([_unpack_operand(v, e, node) for v, e in zip(value, node.edges, strict=True)])
    return _unpack_operand(value, node.edges[source], node)


def _unpack_result(node: Node, value: Any) -> Any:
    if isinstance(value, TensorBase):  # on a tape of its own level tensors are saved as they are
        return value
    if isinstance(value, tuple):
        if isinstance(value[0], TensorBase):
            return value
        return tuple([wrap_recorded(part, output_of(node, k)) for k, part in enumerate(value)])
    return wrap_recorded(value, node)


def _unpack_operand(value: Any, edge: Edge, node: Node) -> Any:
    if not isinstance(value, (np.ndarray, np.generic, Box)):
        return value
    if edge is None or isinstance(edge, TensorBase) or isinstance(value, Box) or node.detail is None:
        return place(value, edge)
    original = node.detail[node.edges.index(edge)]
    dtype = original[1] if isinstance(original, tuple) else original
    return place(value, edge, dtype or value.dtype)


def place(value: Any, edge: Edge, dtype: Any = None) -> TensorBase:
    """Return a tensor with `value` at the end of `edge`, where the tensors have `dtype`."""
    if edge is None:
        return wrap(value)
    if isinstance(edge, TensorBase):
        if _holds(edge, value):
            return edge
        origin = edge
    elif dtype is None or dtype == value.dtype:
        return wrap_recorded(value, edge)
    else:
        origin = wrap_recorded(value.astype(dtype), edge)
    cast: TensorBase = record(registry["cast"], (origin,), (origin._value,), value, {"dtype": value.dtype}, 1)
    return cast


def _holds(leaf: TensorBase, value: Any) -> bool:
    """Tell whether a leaf has a value, if in another representation (a 0-d array, a scalar)."""
    have = leaf._value
    if have is value:
        return True
    if isinstance(have, Box) or isinstance(value, Box) or value.dtype != have.dtype:
        return False
    return not value.shape and not have.shape and bool(value == have)


# -- hooks ------------------------------------------------------------------------------------------


class SavedHooks:
    """How to put away what nodes save, and how to get it back."""

    __slots__ = ("pack", "unpack")

    def __init__(self, pack: Callable[[TensorBase], Any], unpack: Callable[[Any], Any]) -> None:
        self.pack: Final = pack
        self.unpack: Final = unpack

    def put_away(self, node: Node) -> None:
        """Pack the tensors that `node` saved."""
        ensure_extra(node).packed = True
        node.saved = tuple([self._packed(node, source, k) for k, source in enumerate(node.plan.sources)])

    def put_away_one(self, node: Node, k: int) -> None:
        """Pack one of the tensors that `node` saved."""
        ensure_extra(node).packed = True
        packed = self._packed(node, node.plan.sources[k], k)
        node.saved = (*node.saved[:k], packed, *node.saved[k + 1 :])

    def _packed(self, node: Node, source: int, k: int) -> Any:
        return self._pack_all(as_tensor(node, source, node.saved[k]))

    def _pack_all(self, tensors: Any) -> Any:
        if isinstance(tensors, tuple):
            return tuple([self._pack_all(tensor) for tensor in tensors])
        return Packed(tensors, self) if isinstance(tensors, TensorBase) else tensors


class Packed:
    """A saved tensor that was put away."""

    __slots__ = ("content", "dtype", "hooks", "shape")

    def __init__(self, tensor: TensorBase, hooks: SavedHooks) -> None:
        version = version_of(tensor)
        self.shape: Final = tensor._value.shape
        self.dtype: Final = tensor._value.dtype
        self.hooks: Final = hooks
        with _apart():
            content = hooks.pack(tensor)
        # Hooks that do nothing shall not make a cycle: a result holds the node that has saved it.
        self.content: Final = (
            wrap(tensor._value) if content is tensor and tensor._node is not None else content
        )
        if version_of(tensor) != version:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack "
                "hook cannot be modified by in-place operations as this can lead to unexpected side-effects. "
                "Let the hook return a changed copy instead."
            )

    def value(self) -> Any:
        """Return the value of the tensor that the hook gives back, in the dtype it was saved in."""
        tensor = self.hooks.unpack(self.content)
        if not isinstance(tensor, TensorBase):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(tensor).__name__}"
            )
        value = tensor._value
        if value.shape != self.shape:
            raise RuntimeError(
                f"Output of saved tensor unpack_hook has shape {list(value.shape)}, but the tensor that was "
                f"packed had shape {list(self.shape)}"
            )
        return value if value.dtype == self.dtype else value.astype(self.dtype)


@contextmanager
def _apart() -> Iterator[None]:
    """Run a pack hook: nothing it does is recorded, nor packed in turn."""
    hooks, recording = state.saved_hooks, state.grad_enabled
    state.saved_hooks = ()
    state.enable_grad(False)
    try:
        yield
    finally:
        state.saved_hooks = hooks
        state.enable_grad(recording)


def unpacked(saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return saved values, those that were put away fetched by their hooks."""
    return tuple([_fetched(value) for value in saved])


def _fetched(value: Any) -> Any:
    if isinstance(value, tuple):
        return unpacked(value)
    return value.value() if type(value) is Packed else value


class SavedTensor:
    """A tensor that a node saved, to be given hooks of its own."""

    __slots__ = ("_k", "_node")

    def __init__(self, node: Any, k: int) -> None:
        self._node = node
        self._k = k

    def register_hooks(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        """Put the tensor away by `pack_hook(tensor)` now, and get it back by `unpack_hook` in backward.

        Raises RuntimeError when it has hooks already, or was freed.

        >>> import chainrule
        >>> x = chainrule.tensor(3.0, requires_grad=True)
        >>> y = x * x
        >>> y.grad_fn._raw_saved_self.register_hooks(lambda t: t.item(), chainrule.tensor)
        >>> y.backward()
        >>> x.grad
        tensor(6.)
        """
        for hook in (pack_hook, unpack_hook):
            if not callable(hook):
                raise TypeError(f"register_hooks() expects two functions, but got {type(hook).__name__}")
        found = self._node._packing_of(self._k)
        if found is FREED:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate "
                "values of the graph are freed when you call .backward() or autograd.grad(). Specify "
                "retain_graph=True if you need to backward through the graph a second time or if you need "
                "to access saved variables after calling backward."
            )
        if found is not None:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. "
                "Hint: only one pair of hooks is allowed at a time."
            )
        self._node._pack_at(self._k, SavedHooks(pack_hook, unpack_hook))


__all__ = ["Packed", "SavedHooks", "SavedTensor", "as_tensor", "as_tensors", "place", "unpacked"]
