"""How batching rules are declared, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.core.batched import RULES, SHIFTED, Batch, Rule, moved_axis, split_batched
from chainrule.core.tensor import TensorBase
from chainrule.ops.movement import reshape

Tensor = Any


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Declare the batching rule of primitives by their names."""

    def declare(function: Rule) -> Rule:
        for name in names:
            RULES[name] = function
        return function

    return declare


def shape_of(x: Any) -> tuple[int, ...]:
    """Return the shape of a tensor, an array or a number."""
    return tuple(x._value.shape if isinstance(x, TensorBase) else getattr(x, "shape", ()))


def ndim_of(x: Any) -> int:
    return len(shape_of(x))


def moved_params(batch: Batch) -> dict[str, Any]:
    """Return the parameters as they are with the batch as a first axis."""
    ndim = ndim_of(batch.operands[0])
    return {name: SHIFTED[name](value, ndim, batch.size) for name, value in batch.params.items()}


def widened(x: Any, ndim: int) -> Any:
    """Put unit axes behind the batch, so that the rest has `ndim` axes."""
    shape = shape_of(x)
    missing = ndim - (len(shape) - 1)
    return x if missing <= 0 else reshape(x, shape=(shape[0], *(1,) * missing, *shape[1:]))


def inside(batch: Batch, function: Callable[..., Any]) -> Any:
    """Return what a composition of other operations gives on the operands as one member sees them."""
    y = function(*batch.operands)
    inner = split_batched(y, batch.level)
    if inner is y:
        raise AssertionError(f"{batch.primitive.name}: its batching rule lost the batch")
    return inner


__all__ = ["inside", "moved_axis", "moved_params", "ndim_of", "rule", "shape_of", "widened"]
