"""The context of a Function: what `forward` tells `backward`, and what users see of its node."""

from __future__ import annotations

import weakref
from typing import Any

from chainrule.core.apply import output_of
from chainrule.core.graph import FREED, FREED_MESSAGE, Edge, edge_of, hooks_of
from chainrule.core.hooks import Hook, RemovableHandle
from chainrule.core.inplace import check_kept
from chainrule.core.saved import Packed, SavedHooks, SavedTensor, place
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, wrap, wrap_recorded
from chainrule.core.visible import Represented, as_function

ACCESSED_ONCE = (
    "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the "
    "autograd.Function. Either access saved_tensors only once, or set clear_saved_tensors_on_access=False."
)


class FunctionNode(Represented):
    """The node of a Function. What it saves is in the context, in whose attributes the user is free."""

    __slots__ = ()

    face: FunctionCtx

    def __init__(self, ctx: FunctionCtx, edges: tuple[Edge, ...]) -> None:
        self.face = ctx
        self.edges = edges
        self.plan = ctx._forward_cls._as_primitive().only_plan
        self.detail = ctx._forms
        self.extra = None

    @property
    def saved(self) -> Any:
        """What the engine sees of the saved values: nothing. Asking for freed ones is the error here."""
        return ()

    @saved.setter
    def saved(self, value: Any) -> None:
        if value is FREED:
            self.face._kept, self.face._freed = (), True

    def name(self) -> str:
        return self.face.name()

    def output(self, number: int) -> Edge:
        """Return the edge that a result is the end of."""
        return output_of(self, number) if len(self.detail) > 1 else self


class Kept:
    """A tensor that a Function saved.

    Of a result it holds the value only, and which result it is: holding the result itself, or its edge,
    would be a cycle of references.
    """

    __slots__ = ("edge", "packed", "result", "tensor")

    def __init__(self, tensor: TensorBase, result: int | None) -> None:
        self.result = result
        self.edge: Edge = edge_of(tensor) if result is None else None
        self.packed: Packed | None = None
        self.tensor: TensorBase | None = tensor if result is None else wrap(tensor._value)

    def pack(self, node: FunctionNode | None, hooks: SavedHooks) -> None:
        """Put the tensor away."""
        self.packed = Packed(self._at_its_place(node), hooks)
        self.tensor = None

    def fetch(self, node: FunctionNode | None) -> TensorBase:
        """Return the tensor; raise torch's error when it was changed in place since."""
        if self.packed is not None:
            return place(self.packed.value(), self._edge(node))
        assert self.tensor is not None
        if node is not None:
            check_kept(node, self.tensor, self._edge(node))
        return self._at_its_place(node)

    def _edge(self, node: FunctionNode | None) -> Edge:
        if self.result is None:
            return self.edge
        return None if node is None else node.output(self.result)

    def _at_its_place(self, node: FunctionNode | None) -> TensorBase:
        edge, tensor = self._edge(node), self.tensor
        assert tensor is not None
        if edge_of(tensor) is edge:
            return tensor
        return wrap(tensor._value) if edge is None else wrap_recorded(tensor._value, edge)


class FunctionCtx:
    """What `forward` tells `backward`, and what users see of the node: with the user's own attributes."""

    # All names without an underscore are torch's, so that no attribute of the user's meets another.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_accessed",
        "_args",
        "_edges",
        "_forms",
        "_freed",
        "_kept",
        "_materialize",
        "_metadata",
        "_node",
        "dirty_tensors",
        "needs_input_grad",
        "non_differentiable",
        "saved_for_forward",
        "to_save",
    )

    _forward_cls: Any  # the Function, set in a subclass for each

    needs_input_grad: tuple[bool, ...]
    # What the methods below were given, until `apply` has dealt with it.
    to_save: tuple[Any, ...] | None
    saved_for_forward: tuple[Any, ...] | None
    dirty_tensors: tuple[Any, ...] | None
    non_differentiable: tuple[Any, ...] | None

    def __init__(self, args: tuple[Any, ...]) -> None:
        self._args = tuple([form_of(arg) for arg in args])
        self._edges = tuple([edge_of(arg) for arg in args if isinstance(arg, TensorBase)])
        self.needs_input_grad = tuple([isinstance(arg, TensorBase) and arg._requires_grad for arg in args])
        self._forms: tuple[Any, ...] = ()  # of the results
        self._kept: tuple[Kept | None, ...] = ()
        self._freed = self._accessed = False
        self._materialize = True
        self._metadata: dict[Any, Any] = {}
        self._node: weakref.ref[FunctionNode] | None = None  # weak, for the node holds the context
        self._forget()

    # -- for the user's methods ------------------------------------------------------------------

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors (or None) for `backward`, where `saved_tensors` returns them; once, in `forward`."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors (or None) for `jvp`, where `saved_tensors` returns them."""
        for tensor in tensors:
            if tensor is not None and not isinstance(tensor, TensorBase):
                raise TypeError(
                    "save_for_forward expects all arguments to be tensors; you should save non-tensors as "
                    f"attributes on ctx. It got a {type(tensor).__name__}."
                )
        self.saved_for_forward = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs `forward` changed in place; each of them must be returned as well."""
        self.dirty_tensors = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which results have no derivative."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Say whether an absent gradient is given to `backward` as zeros (the default) or as None."""
        if not isinstance(value, bool):
            raise TypeError(f"set_materialize_grads expects a bool, but got {type(value).__name__}")
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors given to `save_for_backward` (in `jvp`: to `save_for_forward`)."""
        if self.saved_for_forward is not None:
            return self.saved_for_forward
        once = self._forward_cls.clear_saved_tensors_on_access
        if once and self._accessed:
            raise RuntimeError(ACCESSED_ONCE)
        if self._freed:
            raise RuntimeError(FREED_MESSAGE)
        node = self._node_in_use()
        tensors = tuple([None if kept is None else kept.fetch(node) for kept in self._kept])
        if once:
            self._kept, self._accessed = (), True
        return tensors

    # -- as a node -------------------------------------------------------------------------------

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes that gradients are sent to, for each argument that is a tensor."""
        return tuple(map(as_function, self._edges))

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for the user's own notes."""
        return self._metadata

    @property
    def requires_grad(self) -> bool:
        """Whether gradients pass through: always."""
        return True

    @property
    def _raw_saved_tensors(self) -> tuple[Any, ...]:
        """What was saved, each to be given hooks of its own."""
        if self._freed:
            raise RuntimeError(FREED_MESSAGE)
        return tuple([SavedTensor(self, k) for k, kept in enumerate(self._kept) if kept is not None])

    def name(self) -> str:
        """The name of the Function with `Backward` behind it."""
        return type(self).__name__

    def register_hook(self, fn: Hook) -> RemovableHandle:
        """Have `fn(grad_inputs, grad_outputs)` called after `backward`; it may return other grad_inputs."""
        return hooks_of(self._recorded_node()).post.add(fn)

    def register_prehook(self, fn: Hook) -> RemovableHandle:
        """Have `fn(grad_outputs)` called before `backward`; it may return a tuple to be used instead."""
        return hooks_of(self._recorded_node()).pre.add(fn)

    def _sequence_nr(self) -> int:
        """When the node was recorded: a later one has a higher number."""
        return self._recorded_node().seq

    # -- for the library -------------------------------------------------------------------------

    def _node_in_use(self) -> FunctionNode | None:
        return None if self._node is None else self._node()

    def _recorded_node(self) -> FunctionNode:
        node = self._node_in_use()
        if node is None:
            raise RuntimeError(f"{self.name()} is not in a graph: none of its results is there any more")
        return node

    def _record(self, edges: tuple[Edge, ...], seq: int) -> FunctionNode:
        """Make the node."""
        node = FunctionNode(self, edges)
        node.seq = seq
        self._edges = edges
        self._node = weakref.ref(node)
        return node

    def _twin(self, args: tuple[Any, ...]) -> FunctionCtx:
        """Return a context for another record of the same call, with what the user has kept in this one."""
        other = type(self)(args)
        other.__dict__.update(self.__dict__)
        other._materialize, other._forms = self._materialize, self._forms
        return other

    def _forget(self) -> None:
        """Drop what the user's code has said, which `apply` has dealt with."""
        self.to_save = self.saved_for_forward = self.dirty_tensors = self.non_differentiable = None

    def _keep(self, node: FunctionNode, results: dict[int, int]) -> None:
        """Save what `save_for_backward` was given; `results` are the numbers of results by identity."""
        self._kept = tuple([None if t is None else Kept(t, results.get(id(t))) for t in self.to_save or ()])
        if state.saved_hooks:
            for kept in self._kept:
                if kept is not None:
                    kept.pack(node, state.saved_hooks[-1])

    def _packing_of(self, k: int) -> Any:
        """Return how a saved tensor was put away, None when it was not, or FREED."""
        kept = None if self._freed else self._kept[k]
        return FREED if kept is None else kept.packed

    def _pack_at(self, k: int, hooks: SavedHooks) -> None:
        """Put a saved tensor away."""
        kept = self._kept[k]
        assert kept is not None
        kept.pack(self._node_in_use(), hooks)


def form_of(value: Any) -> Any:
    """Return the shape and dtype of a tensor, None for anything else."""
    return (value._value.shape, value._value.dtype) if isinstance(value, TensorBase) else None


__all__ = ["FunctionCtx", "FunctionNode", "Kept", "form_of"]
