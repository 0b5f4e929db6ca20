"""Thousands of passes with hooks, views, Functions and exceptions, after which nothing has grown."""

from __future__ import annotations

import gc
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import chainrule as cr
from chainrule.core.state import state, unusual
from chainrule.core.tensor import written

graph = cr.autograd.graph
STATM = Path("/proc/self/statm")


class Unlucky(Exception):
    """Thrown by user code now and then."""


class Luck:
    """Throws now and then."""

    def __init__(self) -> None:
        self.random = random.Random(0)

    def try_it(self) -> None:
        if self.random.random() < 0.2:
            raise Unlucky


luck = Luck()


class Scaled(cr.autograd.Function):
    """3x, and x changed in place."""

    @staticmethod
    def forward(ctx: Any, x: Any, w: Any) -> Any:
        luck.try_it()
        y = x * 3
        w.mul_(2)
        ctx.mark_dirty(w)
        ctx.save_for_backward(x, y, w)
        return y, w

    @staticmethod
    def backward(ctx: Any, g: Any, h: Any) -> Any:
        luck.try_it()
        _, _, _ = ctx.saved_tensors
        return 3 * g, 2 * h


def function(x: Any) -> Any:
    y, w = Scaled.apply(x, x * 1)
    return (y * w).sum()


def views(x: Any) -> Any:
    y = x * 2
    y[:1].mul_(3)
    y.view(2, 1)[1] = 5.0
    return y.sum()


def hooks(x: Any) -> Any:
    def hook(g: Any) -> Any:
        luck.try_it()
        return g * 2

    y = x * 2
    y.register_hook(hook)
    y.grad_fn.register_prehook(lambda grads: luck.try_it())
    y.retain_grad()
    graph.register_multi_grad_hook((x, y), lambda grads: luck.try_it())
    with x.register_post_accumulate_grad_hook(lambda leaf: luck.try_it()):
        y.sum().backward(retain_graph=True)
    return (y * y).sum()


def saved(x: Any) -> Any:
    def unpack(t: Any) -> Any:
        luck.try_it()
        return t

    with graph.saved_tensors_hooks(lambda t: t, unpack):
        return (x.exp() * x).sum()


def mutated(x: Any) -> Any:
    with graph.allow_mutation_on_saved_tensors():
        y = x.exp()
        z = (y * y).sum()
        y.mul_(2)
        luck.try_it()
        z.backward()
    return x.sum()


def twice(x: Any) -> Any:
    (d,) = cr.autograd.grad((x**3).sum(), x, create_graph=True)
    return d.sum()


def tangents(x: Any) -> Any:
    fw = cr.autograd.forward_ad
    with fw.dual_level():
        y = (fw.make_dual(x, cr.ones(2)) ** 2).sum()
        luck.try_it()
        return fw.unpack_dual(y).tangent


PROGRAMS: tuple[Callable[[Any], Any], ...] = (function, views, hooks, saved, mutated, twice, tangents)


def run(times: int) -> int:
    """Run programs at random; return how often user code threw."""
    unlucky = 0
    for _ in range(times):
        x = cr.tensor([1.0, 2.0], requires_grad=True)
        try:
            luck.random.choice(PROGRAMS)(x).backward()
        except Unlucky:
            unlucky += 1
    return unlucky


def resident() -> int:
    """Return the bytes of memory in use."""
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.filterwarnings("ignore:The .grad attribute")
def test_ten_thousand_passes_leave_nothing_behind() -> None:
    run(1000)
    gc.collect()
    objects, memory = len(gc.get_objects()), resident() if STATM.exists() else 0
    unlucky = run(10_000)
    gc.collect()
    assert 1000 < unlucky < 9000
    assert len(gc.get_objects()) - objects < 50
    assert len(written) < 50
    assert (state.grad_enabled, state.watchers, state.saved_hooks, state.levels) == (True, (), (), ())
    assert unusual.threads == 0
    if memory:
        assert resident() - memory < 5e6


def test_passes_need_no_garbage_collector() -> None:
    run(1000)
    gc.collect()
    gc.disable()
    try:
        for program in PROGRAMS:
            before = len(gc.get_objects())
            for _ in range(100):
                x = cr.tensor([1.0, 2.0], requires_grad=True)
                try:
                    program(x).backward()
                except Unlucky as error:
                    error.__traceback__ = None
                    error.__context__ = None
            del x
            assert len(gc.get_objects()) - before < 20, program.__name__
    finally:
        gc.enable()
