"""The context of a Function: what `forward` tells `backward`, and the node of the graph in one."""

from __future__ import annotations

from typing import Any

from chainrule.core.apply import output_of
from chainrule.core.graph import FREED, FREED_MESSAGE, Edge, edge_of
from chainrule.core.inplace import check_kept
from chainrule.core.saved import Packed, SavedHooks, SavedTensor, place
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, wrap, wrap_recorded
from chainrule.core.visible import VisibleNode, as_function

ACCESSED_ONCE = (
    "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the "
    "autograd.Function. Either access saved_tensors only once, or set clear_saved_tensors_on_access=False."
)


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

    def pack(self, ctx: FunctionCtx, hooks: SavedHooks) -> None:
        """Put the tensor away."""
        self.packed = Packed(self._at_its_place(ctx), hooks)
        self.tensor = None

    def fetch(self, ctx: FunctionCtx) -> TensorBase:
        """Return the tensor; raise torch's error when it was changed in place since."""
        if self.packed is not None:
            return place(self.packed.value(), self._edge(ctx))
        assert self.tensor is not None
        check_kept(ctx, self.tensor, self._edge(ctx))
        return self._at_its_place(ctx)

    def _edge(self, ctx: FunctionCtx) -> Edge:
        return self.edge if self.result is None else ctx.output(self.result)

    def _at_its_place(self, ctx: FunctionCtx) -> TensorBase:
        edge, tensor = self._edge(ctx), self.tensor
        assert tensor is not None
        if edge_of(tensor) is edge:
            return tensor
        return wrap(tensor._value) if edge is None else wrap_recorded(tensor._value, edge)


class FunctionCtx(VisibleNode):
    """What `forward` tells `backward`: the node of the graph itself, with the user's attributes."""

    __slots__ = (
        "__dict__",
        "accessed",
        "argument_count",
        "argument_forms",
        "dirty_tensors",
        "freed",
        "kept",
        "materialize",
        "needs_input_grad",
        "non_differentiable",
        "places",
        "saved_for_forward",
        "several",
        "to_save",
    )

    places: tuple[int, ...]  # of the tensors among the arguments, which have an edge each
    argument_count: int
    argument_forms: tuple[tuple[tuple[int, ...], Any], ...]  # shape and dtype of these tensors
    needs_input_grad: tuple[bool, ...]
    several: bool  # whether `forward` returned a tuple of several results
    kept: tuple[Kept | None, ...]
    freed: bool
    accessed: bool
    # What the methods below were given, until `apply` has dealt with it.
    to_save: tuple[Any, ...] | None
    saved_for_forward: tuple[Any, ...] | None
    dirty_tensors: tuple[Any, ...] | None
    non_differentiable: tuple[Any, ...] | None
    materialize: bool

    def __init__(self, args: tuple[Any, ...]) -> None:
        custom = self._forward_cls._as_primitive()  # type: ignore[attr-defined]
        self.places = tuple([i for i, arg in enumerate(args) if isinstance(arg, TensorBase)])
        self.argument_count = len(args)
        self.argument_forms = tuple([(args[i]._value.shape, args[i]._value.dtype) for i in self.places])
        self.edges = tuple([edge_of(args[i]) for i in self.places])
        self.needs_input_grad = tuple([isinstance(arg, TensorBase) and arg._requires_grad for arg in args])
        self.several = self.freed = self.accessed = False
        self.kept = ()
        self.forget()
        self.materialize = True
        self.plan = custom.only_plan
        self.detail = self.extra = None
        self.seq = 0

    def twin(self, args: tuple[Any, ...]) -> FunctionCtx:
        """Return a context for another record of the same call, with what the user has kept in this one."""
        other = type(self)(args)
        other.__dict__.update(self.__dict__)
        other.materialize = self.materialize
        return other

    def forget(self) -> None:
        """Drop what the user's code has said, which `apply` has dealt with."""
        self.to_save = self.saved_for_forward = self.dirty_tensors = self.non_differentiable = None

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
        self.materialize = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors given to `save_for_backward` (in `jvp`: to `save_for_forward`)."""
        if self.saved_for_forward is not None:
            return self.saved_for_forward
        once = self._forward_cls.clear_saved_tensors_on_access  # type: ignore[attr-defined]
        if once and self.accessed:
            raise RuntimeError(ACCESSED_ONCE)
        if self.freed:
            raise RuntimeError(FREED_MESSAGE)
        tensors = tuple([None if kept is None else kept.fetch(self) for kept in self.kept])
        if once:
            self.kept, self.accessed = (), True
        return tensors

    @property
    def _raw_saved_tensors(self) -> tuple[Any, ...]:
        """What was saved, each to be given hooks of its own."""
        if self.freed:
            raise RuntimeError(FREED_MESSAGE)
        return tuple([SavedTensor(self, k) for k, kept in enumerate(self.kept) if kept is not None])

    def packing_of(self, k: int) -> Any:
        if self.freed:
            return FREED
        kept = self.kept[k]
        return None if kept is None else kept.packed

    def pack_at(self, k: int, hooks: SavedHooks) -> None:
        kept = self.kept[k]
        assert kept is not None
        kept.pack(self, hooks)

    def keep(self, tensors: tuple[Any, ...], results: dict[int, int]) -> None:
        """Save tensors for `backward`; `results` are the numbers of results by their identity."""
        self.kept = tuple([None if t is None else Kept(t, results.get(id(t))) for t in tensors])
        if state.saved_hooks:
            for kept in self.kept:
                if kept is not None:
                    kept.pack(self, state.saved_hooks[-1])

    @property
    def saved(self) -> Any:
        """What the engine sees of the saved values: nothing. Asking for freed ones is the error here."""
        return ()

    @saved.setter
    def saved(self, value: Any) -> None:
        if value is FREED:
            self.kept, self.freed = (), True

    def output(self, number: int) -> Edge:
        """Return the edge that a result is the end of."""
        return output_of(self, number) if self.several else self

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes that gradients are sent to, for each argument that is a tensor."""
        return tuple(map(as_function, self.edges))

    def name(self) -> str:
        """The name of the Function with `Backward` behind it."""
        return type(self).__name__

    __repr__ = object.__repr__


__all__ = ["FunctionCtx", "Kept"]
