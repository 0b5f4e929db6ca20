"""Sums, products, quotients, signs: names of nodes, errors in torch's words, operators, in place."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import chainrule as cr


def leaf(*values, dtype=cr.float64):
    return cr.tensor(values if len(values) > 1 else values[0], dtype=dtype, requires_grad=True)


def gradients(y, *xs):
    return [g.tolist() for g in cr.autograd.grad(y.sum(), xs)]


X, Z = leaf(1.5, -2.5), leaf(2.0, 3.0)
FLAGS = cr.tensor([True, False])

NODES = {
    "AddBackward0": [X + Z, X + 1, 1 + X, cr.add(X, Z, alpha=2)],
    "SubBackward0": [X - Z, X - 1, cr.sub(1, X), cr.sub(X, Z, alpha=2)],
    "RsubBackward1": [1 - X],
    "MulBackward0": [X * Z, 2 * X, 1 / X],
    "DivBackward0": [X / Z, X / 2, cr.div(2, X)],
    "DivBackward2": [cr.div(X, Z, rounding_mode="floor"), cr.div(X, 2, rounding_mode="trunc")],
    "NegBackward0": [-X],
    "ReciprocalBackward0": [cr.reciprocal(X)],
    "RemainderBackward0": [X % 2],
    "RemainderBackward1": [X % Z],
    "FmodBackward0": [cr.fmod(X, 2)],
    "FmodBackward1": [cr.fmod(X, Z)],
    "AbsBackward0": [abs(X)],
    "SignBackward0": [cr.sign(X)],
    "SgnBackward0": [cr.sgn(X)],
    "CopysignBackward0": [cr.copysign(X, Z)],
    "CopysignBackward1": [cr.copysign(X, -1)],
    "LerpBackward0": [cr.lerp(X, Z, 0.5)],
    "LerpBackward1": [cr.lerp(X, Z, Z)],
    "AddcmulBackward0": [cr.addcmul(X, Z, Z, value=2)],
    "AddcdivBackward0": [cr.addcdiv(X, Z, Z)],
    "SqrtBackward0": [cr.sqrt(X)],
    "RsqrtBackward0": [cr.rsqrt(X)],
    "HypotBackward0": [cr.hypot(X, Z)],
}


@pytest.mark.parametrize("name", NODES)
def test_nodes_are_named_as_in_torch(name):
    assert [y.grad_fn.name() for y in NODES[name]] == [name] * len(NODES[name])


def test_operands_without_a_derivative_have_no_edge():
    names = [[f and f.name() for f, _ in y.grad_fn.next_functions] for y in (X * 2, X % 2, cr.copysign(X, 1))]
    accumulate = "torch::autograd::AccumulateGrad"
    assert names == [[accumulate, None], [accumulate], [accumulate]]


REFUSED = [
    (lambda: FLAGS - FLAGS, RuntimeError, "Subtraction, the `-` operator, with two bool tensors"),
    (lambda: X - FLAGS, RuntimeError, "Subtraction, the `-` operator, with a bool tensor"),
    (lambda: 1 - FLAGS, RuntimeError, "Subtraction, the `-` operator, with a bool tensor"),
    (lambda: -FLAGS, RuntimeError, "Negation, the `-` operator, on a bool tensor"),
    (lambda: +FLAGS, RuntimeError, r"The `\+` operator, on a bool tensor is not supported"),
    (lambda: abs(FLAGS), NotImplementedError, "\"abs_cpu\" not implemented for 'Bool'"),
    (lambda: cr.tensor([1, 2]) // 0, RuntimeError, "ZeroDivisionError"),
    (lambda: cr.tensor([1, 2]) % cr.tensor([1, 0]), RuntimeError, "ZeroDivisionError"),
    (lambda: cr.fmod(cr.tensor([1, 2]), 0), RuntimeError, "ZeroDivisionError"),
    (lambda: FLAGS // FLAGS, NotImplementedError, "\"div_floor_cpu\" not implemented for 'Bool'"),
    (lambda: cr.div(X, Z, rounding_mode="up"), RuntimeError, "div expected rounding_mode to be one of None"),
    (lambda: cr.sign(cr.tensor(1j)), NotImplementedError, "Unlike NumPy, torch.sign is not intended"),
    (lambda: cr.hypot(cr.tensor([1]), cr.tensor([1])), NotImplementedError, '"hypot_cpu" not implemented'),
    (
        lambda: cr.add(cr.tensor([1]), 1, alpha=1.5),
        RuntimeError,
        "For integral input tensors, argument alpha",
    ),
    (lambda: cr.add(X, 1, alpha=1j), RuntimeError, "For non-complex input tensors, argument alpha"),
    (lambda: cr.add(X, 1, alpha=True), RuntimeError, "Boolean alpha only supported for Boolean results"),
    (lambda: cr.lerp(X, Z.float(), 0.5), RuntimeError, "expected dtype double for `end` but got dtype float"),
    (
        lambda: cr.addcdiv(X, *[cr.tensor([1])] * 2),
        RuntimeError,
        "Integer division with addcdiv is no longer",
    ),
    (lambda: cr.addcmul(X, X, X, value=1j), RuntimeError, "value cannot be converted to type double without"),
    (lambda: cr.mul(X, "a"), TypeError, r"mul\(\): argument 'other' \(position 2\) must be Tensor, not str"),
    (lambda: X + "a", TypeError, "unsupported operand type"),
    (
        lambda: X + cr.zeros(3),
        RuntimeError,
        r"The size of tensor a \(2\) must match the size of tensor b \(3\)",
    ),
    (lambda: cr.zeros(2, 1, 3) * cr.zeros(4, 2), RuntimeError, "at non-singleton dimension 2"),
]


@pytest.mark.parametrize(("call", "kind", "words"), REFUSED, ids=[words[:50] for _, _, words in REFUSED])
def test_what_torch_refuses_is_refused_in_its_words(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"])
def test_operators_take_tensors_arrays_and_numbers_on_both_sides(name):
    function = getattr(operator, name)
    a, b = np.array([7.0, 5.5]), np.array([2.0, 3.0])
    for left, right in (
        (cr.tensor(a), cr.tensor(b)),
        (cr.tensor(a), b),
        (cr.tensor(a), 2.0),
        (3.0, cr.tensor(b)),
    ):
        expected = function(*[x.numpy() if isinstance(x, cr.Tensor) else x for x in (left, right)])
        np.testing.assert_allclose(function(left, right).numpy(), expected)


@pytest.mark.parametrize("name", ["iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow"])
def test_in_place_operators_change_the_tensor_and_are_recorded(name):
    x = leaf(7.0, 5.5)
    y = x.clone()
    z = getattr(operator, name)(y, Z)
    plain = getattr(operator, name[1:])(x, Z)
    assert z is y
    assert y.tolist() == plain.tolist()
    assert gradients(y, x, Z) == gradients(plain, x, Z)


def test_an_in_place_result_must_fit():
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        cr.tensor([1, 2]).add_(0.5)
    with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
        cr.zeros(2).add_(cr.zeros(3, 2))


def test_a_quotient_may_be_changed_in_place_as_in_torch():
    x = leaf(4.0)
    y = x / Z.detach()
    y += 1
    assert gradients(y, x) == [1 / 2 + 1 / 3]


@pytest.mark.parametrize("b", [2, 2.0, cr.tensor(2), cr.tensor([2.0])])
def test_the_slopes_of_a_rounded_quotient_are_zero_not_nan(b):
    x = leaf(0.0, 7.0)
    assert gradients(cr.sqrt(x) // b, x) == [[0.0, 0.0]]


def test_division_by_the_number_zero_is_infinite_both_ways():
    x = leaf(1.0, -1.0)
    assert (x / 0).tolist() == [np.inf, -np.inf]
    assert gradients(x / 0, x) == [[np.inf, np.inf]]


def test_the_gradient_of_a_magnitude_is_zero_at_zero():
    x, z = leaf(0.0, -0.0, -2.0), leaf(0j, 3 + 4j, dtype=cr.complex128)
    assert gradients(abs(x), x) == [[0.0, 0.0, -1.0]]
    assert gradients(abs(z), z) == [[0j, 0.6 + 0.8j]]


def test_lerp_reaches_its_end_exactly():
    a, b = cr.tensor([0.1, 1e8]), cr.tensor([0.7, -3.3])
    assert cr.lerp(a, b, 1).tolist() == b.tolist()
    assert cr.lerp(a, b, cr.tensor(1.0)).tolist() == b.tolist()


def test_hypot_neither_overflows_nor_underflows():
    a, b = leaf(3e200, 3e-200), leaf(4e200, 4e-200)
    y = cr.hypot(a, b)
    np.testing.assert_allclose(y.tolist(), [5e200, 5e-200])
    np.testing.assert_allclose(gradients(y, a, b), [[0.6, 0.6], [0.8, 0.8]])


def test_smaller_integers_wrap_around_as_in_torch():
    assert (cr.tensor([1, 127], dtype=cr.int8) + 300).tolist() == [45, -85]
    assert cr.add(cr.tensor([2], dtype=cr.uint8), cr.tensor([1], dtype=cr.uint8), alpha=-1).tolist() == [1]


def test_the_remainder_differentiates_through_the_quotient_that_was_rounded():
    a, b = leaf(-7.0), leaf(3.0)
    assert gradients(a % b, a, b) == [1.0, 3.0]
    assert gradients(cr.fmod(a, b), a, b) == [1.0, 2.0]
    assert gradients(7 % b, b) == [-2.0]
