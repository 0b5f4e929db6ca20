"""nan_origin finds the first operation that makes NaN or infinity of finite numbers, forward and backward."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nan_origin
from chainrule.autograd.nan_origin import Origin
from chainrule.core.state import GENERAL, state


def origin_of(call: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with nan_origin() as found:
            call()
    return found.origin


def test_an_infinity_made_forward_is_told_with_line_formula_and_operands() -> None:
    def program() -> None:
        x = cr.tensor([1.0, 0.0, 0.0], requires_grad=True)
        y = x.log()
        (y * 0).sum()

    origin = origin_of(program)
    assert (origin.operation, origin.backward, origin.formula) == ("log", False, "np.log(x)")
    assert "y = x.log()" in origin.line
    assert __file__ in origin.line
    assert origin.cases == [{"x": 0.0, "result": -np.inf}, {"x": 0.0, "result": -np.inf}]


def test_a_nan_made_from_infinity_is_not_the_origin() -> None:
    def program() -> None:
        x = cr.tensor(float("inf"))
        z = x - x
        (z + cr.tensor(-1.0).sqrt()).item()

    assert origin_of(program).operation == "sqrt"


def test_a_nan_made_backward_is_told_with_the_forward_line() -> None:
    def program() -> None:
        x = cr.tensor([4.0, 0.0], requires_grad=True)
        y = x.sqrt()
        (y * 0).sum().backward()

    origin = origin_of(program)
    assert (origin.operation, origin.backward, origin.formula) == ("SqrtBackward0", True, "g * (0.5 / y)")
    assert "y = x.sqrt()" in origin.line
    assert origin.cases == [{"g": 0.0, "y": 0.0, "result": pytest.approx(np.nan, nan_ok=True)}]


def test_a_recorded_backward_pass_is_watched_as_well() -> None:
    def program() -> None:
        x = cr.tensor(0.0, requires_grad=True)
        cr.autograd.grad(x.sqrt() * 0, x, create_graph=True)

    origin = origin_of(program)
    assert origin.operation in ("true_divide", "reciprocal", "SqrtBackward0")
    assert "x.sqrt() * 0" in origin.line or "grad(" in origin.line


def test_operations_that_are_not_elementwise_show_shapes() -> None:
    def program() -> None:
        a = cr.full((2, 2), 1e200, dtype=cr.float64)
        a @ a

    origin = origin_of(program)
    assert origin.operation == "mm"
    assert origin.cases[0] == {"a": "float64[2, 2]", "b": "float64[2, 2]", "result": np.inf}


def test_an_operation_in_place_is_found() -> None:
    def program() -> None:
        x = cr.tensor([1.0, 0.0])
        x.log_()

    origin = origin_of(program)
    assert origin.operation == "log"
    assert "x.log_()" in origin.line


def test_at_the_end_of_the_block_a_warning_tells_everything() -> None:
    with pytest.warns(cr.ChainruleWarning) as caught, np.errstate(divide="ignore"), nan_origin():
        cr.tensor([0.0]).log()
    text = str(next(w.message for w in caught if w.category is cr.ChainruleWarning))
    assert re.fullmatch(
        r"log made the first infinity of finite numbers, at .*: cr.tensor\(\[0.0\]\).log\(\)\n"
        r"  it computed np.log\(x\)\n"
        r"  with x = 0.0, result = -inf",
        text,
    )


def test_without_a_nan_nothing_is_said() -> None:
    with nan_origin() as found:
        cr.tensor(1.0, requires_grad=True).exp().backward()
    assert found.origin is None


def test_an_error_in_the_block_gets_a_note_instead_of_a_warning() -> None:
    with np.errstate(divide="ignore"), pytest.raises(ZeroDivisionError) as raised, nan_origin():
        _ = cr.tensor([0.0]).log(), 1 / 0
    assert "log made the first infinity" in raised.value.__notes__[0]
    assert state.mode != GENERAL


def test_a_line_outside_the_block_is_said_not_to_be_known() -> None:
    x = cr.tensor(0.0, requires_grad=True)
    y = x.sqrt() * 0
    assert "not known" in str(origin_of(y.backward))


def test_an_origin_reads_as_a_sentence() -> None:
    origin = Origin("exp", False, "np.exp(x)", None, [{"x": 1000.0, "result": np.inf}])
    assert str(origin).startswith(
        "exp made the first infinity of finite numbers, at a line that is not known"
    )
