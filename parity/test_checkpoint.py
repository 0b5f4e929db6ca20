"""Checkpointed programs give torch's gradients, warnings and errors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from libraries import as_numpy, chainrule, torch

both_forms = pytest.mark.parametrize("reentrant", [True, False])


def leaf(m: Any, *values: float) -> Any:
    return m.tensor([float(x) for x in values], requires_grad=True)


def wavy(x: Any) -> Any:
    return (x.sin() * x).exp().tanh()


def differing(*functions: Callable[..., Any]) -> Callable[..., Any]:
    runs = iter(functions)
    return lambda *args: next(runs)(*args)


def _one(m: Any, **options: Any) -> Any:
    x = leaf(m, 0.5, 1.0)
    m.utils.checkpoint.checkpoint(wavy, x * 2, **options).sum().backward()
    return x.grad


def _several(m: Any, **options: Any) -> Any:
    x = leaf(m, 0.5, 1.0)
    a, name, b = m.utils.checkpoint.checkpoint(lambda x, n: (x * n, "text", x / n), x, 3, **options)
    (a * b + a).sum().backward()
    assert name == "text"
    return x.grad


def _nested(m: Any, **options: Any) -> Any:
    checkpoint = m.utils.checkpoint.checkpoint
    x = leaf(m, 0.5, 1.0)
    checkpoint(lambda x: checkpoint(wavy, x.cos(), **options).exp(), x, **options).sum().backward()
    return x.grad


def _container(m: Any, **options: Any) -> Any:
    x = leaf(m, 0.5, 1.0)
    y = m.utils.checkpoint.checkpoint(lambda pair, x: pair[0] * x, [x * 2], x, **options)
    y.sum().backward()
    return x.grad


def _twice(m: Any, **options: Any) -> Any:
    x = leaf(m, 0.5, 1.0)
    y = m.utils.checkpoint.checkpoint(wavy, x, **options).sum()
    y.backward(retain_graph=True)
    y.backward()
    return x.grad


def _freed(m: Any, **options: Any) -> Any:
    x = leaf(m, 0.5, 1.0)
    y = m.utils.checkpoint.checkpoint(wavy, x, **options).sum()
    y.backward()
    y.backward()


def _overwritten_input(m: Any, **options: Any) -> Any:
    a = leaf(m, 0.5, 1.0) + 0
    y = m.utils.checkpoint.checkpoint(wavy, a, **options)
    a.add_(1)
    y.sum().backward()


def _sequence(m: Any, **options: Any) -> Any:
    x = leaf(m, 0.5, 1.0)
    layers = [m.sin, m.exp, m.tanh, m.cos, m.sin]
    m.utils.checkpoint.checkpoint_sequential(layers, 2, x, **options).sum().backward()
    return x.grad


def _no_input(m: Any, **options: Any) -> Any:
    w = leaf(m, 2.0, 3.0)
    y = m.utils.checkpoint.checkpoint(lambda x: x * w, m.ones(2), **options)
    if y.requires_grad:
        y.sum().backward()
    return y if w.grad is None else w.grad


def _detached(m: Any, **options: Any) -> Any:
    x = leaf(m, 0.5, 1.0)
    y = m.utils.checkpoint.checkpoint(lambda x: x.detach() * 2, x, **options)
    y.sum().backward()


def _named_inputs(m: Any, **options: Any) -> Any:
    x = leaf(m, 0.5, 1.0)
    return m.autograd.grad(m.utils.checkpoint.checkpoint(wavy, x, **options).sum(), x)[0]


def _backward_to_inputs(m: Any, **options: Any) -> Any:
    x = leaf(m, 0.5, 1.0)
    m.utils.checkpoint.checkpoint(wavy, x, **options).sum().backward(inputs=[x])
    return x.grad


def _by_name(m: Any, **options: Any) -> Any:
    x = leaf(m, 0.5, 1.0)
    m.utils.checkpoint.checkpoint(lambda x, scale: x.exp() * scale, x, scale=3, **options).sum().backward()
    return x.grad


def _other_check(m: Any, **options: Any) -> Any:
    return m.utils.checkpoint.checkpoint(wavy, leaf(m, 1.0), determinism_check="all", **options)


def _other_argument(m: Any, **options: Any) -> Any:
    return m.utils.checkpoint.checkpoint_sequential([m.sin], 1, leaf(m, 1.0), debug=True, **options)


def _no_segments(m: Any, **options: Any) -> Any:
    return m.utils.checkpoint.checkpoint_sequential([m.sin], 0, leaf(m, 1.0), **options)


def _debug(m: Any, **options: Any) -> Any:
    return m.utils.checkpoint.checkpoint(wavy, leaf(m, 1.0), debug=True, **options)


def _contexts(m: Any, **options: Any) -> Any:
    return m.utils.checkpoint.checkpoint(wavy, leaf(m, 1.0), context_fn=lambda: (None, None), **options)


PROGRAMS: list[Callable[..., Any]] = [
    _one,
    _several,
    _nested,
    _container,
    _twice,
    _freed,
    _overwritten_input,
    _sequence,
    _no_input,
    _detached,
    _named_inputs,
    _backward_to_inputs,
    _by_name,
    _other_check,
    _other_argument,
    _no_segments,
    _debug,
    _contexts,
]


def outcome(program: Callable[..., Any], m: Any, **options: Any) -> tuple[Any, str, list[str]]:
    """Return the result, the error as type and text, and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result, error = None, ""
        try:
            result = program(m, **options)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
    return result, error, [str(warning.message) for warning in caught]


def in_our_words(text: str) -> str:
    """Return torch's text up to its hints, with our name in it."""
    return text.replace("torch", "chainrule").partition("\nTip:")[0].partition(" Hint:")[0]


def compare(program: Callable[..., Any], **options: Any) -> None:
    theirs, their_error, their_warnings = outcome(program, torch, **options)
    ours, our_error, our_warnings = outcome(program, chainrule, **options)
    if their_error:
        assert our_error.startswith(in_our_words(their_error))
    else:
        assert our_error == ""
        np.testing.assert_allclose(as_numpy(ours), as_numpy(theirs), rtol=1e-4)
        assert ours.requires_grad == theirs.requires_grad
    assert our_warnings == [in_our_words(text) for text in their_warnings]


@both_forms
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__.strip("_"))
def test_checkpointed_programs_come_out_as_in_torch(program: Callable[..., Any], reentrant: bool) -> None:
    compare(program, use_reentrant=reentrant)


@pytest.mark.parametrize("program", [_one, _sequence])
def test_what_is_not_said_is_warned_about_as_in_torch(program: Callable[..., Any]) -> None:
    compare(program)


RUNS: dict[str, tuple[Callable[..., Any], ...]] = {
    "fewer": (lambda x: x.sin().cos(), lambda x: x.sin()),
    "more": (lambda x: x.sin(), lambda x: x.sin().cos()),
    "other shape": (lambda x: x.sin().cos(), lambda x: x[:1].sin().cos()),
    "other dtype": (lambda x: x.sin(), lambda x: x.double().sin()),
    "another operation": (lambda x: x.sin(), lambda x: x.cos()),
}


@pytest.mark.parametrize("early_stop", [True, False])
@pytest.mark.parametrize("runs", RUNS)
def test_a_function_that_does_not_repeat_itself_is_found_out_as_in_torch(runs: str, early_stop: bool) -> None:
    def program(m: Any) -> Any:
        x = leaf(m, 0.5, 1.0)
        function = differing(*RUNS[runs])
        y = m.utils.checkpoint.checkpoint(function, x, use_reentrant=False, early_stop=early_stop)
        y.sum().backward()
        return x.grad

    compare(program)
