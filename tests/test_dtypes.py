"""Data types: promotion, casting, limits, the default."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import chainrule as t
from chainrule import dtypes

# The result dtype of a + b as torch 2.13 gives it, by NumPy's letters: a row for each dtype of a, a
# letter for each dtype of b, in the order of dtypes.ALL. "n" is a 1-d tensor, "0" a 0-d one, "#" a
# number (of bool, int, float, complex). Torch's complex32, which chainrule has not, counts as F.
PROMOTED = {
    "nn": "?BbhilefdFD BBhhilefdFD bhbhilefdFD hhhhilefdFD iiiiilefdFD llllllefdFD "
    "eeeeeeefdFD ffffffffdFD dddddddddDD FFFFFFFFDFD DDDDDDDDDDD",
    "n0": "?BbhilefdFD BBBBBBefdFD bbbbbbefdFD hhhhhhefdFD iiiiiiefdFD llllllefdFD "
    "eeeeeeeeeFF fffffffffFF dddddddddDD FFFFFFFFFFF DDDDDDDDDDD",
    "0n": "?BbhilefdFD BBbhilefdFD bBbhilefdFD hBbhilefdFD iBbhilefdFD lBbhilefdFD "
    "eeeeeeefdFD ffffffefdFD ddddddefdFD FFFFFFFFDFD DDDDDDFFDFD",
    "00": "?BbhilefdFD BBhhilefdFD bhbhilefdFD hhhhilefdFD iiiiilefdFD llllllefdFD "
    "eeeeeeefdFD ffffffffdFD dddddddddDD FFFFFFFFDFD DDDDDDDDDDD",
    "n#": "?lfF BBfF bbfF hhfF iifF llfF eeeF fffF dddD FFFF DDDD",
    "0#": "?lfF BBfF bbfF hhfF iifF llfF eeeF fffF dddD FFFF DDDD",
}
NUMBERS = (True, 2, 2.0, 2j)


def operands(kind):
    if kind == "#":
        return NUMBERS
    return [t.ones((2,) if kind == "n" else (), dtype=d) for d in dtypes.ALL]


def cases():
    for ranks, rows in PROMOTED.items():
        for a, row in zip(operands(ranks[0]), rows.split(), strict=True):
            for b, letter in zip(operands(ranks[1]), row, strict=True):
                yield a, b, dtypes.as_dtype(np.dtype(letter))


def test_operations_promote_as_torch_does():
    for a, b, expected in cases():
        assert (a + b).dtype is expected, (a, b)
        assert (a * b).dtype is expected, (a, b)
        assert t.result_type(a, b) is expected, (a, b)


def test_a_number_promotes_alike_on_either_side():
    for a, b, expected in cases():
        if not isinstance(b, t.Tensor):
            assert (b + a).dtype is expected
            assert t.result_type(b, a) is expected


def test_division_of_integers_gives_the_default_dtype():
    for a, b, expected in cases():
        category = expected.category
        assert (a / b).dtype is (t.float32 if category < dtypes.FLOATING else expected), (a, b)


def test_promote_types_agrees_with_equal_ranks():
    for a, row in zip(dtypes.ALL, PROMOTED["nn"].split(), strict=True):
        for b, letter in zip(dtypes.ALL, row, strict=True):
            assert t.promote_types(a, b) is dtypes.as_dtype(np.dtype(letter))


def test_can_cast_goes_by_category():
    order = [t.bool, t.uint8, t.float16, t.complex64]
    for i, a in enumerate(order):
        for j, b in enumerate(order):
            assert t.can_cast(a, b) is (i <= j)
    assert t.can_cast(t.int64, t.uint8)
    assert t.can_cast(t.float64, t.float16)


@pytest.mark.parametrize("other", ["a", None, [1.0]])
def test_result_type_takes_tensors_and_numbers(other):
    with pytest.raises(TypeError, match="takes tensors and numbers"):
        t.result_type(1.0, other)


def test_result_type_of_numbers():
    assert t.result_type(True, True) is t.bool
    assert t.result_type(1, True) is t.int64
    assert t.result_type(1, 1.0) is t.float32
    assert t.result_type(np.float64(1), 1j) is t.complex64


# -- dtypes -----------------------------------------------------------------------------------------


def test_names_and_aliases():
    assert (t.half, t.float, t.double) == (t.float16, t.float32, t.float64)
    assert (t.short, t.int, t.long) == (t.int16, t.int32, t.int64)
    assert (t.cfloat, t.cdouble) == (t.complex64, t.complex128)
    assert repr(t.bool) == "chainrule.bool"
    assert str(t.complex128) == "chainrule.complex128"


def test_properties():
    assert (t.float64.itemsize, t.bool.itemsize, t.complex64.itemsize) == (8, 1, 8)
    assert [d.name for d in dtypes.ALL if d.is_floating_point] == ["float16", "float32", "float64"]
    assert [d.name for d in dtypes.ALL if d.is_complex] == ["complex64", "complex128"]
    assert [d.name for d in dtypes.ALL if not d.is_signed] == ["bool", "uint8"]
    assert t.float64.to_complex() is t.complex128
    assert t.complex64.to_real() is t.float32
    assert t.int8.to_real() is t.int8
    with pytest.raises(RuntimeError, match="Unknown Complex ScalarType for Int"):
        t.int32.to_complex()


@pytest.mark.parametrize("d", dtypes.ALL)
def test_dtypes_are_single_objects(d):
    assert pickle.loads(pickle.dumps(d)) is d
    assert copy.deepcopy(d) is d


@pytest.mark.parametrize(
    ("given", "d"),
    [
        (float, t.float64),
        (int, t.int64),
        (bool, t.bool),
        (complex, t.complex128),
        (np.float32, t.float32),
        (np.dtype("int8"), t.int8),
        ("float16", t.float16),
        (t.uint8, t.uint8),
    ],
)
def test_what_stands_for_a_dtype(given, d):
    assert t.zeros(1, dtype=given).dtype is d


@pytest.mark.parametrize("given", ["f", np.uint16, str, 3, object])
def test_what_does_not_stand_for_a_dtype_is_refused(given):
    if given == "f":
        assert t.zeros(1, dtype=given).dtype is t.float32
        return
    with pytest.raises(TypeError, match=r"zeros\(\): argument 'dtype' must be chainrule.dtype, not (ty|in)"):
        t.zeros(1, dtype=given)


@pytest.mark.parametrize("d", dtypes.ALL)
def test_numpy_takes_dtypes(d):
    assert np.zeros(2, dtype=d).dtype == np.ones(2).astype(d).dtype == np.dtype(d) == d.numpy


def test_what_is_no_dtype_is_told_by_the_name_of_the_argument():
    for ask, words in [
        (lambda: t.promote_types(3, t.int8), r"promote_types\(\): argument 'type1' \(position 1\)"),
        (lambda: t.promote_types(t.int8, type2=None), r"promote_types\(\): argument 'type2' \(position 2\)"),
        (lambda: t.can_cast(t.int8, 3), r"can_cast\(\): argument 'to' \(position 2\)"),
        (lambda: t.iinfo(None), r"iinfo\(\): argument 'type' \(position 1\)"),
        (lambda: t.finfo(object), r"finfo\(\): argument 'type' \(position 1\)"),
    ]:
        with pytest.raises(TypeError, match=words + " must be chainrule.dtype, not (int|NoneType|type)"):
            ask()


# -- the default ------------------------------------------------------------------------------------


@pytest.fixture
def default_float64():
    t.set_default_dtype(t.float64)
    yield
    t.set_default_dtype(t.float32)


def test_default_dtype_is_float32():
    assert t.get_default_dtype() is t.float32


@pytest.mark.usefixtures("default_float64")
def test_default_dtype_is_what_floats_become():
    assert t.tensor(1.0).dtype is t.float64
    assert t.tensor([1, 2.5]).dtype is t.float64
    assert t.tensor(1j).dtype is t.complex128
    assert t.zeros(2).dtype is t.float64
    assert t.arange(2.0).dtype is t.float64
    assert t.rand(2).dtype is t.float64
    assert (t.tensor(1) / 2).dtype is t.float64
    assert t.result_type(1, 1.0) is t.float64
    assert t.tensor([1]).dtype is t.int64


@pytest.mark.parametrize("given", [t.int32, t.complex64, float, "float32", None])
def test_default_dtype_must_be_a_floating_dtype(given):
    invalid = "" if isinstance(given, t.dtype) else "invalid dtype object: "
    words = f"^{invalid}only floating-point types are supported as the default type"
    with pytest.raises(TypeError, match=words):
        t.set_default_dtype(given)


# -- limits -----------------------------------------------------------------------------------------


def test_finfo():
    assert repr(t.finfo(t.float16)) == (
        "finfo(resolution=0.001, min=-65504, max=65504, eps=0.000976562, smallest_normal=6.10352e-05, "
        "tiny=6.10352e-05, dtype=float16)"
    )
    limits = t.finfo(t.float64)
    assert (limits.eps, limits.max, limits.bits) == (2.0**-52, np.finfo(float).max, 64)
    assert limits.tiny == limits.smallest_normal == 2.0**-1022
    assert t.finfo() == t.finfo(t.complex64) == t.finfo(t.float32)
    with pytest.raises(TypeError, match="requires a floating point input type"):
        t.finfo(t.int32)


def test_iinfo():
    assert repr(t.iinfo(t.uint8)) == "iinfo(min=0, max=255, dtype=uint8)"
    assert repr(t.iinfo(t.int32)) == "iinfo(min=-2.14748e+09, max=2.14748e+09, dtype=int32)"
    assert (t.iinfo(t.int64).min, t.iinfo(t.int64).max, t.iinfo(t.int64).bits) == (-(2**63), 2**63 - 1, 64)
    with pytest.raises(TypeError, match="requires an integer input type"):
        t.iinfo(t.float32)
    with pytest.raises(TypeError, match=r"chainrule.bool is not supported"):
        t.iinfo(t.bool)
