"""Adam, and AdamW with decoupled weight decay."""

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


class Adam(ParameterwiseOptimizer):
    """p -= lr * m / (sqrt(v) + eps), with running means m of g and v of g², corrected for their start.

    `amsgrad` takes the largest v so far; `weight_decay` adds weight_decay * p to g, or, decoupled, shrinks p.
    Raises ValueError for settings out of range. `foreach`, `capturable` and `fused` are accepted and have no
    effect; `differentiable` records the steps.

    >>> import chainrule
    >>> p = chainrule.nn.Parameter(chainrule.tensor([1.0, 2.0]))
    >>> optimizer = chainrule.optim.Adam([p], lr=0.1)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> p.detach()
    tensor([0.9000, 1.9000])
    """

    _by_parts = True

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_lr(lr)
        check(eps, "epsilon value")
        for i, beta in enumerate(betas):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
        check(weight_decay, "weight_decay value")
        check_flags(foreach, fused)
        settings = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, settings)

    def _initial(self, parameter: TensorBase, group: Group) -> State:
        mean, square = zeros_like(parameter, 2)
        state = {"step": no_steps(), "exp_avg": mean, "exp_avg_sq": square}
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = zeros_like(parameter)[0]
        return state

    def _update(self, p: Any, g: Any, state: State, group: Group) -> None:
        beta1, beta2 = group["betas"]
        lr, decay = group["lr"], group["weight_decay"]
        state["step"] += 1
        steps = state["step"].item()
        if decay != 0:
            if group["decoupled_weight_decay"]:
                p *= 1 - lr * decay
            else:
                g = g + decay * p
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        mean += (g - mean) * (1 - beta1)
        square *= beta2
        square += g * g * (1 - beta2)
        if group["amsgrad"]:
            largest = state["max_exp_avg_sq"]
            largest += np.maximum(square - largest, 0)
            square = largest
        root = (1 - beta2**steps) ** 0.5
        p -= mean * (lr * root / (1 - beta1**steps)) / (np.sqrt(square) + group["eps"] * root)


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters by lr * weight_decay, apart from the gradient.

    Raises ValueError for settings out of range. `foreach`, `capturable` and `fused` are accepted and have no
    effect; `differentiable` records the steps.

    >>> import chainrule
    >>> p = chainrule.nn.Parameter(chainrule.tensor([1.0, 2.0]))
    >>> optimizer = chainrule.optim.AdamW([p], lr=0.1, weight_decay=0.5)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> p.detach()
    tensor([0.8500, 1.8000])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )


__all__ = ["Adam", "AdamW"]
