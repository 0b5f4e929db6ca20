"""RMSprop."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.tensor import TensorBase
from chainrule.optim.optimizer import (
    Group,
    ParameterwiseOptimizer,
    State,
    check,
    check_flags,
    check_lr,
    no_steps,
    zeros_like,
)


class RMSprop(ParameterwiseOptimizer):
    """p -= lr * g / (sqrt(v) + eps), with a running mean v of g²; `centered` takes the variance of g.

    With momentum and weight decay (g + weight_decay * p in g's place). Raises ValueError for settings out of
    range. `foreach` and `capturable` are accepted and have no effect; `differentiable` records the steps.

    >>> import chainrule
    >>> p = chainrule.nn.Parameter(chainrule.tensor([1.0, 2.0]))
    >>> optimizer = chainrule.optim.RMSprop([p], lr=0.01)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> p.detach()
    tensor([0.9000, 1.9000])
    """

    _by_parts = True

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check(eps, "epsilon value")
        check(momentum, "momentum value")
        check(weight_decay, "weight_decay value")
        check(alpha, "alpha value")
        check_flags(foreach)
        settings = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, settings)

    def _initial(self, parameter: TensorBase, group: Group) -> State:
        square, velocity, mean = zeros_like(parameter, 3)
        state = {"step": no_steps(), "square_avg": square}
        if group["momentum"] > 0:
            state["momentum_buffer"] = velocity
        if group["centered"]:
            state["grad_avg"] = mean
        return state

    def _update(self, p: Any, g: Any, state: State, group: Group) -> None:
        alpha = group["alpha"]
        state["step"] += 1
        if group["weight_decay"] != 0:
            g = g + group["weight_decay"] * p
        square = state["square_avg"]
        square *= alpha
        square += g * g * (1 - alpha)
        if group["centered"]:
            mean = state["grad_avg"]
            mean += (g - mean) * (1 - alpha)
            square = square - mean * mean
        direction = g / (np.sqrt(square) + group["eps"])
        if group["momentum"] > 0:
            velocity = state["momentum_buffer"]
            velocity *= group["momentum"]
            velocity += direction
            direction = velocity
        p -= direction * group["lr"]


__all__ = ["RMSprop"]
