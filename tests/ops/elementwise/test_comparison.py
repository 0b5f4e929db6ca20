"""Comparison, logic on bits, and choice by a condition."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import chainrule as cr

NAN = float("nan")
A, B = np.array([1.0, 2.0, NAN]), np.array([2.0, 2.0, NAN])
WHOLE, PLACES = np.array([6, -5, 3]), np.array([3, 2, 1])
FLAGS = cr.tensor([True, False])


@pytest.mark.parametrize("name", ["eq", "ne", "lt", "le", "gt", "ge"])
def test_comparisons_take_tensors_arrays_and_numbers(name):
    function = getattr(operator, name)
    t = cr.tensor(A)
    assert function(t, cr.tensor(B)).tolist() == function(A, B).tolist()
    assert function(t, B).tolist() == function(A, B).tolist()
    assert function(t, 2).tolist() == function(A, 2).tolist()
    assert function(2, t).tolist() == function(2, A).tolist()
    assert function(t, 2).dtype is cr.bool


def test_a_tensor_differs_from_what_is_no_number():
    t = cr.tensor([1.0])
    assert (t == "a") is False
    assert (t != None) is True  # noqa: E711
    with pytest.raises(TypeError, match="'<' not supported between instances of 'Tensor' and 'str'"):
        t < "a"  # noqa: B015


@pytest.mark.parametrize("name", ["and_", "or_", "xor", "lshift", "rshift"])
def test_bits_take_tensors_and_numbers_on_both_sides(name):
    function = getattr(operator, name)
    assert function(cr.tensor(WHOLE), cr.tensor(PLACES)).tolist() == function(WHOLE, PLACES).tolist()
    assert function(cr.tensor(WHOLE), 3).tolist() == function(WHOLE, 3).tolist()
    assert function(3, cr.tensor(PLACES)).tolist() == function(3, PLACES).tolist()
    changed = cr.tensor(WHOLE)
    assert getattr(operator, f"i{name.rstrip('_')}")(changed, 3) is changed
    assert changed.tolist() == function(WHOLE, 3).tolist()


def test_inversion():
    assert (~FLAGS).tolist() == [False, True]
    assert (~cr.tensor([0, 5])).tolist() == [-1, -6]


REFUSED = [
    (lambda: cr.tensor(1j) > 1, NotImplementedError, "\"gt_cpu\" not implemented for 'ComplexFloat'"),
    (lambda: cr.tensor(1.0) & 1, NotImplementedError, "\"bitwise_and_cpu\" not implemented for 'Float'"),
    (lambda: ~cr.tensor(1.0), TypeError, r"~ \(operator.invert\) is only implemented on integer and Boolean"),
    (lambda: FLAGS << FLAGS, NotImplementedError, "\"lshift_cpu\" not implemented for 'Bool'"),
    (lambda: cr.isposinf(cr.tensor(1j)), RuntimeError, "isposinf does not support complex inputs"),
    (lambda: cr.isclose(cr.zeros(1), cr.zeros(1).double()), RuntimeError, "Float did not match Double"),
    (
        lambda: cr.isclose(cr.zeros(1), cr.zeros(1), rtol=-1),
        RuntimeError,
        "rtol must be greater than or equal",
    ),
    (lambda: cr.where(cr.tensor([1]), 1, 2), RuntimeError, "where expected condition to be a boolean tensor"),
    (lambda: cr.where(FLAGS, 1.0), TypeError, r"^where\(\) received an invalid combination"),
    (lambda: cr.masked_fill(cr.zeros(2), cr.tensor([1, 0]), 1), RuntimeError, "only supports boolean masks"),
    (
        lambda: cr.masked_fill(cr.zeros(2), FLAGS, cr.ones(2)),
        RuntimeError,
        "only supports a 0-dimensional value",
    ),
    (
        lambda: cr.masked_fill(cr.zeros(2), FLAGS, 1j),
        RuntimeError,
        "converted to type float without overflow",
    ),
    (lambda: cr.masked_fill(cr.tensor([1, 2]), FLAGS, 2**70), RuntimeError, "type int64_t without overflow"),
    (lambda: cr.is_nonzero(FLAGS), RuntimeError, "ambiguous"),
]


@pytest.mark.parametrize(("call", "kind", "words"), REFUSED, ids=[words[:50] for _, _, words in REFUSED])
def test_what_torch_refuses_is_refused_in_its_words(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


def test_where_promotes_its_values_and_not_its_condition():
    wide = cr.tensor(1.0, dtype=cr.float64)
    assert cr.where(FLAGS, wide, cr.zeros(2)).dtype is cr.float32
    assert cr.where(FLAGS, 1, 2.5).dtype is cr.float32
    assert cr.where(FLAGS, cr.tensor([1, 2], dtype=cr.uint8), -1).tolist() == [1, 255]


def test_where_alone_gives_indices():
    rows, columns = cr.where(cr.tensor([[0.0, 3.0], [2.0, 0.0]]))
    assert (rows.tolist(), columns.tolist()) == ([0, 1], [1, 0])


def test_where_is_recorded_like_torchs_without_an_edge_for_the_condition():
    x = cr.tensor([1.0, 2.0], requires_grad=True)
    y = x.where(x > 1, 0.0)
    assert y.grad_fn.name() == "WhereBackward0"
    assert len(y.grad_fn.next_functions) == 2
    assert cr.autograd.grad(y.sum(), x)[0].tolist() == [0.0, 1.0]


def test_masked_fill_is_differentiated_in_a_tensor_value():
    x = cr.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    value = cr.tensor(5.0, dtype=cr.float64, requires_grad=True)
    y = x.masked_fill(FLAGS, value)
    assert y.dtype is cr.float32
    gx, gv = cr.autograd.grad(y.sum(), (x, value))
    assert gx.tolist() == [[0.0, 1.0], [0.0, 1.0]]
    assert (gv.item(), gv.dtype) == (2.0, cr.float64)


def test_comparing_in_place_keeps_the_dtype_and_cuts_the_graph():
    x = cr.tensor([1.0, 3.0], requires_grad=True)
    y = (x * 1).gt_(2)
    assert (y.tolist(), y.dtype, y.requires_grad) == ([0.0, 1.0], cr.float32, False)
