"""torch.autograd.graph: nodes, edges, and hooks on several gradients and on saved tensors."""

from __future__ import annotations

from typing import Any

from chainrule.autograd.context import FunctionCtx
from chainrule.autograd.edges import GradientEdge, get_gradient_edge
from chainrule.autograd.multi_grad import register_multi_grad_hook
from chainrule.autograd.mutation import allow_mutation_on_saved_tensors
from chainrule.autograd.saved_hooks import disable_saved_tensors_hooks, save_on_cpu, saved_tensors_hooks
from chainrule.core.inplace import mark_written
from chainrule.core.tensor import TensorBase
from chainrule.core.visible import AccumulateGrad, VisibleNode


class _NodeMeta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, (VisibleNode, AccumulateGrad, FunctionCtx))

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, (VisibleNode, AccumulateGrad, FunctionCtx))


class Node(metaclass=_NodeMeta):
    """The class of what `grad_fn` and `next_functions` hold, for isinstance().

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> isinstance((x * 2).grad_fn, chainrule.autograd.graph.Node)
    True
    """

    def __init__(self) -> None:
        raise TypeError(
            "Can't instantiate abstract class Node: nodes are made by operations that are recorded"
        )


def increment_version(tensor: Any) -> None:
    """Count a change in place that the library did not see: of a tensor, or of several.

    Backward then raises the error about a variable modified in place where the old value was saved.

    >>> import chainrule
    >>> x = chainrule.zeros(2)
    >>> chainrule.autograd.graph.increment_version(x)
    >>> x._version
    1
    """
    tensors = (tensor,) if isinstance(tensor, TensorBase) else tensor
    if not hasattr(tensors, "__iter__"):
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input")
    for each in tensors:
        if not isinstance(each, TensorBase):
            raise RuntimeError("increment_version expects each element of the iterable to be a tensor")
        if each._extra is None or not each._extra.inference:
            mark_written(each)


__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]
