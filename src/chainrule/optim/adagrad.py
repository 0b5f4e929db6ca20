"""Adagrad."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.tensor import TensorBase, wrap
from chainrule.optim.optimizer import (
    Group,
    ParameterwiseOptimizer,
    State,
    check,
    check_flags,
    check_lr,
    no_steps,
)


class Adagrad(ParameterwiseOptimizer):
    """p -= lr * g / (sqrt(s) + eps), with the sum s of g² so far; lr shrinks with the steps by `lr_decay`.

    With weight decay (g + weight_decay * p in g's place). Raises ValueError for settings out of range.
    `foreach` and `fused` are accepted and have no effect; `differentiable` records the steps.

    >>> import chainrule
    >>> p = chainrule.nn.Parameter(chainrule.tensor([1.0, 2.0]))
    >>> optimizer = chainrule.optim.Adagrad([p], lr=0.1)
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
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check(lr_decay, "lr_decay value")
        check(weight_decay, "weight_decay value")
        check(initial_accumulator_value, "initial_accumulator_value value")
        check(eps, "epsilon value")
        check_flags(foreach, fused)
        settings = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, settings)
        for group in self.param_groups:
            for parameter in group["params"]:
                self.state[parameter] = self._initial(parameter, group)

    def _initial(self, parameter: TensorBase, group: Group) -> State:
        start, value = group["initial_accumulator_value"], parameter._value
        fill = complex(start, start) if value.dtype.kind == "c" else start
        return {"step": no_steps(), "sum": wrap(np.full(value.shape, fill, value.dtype))}

    def _update(self, p: Any, g: Any, state: State, group: Group) -> None:
        state["step"] += 1
        if group["weight_decay"] != 0:
            g = g + group["weight_decay"] * p
        total = state["sum"]
        total += g * g
        lr = group["lr"] / (1 + (state["step"].item() - 1) * group["lr_decay"])
        p -= g * lr / (np.sqrt(total) + group["eps"])


__all__ = ["Adagrad"]
