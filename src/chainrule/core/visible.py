"""The graph as users see it: nodes with torch's names and attributes, and what accumulates at leaves."""

from __future__ import annotations

import functools
import weakref
from typing import Any, ClassVar, Final

from chainrule.core.graph import FREED, FREED_MESSAGE, Edge, Node, Output, ensure_extra, hooks_of
from chainrule.core.hooks import Hook, Hooks, RemovableHandle
from chainrule.core.saved import Packed, SavedHooks, SavedTensor, as_tensor, unpacked
from chainrule.core.state import making
from chainrule.core.tensor import TensorBase
from chainrule.core.views import collects


class VisibleNode(Node):
    """A node that a user has met."""

    __slots__ = ()

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes (or None) that this node sends cotangents to, each with its output number.

        Operands that have no derivative (a condition, an index, a number's exponent) have no place here.
        """
        return tuple([as_function(self.edges[i]) for i in places_of(self)])

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for the user's own notes."""
        extra = ensure_extra(self)
        if extra.metadata is None:
            extra.metadata = {}
        return extra.metadata

    @property
    def requires_grad(self) -> bool:
        """Whether cotangents pass through: always."""
        return True

    def _sequence_nr(self) -> int:
        """When the node was recorded: a later one has a higher number."""
        return self.seq

    def register_hook(self, fn: Hook) -> RemovableHandle:
        """Have `fn(grad_inputs, grad_outputs)` called after the node has run in a backward pass.

        It may return a tuple to be used in place of grad_inputs.

        >>> import chainrule
        >>> x = chainrule.tensor(3.0, requires_grad=True)
        >>> y = x * x
        >>> handle = y.grad_fn.register_hook(lambda inputs, outputs: print(inputs, outputs))
        >>> y.backward()
        (tensor(3.), tensor(3.)) (tensor(1.),)
        """
        return hooks_of(self).post.add(fn)

    def register_prehook(self, fn: Hook) -> RemovableHandle:
        """Have `fn(grad_outputs)` called before the node runs; it may return a tuple to be used instead."""
        return hooks_of(self).pre.add(fn)

    def __getattr__(self, name: str) -> Any:
        for prefix, names, read in (
            ("_saved_", self._names_of_saved, self._read),
            ("_raw_saved_", self._names_of_tensors, self._read_raw),
        ):
            if name.startswith(prefix) and name.removeprefix(prefix) in names():
                return read(self._names_of_saved().index(name.removeprefix(prefix)))
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __dir__(self) -> list[str]:
        return [
            *object.__dir__(self),
            *[f"_saved_{name}" for name in self._names_of_saved()],
            *[f"_raw_saved_{name}" for name in self._names_of_tensors()],
        ]

    def _names_of_saved(self) -> list[str]:
        primitive = self.plan.primitive
        return [torch_name(primitive, source) for source in self.plan.sources]

    def _names_of_tensors(self) -> list[str]:
        """Return the names of operands and results: of an operand that is a number only while it is there."""
        primitive, saved = self.plan.primitive, self.saved
        return [
            name
            for k, (name, source) in enumerate(zip(self._names_of_saved(), self.plan.sources, strict=True))
            if source < primitive.values
            and (saved is FREED or not isinstance(saved[k], (int, float, complex)))
        ]

    def _read(self, k: int) -> Any:
        if self.saved is FREED:
            raise RuntimeError(FREED_MESSAGE)
        (value,) = unpacked((self.saved[k],))
        return as_tensor(self, self.plan.sources[k], value)

    def _read_raw(self, k: int) -> SavedTensor:
        return SavedTensor(self, k)

    def _packing_of(self, k: int) -> Any:
        """Return how a saved value was put away, None when it was not, or FREED."""
        if self.saved is FREED:
            return FREED
        value = self.saved[k]
        return value if isinstance(value, (Packed, tuple)) and ensure_extra(self).packed else None

    def _pack_at(self, k: int, hooks: SavedHooks) -> None:
        """Put a saved value away."""
        hooks.put_away_one(self, k)

    def __repr__(self) -> str:
        return f"<{self.name()} object at 0x{id(self):x}>"


class Represented(Node):
    """A node in whose place users see another object."""

    __slots__ = ("face",)

    face: Any


def places_of(node: Node) -> tuple[int, ...]:
    """Return the operands that have a place in the user's eyes."""
    places = node.plan.primitive.differentiable_operands
    return tuple(range(len(node.edges))) if places is None else places


_TORCH_NAMES = {"a": "self", "x": "self", "base": "self", "start": "self", "b": "other", "y": "result"}
_MAT2, _INDICES = {"b": "mat2"}, {"index": "indices"}
_TORCH_NAMES_BY_TITLE = {
    "Mm": _MAT2,
    "Bmm": _MAT2,
    "Mv": {"b": "vec"},
    "Dot": {"b": "tensor"},
    "LinalgInvEx": {"y": "inverse"},
    "LinalgCholeskyEx": {"y": "L"},
    "Unfold": {"dim": "dimension"},
    **dict.fromkeys(("Sort", "Topk", "Kthvalue", "Max", "Min", "Median", "Nanmedian"), _INDICES),
    **dict.fromkeys(("Cummax", "Cummin"), _INDICES),
}


def torch_name(primitive: Any, source: int) -> str:
    """Return what torch calls a saved value: `self`, `other`, `result`, or the parameter's name."""
    name: str = primitive.source_names[source]
    operand = name.removesuffix("_shape")
    if operand != name and operand in primitive.operands:
        return f"{_TORCH_NAMES.get(operand, operand)}_sym_sizes"
    own = _TORCH_NAMES_BY_TITLE.get(primitive.title, {})
    return own.get(name) or _TORCH_NAMES.get(name, name)


class AccumulateGrad:
    """What the end of an edge looks like from outside: the leaf that collects the gradient."""

    __slots__ = ("__weakref__", "variable")

    next_functions: ClassVar[tuple[Any, ...]] = ()
    requires_grad: ClassVar[bool] = True

    def __init__(self, variable: TensorBase) -> None:
        self.variable: Final = variable

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for the user's own notes, kept with the leaf."""
        extra = self.variable._ensure_extra()
        if extra.metadata is None:
            extra.metadata = {}
        return extra.metadata

    def name(self) -> str:
        """Return torch's name of the node."""
        return "torch::autograd::AccumulateGrad"

    def register_hook(self, fn: Hook) -> RemovableHandle:
        """Have `fn((), grad_outputs)` called after the gradient was added."""
        return leaf_hooks(self.variable).post.add(fn)

    def register_prehook(self, fn: Hook) -> RemovableHandle:
        """Have `fn(grad_outputs)` called before the gradient is added; it may return a tuple instead."""
        return leaf_hooks(self.variable).pre.add(fn)

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at 0x{id(self):x}>"


def leaf_hooks(leaf: TensorBase) -> Hooks:
    """Return the hooks of a leaf, to add to."""
    extra = leaf._ensure_extra()
    with making:
        if extra.hooks is None:
            extra.hooks = Hooks()
    return extra.hooks


# Leaves are the ends of edges themselves; the objects that users see are made on demand, the same
# one as long as somebody holds it.
_accumulators: weakref.WeakValueDictionary[int, AccumulateGrad] = weakref.WeakValueDictionary()


def accumulator(leaf: TensorBase) -> AccumulateGrad:
    with making:
        found = _accumulators.get(id(leaf))
        if found is None or found.variable is not leaf:
            found = _accumulators[id(leaf)] = AccumulateGrad(leaf)
    return found


def as_function(edge: Edge) -> tuple[Any, int]:
    """Return an edge in torch's form: (node, output number)."""
    if isinstance(edge, TensorBase):
        return (accumulator(edge) if collects(edge) else None), 0
    number = 0
    if isinstance(edge, Output):
        edge, number = edge.parent, edge.number
    if type(edge) is Node:
        with making:
            edge.__class__ = _named_class(edge.name())
    elif isinstance(edge, Represented):
        return edge.face, number
    return edge, number


@functools.cache
def _named_class(name: str) -> type[VisibleNode]:
    return type(name, (VisibleNode,), {"__slots__": ()})


__all__ = [
    "AccumulateGrad",
    "Represented",
    "VisibleNode",
    "accumulator",
    "as_function",
    "leaf_hooks",
    "places_of",
]
