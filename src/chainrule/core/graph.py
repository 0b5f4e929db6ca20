"""The graph: a Node for each recorded operation, edges towards the leaves."""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING, Any, ClassVar, Final

from chainrule.core.tensor import TensorBase, Writes

if TYPE_CHECKING:
    from chainrule.core.plan import Plan
    from chainrule.core.primitive import Primitive

Edge = Any
"""A Node, a leaf Tensor that requires grad, or None."""


class Freed:
    """Stands in `Node.saved` for values that backward has released."""


FREED: Final = Freed()


class Node:
    """One recorded operation: what it saved, and where its cotangents flow.

    All are of this one class while only the library handles them: CPython is quicker with one. Those that
    users meet get a class with torch's name, see `as_function`.
    """

    __slots__ = ("__weakref__", "_level", "detail", "edges", "extra", "plan", "saved", "seq")

    edges: tuple[Edge, ...]
    seq: int  # creation order; also the clock that in-place changes are compared with
    plan: Plan  # which values were saved, and which rules need them
    saved: Any  # tuple of values in the plan's order, or FREED
    detail: Any  # (shape, dtype) of each operand where it differs from the result's, or None
    extra: NodeExtra | None
    _level: int  # of the transform whose tape this is; unset outside transforms

    @property
    def primitive(self) -> Primitive:
        """The operation that was recorded."""
        return self.plan.primitive

    @property
    def level(self) -> int:
        """The level of the innermost transform whose leaves this node depends on."""
        try:
            return self._level
        except AttributeError:
            return 0

    def name(self) -> str:
        """Return torch's name of the node, for example MulBackward0."""
        name: str = self.primitive.node_name(self)
        return name

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes (or None) that this node sends cotangents to, each with its output number.

        Operands that have no derivative (a condition, an index, a number's exponent) have no place here.
        """
        places = self.primitive.differentiable_operands
        edges = self.edges if places is None else [self.edges[i] for i in places]
        return tuple(map(as_function, edges))

    def __repr__(self) -> str:
        return f"<{self.name()} object at 0x{id(self):x}>"


class NodeExtra:
    """The rarely needed state of a node."""

    __slots__ = ("hooks", "retained", "writes")

    def __init__(self) -> None:
        self.hooks: list[Any] | None = None
        self.retained: weakref.ref[TensorBase] | None = None  # the tensor to give its .grad
        self.writes: Writes | None = None  # in-place changes of the result, a NumPy scalar


def ensure_extra(node: Node) -> NodeExtra:
    extra = node.extra
    if extra is None:
        extra = node.extra = NodeExtra()
    return extra


class Output(Node):
    """The edge that leaves one output of an operation with several."""

    __slots__ = ("number", "parent")

    parent: Node
    number: int

    def name(self) -> str:
        return self.parent.name()


class AccumulateGrad:
    """What the end of an edge looks like from outside: the leaf that collects the gradient."""

    __slots__ = ("__weakref__", "variable")

    next_functions: ClassVar[tuple[Any, ...]] = ()

    def __init__(self, variable: TensorBase) -> None:
        self.variable: Final = variable

    def name(self) -> str:
        """Return torch's name of the node."""
        return "torch::autograd::AccumulateGrad"

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at 0x{id(self):x}>"


# Leaves are the ends of edges themselves; the objects that users see are made on demand, the same
# one as long as somebody holds it.
_accumulators: weakref.WeakValueDictionary[int, AccumulateGrad] = weakref.WeakValueDictionary()


def accumulator(leaf: TensorBase) -> AccumulateGrad:
    found = _accumulators.get(id(leaf))
    if found is None or found.variable is not leaf:
        found = _accumulators[id(leaf)] = AccumulateGrad(leaf)
    return found


def as_function(edge: Edge) -> tuple[Any, int]:
    """Return an edge in torch's form: (node, output number)."""
    if isinstance(edge, TensorBase):
        return accumulator(edge), 0
    number = 0
    if isinstance(edge, Output):
        edge, number = edge.parent, edge.number
    if type(edge) is Node:
        edge.__class__ = _named_class(edge.name())
    return edge, number


@functools.cache
def _named_class(name: str) -> type[Node]:
    return type(name, (Node,), {"__slots__": ()})


def edge_of(tensor: TensorBase) -> Edge:
    """Return where cotangents of `tensor` go, None when it does not require grad."""
    if tensor._node is not None:
        return tensor._node
    return tensor if tensor._requires_grad else None


def tape_level(tensor: TensorBase) -> int:
    """Return the level of the transform whose tape `tensor` is on."""
    if tensor._node is not None:
        return tensor._node.level
    return tensor._extra.level if tensor._extra is not None else 0


def edge_level(edge: Edge) -> int:
    if edge is None:
        return 0
    return tape_level(edge) if isinstance(edge, TensorBase) else int(edge.level)
