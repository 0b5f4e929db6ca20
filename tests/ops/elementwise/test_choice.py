"""Maximum, clamp and friends: what is not taken is dead."""

from __future__ import annotations

import pytest

import chainrule as cr

NAN, INF = float("nan"), float("inf")


def leaf(*values):
    return cr.tensor(values, dtype=cr.float64, requires_grad=True)


def gradient(f, *values):
    x = leaf(*values)
    return cr.autograd.grad(f(x).sum(), x)[0].tolist()


def half():
    return cr.tensor(0.5, dtype=cr.float64)


DEAD = {
    "clamp below": lambda x: cr.clamp(cr.sqrt(x), min=0.5),
    "clamp by a tensor": lambda x: cr.clamp(cr.sqrt(x), half()),
    "clamp by two tensors": lambda x: cr.clamp(cr.sqrt(x), half(), half() + 3),
    "clamp_min": lambda x: cr.clamp_min(cr.sqrt(x), 0.5),
    "clamp_max": lambda x: -cr.clamp_max(-cr.sqrt(x), -0.5),
    "maximum": lambda x: cr.maximum(cr.sqrt(x), half()),
    "minimum": lambda x: -cr.minimum(half() * -1, -cr.sqrt(x)),
    "fmax": lambda x: cr.fmax(cr.sqrt(x), half()),
    "fmin": lambda x: -cr.fmin(-cr.sqrt(x), half() * -1),
    "relu": lambda x: cr.relu(cr.sqrt(x) - 0.5) + cr.relu(x - x),
    "nan_to_num": lambda x: cr.nan_to_num(cr.sqrt(x) + cr.where(x > 0, 0.0, NAN)),
    "where": lambda x: cr.where(x > 0.5, cr.sqrt(x), 0.0),
    "masked_fill": lambda x: cr.masked_fill(cr.sqrt(x), x < 0.5, 0.0),
    "in place": lambda x: (cr.sqrt(x) * 1).clamp_(min=0.5),
    "broadcast": lambda x: cr.maximum(cr.sqrt(x), half().expand(3, 2))[0],
}


@pytest.mark.parametrize("name", DEAD)
def test_an_operand_that_was_not_taken_contributes_nothing(name):
    assert gradient(DEAD[name], 0.0, 4.0) == [0.0, 0.25]


@pytest.mark.parametrize("name", DEAD)
def test_nor_to_second_derivatives(name):
    x = leaf(0.0, 4.0)
    (g,) = cr.autograd.grad(DEAD[name](x).sum(), x, create_graph=True)
    assert cr.autograd.grad(g.sum(), x)[0].tolist() == [0.0, -1 / 32]


def test_bounds_belong_to_the_inside():
    assert gradient(lambda x: cr.clamp(x, 0, 1), -1.0, 0.0, 1.0, 2.0) == [0, 1, 1, 0]
    assert gradient(lambda x: cr.clamp(x, 1, 0), 0.0, 0.5, 2.0) == [0, 0, 0]


def test_clamp_between_equal_bounds_gives_the_gradient_to_one_of_them():
    """Torch gives it to nobody where x is below both."""
    x, low, high = leaf(1.0, 2.0, 3.0), leaf(2.0, 2.0, 2.0), leaf(2.0, 2.0, 2.0)
    gs = cr.autograd.grad(cr.clamp(x, low, high).sum(), (x, low, high))
    assert [g.tolist() for g in gs] == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]


def test_ties_and_nans():
    a, b = leaf(1.0, 2.0, NAN), leaf(2.0, 2.0, 1.0)
    assert [g.tolist() for g in cr.autograd.grad(cr.maximum(a, b).sum(), (a, b))] == [
        [0, 0.5, 1],
        [1, 0.5, 1],
    ]
    assert [g.tolist() for g in cr.autograd.grad(cr.fmax(a, b).sum(), (a, b))] == [[0, 1, 0], [1, 0, 1]]
    assert gradient(cr.relu, -1.0, 0.0, 2.0) == [0, 0, 1]


def test_integers_are_clamped_in_the_dtype_that_torch_promotes_to():
    i = cr.tensor([1, 5], dtype=cr.uint8)
    assert cr.clamp(i, 2).dtype is cr.uint8
    assert cr.clamp(i, 2.5).dtype is cr.float32
    assert cr.clamp(i, min=-5).tolist() == [251, 251]
    assert cr.clamp(i, min=cr.tensor([2, 2])).dtype is cr.int64


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: cr.clamp(leaf(1.0)), RuntimeError, "At least one of 'min' or 'max' must not be None"),
        (
            lambda: cr.clamp(cr.tensor([1j]), 0),
            NotImplementedError,
            "clamp is not supported for complex types",
        ),
        (lambda: cr.clamp(cr.tensor([1], dtype=cr.int8), 300), RuntimeError, "type int8_t without overflow"),
        (lambda: cr.clamp_min(leaf(1.0), None), TypeError, "clamp_min.. received an invalid combination"),
        (lambda: cr.relu(cr.tensor([True])), RuntimeError, "Boolean inputs not supported for relu"),
        (
            lambda: cr.maximum(cr.tensor(1j), cr.tensor(1j)),
            RuntimeError,
            "maximum not implemented for complex",
        ),
    ],
)
def test_what_torch_refuses_is_refused_in_its_words(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


def test_nodes_are_named_as_in_torch():
    x, z = leaf(1.0, 2.0), leaf(2.0, 1.0)
    found = [
        *(cr.clamp(x, z, z), cr.clamp(x, min=z), cr.clamp(x, 0, 1), cr.clamp(x, max=1)),
        *(cr.clamp_min(x, 0), cr.clamp_min(x, z), cr.clamp_max(x, 0), cr.clamp_max(x, z)),
    ]
    assert [y.grad_fn.name() for y in found] == [
        *("ClampBackward0", "ClampBackward0", "ClampBackward1", "ClampBackward1"),
        *("ClampMinBackward0", "ClampMinBackward1", "ClampMaxBackward0", "ClampMaxBackward1"),
    ]
