"""Attributes of tensors, and their ways to Python, NumPy and other dtypes."""

from __future__ import annotations

import copy
import gc
import math
import operator
import pickle
import warnings

import numpy as np
import pytest

import chainrule as t
from chainrule.core.dual import make_dual, new_level


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
        (t.ones(2, 3, dtype=t.float64), RuntimeError, "attempting to assign a gradient with dtype 'float64'"),
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


# -- NumPy ------------------------------------------------------------------------------------------


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


# -- other dtypes -----------------------------------------------------------------------------------

CONVERTERS = {
    "half": t.float16,
    "float": t.float32,
    "double": t.float64,
    "cfloat": t.complex64,
    "cdouble": t.complex128,
    "bool": t.bool,
    "byte": t.uint8,
    "char": t.int8,
    "short": t.int16,
    "int": t.int32,
    "long": t.int64,
}


@pytest.mark.parametrize(("name", "dtype"), CONVERTERS.items())
def test_converters(x, name, dtype):
    y = getattr(x, name)()
    assert y.dtype is dtype
    assert (y is x) == (dtype is t.float32)
    assert y.requires_grad == (dtype.is_floating_point or dtype.is_complex)


@pytest.mark.parametrize(
    "convert",
    [
        lambda x: x.to(t.float64),
        lambda x: x.to(dtype=t.float64),
        lambda x: x.to("cpu", t.float64),
        lambda x: x.to(t.device("cpu"), t.float64, False, True),
        lambda x: x.to(t.ones(1, dtype=t.float64)),
        lambda x: x.to(float),
        lambda x: x.to(np.float64),
        lambda x: x.type(t.float64),
        lambda x: x.type("chainrule.DoubleTensor"),
        lambda x: x.type_as(t.ones(1, dtype=t.float64)),
    ],
)
def test_conversions_are_recorded(x, convert):
    y = convert(x)
    assert y.dtype is t.float64
    assert y.grad_fn.name() == "ToCopyBackward0"
    (y * y).sum().backward()
    assert x.grad.dtype is t.float32
    assert (x.grad == 2 * x).all()


def test_to_returns_the_tensor_when_nothing_changes(x):
    for same in (
        x.to(),
        x.to("cpu"),
        x.to(t.float32),
        x.to(device=None, dtype=None),
        x.cpu(),
        x.type(t.float32),
    ):
        assert same is x
    copied = x.to(t.float32, copy=True)
    assert copied is not x
    assert copied.grad_fn.name() == "ToCopyBackward0"


def test_to_refuses_other_devices_and_words(x):
    with pytest.raises(RuntimeError, match="chainrule runs on the CPU"):
        x.to("cuda")
    with pytest.raises(TypeError, match="unexpected keyword argument 'nonsense'"):
        x.to(nonsense=1)
    with pytest.raises(ValueError, match="invalid type: 'foo'"):
        x.type("foo")


def test_type_names():
    assert t.tensor(1.0).type() == "chainrule.FloatTensor"
    assert t.tensor(1).type() == "chainrule.LongTensor"


def test_complex_to_real_warns_and_is_differentiated():
    z = t.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    with pytest.warns(UserWarning, match="Casting complex values to real discards the imaginary part"):
        y = z.to(t.float32)
    y.sum().backward()
    assert z.grad.tolist() == [1, 1]
    assert t.tensor([2j, 0]).bool().tolist() == [True, False]


# -- copies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [3.0, [1.0, 2.0]])
def test_deepcopy_and_pickle_of_leaves(value):
    x = t.tensor(value, requires_grad=True)
    x.grad = t.ones_like(x)
    for y in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert y.tolist() == x.tolist()
        assert y.requires_grad
        assert y.is_leaf
        y.data.add_(1)
        assert x.tolist() == value
    assert copy.deepcopy(x).grad.tolist() == x.grad.tolist()
    assert pickle.loads(pickle.dumps(x)).grad is None
    x.data.copy_(copy.copy(x).data.add_(1))
    assert x.tolist() == (np.array(value) + 1).tolist()


def test_copies_keep_identity_within_a_container(x):
    a, b = copy.deepcopy([x, x])
    assert a is b


def test_deepcopy_of_an_inner_tensor_is_refused(x):
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(x * 2)
    assert pickle.loads(pickle.dumps(x * 2)).is_leaf


class Weight(t.Tensor):
    """A subclass, at module level so that it pickles."""


def test_subclasses_keep_their_class():
    w = Weight([1.0, 2.0])
    assert repr(w) == "Weight([1., 2.])"
    assert type(copy.deepcopy(w)) is type(pickle.loads(pickle.dumps(w))) is Weight


def test_the_constructor():
    assert t.Tensor([1, 2]).dtype is t.float32
    assert t.Tensor(2, 3).shape == (2, 3)
    assert t.Tensor().shape == (0,)
    x = t.ones(2)
    assert np.shares_memory(t.Tensor(x).numpy(), x.numpy())
    with pytest.raises(TypeError, match=r"new\(\): data must be a sequence \(got float\)"):
        t.Tensor(2.5)


# -- Size and device --------------------------------------------------------------------------------


def test_size_is_a_tuple_that_stays_a_size():
    s = t.Size([2, 3])
    assert repr(s) == "chainrule.Size([2, 3])"
    assert s == (2, 3)
    assert hash(s) == hash((2, 3))
    for other in (s[:1], s + (4,), (4,) + s, s * 2, 2 * s, t.Size(), pickle.loads(pickle.dumps(s))):  # noqa: RUF005
        assert type(other) is t.Size
    assert s[1] == 3
    assert s.numel() == 6
    assert t.Size([]).numel() == 1
    assert t.Size([t.tensor(2), np.int64(3)]) == (2, 3)


@pytest.mark.parametrize(("items", "name"), [([1.5], "float"), ([2, "a"], "str")])
def test_sizes_hold_ints(items, name):
    i = len(items) - 1
    with pytest.raises(
        TypeError, match=rf"chainrule.Size\(\) takes an iterable of 'int' \(item {i} is '{name}'\)"
    ):
        t.Size(items)
    with pytest.raises(TypeError, match=r"unsupported operand|can only concatenate"):
        operator.add(t.Size([1]), [2])


def test_devices():
    cpu = t.device("cpu")
    assert repr(cpu) == "device(type='cpu')"
    assert str(t.device("cpu:0")) == "cpu:0"
    assert repr(t.device("cpu", 1)) == "device(type='cpu', index=1)"
    assert cpu == t.device(cpu) == pickle.loads(pickle.dumps(cpu))
    assert cpu != "cpu"
    assert (cpu.type, cpu.index) == ("cpu", None)
    with pytest.raises(RuntimeError, match="chainrule runs on the CPU"):
        t.device("cuda")
