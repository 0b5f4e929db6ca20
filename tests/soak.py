"""A soak test: thousands of small programs, with errors thrown at random, leave no objects and no memory.

    python tests/soak.py --times 10000      # what `make soak` runs

It runs twice: with the garbage collector off, on programs that make no reference cycles of their own, and
with the collector on, on those that do.
"""

from __future__ import annotations

import argparse
import gc
import random
import threading
import time
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import chainrule as cr
from chainrule import nn, optim
from chainrule.autograd import Function, forward_ad, grad, profiler, set_detect_anomaly
from chainrule.autograd.graph import (
    GradientEdge,
    allow_mutation_on_saved_tensors,
    get_gradient_edge,
    register_multi_grad_hook,
    save_on_cpu,
    saved_tensors_hooks,
)
from chainrule.core.state import RECORDING, state, unusual
from chainrule.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential

Chance = random.Random
SIZE = 64


class Thrown(Exception):
    """An error of the user's, in the middle of anything."""


def maybe(chance: Chance, probability: float = 0.1) -> None:
    if chance.random() < probability:
        raise Thrown


def leaf(chance: Chance) -> Any:
    shape = chance.choice([(), (SIZE,), (4, SIZE // 4)])
    return cr.full(shape, chance.uniform(0.1, 1.0), requires_grad=True)


def chain(chance: Chance, x: Any) -> Any:
    """Return a few random operations on `x`."""
    for _ in range(chance.randrange(1, 5)):
        x = chance.choice([cr.sin, cr.exp, cr.tanh, lambda x: x * x, lambda x: x + 1, lambda x: x / 2])(x)
    return x


# -- ordinary programs: reference counting alone must free all of it --------------------------------------


def plain(chance: Chance) -> None:
    x = leaf(chance)
    y = chain(chance, x)
    z = chain(chance, y) * y
    chance.choice([lambda: z.sum().backward(), lambda: grad(z.sum(), [x, y]), lambda: None])()


def branches(chance: Chance) -> None:
    x = leaf(chance)
    y = cr.where(x > 0.5, x.sqrt(), 0.0) + x.reshape(-1)[:1].sum() + cr.stack([x, x]).amax()
    y.sum().backward()


def several_backwards(chance: Chance) -> None:
    x = leaf(chance)
    x.retain_grad()
    y = chain(chance, x)
    y.retain_grad()
    z = y.sum()
    for _ in range(chance.randrange(1, 4)):
        z.backward(retain_graph=True)
    if chance.random() < 0.5:
        z.backward()
        with suppress(RuntimeError):
            z.backward()


def higher_orders(chance: Chance) -> None:
    x = leaf(chance)
    y = chain(chance, x).sum()
    for _ in range(chance.randrange(1, 4)):
        (g,) = grad(y, x, create_graph=True, allow_unused=True, materialize_grads=True)
        if not g.requires_grad:
            return
        y = g.sum()
    if chance.random() < 0.3:
        y.backward(create_graph=True)
        x.grad = None  # a recorded gradient holds its graph, which holds the leaf
        return
    y.backward()


def hooks(chance: Chance) -> None:
    x = leaf(chance)
    y = chain(chance, x)

    def hook(g: Any) -> Any:
        maybe(chance, 0.05)
        return chance.choice([None, g * 2])

    handles = [x.register_hook(hook), y.register_hook(hook)]
    handles.append(x.register_post_accumulate_grad_hook(lambda x: maybe(chance, 0.05)))
    handles.append(y.grad_fn.register_hook(lambda inputs, outputs: maybe(chance, 0.05)))
    handles.append(y.grad_fn.register_prehook(lambda outputs: maybe(chance, 0.05)))
    handles.append(y.grad_fn.next_functions[0][0].register_hook(lambda *grads: None))
    mode = chance.choice(["all", "any"])
    handles.append(register_multi_grad_hook([x, y], lambda grads: maybe(chance, 0.05), mode=mode))
    for handle in chance.sample(handles, 2):
        handle.remove()
    y.sum().backward(retain_graph=chance.random() < 0.5)


def views(chance: Chance) -> None:
    x = leaf(chance)
    base = x * 2
    view = base.reshape(-1)
    part = view[: chance.randrange(1, 3)]
    chance.choice([base, view, part]).mul_(chance.uniform(0.5, 2))
    part[0] = chance.choice([1.0, x.sum()])
    base.detach().add_(chance.choice([0.0, 1.0]))
    view.unsqueeze_(0)
    for piece in base.reshape(-1).unbind():
        with suppress(RuntimeError):
            piece.add_(1)
        break
    (chain(chance, part).sum() + chain(chance, base).sum()).backward()


def overwritten(chance: Chance) -> None:
    x = leaf(chance)
    y = x.exp()
    z = y * y
    chance.choice([y, z]).add_(1)
    with suppress(RuntimeError):
        z.sum().backward()
    with suppress(RuntimeError):
        x.add_(1)
    with cr.no_grad():
        x.add_(1)
        x.reshape(-1)[0] = 0


class Scaled(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, chance: Chance) -> Any:
        maybe(chance)
        y = x * 3
        ctx.save_for_backward(x, y)
        ctx.chance = chance
        return y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        maybe(ctx.chance)
        x, y = ctx.saved_tensors
        return g * y / x, None


class Several(Function):
    @staticmethod
    def forward(x: Any) -> Any:
        return x * 2, x + 1, x.detach() > 0

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.mark_non_differentiable(output[2])
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*inputs, *output[:2])

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        a, b, _ = grads
        return (0 if a is None else a * 2) + (0 if b is None else b)


class InPlace(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * 2


def custom_functions(chance: Chance) -> None:
    x = leaf(chance)
    y = Scaled.apply(chain(chance, x), chance)
    a, b, _ = Several.apply(y)
    z = InPlace.apply(b * 1)
    chance.choice([a, b, z, a * b * z]).sum().backward()


def saved_hooks(chance: Chance) -> None:
    x = leaf(chance)

    def pack(tensor: Any) -> Any:
        maybe(chance, 0.03)
        return tensor.numpy(force=True).copy()

    def unpack(array: Any) -> Any:
        maybe(chance, 0.03)
        return cr.from_numpy(array)

    with chance.choice([saved_tensors_hooks(pack, unpack), save_on_cpu()]):
        y = Scaled.apply(chain(chance, x), chance)
        z = chain(chance, y) * x
    z.sum().backward()


def changed_after_saving(chance: Chance) -> None:
    x = leaf(chance)
    with allow_mutation_on_saved_tensors():
        y = Scaled.apply(x * 1, chance).exp()
        z = (y * y).sum()
        y.mul_(2)
        maybe(chance)
        z.backward()


def checkpoints(chance: Chance) -> None:
    x = leaf(chance)
    reentrant = chance.random() < 0.4

    def part(x: Any) -> Any:
        maybe(chance, 0.03)
        y = (x.sin() * x).exp()
        maybe(chance, 0.03)
        return nn.functional.dropout(y.cos(), 0.5)

    def whole(x: Any) -> Any:
        return checkpoint(part, Scaled.apply(x * 1, chance), use_reentrant=reentrant).tanh()

    function = chance.choice([part, whole])
    y = checkpoint(
        function, x, use_reentrant=reentrant, **({} if reentrant else {"debug": chance.random() < 0.1})
    )
    if reentrant:
        y.sum().backward()
    else:
        (g,) = grad(y.sum(), x, create_graph=chance.random() < 0.5, retain_graph=chance.random() < 0.5)
        with suppress(RuntimeError):  # of a graph that was not kept
            g.sum().backward()


def differing_checkpoints(chance: Chance) -> None:
    runs = iter([cr.sin, lambda x: x.sin().cos(), lambda x: x * 1])
    y = checkpoint(
        lambda x: next(runs)(x), leaf(chance), use_reentrant=False, early_stop=chance.random() < 0.5
    )
    with suppress(CheckpointError):
        y.sum().backward()


def modes(chance: Chance) -> None:
    x = leaf(chance)

    @cr.no_grad()
    def silent() -> Any:
        maybe(chance)
        return chain(chance, x)

    with cr.set_grad_enabled(chance.random() < 0.5):
        y = chain(chance, x)
        with cr.enable_grad():
            maybe(chance)
            z = chain(chance, x) + y
    (z + silent()).sum().backward()


def watched(chance: Chance) -> None:
    x = leaf(chance)
    watch = chance.choice([lambda: set_detect_anomaly(True), cr.nan_origin, profiler.profile])
    with watch():
        with profiler.record_function("block"):
            y = Scaled.apply(chain(chance, x), chance) * chance.choice([1.0, float("nan")])
        with suppress(RuntimeError):
            y.sum().backward()


def dual_numbers(chance: Chance) -> None:
    x = leaf(chance)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, cr.ones_like(x))
        y = chain(chance, dual)
        maybe(chance)
        tangent = forward_ad.unpack_dual(y).tangent
        grad(y.sum(), x, retain_graph=True)
    (y.sum() if tangent is None else y.sum() + tangent.sum()).backward()


def edges(chance: Chance) -> None:
    x = leaf(chance)
    y = chain(chance, x)
    edge: GradientEdge = get_gradient_edge(y)
    node: Any = y.grad_fn
    node.metadata["note"] = chance.random()
    while node is not None and node.next_functions:
        node = node.next_functions[0][0]
    grad(y.sum(), [edge])


def training(chance: Chance) -> None:
    net = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Dropout(0.2), nn.BatchNorm1d(5), nn.Linear(5, 1))
    kind = chance.choice([optim.SGD, optim.Adam, optim.RMSprop])
    optimizer = kind(net.parameters(), lr=0.01)
    for _ in range(2):
        optimizer.zero_grad()
        y = checkpoint_sequential(net, 2, cr.randn(8, 4), use_reentrant=False)
        loss = nn.functional.mse_loss(y, cr.zeros(8, 1))
        maybe(chance)
        loss.backward()
        optimizer.step()


def threads(chance: Chance) -> None:
    if chance.random() < 0.9:
        return
    x = leaf(chance)

    def work() -> None:
        cr.set_grad_enabled(False)
        with cr.enable_grad():
            (x * x).sum().backward()

    started = [threading.Thread(target=work) for _ in range(2)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


ORDINARY: tuple[Callable[[Chance], None], ...] = (
    plain,
    branches,
    several_backwards,
    higher_orders,
    hooks,
    views,
    overwritten,
    custom_functions,
    saved_hooks,
    changed_after_saving,
    checkpoints,
    differing_checkpoints,
    modes,
    watched,
    dual_numbers,
    edges,
    training,
    threads,
)

# -- programs with reference cycles: the collector must find all of it --------------------------------------


def hook_that_knows_its_tensor(chance: Chance) -> None:
    x = leaf(chance)
    y = chain(chance, x)
    y.register_hook(lambda g: g * y.detach())
    x.register_hook(lambda g: maybe(chance) or g * x.detach())
    y.sum().backward(retain_graph=True)


def recorded_gradient(chance: Chance) -> None:
    x = leaf(chance)
    chain(chance, x * x).sum().backward(create_graph=True)


class Remembering(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.result = x * 2
        return ctx.result

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * 2


def result_in_the_context(chance: Chance) -> None:
    Remembering.apply(leaf(chance)).sum().backward()


def checkpoint_that_knows_its_result(chance: Chance) -> None:
    kept: list[Any] = []
    kept.append(checkpoint(lambda x: (x * len(kept)).exp(), leaf(chance), use_reentrant=False))
    with suppress(CheckpointError):
        kept[0].sum().backward()


def node_that_knows_its_tensor(chance: Chance) -> None:
    y = chain(chance, leaf(chance))
    y.grad_fn.metadata["tensor"] = y


CYCLIC: tuple[Callable[[Chance], None], ...] = (
    hook_that_knows_its_tensor,
    recorded_gradient,
    result_in_the_context,
    checkpoint_that_knows_its_result,
    node_that_knows_its_tensor,
)


# -- measuring ------------------------------------------------------------------------------------------


def census() -> Counter[str]:
    """Count the objects that the collector knows, by type."""
    return Counter([f"{type(thing).__module__}.{type(thing).__qualname__}" for thing in gc.get_objects()])


def resident() -> int:
    """Return the memory of this process in bytes; 0 where the system does not tell."""
    statm = Path("/proc/self/statm")
    return 4096 * int(statm.read_text().split()[1]) if statm.exists() else 0


def run(programs: tuple[Callable[[Chance], None], ...], chance: Chance, times: int) -> None:
    """Run programs in turn; errors that were thrown end them, and nothing else."""
    for i in range(times):
        with suppress(Thrown), warnings.catch_warnings(action="ignore"):
            programs[i % len(programs)](chance)
        assert state.mode == RECORDING, programs[i % len(programs)]
        assert state.running is None, programs[i % len(programs)]
        assert not state.watchers, programs[i % len(programs)]
    assert unusual.threads == 0


class Growth:
    """What there is more of at the end of a block than at its beginning."""

    def __enter__(self) -> Growth:
        gc.collect()
        tracemalloc.start()
        self._objects, self._resident = census(), resident()
        self._memory = tracemalloc.get_traced_memory()[0]
        return self

    def __exit__(self, *error: object) -> None:
        self.resident = resident() - self._resident
        # A few objects come and go: dictionaries count once they have held something, for example.
        self.objects = {name: n for name, n in (census() - self._objects).items() if n > 5}
        gc.collect()  # only after counting; it also empties the interpreter's stores of freed objects
        self.memory = tracemalloc.get_traced_memory()[0] - self._memory
        tracemalloc.stop()

    def __str__(self) -> str:
        return f"objects {self.objects}, memory {self.memory} B, resident {self.resident / 2**20:.1f} MB"


def soak(
    programs: tuple[Callable[[Chance], None], ...], times: int, collector: bool, seed: int = 0
) -> Growth:
    """Run programs `times` times after a warm-up, and return what has grown."""
    chance = random.Random(seed)
    cr.manual_seed(seed)
    gc.freeze()  # what was there before is neither searched nor counted: in a large process that takes long
    try:
        run(programs, chance, min(times, 50 * len(programs)))
        with Growth():  # has caches of its own to fill
            pass
        if not collector:
            gc.disable()
        with Growth() as growth:
            run(programs, chance, times)
            if collector:
                gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()
    return growth


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=10_000, help="how many programs to run, each time")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    failed = False
    for name, programs, collector in (
        ("ordinary programs, without the collector", ORDINARY, False),
        ("programs with cycles, with the collector", CYCLIC, True),
    ):
        start = time.perf_counter()
        growth = soak(programs, arguments.times, collector, arguments.seed)
        bad = bool(growth.objects) or growth.memory > 100_000 or growth.resident > 20 * 2**20
        failed = failed or bad
        seconds = time.perf_counter() - start
        print(
            f"{name}: {arguments.times} in {seconds:.0f} s; growth: {growth}{'  <-- TOO MUCH' if bad else ''}"
        )
    raise SystemExit(failed)


if __name__ == "__main__":
    main()
