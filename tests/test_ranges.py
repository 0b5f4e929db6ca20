"""Evenly spaced values: arange, linspace, logspace."""

from __future__ import annotations

from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest

import chainrule as t
from chainrule import ranges


def same(x, values, dtype):
    assert x.tolist() == values
    assert x.dtype is dtype


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
        ((None,), TypeError, "must be Number, not NoneType"),
        ((None, 5), TypeError, "must be Number, not NoneType"),
        ((Fraction(5, 2),), TypeError, "must be Number, not Fraction"),
        ((0, 5, nan), RuntimeError, "step must be nonzero"),
        (
            (t.tensor(1.0, requires_grad=True),),
            TypeError,
            "not Tensor; it is part of a graph",
        ),
    ],
)
def test_arange_refuses(args, error, message):
    with pytest.raises(error, match=message):
        t.arange(*args)


def test_arange_counts_as_torch_does_where_floats_are_coarse():
    assert t.arange(2**53 + 1, 2**53 + 4, dtype=t.float64).shape == (4,)


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
        ((0, 1e300, 3), RuntimeError, "value cannot be converted to type float without overflow"),
    ],
)
def test_linspace_and_logspace_refuse(args, error, message):
    for make in (t.linspace, t.logspace):
        with pytest.raises(error, match=message):
            make(*args)


@pytest.mark.parametrize("make", [t.linspace, t.logspace])
def test_the_ends_are_held_to_the_dtype(make):
    with pytest.raises(RuntimeError, match="inferred dtype c10::complex<float> can't be safely cast to pass"):
        make(0, 1j, 3, dtype=t.float32)
    with pytest.raises(RuntimeError, match="value cannot be converted to type uint8_t without overflow"):
        make(0, 300, 3, dtype=t.uint8)
    same(t.linspace(-1, 1, 3, dtype=t.uint8), [255, 128, 1], t.uint8)
    same(t.linspace(0.9, 5.9, 2, dtype=t.int64), [0, 5], t.int64)


def test_logspace_has_torchs_bits():
    """Recorded from torch 2.13: the ends are rounded to the dtype, the rest is float64."""
    same(
        t.logspace(-3.61, 3.7, 7)[1:6],
        bits("0x1.09f54cp-8 0x1.12ce6ap-4 0x1.1bf2e4p+0 0x1.25653cp+4 0x1.2f280ap+8"),
        t.float32,
    )


def test_logspace_takes_a_real_base():
    for base, kind in ((1j, "float, not complex"), ("a", "Number, not str"), (None, "Number, not NoneType")):
        with pytest.raises(TypeError, match=rf"'base' \(position 4\) must be {kind}"):
            t.logspace(0, 3, 4, base)


def test_logspace():
    np.testing.assert_allclose(t.logspace(0, 3, 7).numpy(), np.logspace(0, 3, 7), rtol=1e-6)
    np.testing.assert_allclose(
        t.logspace(-1, 1, 5, base=2, dtype=t.float64).numpy(), np.logspace(-1, 1, 5, base=2), rtol=1e-15
    )
    same(t.logspace(0, 3, 4, dtype=t.int64), [1, 10, 100, 1000], t.int64)
    same(t.logspace(0, 10, 4, dtype=t.int64), [1, 2154, 4641588, 10**10], t.int64)
    same(t.logspace(1, 0, 2, dtype=t.uint8), [10, 1], t.uint8)


def test_ends_that_require_grad_warn():
    with pytest.warns(UserWarning, match="requires_grad=True to a scalar"):
        t.linspace(t.tensor(0.0, requires_grad=True), 1, 3)
