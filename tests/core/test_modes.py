"""The modes, as context managers and as decorators of everything that can be called."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import chainrule as cr
from chainrule import enable_grad, inference_mode, no_grad, set_grad_enabled
from chainrule.autograd import grad_mode

Modes = tuple[bool, bool]
USUAL: Modes = (True, False)


def modes() -> Modes:
    return cr.is_grad_enabled(), cr.is_inference_mode_enabled()


@pytest.fixture(autouse=True)
def nothing_left_switched() -> Iterator[None]:
    assert modes() == USUAL
    yield
    assert modes() == USUAL


MAKERS: dict[str, tuple[Callable[[], Any], Modes]] = {
    "no_grad": (no_grad, (False, False)),
    "enable_grad": (enable_grad, USUAL),
    "set_grad_enabled(False)": (lambda: set_grad_enabled(False), (False, False)),
    "set_grad_enabled(True)": (lambda: set_grad_enabled(True), USUAL),
    "inference_mode": (inference_mode, (False, True)),
    "inference_mode(False)": (lambda: inference_mode(False), USUAL),
}
BARE = {"no_grad": no_grad, "enable_grad": enable_grad, "inference_mode": inference_mode}


@pytest.mark.parametrize("name", MAKERS)
def test_a_block_has_its_mode_and_the_old_one_returns(name: str) -> None:
    make, expected = MAKERS[name]
    with make():
        assert modes() == expected


@pytest.mark.parametrize("name", MAKERS)
def test_the_old_mode_returns_after_an_exception(name: str) -> None:
    with pytest.raises(ZeroDivisionError), MAKERS[name][0]():
        raise ZeroDivisionError


@pytest.mark.parametrize("name", MAKERS)
def test_a_decorated_function_runs_in_the_mode(name: str) -> None:
    make, expected = MAKERS[name]

    @make()
    def decorated(x: int, *, y: int) -> Any:
        """Say it."""
        return modes(), x + y

    assert modes() == USUAL
    assert decorated(1, y=2) == (expected, 3)
    assert (decorated.__name__, decorated.__doc__) == ("decorated", "Say it.")


@pytest.mark.parametrize("name", BARE)
def test_the_bare_name_is_a_decorator(name: str) -> None:
    assert BARE[name](modes)() == MAKERS[name][1]


def test_methods_are_decorated_like_functions() -> None:
    class Thing:
        @no_grad()
        def method(self) -> Modes:
            return modes()

        @classmethod
        @inference_mode
        def of_class(cls) -> Modes:
            return modes()

        @staticmethod
        @no_grad
        def static() -> Modes:
            return modes()

        @property
        @no_grad()
        def seen(self) -> Modes:
            return modes()

    thing = Thing()
    assert thing.method() == thing.static() == thing.seen == (False, False)
    assert Thing.of_class() == (False, True)


def test_a_decorated_function_may_call_itself() -> None:
    @no_grad()
    def depths(n: int) -> list[Modes]:
        return [modes(), *(depths(n - 1) if n else [])]

    assert depths(3) == [(False, False)] * 4


@pytest.mark.parametrize("make", [no_grad, inference_mode], ids=["no_grad", "inference_mode"])
def test_one_object_may_be_entered_while_it_is_entered(make: Any) -> None:
    mode = make()
    with mode:
        inside = modes()
        with mode:
            assert modes() == inside
        assert modes() == inside
    assert modes() == USUAL


def test_modes_nest_in_any_order() -> None:
    with no_grad():
        with enable_grad():
            assert modes() == USUAL
            with inference_mode():
                assert modes() == (False, True)
                with inference_mode(False):
                    assert modes() == USUAL
                with enable_grad():
                    assert modes() == (True, True)
                assert modes() == (False, True)
            assert modes() == USUAL
        assert modes() == (False, False)
        with inference_mode(False):  # as in torch, the usual mode altogether
            assert modes() == USUAL
        assert modes() == (False, False)


def test_set_grad_enabled_switches_at_once() -> None:
    switch = set_grad_enabled(False)
    assert modes() == (False, False)
    assert (switch.mode, switch.prev) == (False, True)
    assert repr(switch) == "chainrule.autograd.grad_mode.set_grad_enabled(mode=False)"
    with switch:
        assert modes() == (False, False)
    assert modes() == USUAL
    set_grad_enabled(mode=False)
    set_grad_enabled(True)


def test_a_switch_inside_a_block_ends_with_it() -> None:
    with no_grad():
        set_grad_enabled(True)
        assert modes() == USUAL
    with inference_mode():
        set_grad_enabled(True)
        assert modes() == (True, True)


@pytest.mark.parametrize("wrong", [1, "x", None])
def test_a_mode_is_a_bool(wrong: Any) -> None:
    kind = type(wrong).__name__
    with pytest.raises(TypeError, match=rf"argument 'enabled' \(position 1\) must be bool, not {kind}"):
        set_grad_enabled(wrong)
    with pytest.raises(TypeError, match=rf"argument 'mode' \(position 1\) must be bool, not {kind}"):
        inference_mode(wrong)


def test_modes_can_be_cloned() -> None:
    assert isinstance(no_grad().clone(), no_grad)
    assert inference_mode(False).clone().mode is False
    with set_grad_enabled(True).clone():
        pass


def test_torchs_module_has_the_names() -> None:
    for name in ("no_grad", "enable_grad", "set_grad_enabled", "inference_mode"):
        assert getattr(grad_mode, name) is getattr(cr, name) is getattr(cr.autograd, name)


# -- generators -----------------------------------------------------------------------------------


def _talking(log: list[Any]) -> Any:
    log.append(("start", modes()))
    try:
        sent = yield modes()
        log.append((sent, modes()))
        try:
            yield modes()
        except ValueError:
            log.append(("thrown", modes()))
            yield modes()
    finally:
        log.append(("end", modes()))
    return "returned"


@pytest.mark.parametrize("name", ["no_grad", "inference_mode", "set_grad_enabled(False)"])
def test_a_generator_has_the_mode_while_it_runs_and_its_caller_has_not(name: str) -> None:
    make, expected = MAKERS[name]
    log: list[Any] = []
    generator = make()(_talking)(log)
    assert log == []
    assert next(generator) == expected
    assert modes() == USUAL
    assert generator.send("sent") == expected
    assert modes() == USUAL
    assert generator.throw(ValueError) == expected
    assert modes() == USUAL
    with pytest.raises(StopIteration) as stopped:
        next(generator)
    assert stopped.value.value == "returned"
    assert log == [(word, expected) for word in ("start", "sent", "thrown", "end")]


def test_a_generator_that_is_closed_cleans_up_in_the_mode() -> None:
    for end in ("close", "delete"):
        log: list[Any] = []
        generator = no_grad()(_talking)(log)
        next(generator)
        if end == "close":
            generator.close()
        del generator
        assert log == [("start", (False, False)), ("end", (False, False))]
        assert modes() == USUAL


def test_an_exception_leaves_a_generator() -> None:
    generator = no_grad()(_talking)([])
    next(generator)
    with pytest.raises(KeyError):
        generator.throw(KeyError)


def test_a_decorated_generator_function_is_one() -> None:
    assert inspect.isgeneratorfunction(no_grad()(_talking))


def test_a_block_around_the_yield_of_a_generator_stays_open_between_its_values() -> None:
    def numbers() -> Iterator[int]:
        with no_grad():
            yield 1
            yield 2

    seen = [modes() for _ in numbers()]
    assert seen == [(False, False)] * 2


def test_a_coroutine_is_left_alone() -> None:
    async def coroutine() -> Modes:
        return modes()

    assert asyncio.run(no_grad()(coroutine)()) == USUAL


# -- classes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["no_grad", "inference_mode", "set_grad_enabled(False)"])
def test_decorating_a_class_warns_and_constructs_in_the_mode(name: str) -> None:
    class Thing:
        label = "thing"

        def __init__(self) -> None:
            self.born = modes()

        def now(self) -> Modes:
            return modes()

    make, expected = MAKERS[name]
    with pytest.warns(FutureWarning, match=r"Decorating classes is deprecated .* decorate the `__init__`"):
        made = make()(Thing)
    thing = made()
    assert (thing.born, thing.now()) == (expected, USUAL)
    assert not isinstance(made, type)


# -- threads --------------------------------------------------------------------------------------


def test_modes_are_those_of_a_thread() -> None:
    seen = []
    with no_grad(), inference_mode():
        thread = threading.Thread(target=lambda: seen.append(modes()))
        thread.start()
        thread.join()
    assert seen == [USUAL]


def test_a_decorator_made_in_one_thread_works_in_others() -> None:
    decorated = no_grad()(modes)
    seen = []
    threads = [threading.Thread(target=lambda: seen.append((decorated(), modes()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [((False, False), USUAL)] * 4


# -- what modes are for ---------------------------------------------------------------------------


def test_nothing_is_recorded_within_no_grad_or_inference_mode() -> None:
    x = cr.tensor([1.0, 2.0], requires_grad=True)
    for make in (no_grad, inference_mode):
        with make():
            for y in (x * x, x.sum(), x + 1, cr.exp(x), -x, cr.where(x > 1, x, 0.0), cr.stack([x, x])):
                assert (y.requires_grad, y.grad_fn, y.is_leaf) == (False, None, True)


def test_enable_grad_does_not_record_in_inference_mode() -> None:
    x = cr.tensor([1.0, 2.0], requires_grad=True)
    with inference_mode(), enable_grad():
        y = x * x
    assert not y.requires_grad
    assert y.is_inference()


def test_inference_mode_false_records_within_inference_mode() -> None:
    x = cr.tensor([1.0, 2.0], requires_grad=True)
    with inference_mode(), inference_mode(mode=False):
        y = x * x
    y.sum().backward()
    assert x.grad.tolist() == [2, 4]


def test_leaves_made_within_a_mode_are_leaves() -> None:
    with no_grad():
        x = cr.ones(2, requires_grad=True)
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3, 3]
