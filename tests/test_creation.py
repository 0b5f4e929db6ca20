"""Making tensors: from data, filled, ranges."""

from __future__ import annotations

import array
from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest

import chainrule as t
from chainrule import ranges

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


def test_large_integers():
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


def test_other_numbers_need_a_dtype():
    same(t.tensor([Fraction(1, 2)], dtype=t.float32), [0.5], t.float32)
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
        ((2, 1.5), TypeError, "must be tuple of ints, but found element of type float at pos 1"),
        (([[1]],), TypeError, "found element of type list at pos 0"),
        ((None,), TypeError, "must be tuple of ints, not NoneType"),
        ((2, -1), RuntimeError, r"Trying to create tensor with negative dimension -1: \[2, -1\]"),
    ],
)
@pytest.mark.parametrize("make", [t.zeros, t.ones, t.empty, t.rand, t.randn, t.ones(1).new_zeros])
def test_bad_sizes(make, size, error, message):
    with pytest.raises(error, match=message):
        make(*size)


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
        ((2,), 1j, t.float32, RuntimeError, "without overflow"),
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
        with pytest.raises(TypeError, match="must be Tensor, not ndarray"):
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


# -- ranges -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "values", "dtype"),
    [
        ((5,), [0, 1, 2, 3, 4], t.int64),
        ((3.0,), [0, 1, 2], t.float32),
        ((1, 5, 2), [1, 3], t.int64),
        ((1, 2.5, 0.5), [1, 1.5, 2], t.float32),
        ((5, 1, -2), [5, 3], t.int64),
        ((0,), [], t.int64),
        ((1, 1), [], t.int64),
        ((True,), [0], t.int64),
        ((2**53, 2**53 + 2), [2**53, 2**53 + 1], t.int64),
        ((t.tensor(2.0),), [0, 1], t.float32),
        ((np.int32(2),), [0, 1], t.int64),
    ],
)
def test_arange(args, values, dtype):
    same(t.arange(*args), values, dtype)


def test_arange_with_names_and_dtypes():
    same(t.arange(end=2), [0, 1], t.int64)
    same(t.arange(1, end=5, step=3), [1, 4], t.int64)
    same(t.arange(start=1, end=3), [1, 2], t.int64)
    same(t.arange(0, 5.5, dtype=t.int32), [0, 1, 2, 3, 4, 5], t.int32)
    same(t.arange(0.5, 5.5, dtype=t.int64), [0, 1, 2, 3, 4], t.int64)
    same(t.arange(0, 3, 0.5, dtype=t.int32), [0] * 6, t.int32)
    same(t.arange(2, dtype=t.float16), [0, 1], t.float16)


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        ((5, 1), RuntimeError, "upper bound and lower bound inconsistent with step sign"),
        ((1, 5, -1), RuntimeError, "upper bound and lower bound inconsistent with step sign"),
        ((1, 5, 0), RuntimeError, "step must be nonzero"),
        ((nan,), RuntimeError, "unsupported range: 0 -> nan"),
        ((inf,), RuntimeError, "unsupported range: 0 -> inf"),
        ((2**63,), RuntimeError, "without overflow"),
        (("a",), TypeError, "must be Number, not str"),
        ((), TypeError, "needs an end"),
        ((1, 2, 3, 4), TypeError, "at most 3"),
    ],
)
def test_arange_refuses(args, error, message):
    with pytest.raises(error, match=message):
        t.arange(*args)


def test_arange_of_bools_is_not_implemented():
    with pytest.raises(NotImplementedError, match="\"arange_cpu\" not implemented for 'Bool'"):
        t.arange(2, dtype=t.bool)


def bits(values):
    return [float.fromhex(v) for v in values.split()]


def test_linspace_has_torchs_bits():
    """Recorded from torch 2.13: from both ends, each value rounded once."""
    same(
        t.linspace(-20, 20, 20)[:6],
        bits("-0x1.4p+4 -0x1.1e50d8p+4 -0x1.f9435ep+3 -0x1.b5e50cp+3 -0x1.7286bcp+3 -0x1.2f286cp+3"),
        t.float32,
    )
    same(
        t.linspace(-1.3, 2.9, 9, dtype=t.float64)[:6],
        bits(
            "-0x1.4cccccccccccdp+0 -0x1.8cccccccccccdp-1 -0x1p-2 0x1.199999999999ap-2 "
            "0x1.9999999999998p-1 0x1.5333333333332p+0"
        ),
        t.float64,
    )
    same(
        t.linspace(-1.3, 2.9, 9, dtype=t.float16)[:6],
        [-1.2998046875, -0.77490234375, -0.25, 0.2744140625, 0.80078125, 1.326171875],
        t.float16,
    )


@pytest.mark.parametrize("dtype", [t.float16, t.float32, t.float64])
def test_linspace_is_symmetric_and_ends_exactly(dtype):
    for n in (2, 3, 10, 101):
        x = t.linspace(-3.7, 3.7, n, dtype=dtype).numpy()
        assert (x == -x[::-1])[: n // 2].all()
        assert x[0] == -x[-1] == np.array(-3.7, dtype.numpy)


def test_linspace_of_few_steps_and_other_dtypes():
    same(t.linspace(0, 1, 0), [], t.float32)
    same(t.linspace(3, 9, 1), [3], t.float32)
    same(t.linspace(0, 10, 4, dtype=t.int64), [0, 3, 6, 10], t.int64)
    same(t.linspace(10, 0, 4, dtype=t.int8), [10, 6, 3, 0], t.int8)
    same(t.linspace(0, 1j, 3), [0, 0.5j, 1j], t.complex64)
    assert t.linspace(1e308, 0, 3, dtype=t.float64).isfinite().all()


def test_the_fused_product_is_rounded_once():
    rng = np.random.default_rng(0)
    for a, b in rng.normal(size=(20, 2)):
        i = np.arange(7.0)
        exact = [float(Fraction(a) + Fraction(b) * k) for k in range(7)]
        assert ranges._fused(np.float64(a), np.float64(b), i).tolist() == exact


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        ((0, 1, -1), RuntimeError, "number of steps must be non-negative"),
        ((0, 1, 2.5), TypeError, "argument 'steps'"),
        (
            (t.ones(2), 1, 3),
            RuntimeError,
            r"but got start with 1 dimension\(s\)",
        ),
        (("a", 1, 3), TypeError, "must be Number, not str"),
    ],
)
def test_linspace_and_logspace_refuse(args, error, message):
    for make in (t.linspace, t.logspace):
        with pytest.raises(error, match=message):
            make(*args)


def test_logspace():
    np.testing.assert_allclose(t.logspace(0, 3, 7).numpy(), np.logspace(0, 3, 7), rtol=1e-6)
    np.testing.assert_allclose(
        t.logspace(-1, 1, 5, base=2, dtype=t.float64).numpy(), np.logspace(-1, 1, 5, base=2), rtol=1e-15
    )
    same(t.logspace(0, 3, 4, dtype=t.int64), [1, 10, 100, 1000], t.int64)


def test_ends_that_require_grad_warn():
    with pytest.warns(UserWarning, match="requires_grad=True to a scalar"):
        t.linspace(t.tensor(0.0, requires_grad=True), 1, 3)
