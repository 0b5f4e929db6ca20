"""Batches of the samples' operands, and what the loop over their members gives."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from chainrule import autograd
from chainrule.core.tensor import TensorBase
from generated.calls import Call, array, flatten, is_inexact, leaf, noise, public, tensor_of

SIZE = 3


def integers_of(call: Call) -> list[np.ndarray]:
    """Return the arrays among the arguments that are not differentiated: indices and masks."""
    found: list[np.ndarray] = []
    call.arguments(call.operands, found.append)
    return found


def with_integers(call: Call, integers: Iterable[Any], operands: Sequence[Any]) -> tuple[Any, ...]:
    """Return the tensors that the call gives with other indices and masks."""
    rest = iter(integers)
    args, kwargs = call.arguments(operands, lambda _: next(rest))
    target = args[0].clone() if call.in_place else args[0]
    result = public(call.name)(target, *args[1:], **kwargs)
    return tensors_in(target if result is None else result)


def scalar_of(call: Call) -> Callable[..., Any] | None:
    """Return a real function of the operands that weighs all results, None if it has no gradient."""
    values = call.values(call.operands)
    rng = np.random.default_rng(0)
    weights = [tensor_of(rng.uniform(0.5, 1, y.shape)) for y in values]

    def scalar(*operands: Any) -> Any:
        parts = [(y * w).sum() for y, w in zip(filter(is_inexact, call(operands)), weights, strict=True)]
        return sum([y.real + y.imag if array_is_complex(y) else y for y in parts])

    y = scalar(*call.leaves()) if values else None
    return scalar if isinstance(y, TensorBase) and y._requires_grad else None


def array_is_complex(y: Any) -> bool:
    return y._value.dtype.kind == "c"


def gradients(scalar: Callable[..., Any], each: Sequence[Sequence[np.ndarray]]) -> list[np.ndarray]:
    """Return the gradients for each member, stacked."""
    rows = []
    for member in each:
        xs = [leaf(x) for x in member]
        gs = autograd.grad(scalar(*xs), xs, allow_unused=True)
        rows.append([np.zeros_like(x) if g is None else array(g) for x, g in zip(member, gs, strict=True)])
    return [np.stack(parts) for parts in zip(*rows, strict=True)]


def direction(seed: int, x: np.ndarray) -> np.ndarray:
    """Return a random tangent for each member."""
    rng = np.random.default_rng(seed)
    return np.stack([noise(rng, member) for member in x])


def members(x: np.ndarray) -> list[np.ndarray]:
    """Return variants of an operand: multiples, so that what is symmetric, positive, ordered stays so."""
    with np.errstate(all="ignore"):
        return [np.asarray(x * factor, x.dtype) for factor in (1.0, 1.01, 0.98)]


def choices(call: Call) -> Iterator[tuple[bool, ...]]:
    """Return every choice of operands to batch, but none; what is changed in place must have the batch."""
    if call.in_place and not is_changed(call):
        return
    for choice in itertools.product((True, False), repeat=len(call.operands)):
        if choice[0] if call.in_place else any(choice):
            yield choice


def is_changed(call: Call) -> bool:
    """Tell whether the first operand is what an in-place operation changes."""
    first = call.sample.args[0]
    return isinstance(first, np.ndarray) and first.dtype.kind in "fc"


def operands_of(call: Call, choice: Sequence[bool]) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
    """Return the operands of each member, and those for all at once."""
    variants = [members(x) if own else [x] * SIZE for x, own in zip(call.operands, choice, strict=True)]
    together = [np.stack(v) if own else v[0] for v, own in zip(variants, choice, strict=True)]
    return [list(member) for member in zip(*variants, strict=True)], together


def loop(call: Call, each: Sequence[Sequence[np.ndarray]]) -> list[np.ndarray]:
    """Return the results for each member, stacked."""
    rows = [[array(y) for y in call([tensor_of(x) for x in member])] for member in each]
    return [np.stack(parts) for parts in zip(*rows, strict=True)]


def tensors_in(result: Any) -> tuple[Any, ...]:
    return tuple(flatten(result))
