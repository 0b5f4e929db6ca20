"""Threads: each has its modes, and nothing that two of them share is lost or mixed up."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import chainrule as cr
from chainrule.autograd import Function, is_multithreading_enabled, set_multithreading_enabled
from chainrule.core import inplace
from chainrule.core.inplace import Latest
from chainrule.core.state import unusual

THREADS = 8
TIMES = 200


@pytest.fixture(autouse=True)
def frequent_switches() -> Iterator[None]:
    """Have the interpreter switch threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(work: Callable[[int], Any], count: int = THREADS) -> list[Any]:
    """Run `work(i)` in threads that start at one moment; return the results, raise the first error."""
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count
    errors: list[BaseException] = []

    def run(i: int) -> None:
        barrier.wait()
        try:
            results[i] = work(i)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def in_a_thread(work: Callable[[], Any]) -> Any:
    return together(lambda i: work(), 1)[0]


# -- modes ------------------------------------------------------------------------------------------


def test_recording_is_switched_for_one_thread_only() -> None:
    x = cr.ones(2, requires_grad=True)
    with cr.no_grad():
        assert in_a_thread(lambda: (x * 2).requires_grad)
        assert not (x * 2).requires_grad
    assert in_a_thread(lambda: cr.set_grad_enabled(False)) is not None
    assert cr.is_grad_enabled()


def test_threads_switch_recording_without_disturbing_each_other() -> None:
    x = cr.ones(3, requires_grad=True)

    def work(i: int) -> None:
        for _ in range(TIMES):
            with cr.set_grad_enabled(i % 2 == 0):
                assert (x * 2).requires_grad == (i % 2 == 0)
            assert (x * 2).requires_grad

    together(work)
    assert unusual.threads == 0


def test_a_thread_that_dies_in_another_mode_leaves_the_short_way_on() -> None:
    for _ in range(3):
        in_a_thread(lambda: cr.set_grad_enabled(False))
        in_a_thread(cr.no_grad().__enter__)
        in_a_thread(cr.autograd.graph.saved_tensors_hooks(id, id).__enter__)
    assert unusual.threads == 0


def test_strict_ieee_holds_in_its_thread_and_ends_there() -> None:
    inside, ready = threading.Event(), threading.Event()

    def gradient() -> Any:
        x = cr.tensor(0.0, requires_grad=True)
        cr.where(x > 0, x.sqrt(), 0.0).backward()
        return x.grad.item()

    def other() -> None:
        with cr.strict_ieee():
            inside.set()
            ready.wait()

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait()
    with cr.strict_ieee():
        ready.set()
        thread.join()
        assert gradient() != gradient()
    assert gradient() == 0


def test_multithreading_can_be_switched_as_in_torch() -> None:
    assert is_multithreading_enabled()
    with set_multithreading_enabled(False):
        assert not is_multithreading_enabled()
        assert in_a_thread(is_multithreading_enabled)
    assert is_multithreading_enabled()
    set_multithreading_enabled(False)
    assert not is_multithreading_enabled()
    set_multithreading_enabled(True)
    inside = set_multithreading_enabled(False)(is_multithreading_enabled)
    set_multithreading_enabled(True)
    assert not inside()
    assert is_multithreading_enabled()


def test_multithreading_is_switched_by_a_bool_only() -> None:
    with pytest.raises(TypeError, match="must be bool, not str"):
        set_multithreading_enabled("yes")  # type: ignore[arg-type]


# -- gradients ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(), (5,)])
def test_passes_that_share_a_leaf_lose_no_gradient(shape: tuple[int, ...]) -> None:
    shared = cr.ones(shape, requires_grad=True)

    def work(i: int) -> None:
        own = cr.full(shape, float(i + 1), requires_grad=True)
        for _ in range(TIMES):
            (shared * own).sum().backward()
        assert (own.grad == TIMES).all()

    together(work)
    assert (shared.grad == TIMES * sum(range(1, THREADS + 1))).all()


def test_recorded_passes_that_share_a_leaf_lose_no_gradient() -> None:
    shared = cr.ones(3, requires_grad=True)
    together(lambda i: [(shared * shared).sum().backward(create_graph=True) for _ in range(20)])
    assert (shared.grad == 2 * 20 * THREADS).all()


def test_passes_limited_to_inputs_lose_no_gradient() -> None:
    shared = cr.ones(3, requires_grad=True)
    together(lambda i: [(shared * 2).sum().backward(inputs=[shared]) for _ in range(TIMES)])
    assert (shared.grad == 2 * TIMES * THREADS).all()


def test_passes_through_a_retained_gradient_lose_none() -> None:
    shared = cr.ones(3, requires_grad=True)
    middle = shared * 2
    middle.retain_grad()
    top = middle.sum()
    together(lambda i: [top.backward(retain_graph=True) for _ in range(TIMES)])
    assert (middle.grad == TIMES * THREADS).all()
    assert (shared.grad == 2 * TIMES * THREADS).all()


def test_threads_may_go_back_through_one_graph_that_is_kept() -> None:
    x = cr.linspace(0.1, 1, 5, requires_grad=True)
    y = (x.exp() * x.sin()).sum()
    (expected,) = cr.autograd.grad(y, x, retain_graph=True)
    found = together(lambda i: [cr.autograd.grad(y, x, retain_graph=True)[0] for _ in range(TIMES)])
    assert all((g == expected).all() for grads in found for g in grads)


def test_a_hook_on_a_shared_leaf_is_called_once_for_every_pass() -> None:
    shared = cr.ones(2, requires_grad=True)
    calls: list[Any] = []
    shared.register_hook(lambda g: calls.append(threading.get_ident()))
    together(lambda i: [shared.sum().backward() for _ in range(50)])
    assert len(calls) == 50 * THREADS
    assert len(set(calls)) <= THREADS


def test_hooks_that_threads_register_at_once_are_all_kept() -> None:
    for _ in range(50):
        shared = cr.ones(2, requires_grad=True)
        y = shared * 2
        node = y.grad_fn
        calls: list[int] = []

        def register(i: int, calls: list[int] = calls, shared: Any = shared, node: Any = node) -> None:
            shared.register_hook(lambda g: calls.append(i))
            node.register_hook(lambda *grads: calls.append(-i - 1))

        together(register)
        y.sum().backward()
        assert sorted(calls) == list(range(-THREADS, THREADS))


def test_one_gradient_accumulator_is_seen_by_all_threads() -> None:
    for _ in range(50):
        shared = cr.ones(2, requires_grad=True)
        found = together(lambda i, x=shared: (x * 2).grad_fn.next_functions[0][0])
        assert len({id(node) for node in found}) == 1


def test_one_class_of_node_is_seen_by_all_threads() -> None:
    found = together(lambda i: type(cr.ones(1, requires_grad=True).erfinv().grad_fn))
    assert len(set(found)) == 1


def test_custom_functions_run_in_many_threads() -> None:
    class Cube(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 3 * ctx.saved_tensors[0] ** 2

    shared = cr.full((2,), 2.0, requires_grad=True)
    found = together(lambda i: [Cube.apply(shared).grad_fn for _ in range(3)])
    assert len({type(node) for nodes in found for node in nodes}) == 1
    together(lambda i: [Cube.apply(shared).sum().backward() for _ in range(50)])
    assert (shared.grad == 12 * 50 * THREADS).all()


# -- memory that is shared ----------------------------------------------------------------------------


def test_every_change_of_shared_memory_is_counted() -> None:
    shared = cr.zeros(4)
    views = [shared[i : i + 1] for i in range(4)]
    before = shared._version

    def work(i: int) -> None:
        for _ in range(TIMES):
            views[i].add_(1)

    together(work, 4)
    assert (shared == TIMES).all()
    assert shared._version == before + 4 * TIMES


def test_the_latest_change_in_place_is_not_forgotten() -> None:
    last: list[int] = []

    class Recent(int):
        """A tick at whose comparison another thread may run."""

        def __gt__(self, other: Any) -> bool:
            threading.Event().wait(0.001)
            return int(self) > int(other)

    def work(i: int) -> None:
        for k in range(5):
            inplace.note_written(None, Recent(10**9 + 5 * k + i))
            last.append(10**9 + 5 * k + i)

    before = Latest.write
    try:
        together(work, 4)
        assert max(last) == Latest.write
    finally:
        Latest.write = before


def test_views_of_a_changed_base_have_its_new_history_in_every_thread() -> None:
    for _ in range(50):
        x = cr.ones(4, requires_grad=True)
        base = x * 1
        view = base[:2]
        base.mul_(3)
        found = together(lambda i, v=view, x=x: cr.autograd.grad(v.sum(), x, retain_graph=True)[0])
        assert all(g.tolist() == [3, 3, 0, 0] for g in found)


def test_a_number_that_threads_share_as_memory_is_one_memory() -> None:
    for _ in range(50):
        shared = cr.tensor(1.0)
        views = together(lambda i, x=shared: x.detach())
        shared.add_(1)
        assert all(view.item() == 2 for view in views)


def test_random_numbers_drawn_by_threads_are_all_different() -> None:
    drawn = together(lambda i: [cr.rand(()).item() for _ in range(100)])
    assert len({x for numbers in drawn for x in numbers}) > 0.99 * 100 * THREADS
