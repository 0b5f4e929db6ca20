"""Making tensors: from data, filled, ranges."""

from __future__ import annotations

import array
from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest

import chainrule as t

REQUIRES = "Only Tensors of floating point and complex dtype can require gradients"


def same(x, values, dtype):
    assert x.tolist() == values
    assert x.dtype is dtype


# -- tensor -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (True, t.bool),
        (3, t.int64),
        (3.5, t.float32),
        (1 + 2j, t.complex64),
        ([], t.float32),
        ([True, False], t.bool),
        ([True, 2], t.int64),
        ([True, 2, 0.5], t.float32),
        ([1, 0.5, 2j], t.complex64),
        ([[1, 2], [3, 4]], t.int64),
        (((1.5, 2.5), [3.5, 4.5]), t.float32),
        ([[[]]], t.float32),
    ],
)
def test_numbers_and_sequences(data, dtype):
    x = t.tensor(data)
    assert x.dtype is dtype
    assert x.shape == np.shape(data)
    assert x.tolist() == np.array(data).tolist()


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (np.float32(1.5), t.float32),
        (np.float64(1.5), t.float64),
        (np.int16(2), t.int16),
        ([np.float64(1.5), 2], t.float64),
        ([np.float16(1.5), 2.5], t.float32),
        ([np.int32(1)], t.int32),
        ([np.array([1.0, 2.0]), [3, 4]], t.float64),
        ([np.array([1, 2], np.int8), np.array([3, 4], np.int16)], t.int16),
        ([np.array([1, 2]), np.array([3, 4], np.float32)], t.float32),
        ([np.array(1.0), 2], t.float64),
        (range(3), t.int64),
        (array.array("d", [1, 2]), t.float32),
    ],
)
def test_numpy_values_keep_their_dtype(data, dtype):
    assert t.tensor(data).dtype is dtype


def test_a_copy_is_made():
    a = np.zeros(3)
    x = t.tensor(a)
    a[0] = 7
    assert x.tolist() == [0, 0, 0]


@pytest.mark.parametrize("dtype", [t.float16, t.float64, t.int8, t.complex64, t.bool])
def test_a_given_dtype_wins(dtype):
    same(t.tensor([True, False], dtype=dtype), [1, 0], dtype)
    same(t.full((2,), True, dtype=dtype), [1, 1], dtype)
    assert t.tensor([1, 0], dtype=dtype).dtype is dtype
    assert t.tensor(np.array([1.0, 0.0]), dtype=dtype).dtype is dtype


def test_floats_are_cut_to_integers():
    same(t.tensor([1.7, -1.7], dtype=t.int64), [1, -1], t.int64)


def test_negative_numbers_wrap_around_in_uint8():
    same(t.tensor([-1, -200], dtype=t.uint8), [255, 56], t.uint8)


@pytest.mark.parametrize(
    ("data", "dtype"),
    [(300, t.uint8), (-300, t.uint8), (200, t.int8), (127.5, t.int8), (nan, t.int64), (2.0**63, t.int64)],
)
def test_numbers_out_of_range_are_refused(data, dtype):
    with pytest.raises(
        RuntimeError, match=f"value cannot be converted to type {dtype.name} without overflow"
    ):
        t.tensor([data], dtype=dtype)


def test_floats_fit_integers_only_as_they_are():
    for data, dtype in [(127.5, t.int8), (-128.5, t.int8), (-0.5, t.uint8), (-1.0, t.uint8)]:
        with pytest.raises(RuntimeError, match=f"converted to type {dtype.name} without overflow"):
            t.tensor([data], dtype=dtype)
        with pytest.raises(RuntimeError, match=f"converted to type {dtype.name}_t without overflow"):
            t.full((), data, dtype=dtype)


def test_large_integers():
    same(t.tensor([2**64, 0], dtype=t.bool), [True, False], t.bool)
    with pytest.raises(OverflowError, match="int too large to convert to float"):
        t.tensor([10**400, 1.5])
    same(t.tensor([2**62, 2**63 - 1]), [2**62, 2**63 - 1], t.int64)
    same(t.tensor(2**100, dtype=t.float64), 2.0**100, t.float64)
    same(t.tensor([2**24 + 1, 1.0]), [2.0**24, 1.0], t.float32)
    for data in (2**63, [2**63], [-(2**63) - 1]):
        with pytest.raises(ValueError, match="Overflow when unpacking long long"):
            t.tensor(data)


def test_too_large_floats_become_infinite():
    same(t.tensor(1e300), inf, t.float32)
    same(t.tensor([1e5, -1e5], dtype=t.float16), [inf, -inf], t.float16)


def test_complex_numbers_are_not_made_real():
    with pytest.raises(TypeError, match="must be real number, not complex"):
        t.tensor([1 + 0j], dtype=t.float32)
    with pytest.raises(TypeError, match="'complex' object cannot be interpreted as an integer"):
        t.tensor([1 + 0j], dtype=t.int8)


@pytest.mark.parametrize("thing", [None, {}, object()])
def test_what_is_no_number_is_refused_by_the_dtype(thing):
    with pytest.raises(TypeError, match="must be real number, not list: the data is nested"):
        t.tensor([1, [2]], dtype=t.float32)
    kind = type(thing).__name__
    with pytest.raises(TypeError, match=f"must be real number, not {kind}"):
        t.tensor([thing], dtype=t.float32)
    with pytest.raises(TypeError, match=f"'{kind}' object cannot be interpreted as an integer"):
        t.tensor([thing], dtype=t.int64)


def test_other_numbers_need_a_dtype():
    same(t.tensor([Fraction(1, 2)], dtype=t.float32), [0.5], t.float32)
    with pytest.raises(TypeError, match="'Fraction' object cannot be interpreted as an integer"):
        t.tensor([Fraction(1, 2)], dtype=t.int64)
    with pytest.raises(RuntimeError, match="Could not infer dtype of Fraction"):
        t.tensor([Fraction(1, 2)])


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ([[1, 2], [3]], ValueError, r"expected sequence of length 2 at dim 1 \(got 1\)"),
        ([[1, 2], [3, 4, 5]], ValueError, r"expected sequence of length 2 at dim 1 \(got 3\)"),
        ([[[1], [2]], [[3], [4, 5]]], ValueError, r"expected sequence of length 1 at dim 2 \(got 2\)"),
        ([[], [1]], ValueError, r"expected sequence of length 0 at dim 1 \(got 1\)"),
        ([[1, 2], 3], TypeError, "not a sequence"),
        ([1, [2, 3]], TypeError, "'list' object cannot be interpreted as an integer"),
        ([np.ones(2), np.ones(3)], ValueError, r"expected sequence of length 2 at dim 1 \(got 3\)"),
        ([[np.ones((2, 2))], [np.ones((2, 3))]], ValueError, r"length 2 at dim 3 \(got 3\)"),
        ([np.ones(2), np.ones((2, 3))], ValueError, "expected arrays of 1 dimensions"),
        ("abc", TypeError, "new\\(\\): invalid data type 'str'"),
        (["a"], ValueError, "too many dimensions 'str'"),
        (None, RuntimeError, "Could not infer dtype of NoneType"),
        ([1, None], RuntimeError, "Could not infer dtype of NoneType"),
        ({1: 2}, RuntimeError, "Could not infer dtype of dict"),
        ({1, 2}, RuntimeError, "Could not infer dtype of set"),
        (np.array(["a"]), TypeError, "can't convert np.ndarray of type numpy.str_"),
        (np.array([1], np.uint16), TypeError, "can't convert np.ndarray of type numpy.uint16"),
    ],
)
def test_what_is_no_tensor_is_refused(data, error, message):
    with pytest.raises(error, match=message):
        t.tensor(data)


def test_recorded_tensors_in_a_list_warn_and_name_stack():
    a = t.tensor(2.0, requires_grad=True)
    with pytest.warns(UserWarning, match="chainrule.stack"):
        x = t.tensor([a, 2 * a])
    same(x, [2.0, 4.0], t.float32)
    assert not x.requires_grad


def test_other_tensors_in_a_list_are_numbers():
    same(t.tensor([t.tensor(1.5), 2]), [1.5, 2.0], t.float32)
    same(t.tensor([t.tensor([1], dtype=t.int8)]), [1], t.int8)
    with pytest.raises(ValueError, match="only one element tensors can be converted to Python scalars"):
        t.tensor([t.tensor([1.0, 2.0])])


def test_a_tensor_of_a_tensor_warns_and_is_a_leaf():
    x = t.tensor([1.0, 2.0], requires_grad=True)
    with pytest.warns(UserWarning, match=r"sourceTensor.detach\(\).clone\(\)"):
        y = t.tensor(2 * x)
    assert y.is_leaf
    assert not y.requires_grad
    assert y.tolist() == [2, 4]


def test_warnings_point_at_the_caller():
    with pytest.warns(UserWarning, match="copy construct") as seen:
        t.tensor(t.tensor(1.0))
    assert seen[0].filename == __file__


@pytest.mark.parametrize(
    "make",
    [
        lambda **o: t.tensor([1.0], **o),
        lambda **o: t.tensor(1.0, **o),
        lambda **o: t.zeros(2, **o),
        lambda **o: t.full((2,), 1.5, **o),
        lambda **o: t.eye(2, **o),
        lambda **o: t.arange(3.0, **o),
        lambda **o: t.linspace(0, 1, 3, **o),
        lambda **o: t.zeros_like(t.ones(2), **o),
        lambda **o: t.ones(2).new_zeros(2, **o),
        lambda **o: t.rand(2, **o),
        lambda **o: t.asarray([1.0], **o),
    ],
)
def test_requires_grad_makes_a_leaf_and_devices_are_checked(make):
    x = make(requires_grad=True, device="cpu")
    assert x.requires_grad
    assert x.is_leaf
    assert not make().requires_grad
    for device in ("cuda", "cuda:0", "meta"):
        with pytest.raises(RuntimeError, match="chainrule runs on the CPU"):
            make(device=device)


@pytest.mark.parametrize(
    "make",
    [
        lambda: t.tensor([1], requires_grad=True),
        lambda: t.tensor(True, requires_grad=True),
        lambda: t.zeros(2, dtype=t.int32, requires_grad=True),
        lambda: t.arange(3, requires_grad=True),
        lambda: t.full((2,), 3, requires_grad=True),
        lambda: t.asarray([1], requires_grad=True),
        lambda: t.randint(3, (2,), requires_grad=True),
    ],
)
def test_integers_cannot_require_grad(make):
    with pytest.raises(RuntimeError, match=REQUIRES):
        make()


def test_0d_values_are_numpy_scalars():
    for x in (
        t.tensor(1.5),
        t.zeros(()),
        t.full((), 2),
        t.scalar_tensor(3),
        t.rand(()),
        t.ones_like(t.tensor(1)),
    ):
        assert isinstance(x._value, np.generic)


# -- sharing memory ---------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [t.from_numpy, t.as_tensor, t.asarray])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_memory_is_shared_both_ways(share, shape):
    a = np.zeros(shape)
    x = share(a)
    a[...] = 7
    assert (x == 7).all()
    x.add_(1)
    assert (a == 8).all()


def test_strided_and_reversed_arrays_are_shared():
    a = np.arange(12.0).reshape(3, 4)
    x = t.from_numpy(a[::-1, ::2])
    a[2, 0] = 99
    assert x[0, 0] == 99


def test_from_numpy_refuses_what_it_cannot_share():
    with pytest.raises(TypeError, match=r"expected np.ndarray \(got list\)"):
        t.from_numpy([1])
    with pytest.raises(TypeError, match=r"expected np.ndarray \(got numpy.float32\)"):
        t.from_numpy(np.float32(1))
    with pytest.raises(ValueError, match="byte order different from the native byte order"):
        t.from_numpy(np.arange(3.0).astype(">f8"))
    with pytest.raises(TypeError, match=r"can't convert np.ndarray of type numpy.longdouble"):
        t.from_numpy(np.ones(2, np.longdouble))


@pytest.mark.parametrize("make", [t.tensor, t.as_tensor, t.asarray])
def test_foreign_byte_order_is_converted(make):
    same(make(np.arange(3.0).astype(">f8")), [0, 1, 2], t.float64)


def test_as_tensor_keeps_tensors_and_their_graph():
    x = t.tensor([1.0], requires_grad=True)
    assert t.as_tensor(x) is x
    assert t.as_tensor(x, dtype=t.float64).grad_fn.name() == "ToCopyBackward0"
    same(t.as_tensor([1, 2.0]), [1, 2], t.float32)


def test_asarray():
    x = t.tensor([1.0, 2.0], requires_grad=True)
    assert t.asarray(x) is x
    assert not t.asarray(x, requires_grad=False).requires_grad
    copy = t.asarray(x, copy=True)
    assert copy is not x
    assert copy.grad_fn is not None
    a = np.zeros(2)
    assert not np.shares_memory(t.asarray(a, copy=True).numpy(), a)
    with pytest.raises(ValueError, match="can't alias tensor with dtype 'Double' into dtype 'Float'"):
        t.asarray(a, dtype=t.float32, copy=False)
    with pytest.raises(ValueError, match="can't alias arbitrary sequence into a tensor"):
        t.asarray([1], copy=False)
    with pytest.raises(RuntimeError, match="can't alias NumPy scalars"):
        t.asarray(np.float64(1), copy=False)
    with pytest.raises(TypeError, match=r"asarray\(\): argument 'copy' must be bool, not int"):
        t.asarray(a, copy=1)


def test_asarray_of_what_requires_grad_keeps_the_graph_or_refuses():
    x = t.tensor([1.0, 2.0], requires_grad=True)
    assert t.asarray(x, copy=True).grad_fn.name() == "CloneBackward0"
    assert x.requires_grad  # also after asarray(x, requires_grad=False)
    with pytest.raises(RuntimeError, match="Only Tensors of floating point and complex dtype can require"):
        t.asarray(x, dtype=t.int64)
    same(t.asarray(x, dtype=t.int64, requires_grad=False), [1, 2], t.int64)


def test_copies_of_repeated_rows_are_dense():
    rows = np.broadcast_to(np.arange(3.0), (2, 3))
    for x in (
        t.tensor(rows),
        t.tensor(rows, dtype=t.int8),
        t.from_numpy(rows).clone(),
        t.from_numpy(rows).half(),
    ):
        assert x.view(6).tolist() == [0, 1, 2, 0, 1, 2]
    assert t.arange(3.0).expand(2, 3).cumsum(0).view(6).tolist() == [0, 1, 2, 0, 2, 4]


# -- filled -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "value"), [(t.zeros, 0), (t.ones, 1)])
def test_sizes(make, value):
    for x in (make(2, 3), make((2, 3)), make([2, 3]), make(size=(2, 3)), make(t.Size([2, 3]))):
        same(x, [[value] * 3] * 2, t.float32)
    assert make(()).shape == make([]).shape == ()
    assert make(np.int64(2), t.tensor(3)).shape == (2, 3)
    assert make(0).shape == (0,)


@pytest.mark.parametrize(
    ("size", "error", "message"),
    [
        ((), TypeError, 'missing 1 required positional arguments: "size"'),
        ((2.0,), TypeError, r"argument 'size' \(position 1\) must be tuple of ints, not float"),
        ((True,), TypeError, "must be tuple of ints, not bool"),
        ((2, 1.5), TypeError, 'failed to unpack the object at pos 2 .* must be tuple of ints,but got float"'),
        ((2.5, 1), TypeError, "takes 1 positional argument but 2 were given"),
        (((2, 3), 1), TypeError, "takes 1 positional argument but 2 were given"),
        ((t.tensor([2, 3]),), TypeError, "must be tuple of ints, not Tensor"),
        ((np.array([2, 3]),), TypeError, "must be tuple of ints, not numpy.ndarray"),
        ((10**20,), TypeError, "Overflow when unpacking long long"),
        ((2**62, 2**62), RuntimeError, r"Storage size calculation overflowed with sizes=\[46"),
        (([[1]],), TypeError, "found element of type list at pos 0"),
        ((None,), TypeError, "must be tuple of ints, not NoneType"),
        ((2, -1), RuntimeError, "[Dd]imension"),
    ],
)
@pytest.mark.parametrize("make", [t.zeros, t.ones, t.empty, t.rand, t.randn, t.ones(1).new_zeros])
def test_bad_sizes(make, size, error, message):
    with pytest.raises(error, match=message):
        make(*size)


def test_negative_sizes():
    with pytest.raises(RuntimeError, match=r"zeros: Dimension size must be non-negative\."):
        t.zeros(2, -1)
    with pytest.raises(RuntimeError, match=r"Trying to create tensor with negative dimension -1: \[2, -1\]"):
        t.ones(2, -1)


def test_a_size_is_given_once():
    with pytest.raises(TypeError, match="got multiple values for argument 'size'"):
        t.zeros(2, size=(2,))
    with pytest.raises(TypeError, match="argument 'size' must be tuple of ints, not int"):
        t.zeros(size=2)


MAKERS = {
    "zeros": t.zeros,
    "rand": t.rand,
    "eye": t.eye,
    "arange": t.arange,
    "randperm": t.randperm,
    "tensor": t.tensor,
    "asarray": t.asarray,
    "scalar_tensor": t.scalar_tensor,
    "new_zeros": t.ones(1).new_zeros,
    "new_tensor": t.ones(1).new_tensor,
}


@pytest.mark.parametrize("name", MAKERS)
def test_options_are_checked_in_the_words_of_torch(name):
    make = MAKERS[name]
    for option, value, words in [
        ("dtype", 3, "chainrule.dtype, not int"),
        ("device", 3.5, "chainrule.device, not float"),
        ("requires_grad", 1, "bool, not int"),
    ]:
        with pytest.raises(TypeError) as caught:
            make(2, **{option: value})
        assert str(caught.value).startswith(f"{name}(): argument '{option}' must be {words}")
    with pytest.raises(RuntimeError, match="device 'cuda' is not available"):
        make(2, device="cuda")
    assert not make(2, requires_grad=None).requires_grad


def test_full_takes_the_dtype_of_the_number():
    same(t.full((2,), 3), [3, 3], t.int64)
    same(t.full((2,), 3.5), [3.5, 3.5], t.float32)
    same(t.full((2,), True), [True, True], t.bool)
    same(t.full([1], 2j), [2j], t.complex64)
    same(t.full((2,), 3.7, dtype=t.int8), [3, 3], t.int8)
    same(t.full((2,), t.tensor(3.0)), [3, 3], t.float32)


@pytest.mark.parametrize(
    ("size", "value", "dtype", "error", "message"),
    [
        (2, 1.0, None, TypeError, r"argument 'size' \(position 1\) must be tuple of ints, not int"),
        ((2,), "a", None, TypeError, r"argument 'fill_value' \(position 2\) must be Number, not str"),
        ((2,), 300, t.uint8, RuntimeError, "without overflow"),
        ((2,), 1j, t.float32, RuntimeError, "type float without overflow"),
        ((2,), 1e300, None, RuntimeError, "type float without overflow"),
        ((2,), Fraction(1, 2), None, TypeError, "must be Number, not Fraction"),
        ((2,), t.ones((), requires_grad=True), None, TypeError, "expand"),
    ],
)
def test_full_refuses(size, value, dtype, error, message):
    with pytest.raises(error, match=message):
        t.full(size, value, dtype=dtype)


def test_eye():
    same(t.eye(2), [[1, 0], [0, 1]], t.float32)
    same(t.eye(2, 3, dtype=t.int64), [[1, 0, 0], [0, 1, 0]], t.int64)
    assert t.eye(0).shape == (0, 0)
    with pytest.raises(RuntimeError, match="n must be greater or equal to 0, got -1"):
        t.eye(-1)
    with pytest.raises(TypeError, match=r"eye\(\): argument 'n' \(position 1\) must be int, not float"):
        t.eye(2.0)


def test_like_forms_follow_shape_and_dtype():
    x = t.tensor([[1, 2, 3]], dtype=t.int16)
    same(t.zeros_like(x), [[0, 0, 0]], t.int16)
    same(t.ones_like(x, dtype=t.float64), [[1, 1, 1]], t.float64)
    same(t.full_like(x, 2.5), [[2, 2, 2]], t.int16)
    assert t.empty_like(x).shape == (1, 3)
    for make in (t.zeros_like, t.ones_like, t.empty_like):
        with pytest.raises(TypeError, match=r"must be Tensor, not numpy\.ndarray"):
            make(np.ones(2))


def test_new_forms_follow_dtype():
    x = t.tensor([1, 2], dtype=t.int16)
    same(x.new_zeros(2), [0, 0], t.int16)
    same(x.new_ones((1, 2)), [[1, 1]], t.int16)
    same(x.new_full((2,), 3.5), [3, 3], t.int16)
    same(x.new_tensor([1.5, 2]), [1, 2], t.int16)
    same(x.new_tensor([1.5], dtype=t.float32), [1.5], t.float32)
    assert x.new_empty(2, 3).shape == (2, 3)
    with pytest.warns(UserWarning, match="tensor.new_tensor"):
        same(x.new_tensor(t.tensor([1.5])), [1], t.int16)


def test_like_and_new_of_a_recorded_tensor_are_leaves():
    x = t.ones(2, requires_grad=True) * 2
    for y in (t.zeros_like(x), t.full_like(x, 3), x.new_ones(2), t.rand_like(x)):
        assert y.is_leaf
        assert not y.requires_grad


def test_scalar_tensor():
    same(t.scalar_tensor(3), 3.0, t.float32)
    same(t.scalar_tensor(3, dtype=t.int8), 3, t.int8)
