"""The hypotenuse, whose derivative is a quotient that needs care where it is 0/0."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from chainrule.core.graph import Node
from chainrule.core.kinds import Elementwise, fit
from chainrule.ops.elementwise.refusals import supports
from chainrule.ops.radial import lift, over

Array = Any


class Hypotenuse(Elementwise):
    """An elementwise operation with slopes x / y: at y = 0 the cotangent decides (see `ops.radial`).

    The slope itself is 0 there, where torch's is NaN; hypot(x, 0)**2 has second derivative 2.
    """

    def pullback(self, node: Node, saved: tuple[Any, ...], g: Any) -> list[Any]:
        grads: list[Any] = [None] * len(node.edges)
        for operand, _, positions in node.plan.rules:
            x, y = [saved[p] for p in positions]
            grads[operand] = over(g, y) * x
        return grads if node.detail is None else fit(grads, node.detail)

    def pushforward(
        self, operands: tuple[Any, ...], tangents: tuple[Any, ...], y: Any, params: dict[str, Any]
    ) -> Any:
        return super().pushforward(operands, tangents, lift(y), params)


@partial(
    Hypotenuse,
    rules={"a": lambda a, y: a / y, "b": lambda b, y: b / y},
    promotion="same",
    check=supports("f", "hypot_cpu"),
)
def hypot(a: Array, b: Array) -> Array:
    """sqrt(a**2 + b**2) without overflow, elementwise with broadcasting; floating-point only.

    The derivative at (0, 0) is 0.

    >>> import chainrule
    >>> chainrule.hypot(chainrule.tensor([3.0, 0.0]), chainrule.tensor([4.0, 2.0]))
    tensor([5., 2.])
    """
    return np.hypot(a, b)
