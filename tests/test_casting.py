"""Tensors in other dtypes."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as t


@pytest.fixture
def x():
    return t.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)


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
    with pytest.raises(TypeError, match="dtype must be a type, str, or dtype object"):
        x.type(3)
    with pytest.raises(
        TypeError, match=r"type_as\(\): argument 'other' \(position 1\) must be Tensor, not int"
    ):
        x.type_as(3)
    with pytest.raises(TypeError, match=r"to\(\): argument 'device' must be chainrule.device, not list"):
        x.to([1])
    with pytest.raises(TypeError, match=r"to\(\): argument 'dtype' must be chainrule.dtype, not int"):
        x.to("cpu", 3)


@pytest.mark.parametrize(
    "convert",
    [
        lambda x: x.to(t.float64, t.float32),
        lambda x: x.to(t.float64, copy=1),
        lambda x: x.to(t.float64, False, True, True),
        lambda x: x.to(x, t.float64),
    ],
)
def test_the_flags_of_to_are_two_bools(x, convert):
    with pytest.raises(TypeError, match=r"to\(\) takes a dtype, a device, .* and two flags"):
        convert(x)


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
