"""GradientEdge: the place of a tensor in the graph, without the tensor."""

from __future__ import annotations

from typing import Any, NamedTuple

from chainrule.autograd.context import FunctionCtx
from chainrule.core.apply import output_of
from chainrule.core.engine import settled_edge
from chainrule.core.graph import Edge
from chainrule.core.tensor import TensorBase
from chainrule.core.visible import AccumulateGrad, as_function


class GradientEdge(NamedTuple):
    """Where the gradient of a tensor goes: an output of a node. `grad` and `backward` take it as a tensor.

    >>> import chainrule
    >>> x = chainrule.tensor(3.0, requires_grad=True)
    >>> edge = chainrule.autograd.graph.get_gradient_edge(x * 2)
    >>> chainrule.autograd.grad(edge, x)
    (tensor(2.),)
    """

    node: Any
    output_nr: int
    ownership_token: Any = None


class Place(NamedTuple):
    """The end of an edge, and the shape and dtype of the gradients there, where they are known."""

    edge: Edge
    shape: tuple[int, ...] | None
    dtype: Any


def get_gradient_edge(tensor: TensorBase) -> GradientEdge:
    """Return the edge that the gradient of `tensor` goes to.

    Raises RuntimeError for a tensor that does not require grad.

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> chainrule.autograd.graph.get_gradient_edge(x * 2).output_nr
    0
    """
    place = place_of_tensor(tensor)
    if place.edge is None:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require gradients"
        )
    return GradientEdge(*as_function(place.edge), place)


def place_of_tensor(tensor: TensorBase) -> Place:
    """Return the place of a tensor, its history brought up to date."""
    return Place(settled_edge(tensor), tensor._value.shape, tensor._value.dtype)


def place_of(x: TensorBase | GradientEdge) -> Place:
    """Return the place of a tensor, or the one that a GradientEdge names."""
    if isinstance(x, TensorBase):
        return place_of_tensor(x)
    if isinstance(x.ownership_token, Place):
        return x.ownership_token
    node = x.node
    if isinstance(node, AccumulateGrad):
        return place_of_tensor(node.variable)
    if isinstance(node, FunctionCtx):
        recorded = node._recorded_node()
        return Place(recorded.output(x.output_nr), *recorded.detail[x.output_nr])
    if node.extra is not None and node.extra.outputs is not None:
        return Place(output_of(node, x.output_nr), *node.detail[x.output_nr])
    return Place(node, None, None)


__all__ = ["GradientEdge", "Place", "get_gradient_edge", "place_of", "place_of_tensor"]
