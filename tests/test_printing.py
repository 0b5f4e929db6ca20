"""Tensors print as torch prints them."""

from __future__ import annotations

import time
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest

import chainrule as t
from chainrule.core.dual import make_dual, new_level


def printed_by_torch() -> list[tuple[str, str]]:
    """Read expressions and what torch 2.13 shows for them, `torch.` replaced by `chainrule.`."""
    text = Path(__file__).with_name("printed_by_torch.txt").read_text()
    blocks = [block.partition("\n") for block in text.rstrip("\n").split(">>> ")[1:]]
    return [(expression, shown.removesuffix("\n")) for expression, _, shown in blocks]


@pytest.fixture(autouse=True)
def default_options():
    yield
    t.set_printoptions(profile="default")


@pytest.mark.parametrize(("expression", "shown"), printed_by_torch())
def test_repr_is_torchs(expression, shown):
    assert repr(eval(expression, {"t": t, "nan": nan, "inf": inf})) == shown


def test_str_is_repr():
    x = t.tensor([1.0, 2.5])
    assert str(x) == repr(x) == "tensor([1.0000, 2.5000])"


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"precision": 2}, "tensor([  0.12, 123.46])"),
        ({"precision": 0}, "tensor([  0, 123])"),
        ({"sci_mode": True}, "tensor([1.2346e-01, 1.2346e+02])"),
        ({"sci_mode": False, "precision": 1}, "tensor([  0.1, 123.5])"),
        ({"threshold": 1, "edgeitems": 1}, "tensor([  0.1235, 123.4560])"),
        ({"linewidth": 20}, "tensor([  0.1235,\n        123.4560])"),
        ({"profile": "short"}, "tensor([  0.12, 123.46])"),
    ],
)
def test_options(options, shown):
    with t.printoptions(**options):
        assert repr(t.tensor([0.123456, 123.456])) == shown


def test_options_return_to_what_they_were():
    before = t.get_printoptions()
    with t.printoptions(precision=1, edgeitems=7, sci_mode=True):
        assert t.get_printoptions() != before
    assert t.get_printoptions() == before


def test_edgeitems_and_threshold_cut_every_axis():
    t.set_printoptions(threshold=5, edgeitems=1)
    assert (
        repr(t.arange(12).reshape(3, 4)) == "tensor([[ 0,  ...,  3],\n        ...,\n        [ 8,  ..., 11]])"
    )


def test_no_edgeitems_shows_the_size():
    t.set_printoptions(threshold=5, edgeitems=0)
    assert repr(t.arange(10)) == "tensor([...], size=(10,))"


def test_full_profile_shows_everything():
    t.set_printoptions(profile="full")
    assert "..." not in repr(t.arange(2000))


def test_unknown_profile_is_refused():
    with pytest.raises(ValueError, match="default, short, full"):
        t.set_printoptions(profile="long")


def test_default_dtype_decides_which_dtype_is_named():
    t.set_default_dtype(t.float64)
    try:
        assert repr(t.tensor([1.0])) == "tensor([1.])"
        assert repr(t.tensor([1j])) == "tensor([0.+1.j])"
        assert repr(t.tensor([1.0], dtype=t.float32)) == "tensor([1.], dtype=chainrule.float32)"
    finally:
        t.set_default_dtype(t.float32)


def test_views_and_strides_do_not_matter():
    a = np.arange(12.0).reshape(3, 4)
    assert repr(t.from_numpy(a.T)) == repr(t.tensor(np.ascontiguousarray(a.T)))
    assert repr(t.from_numpy(a[::-1, ::2])) == repr(t.tensor(a[::-1, ::2].copy()))


def test_history_names_the_node_or_says_that_it_is_a_leaf():
    x = t.tensor(2.0, requires_grad=True)
    assert repr(x) == "tensor(2., requires_grad=True)"
    assert repr(x * x) == "tensor(4., grad_fn=<MulBackward0>)"
    assert repr((x * x).detach()) == "tensor(4.)"


def test_a_dual_tensor_shows_its_tangent():
    with new_level():
        x = make_dual(t.tensor(2.0), t.tensor(1.0))
        assert repr(x) == "tensor(2., tangent=1.0)"


def test_large_tensors_print_without_being_formatted():
    x = t.zeros(20_000_000)
    start = time.perf_counter()
    assert "..." in repr(x)
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    ("value", "spec", "shown"),
    [
        (2.5, ".2f", "2.50"),
        (2.5, "", "2.5"),
        (3, "d", "3"),
        (3, ">4", "   3"),
        (True, "", "True"),
        (1 + 2j, ".1f", "1.0+2.0j"),
    ],
)
def test_a_0d_tensor_formats_like_its_number(value, spec, shown):
    assert format(t.tensor(value), spec) == shown


def test_other_tensors_refuse_a_format():
    with pytest.raises(TypeError, match=r"unsupported format string passed to Tensor.__format__"):
        format(t.tensor([1.0]), ".2f")
    assert f"{t.tensor([1.0])}" == "tensor([1.])"


@pytest.mark.parametrize("dtype", [t.float16, t.float32, t.float64])
def test_every_element_reads_back(dtype):
    """What is shown, with enough digits, are the values."""
    values = np.random.default_rng(0).normal(size=50) * 10.0 ** np.arange(-25, 25).clip(-4, 4)
    x = t.tensor(values, dtype=dtype)
    with t.printoptions(precision=17, sci_mode=True):
        text = repr(x).partition("[")[2].partition("]")[0]
    shown = [float(part) for part in text.replace("\n", "").split(",")]
    assert shown == x.tolist()
