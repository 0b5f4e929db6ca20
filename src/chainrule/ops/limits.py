"""Limits of quotients g / y where both vanish, by l'Hopital's rule.

In a recorded backward pass a cotangent g is known as a function of a result y. Its derivative there is
taken by an inner backward pass, from g to the node that made y.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from chainrule.core.engine import backward, paths_to
from chainrule.core.graph import FREED, Edge, Node
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase


def is_function(g: Any) -> bool:
    """Tell whether `g` is a recorded tensor in a pass that is being recorded."""
    return isinstance(g, TensorBase) and g._node is not None and state.grad_enabled


def pulled_back(
    g: TensorBase, cotangent: TensorBase, wanted: Callable[[Node], bool]
) -> list[tuple[Node, Any]] | None:
    """Return the `wanted` nodes behind `g`, each with what `cotangent` of g becomes there.

    None where that is lost: saved values on the way have been freed.
    """
    root: Any = g._node
    found: dict[Edge, Any] = dict.fromkeys(_behind(root, wanted))
    if not found:
        return []
    if any(node.saved is FREED for node in paths_to([root], found)):
        return None
    backward([(root, cotangent)], True, True, found, None)
    return [(node, slope) for node, slope in found.items() if slope is not None]


def _behind(root: Node, wanted: Callable[[Node], bool]) -> list[Node]:
    found, seen, stack = [], {root}, [root]
    while stack:
        node = stack.pop()
        if wanted(node):
            found.append(node)
        behind = [edge for edge in node.edges if isinstance(edge, Node) and edge not in seen]
        seen.update(behind)
        stack.extend(behind)
    return found


def is_twin(node: Node, other: Node) -> bool:
    """Tell whether two nodes are one, or the same function of the same operands."""
    if node is other:
        return True
    if type(node) is not type(other) or node.saved is FREED:
        return False
    if not all(map(operator.is_, node.edges, other.edges)):
        return False
    values = node.primitive.values
    pairs = zip(node.plan.sources, node.saved, other.saved, strict=True)
    return all(a == b for source, a, b in pairs if source >= values)
