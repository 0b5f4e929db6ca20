"""Attributes of tensors."""

from __future__ import annotations

import gc
import warnings

import numpy as np
import pytest

import chainrule as t


@pytest.fixture
def x():
    return t.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)


# -- extent and dtype -------------------------------------------------------------------------------


def test_extent(x):
    assert x.shape == x.size() == t.Size([2, 3])
    assert (x.ndim, x.dim(), x.ndimension()) == (2, 2, 2)
    assert (x.numel(), x.nelement(), t.numel(x)) == (6, 6, 6)
    assert (x.itemsize, x.element_size(), x.nbytes) == (4, 4, 24)
    assert (x.size(0), x.size(-1), x.size(dim=1)) == (2, 3, 3)
    assert len(x) == 2
    assert t.tensor(1.0).shape == ()


def test_size_checks_the_dimension(x):
    message = r"Dimension out of range \(expected to be in range of \[-2, 1\], but got 5\)"
    with pytest.raises(IndexError, match=message):
        x.size(5)
    with pytest.raises(IndexError, match="Dimension specified as 0 but tensor has no dimensions"):
        t.tensor(1.0).size(0)
    with pytest.raises(TypeError, match=r"size\(\): argument 'dim' \(position 1\) must be int, not str"):
        x.size("a")


@pytest.mark.parametrize("name", ["shape", "dtype", "device", "ndim", "is_leaf", "grad_fn", "retains_grad"])
def test_what_cannot_be_assigned(x, name):
    with pytest.raises(AttributeError, match=name):
        setattr(x, name, 3)


def test_dtype_device_and_signs(x):
    assert x.dtype is t.float32
    assert x.device == t.device("cpu")
    assert x.is_signed()
    assert not t.tensor([1], dtype=t.uint8).is_signed()
    assert t.is_tensor(x)
    assert not t.is_tensor(np.ones(2))


# -- requires_grad, leaves, grad_fn -----------------------------------------------------------------


def test_leaves_and_nodes(x):
    y = x * 2
    assert x.is_leaf
    assert x.grad_fn is None
    assert not y.is_leaf
    assert y.grad_fn.name() == "MulBackward0"
    assert y.grad_fn is y.grad_fn
    assert y.grad_fn.next_functions[0][0].variable is x
    assert (t.ones(2) * 2).is_leaf
    assert y.output_nr == 0


def test_requires_grad_is_set_on_leaves(x):
    x.requires_grad = False
    assert not (x * 2).requires_grad
    assert x.requires_grad_() is x
    assert (x * 2).requires_grad
    y = x * 2
    assert y.requires_grad_() is y
    for change in (lambda: setattr(y, "requires_grad", False), lambda: y.requires_grad_(False)):
        with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf variables"):
            change()
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf variables"):
        y.requires_grad = True


@pytest.mark.parametrize("data", [1, True, [1, 2]])
def test_integers_cannot_require_grad(data):
    i = t.tensor(data)
    with pytest.raises(RuntimeError, match="only Tensors of floating point and complex dtype can require"):
        i.requires_grad = True
    with pytest.raises(RuntimeError, match="only Tensors of floating point dtype can require gradients"):
        i.requires_grad_()
    i.requires_grad = False
    assert not i.requires_grad


@pytest.mark.parametrize("value", [2, "a", None])
def test_requires_grad_is_a_bool(x, value):
    with pytest.raises(RuntimeError, match="requires_grad must be a bool"):
        x.requires_grad = value
    with pytest.raises(TypeError, match="must be bool"):
        x.requires_grad_(value)


def test_a_view_follows_the_history_of_its_base():
    base = t.zeros(3)
    view = base[1]
    base.mul_(t.ones((), requires_grad=True))
    assert view.requires_grad
    assert not view.is_leaf


# -- grad -------------------------------------------------------------------------------------------


def test_grad_is_assigned_accumulated_and_deleted(x):
    x.grad = t.ones(2, 3)
    (x * x).sum().backward()
    assert (x.grad == 1 + 2 * x).all()
    x.grad = None
    assert x.grad is None
    x.grad = t.ones(2, 3)
    del x.grad
    assert x.grad is None


@pytest.mark.parametrize(
    ("grad", "error", "message"),
    [
        (3, TypeError, "assigned grad expected to be a Tensor or None but got grad of type int"),
        (np.ones((2, 3)), TypeError, r"but got grad of type numpy.ndarray"),
        (
            t.ones(3),
            RuntimeError,
            r"attempting to assign a gradient of size '\[3\]' to a tensor of size '\[2, 3\]'",
        ),
        (
            t.ones(2, 3, dtype=t.float64),
            RuntimeError,
            "with dtype 'double' to a tensor with grad_dtype 'Float'",
        ),
    ],
)
def test_grad_is_checked(x, grad, error, message):
    with pytest.raises(error, match=message):
        x.grad = grad
    assert x.grad is None


def test_a_tensor_is_not_its_own_grad(x):
    with pytest.raises(RuntimeError, match="can't assign Variable as its own grad"):
        x.grad = x


def test_grad_of_an_inner_tensor_names_retain_grad(x):
    y = x * 2
    with pytest.warns(UserWarning, match=r"\.retain_grad\(\)"):
        assert y.grad is None


def test_no_warning_where_grad_is_expected(x):
    y = x * 2
    y.retain_grad()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert x.grad is None
        assert y.grad is None
        assert t.ones(2).grad is None


def test_retain_grad(x):
    y = x * 2
    assert not y.retains_grad
    y.retain_grad()
    assert y.retains_grad
    (y * y).sum().backward()
    assert (y.grad == 2 * y).all()
    x.retain_grad()
    assert not x.retains_grad
    with pytest.raises(RuntimeError, match="can't retain_grad on Tensor that has requires_grad=False"):
        t.ones(2).retain_grad()


def test_retain_grad_outlives_a_change_in_place(x):
    y = x * 2
    y.retain_grad()
    y.add_(1)
    assert y.retains_grad
    (y * y).sum().backward()
    assert (y.grad == 2 * y).all()


def test_retain_grad_of_one_output_of_several(x):
    a, b = (x * 1).unbind(0)
    a.retain_grad()
    (a * b).sum().backward()
    assert (a.grad == b).all()


def test_retaining_does_not_keep_the_tensor_alive(x):
    y = x * 2
    y.retain_grad()
    z = y.sum()
    del y
    gc.collect()
    z.backward()
    assert (x.grad == 2).all()


# -- data -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [3.0, [1.0, 2.0]])
def test_data_shares_memory_outside_the_graph(value):
    w = t.tensor(value, requires_grad=True)
    before = w.tolist()
    d = w.data
    assert not d.requires_grad
    d.add_(1)
    assert w.tolist() == (np.array(before) + 1).tolist()


@pytest.mark.parametrize("value", [3.0, [1.0, 2.0]])
def test_data_is_assigned(value):
    w = t.tensor(value, requires_grad=True)
    new = t.tensor(value) * 10
    w.data = new
    assert w.requires_grad
    assert w.is_leaf
    new.add_(1)
    assert w.tolist() == new.tolist()


def test_data_may_change_shape_and_dtype(x):
    x.data = t.ones(5, dtype=t.float64)
    assert x.shape == (5,)
    assert x.dtype is t.float64
    assert x.requires_grad


def test_gradient_descent_by_data():
    w = t.tensor(3.0, requires_grad=True)
    for _ in range(50):
        (w * w).backward()
        w.data -= 0.1 * w.grad
        w.grad = None
    assert abs(w.item()) < 1e-4


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (3, TypeError, "Variable data has to be a tensor, but got int"),
        (np.ones(3), TypeError, r"Variable data has to be a tensor, but got numpy.ndarray"),
        (t.tensor([1, 2]), RuntimeError, "must be floating point or complex dtype"),
    ],
)
def test_data_is_checked(x, data, error, message):
    with pytest.raises(error, match=message):
        x.data = data


def test_data_is_not_deleted(x):
    with pytest.raises(RuntimeError, match="Deleting tensor data is not allowed"):
        del x.data
