"""Saved values: as tensors at their places in the graph, and put away by hooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from chainrule.core.apply import output_of
from chainrule.core.box import Box
from chainrule.core.graph import Edge, Node, ensure_extra
from chainrule.core.inplace import version_of
from chainrule.core.primitive import registry
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, wrap, wrap_recorded


def as_tensors(node: Node, saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the values that `node` saved as tensors at their places in the graph."""
    primitive = node.primitive
    found = []
    for source, value in zip(node.plan.sources, saved, strict=True):
        if source >= primitive.values:
            found.append(value)
        elif source == primitive.values - 1:
            found.append(_unpack_result(node, value))
        elif primitive.variadic:
            found.append(tuple([_unpack_operand(v, e, node) for v, e in zip(value, node.edges, strict=True)]))
        else:
            found.append(_unpack_operand(value, node.edges[source], node))
    return tuple(found)


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
    if edge is None:
        return wrap(value)
    if isinstance(edge, TensorBase):
        if edge._value is value:
            return edge
        if edge._value.dtype == value.dtype:
            # the leaf was handed over in another representation (a 0-d array as a scalar)
            return edge
        return registry["cast"](edge, dtype=value.dtype)
    tensor = wrap_recorded(value, edge)
    detail = node.detail
    if detail is not None:
        original = detail[node.edges.index(edge)]
        dtype = original[1] if isinstance(original, tuple) else original
        if dtype is not None and dtype != value.dtype and not isinstance(value, Box):
            return registry["cast"](wrap_recorded(value.astype(dtype), edge), dtype=value.dtype)
    return tensor


# -- hooks ------------------------------------------------------------------------------------------


class SavedHooks:
    """How to put away what nodes save, and how to get it back."""

    __slots__ = ("pack", "unpack")

    def __init__(self, pack: Callable[[TensorBase], Any], unpack: Callable[[Any], Any]) -> None:
        self.pack: Final = pack
        self.unpack: Final = unpack

    def put_away(self, node: Node) -> None:
        """Pack the tensors that `node` saved."""
        node.saved = self._packed(as_tensors(node, node.saved))
        ensure_extra(node).packed = True

    def _packed(self, saved: tuple[Any, ...]) -> tuple[Any, ...]:
        packed: list[Any] = []
        for value in saved:
            if isinstance(value, tuple):
                packed.append(self._packed(value))
            else:
                packed.append(Packed(value, self) if isinstance(value, TensorBase) else value)
        return tuple(packed)


class Packed:
    """A saved tensor that was put away."""

    __slots__ = ("content", "hooks")

    def __init__(self, tensor: TensorBase, hooks: SavedHooks) -> None:
        version = version_of(tensor)
        self.hooks: Final = hooks
        recording = state.grad_enabled
        state.enable_grad(False)
        try:
            self.content: Final = hooks.pack(tensor)
        finally:
            state.enable_grad(recording)
        if version_of(tensor) != version:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack "
                "hook cannot be modified by in-place operations as this can lead to unexpected side-effects. "
                "Let the hook return a changed copy instead."
            )

    def value(self) -> Any:
        """Return the value of the tensor that the hook gives back."""
        tensor = self.hooks.unpack(self.content)
        if not isinstance(tensor, TensorBase):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(tensor).__name__}"
            )
        return tensor._value


def unpacked(saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return saved values, those that were put away fetched by their hooks."""
    found: list[Any] = []
    for value in saved:
        if isinstance(value, tuple):
            found.append(unpacked(value))
        else:
            found.append(value.value() if type(value) is Packed else value)
    return tuple(found)
