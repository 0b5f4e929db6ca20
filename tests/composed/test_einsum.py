"""Einsum beyond the samples: torch's errors, the order of products, the forms of the call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr

MATRIX = cr.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.mark.parametrize(
    ("equation", "count", "message"),
    [
        (
            "ij,jk->ik",
            2,
            "subscript j has size 2 for operand 1 which does not broadcast with previously seen size 3",
        ),
        ("ij,jk->ik", 1, "fewer operands were provided than specified in the equation"),
        ("ij->i", 2, "more operands were provided than specified in the equation"),
        ("ij->ik", 1, "output subscript k does not appear in the equation for any input operand"),
        ("ij->ii", 1, "output subscript i appears more than once in the output"),
        (
            "ijk->ij",
            1,
            "the number of subscripts in the equation (3) does not match the number of dimensions (2) for "
            "operand 0 and no ellipsis was given",
        ),
        (
            "i1->i",
            1,
            "invalid subscript given at index 1 in the equation string, subscripts must be in [a-zA-Z]",
        ),
        ("i.j->ij", 1, "found '.' for operand 0 that is not part of any ellipsis"),
        ("i...j...->ij", 1, "found '.' for operand 0 for which an ellipsis was already found"),
        ("ij->...i...", 1, "found '.' for output but an ellipsis (...) was already found"),
        ("ii", 1, "subscript i is repeated for operand 0 but the sizes don't match, 3 != 2"),
    ],
)
def test_wrong_equations_raise_torchs_errors(equation: str, count: int, message: str) -> None:
    with pytest.raises(RuntimeError) as info:
        cr.einsum(equation, *[MATRIX] * count)
    assert str(info.value) == f"einsum(): {message}"


def test_other_wrong_arguments() -> None:
    with pytest.raises(ValueError, match=r"^einsum\(\): must specify the equation string and at least one"):
        cr.einsum("ij")
    with pytest.raises(ValueError, match=r"^einsum\(\): subscript in subscript list is not within the valid"):
        cr.einsum(MATRIX, [0, 60])
    with pytest.raises(
        TypeError, match=r"^einsum\(\): argument 'equation' \(position 1\) must be str, not int$"
    ):
        cr.einsum(3, MATRIX)
    with pytest.raises(TypeError, match=r"^expected Tensor as element 0 in argument 1, but got int$"):
        cr.einsum("i", [1])
    with pytest.raises(RuntimeError, match=r"^expected scalar type Float but found Long$"):
        cr.einsum("ij,ij", MATRIX, MATRIX.long())


def test_an_ellipsis_that_does_not_broadcast_is_named() -> None:
    with pytest.raises(
        RuntimeError, match="dimension 0 covered by ellipsis in operand 1 has size 3 which does"
    ):
        cr.einsum("...i,...i->...", MATRIX, cr.ones(3, 3))


def test_the_form_of_lists_is_the_same_as_letters() -> None:
    other = cr.ones(3, 4)
    for found in (
        cr.einsum(MATRIX, [0, 1], other, [1, 2]),
        cr.einsum(MATRIX, [0, 1], other, [1, 2], [0, 2]),
        cr.einsum(MATRIX, [Ellipsis, 1], other, [1, 2], [Ellipsis, 2]),
        cr.einsum("ij,jk", [MATRIX, other]),
        cr.einsum("i j, j k -> i k", MATRIX, other),
    ):
        assert found.tolist() == (MATRIX @ other).tolist()


def test_capitals_come_first_in_an_implicit_result() -> None:
    assert cr.einsum("aA", MATRIX).tolist() == MATRIX.T.tolist()


def test_a_chain_is_multiplied_in_a_cheap_order() -> None:
    """From the left, this chain would go through a matrix of 10^8 elements."""
    a, b, c = cr.ones(10_000, 1), cr.ones(1, 10_000), cr.ones(10_000, 1)
    assert cr.einsum("ij,jk,kl->il", a, b, c).sum().item() == 1e8


@pytest.mark.parametrize(
    ("equation", "node"),
    [
        ("ij->ij", "Permute"),
        ("ij->ji", "Permute"),
        ("ij->", "Sum"),
        ("ij,kj->ik", "View"),
        ("ij,ij->ij", "Mul"),
    ],
)
def test_the_last_node_has_torchs_name(equation: str, node: str) -> None:
    x = MATRIX.clone().requires_grad_()
    y = cr.einsum(equation, *[x] * (1 + equation.count(",")))
    assert y.grad_fn.name().startswith(f"{node}Backward")


def test_one_operand_gives_a_view() -> None:
    x = MATRIX.clone()
    y: Any = cr.einsum("ij->ji", x)
    y[0, 1] = 9.0
    assert x[1, 0].item() == 9.0


def test_plain_arrays_stay_plain() -> None:
    a = np.arange(6.0).reshape(2, 3)
    found = cr.einsum("ij,kj->ik", a, a)
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found, a @ a.T)
