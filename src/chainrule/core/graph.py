"""The graph: a Node for each recorded operation, edges towards the leaves."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Final

from chainrule.core.hooks import Hooks
from chainrule.core.state import making
from chainrule.core.tensor import TensorBase, Writes

if TYPE_CHECKING:
    from chainrule.core.plan import Plan
    from chainrule.core.primitive import Primitive

Edge = Any
"""A Node, a leaf Tensor that requires grad, or None."""


class Freed:
    """Stands in `Node.saved` for values that backward has released."""


FREED: Final = Freed()
FREED_MESSAGE: Final = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they "
    "have already been freed). Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved tensors after calling backward."
)


class Node:
    """One recorded operation: what it saved, and where its cotangents flow.

    All are of this one class while only the library handles them: CPython is quicker with one. Those that
    users meet get a class with torch's name, see core/visible.py.
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


class NodeExtra:
    """The rarely needed state of a node."""

    __slots__ = ("boxed", "freed", "hooks", "metadata", "outputs", "packed", "retained", "trace", "writes")

    def __init__(self) -> None:
        self.hooks: Hooks | None = None
        self.outputs: dict[int, weakref.ref[Output]] | None = None  # the edges of several results, by number
        self.boxed = False  # whether boxes, of a transform that may have ended, may be among the saved values
        self.packed = False  # whether hooks have put the saved values away
        # Where in the user's code the node was recorded and freed, if somebody wants to know.
        self.trace: Any = None
        self.freed: Any = None
        self.metadata: dict[Any, Any] | None = None  # the user's
        self.retained: weakref.ref[TensorBase] | None = None  # the tensor to give its .grad
        self.writes: Writes | None = None  # in-place changes of the result, a NumPy scalar


def ensure_extra(node: Node) -> NodeExtra:
    extra = node.extra
    if extra is None:
        with making:
            extra = node.extra
            if extra is None:
                extra = node.extra = NodeExtra()
    return extra


def hooks_of(node: Node) -> Hooks:
    """Return the hooks of a node, to add to."""
    extra = ensure_extra(node)
    with making:
        if extra.hooks is None:
            extra.hooks = Hooks()
    return extra.hooks


class Output(Node):
    """The edge that leaves one output of an operation with several."""

    __slots__ = ("number", "parent")

    parent: Node
    number: int

    def name(self) -> str:
        return self.parent.name()


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
