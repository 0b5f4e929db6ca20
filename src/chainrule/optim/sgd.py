"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from chainrule.optim.optimizer import Group, ParameterwiseOptimizer, State, check, check_flags, check_lr


class SGD(ParameterwiseOptimizer):
    """p -= lr * g, with momentum, Nesterov's or not, and weight decay (g + weight_decay * p in g's place).

    Raises ValueError for settings out of range. `foreach` and `fused` are accepted and have no effect;
    `differentiable` records the steps.

    >>> import chainrule
    >>> p = chainrule.nn.Parameter(chainrule.tensor([1.0, 2.0]))
    >>> optimizer = chainrule.optim.SGD([p], lr=0.1, momentum=0.9)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> p.detach()
    tensor([0.8000, 1.6000])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check(momentum, "momentum value")
        check(weight_decay, "weight_decay value")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        check_flags(foreach, fused)
        settings = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, settings)

    def _update(self, p: Any, g: Any, state: State, group: Group) -> None:
        momentum = group["momentum"]
        if group["weight_decay"] != 0:
            g = g + group["weight_decay"] * p
        if momentum != 0:
            velocity = state.get("momentum_buffer")
            if velocity is None:
                velocity = g * 1  # of its own memory
            else:
                velocity *= momentum
                velocity += (1 - group["dampening"]) * g
            state["momentum_buffer"] = velocity
            g = g + momentum * velocity if group["nesterov"] else velocity
        p -= g * group["lr"]


__all__ = ["SGD"]
