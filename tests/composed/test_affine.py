"""Products added to something: what the samples do not show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import chainrule as cr
from chainrule.autograd import grad

ONE, TWO, THREE = cr.ones(2), cr.ones(2, 2), cr.ones(2, 2, 2)
OPERANDS = {
    "addmm": (ONE, TWO, TWO),
    "addmv": (ONE, TWO, ONE),
    "addr": (ONE, ONE, ONE),
    "baddbmm": (ONE, THREE, THREE),
    "addbmm": (ONE, THREE, THREE),
}


@pytest.mark.parametrize("name", OPERANDS)
def test_it_is_one_node_as_in_torch(name: str) -> None:
    x, a, b = OPERANDS[name]
    y = getattr(cr, name)(x.clone().requires_grad_(), a, b)
    assert y.grad_fn.name() == f"{name.capitalize()}Backward0"


@pytest.mark.parametrize("name", OPERANDS)
def test_with_beta_0_the_input_does_not_count(name: str) -> None:
    x, a, b = OPERANDS[name]
    nothing = (x * float("nan")).requires_grad_()
    y = getattr(cr, name)(nothing, a, b, beta=0)
    assert y.tolist() == getattr(cr, name)(cr.zeros(2), a, b).tolist()
    assert grad(y.sum() * float("inf"), nothing)[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", ["addmm", "addmv", "baddbmm", "addbmm"])
def test_integers_cut_the_fractions_of_factors_off(name: str) -> None:
    operands = [x.long() for x in OPERANDS[name]]
    cut = getattr(cr, name)(*operands, beta=-1.7, alpha=1.7)
    assert cut.tolist() == getattr(cr, name)(*operands, beta=-1, alpha=1).tolist()


def test_addr_promotes() -> None:
    assert cr.addr(cr.tensor([1, 2]), ONE, cr.tensor([True, False])).tolist() == [[2.0, 2.0]] * 2
    flags = cr.tensor([False, True])
    assert cr.addr(flags, flags, flags, beta=False).tolist() == [[False, False], [False, True]]


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "a vector for a matrix": (lambda: cr.addmm(ONE, ONE, TWO), "mat1 must be a matrix, got 1-D tensor"),
    "matrices that do not fit": (
        lambda: cr.addmm(ONE, cr.ones(2, 3), TWO),
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x2)",
    ),
    "an input that does not fit": (
        lambda: cr.addmm(cr.ones(3), TWO, TWO),
        "The expanded size of the tensor (2) must match the existing size (3) at non-singleton dimension 1.  "
        "Target sizes: [2, 2].  Tensor sizes: [3]",
    ),
    "another dtype of the input": (
        lambda: cr.addmm(ONE.double(), TWO, TWO),
        "self and mat2 must have the same dtype, but got Double and Float",
    ),
    "another dtype of a factor": (
        lambda: cr.addmm(ONE, TWO.double(), TWO),
        "mat1 and mat2 must have the same dtype, but got Double and Float",
    ),
    "a complex number for floats": (
        lambda: cr.addmm(ONE, TWO, TWO, beta=1j),
        "value cannot be converted to type float without overflow",
    ),
    "a matrix added to a vector": (
        lambda: cr.addmv(TWO, TWO, ONE),
        "vector + matrix @ vector expected, got 2, 2, 1",
    ),
    "a vector that does not fit": (
        lambda: cr.addmv(cr.ones(3), TWO, ONE),
        "size mismatch, got input (3), mat (2x2), vec (2)",
    ),
    "dtypes of addmv": (
        lambda: cr.addmv(ONE, TWO.double(), ONE),
        "addmv input tensors must have the same dtype, but got Float, Double, and Float",
    ),
    "a matrix for a stack": (lambda: cr.baddbmm(ONE, TWO, THREE), "batch1 must be a 3D tensor"),
    "dtypes of baddbmm": (
        lambda: cr.baddbmm(ONE.double(), THREE, THREE),
        "Input dtypes must be the same, got: input double, batch1: float, batch2: float",
    ),
    "a matrix for a vector": (
        lambda: cr.addr(ONE, TWO, ONE),
        "addr: Expected 1-D argument vec1, but got 2-D",
    ),
    "a fraction of integers": (
        lambda: cr.addr(ONE.long(), ONE.long(), ONE.long(), beta=0.5),
        "For integral input tensors, argument beta must not be a floating point number.",
    ),
    "a boolean factor": (
        lambda: cr.addr(ONE, ONE, ONE, alpha=True),
        "Boolean alpha only supported for Boolean results.",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_operands_raise_torchs_errors(name: str) -> None:
    function, message = WRONG[name]
    with pytest.raises(RuntimeError) as info:
        function()
    assert str(info.value) == message


def test_booleans_are_torchs_error() -> None:
    flags = TWO.bool()
    with pytest.raises(NotImplementedError, match="\"addmm_impl_cpu_\" not implemented for 'Bool'"):
        cr.addmm(flags, flags, flags)
