"""why_no_grad says where the path between two tensors breaks, with the line where it is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import chainrule as cr
from chainrule import gradient_paths, why_no_grad


@pytest.fixture
def x() -> Any:
    return cr.tensor([1.0, 2.0], requires_grad=True)


@pytest.fixture
def w() -> Any:
    return cr.tensor([3.0, 4.0], requires_grad=True)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    gradient_paths.last = None
    yield
    gradient_paths.last = None


# -- from the graph alone -------------------------------------------------------------------------


def test_an_unbroken_path_is_said_to_be_one(x: Any) -> None:
    assert why_no_grad((x * 2).sum(), x) == "nothing is broken: y depends on x, and backward() fills x.grad"


def test_of_an_inner_tensor_retain_grad_is_named(x: Any) -> None:
    inner = x * 2
    assert "retain_grad()" in why_no_grad(inner.sum(), inner)


def test_a_tensor_that_does_not_require_grad_is_said_to_be_one(x: Any) -> None:
    assert "does not require grad" in why_no_grad(x.sum(), cr.tensor(1.0))
    assert "x is chainrule.int64" in why_no_grad(x.sum(), cr.tensor(1))


def test_a_detached_operand_is_found_by_its_memory(x: Any, w: Any) -> None:
    assert "x was detached: an operand of MulBackward0" in why_no_grad((x.detach() * w).sum(), x)
    assert "x was detached" in why_no_grad((x.data[1:] * w[1:]).sum(), x)


def test_a_detached_result_is_found_by_its_memory(x: Any) -> None:
    assert "it was detached" in why_no_grad(x.detach(), x)
    with cr.no_grad():
        view = x[1:]
    assert "view made in no_grad" in why_no_grad(view, x)


def test_an_integer_result_is_named(x: Any) -> None:
    assert "y is chainrule.int64" in why_no_grad(x.argmax(), x)


def test_a_result_without_history_is_named(x: Any) -> None:
    with cr.no_grad():
        y = (x * 2).sum()
    assert "y has no history at all" in why_no_grad(y, x)


def test_a_tensor_never_used_is_said_not_to_have_been(x: Any, w: Any) -> None:
    assert "y was computed without x" in why_no_grad((w * 2).sum(), x)
    assert "y is a leaf" in why_no_grad(w, x)


# -- inside gradient_paths ------------------------------------------------------------------------


def test_a_cast_to_integers_is_told_with_its_line(x: Any, w: Any) -> None:
    with gradient_paths():
        n = (x * 2).long()
        y = (n * w).sum()
    told = why_no_grad(y, x)
    assert "gave chainrule.int64" in told
    assert "n = (x * 2).long()" in told


def test_a_no_grad_block_is_told_with_its_line(x: Any, w: Any) -> None:
    with gradient_paths():
        with cr.no_grad():
            a = x.exp()
        y = (a * w).sum()
    told = why_no_grad(y, x)
    assert "exp() ran inside no_grad" in told
    assert "a = x.exp()" in told


def test_an_operation_without_derivative_is_told_with_its_line(x: Any, w: Any) -> None:
    with gradient_paths():
        above = x > 1.5
        y = (above * w).sum()
    told = why_no_grad(y, x)
    assert "gt() has no derivative" in told
    assert "above = x > 1.5" in told


def test_a_detached_operand_is_told_with_the_line_of_its_use(x: Any, w: Any) -> None:
    with gradient_paths():
        y = (x.detach() * w).sum()
    told = why_no_grad(y, x)
    assert "before mul()" in told
    assert "y = (x.detach() * w).sum()" in told


def test_wrong_arguments_are_named(x: Any) -> None:
    with pytest.raises(TypeError, match="argument 'y' must be Tensor, not float"):
        why_no_grad(1.0, x)
