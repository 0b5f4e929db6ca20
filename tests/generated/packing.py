"""Saved tensors put away by hooks, for every sample: the derivatives stay what they are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

import chainrule
from chainrule import autograd
from generated.calls import Call, array, noise, tensor_of

hooks = autograd.graph.saved_tensors_hooks

WAYS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "as they are": lambda: hooks(lambda t: t, lambda t: t),
    "as arrays": lambda: hooks(lambda t: t.detach().numpy().copy(), chainrule.from_numpy),
}


def packed(call: Call) -> None:
    """First and second derivatives are the same when what was saved went through hooks."""
    expected = _derivatives(call, nullcontext())
    for way, block in WAYS.items():
        found = _derivatives(call, block())
        assert len(found) == len(expected)
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12, err_msg=f"{call}: packed {way}")


def _derivatives(call: Call, block: AbstractContextManager[Any]) -> list[np.ndarray]:
    """Return the first derivatives for random cotangents, and those along the operands of these."""
    call = Call(call.name, call.number, call.sample)  # the same random numbers each time
    xs = call.leaves()
    with block:
        ys = [y for y in call(xs) if y._requires_grad]
    if not ys:
        return []
    gs = [tensor_of(noise(call.rng, array(y))) for y in ys]
    first = _grad(ys, xs, gs, create=call.sample.second)
    curved = [g for g in first if g._requires_grad]
    ts = [tensor_of(noise(call.rng, array(g))) for g in curved]
    second = _grad(curved, xs, ts, create=False) if curved else []
    return [array(g) for g in (*first, *second)]


def _grad(ys: list[Any], xs: list[Any], gs: list[Any], create: bool) -> list[Any]:
    return list(autograd.grad(ys, xs, gs, create_graph=create, materialize_grads=True))


__all__ = ["packed"]
