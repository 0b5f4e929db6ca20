"""Tensors as NumPy arrays and Python numbers."""

from __future__ import annotations

import math
import operator

import numpy as np
import pytest

import chainrule as t
from chainrule.core.dual import make_dual, new_level


@pytest.fixture
def x():
    return t.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)


@pytest.mark.parametrize("value", [3.0, [1.0, 2.0]])
def test_numpy_shares_memory(value):
    x = t.tensor(value)
    a = x.numpy()
    assert isinstance(a, np.ndarray)
    a[...] = 7
    assert (x == 7).all()
    x.add_(1)
    assert (a == 8).all()


def test_numpy_refuses_to_lose_the_graph(x):
    message = r"Can't call numpy\(\) on Tensor that requires grad. Use tensor.detach\(\).numpy\(\) instead."
    for convert in (lambda: x.numpy(), lambda: (x * 2).numpy(), lambda: np.asarray(x), lambda: np.array(x)):
        with pytest.raises(RuntimeError, match=message):
            convert()
    assert x.numpy(force=True).tolist() == x.tolist()
    assert x.detach().numpy().tolist() == x.tolist()


def test_numpy_refuses_to_lose_a_tangent():
    with new_level():
        x = make_dual(t.tensor(2.0), t.tensor(1.0))
        with pytest.raises(RuntimeError, match="inside a transform"):
            x.numpy()


def test_array_protocol():
    x = t.tensor([1.0, 2.0])
    assert np.shares_memory(np.asarray(x), x.numpy())
    assert not np.shares_memory(np.array(x), x.numpy())
    assert np.asarray(x, np.float64).dtype == np.float64
    assert np.asarray(t.tensor(2.5)).shape == ()
    with pytest.raises(ValueError, match="Unable to avoid copy"):
        np.asarray(x, np.float64, copy=False)


# -- Python -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [2.5, 3, True, 1 + 2j])
def test_item(value):
    for x in (t.tensor(value), t.tensor([value]), t.tensor([[value]])):
        assert x.item() == value
        assert type(x.item()) is type(value)
        assert type(t.tensor(value).tolist()) is type(value)


@pytest.mark.parametrize("n", [0, 2])
def test_item_needs_one_element(n):
    x = t.ones(n)
    with pytest.raises(RuntimeError, match=f"a Tensor with {n} elements cannot be converted to Scalar"):
        x.item()
    for convert in (float, int, complex):
        with pytest.raises(ValueError, match="only one element tensors can be converted to Python scalars"):
            convert(x)


def test_tolist():
    values = [[1.5, 2.0], [3.0, 4.0]]
    assert t.tensor(values).tolist() == values
    assert t.ones(0).tolist() == []
    assert t.ones(2, 0).tolist() == [[], []]


def test_numbers():
    assert float(t.tensor([2.5])) == 2.5
    assert int(t.tensor(2.7)) == 2
    assert complex(t.tensor(1j)) == 1j
    assert math.sin(t.tensor(0.5)) == math.sin(0.5)
    assert f"{t.tensor(1.5):.2f} %.1f" % t.tensor(2.5) == "1.50 2.5"
    assert float(t.tensor(3 + 0j)) == 3
    assert int(t.tensor([3.5 + 0j])) == 3
    with pytest.raises(RuntimeError, match="value cannot be converted to type double without overflow"):
        float(t.tensor(1j))
    with pytest.raises(RuntimeError, match="value cannot be converted to type int64_t without overflow"):
        int(t.tensor(1j))
    with pytest.raises(ValueError, match="cannot convert float NaN to integer"):
        int(t.tensor(math.nan))


def test_numbers_of_recorded_tensors_warn():
    z = t.tensor(2.5, requires_grad=True)
    for convert in (float, int, complex, math.sin):
        with pytest.warns(UserWarning, match="requires_grad=True to a scalar"):
            convert(z)
    assert z.item() == 2.5


def test_index():
    assert [10, 20, 30][t.tensor(1)] == 20
    assert [10, 20, 30][t.tensor([2])] == 30
    assert operator.index(t.tensor(True)) == 1
    for x in (t.tensor(1.0), t.tensor([1, 2])):
        with pytest.raises(
            TypeError, match="only integer tensors of a single element can be converted to an"
        ):
            operator.index(x)


def test_bool():
    assert t.tensor(2.0)
    assert t.tensor([math.nan])
    assert not t.tensor([[0]])
    with pytest.raises(RuntimeError, match="Boolean value of Tensor with more than one value is ambiguous"):
        bool(t.ones(2))
    with pytest.raises(RuntimeError, match="Boolean value of Tensor with no values is ambiguous"):
        bool(t.ones(0))


def test_iteration(x):
    rows = list(x)
    assert [row.tolist() for row in rows] == x.tolist()
    rows[0].sum().backward()
    assert x.grad.tolist() == [[1, 1, 1], [0, 0, 0]]
    a, b = t.tensor([1, 2])
    assert (a.item(), b.item()) == (1, 2)
    assert list(reversed(t.tensor([1, 2]))) == [2, 1]
    with pytest.raises(TypeError, match="iteration over a 0-d tensor"):
        iter(t.tensor(1.0))
    with pytest.raises(TypeError, match=r"len\(\) of a 0-d tensor"):
        len(t.tensor(1.0))


def test_contains():
    i = t.tensor([1, 2])
    assert 1 in i
    assert 3 not in i
    assert t.tensor([0, 2]) in i
    assert np.float64(2) in i
    for other in ("a", None, [1, 2]):
        with pytest.raises(RuntimeError, match=r"Tensor.__contains__ only supports Tensor or scalar"):
            other in i  # noqa: B015


def test_hash_is_by_identity(x):
    y = x.detach()
    assert {x: 1, y: 2}[x] == 1
    assert hash(x) != hash(y)


def test_values_of_dual_tensors_steer_python():
    with new_level():
        x = make_dual(t.tensor(2.0), t.tensor(1.0))
        assert x > 1
        assert x.item() == 2.0
        assert f"{x:.1f}" == "2.0"
        with pytest.warns(UserWarning, match="unexpected behavior"):
            assert float(x) == 2.0
