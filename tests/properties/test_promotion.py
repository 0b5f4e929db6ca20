"""Types of results over all pairs of dtypes, against torch's rules written down a second time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule
from properties import profiles

profiles.load()

NAMES = (
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)
# How wide a dtype is within its category; uint8 stands beside the signed ones.
CATEGORY = {"bool": 0, "uint8": 1, "int": 1, "float": 2, "complex": 3}
PYTHON = {True: "bool", 3: "int64", 0.5: "float32", 1j: "complex64"}

ARITHMETIC = ("add", "sub", "mul", "div", "floor_divide", "remainder", "fmod", "pow")

names = st.sampled_from(NAMES)
floats = st.sampled_from(["float16", "float32", "float64"])


def category(name: str) -> int:
    return CATEGORY[name if name in CATEGORY else name.rstrip("0123456789")]


def bits(name: str) -> int:
    return {"bool": 1, "uint8": 8}.get(name) or int("".join(c for c in name if c.isdigit()))


def promoted(a: str, b: str) -> str:
    """Return torch's promoted type of two dtypes (the table in its documentation of dtypes)."""
    if a == b:
        return a
    if category(a) < category(b):
        a, b = b, a
    if category(a) == category(b):
        if "uint8" in (a, b):
            signed = b if a == "uint8" else a
            return "int16" if signed == "int8" else signed
        return a if bits(a) > bits(b) else b
    if a == "complex64" and b == "float64":
        return "complex128"
    return a


def _tensor(name: str, ndim: int) -> Any:
    dtype = chainrule.bool if name == "bool" else getattr(chainrule, name)
    return chainrule.ones((2,) * ndim, dtype=dtype)


def _name(dtype: Any) -> str:
    return str(dtype).removeprefix("chainrule.")


@given(names, names)
def test_promote_types_is_torchs_table(a: str, b: str) -> None:
    assert _name(chainrule.promote_types(_tensor(a, 1).dtype, _tensor(b, 1).dtype)) == promoted(a, b)


@given(names, names, st.sampled_from(["mul", "add", "maximum", "where"]))
def test_operands_of_one_rank_are_promoted(a: str, b: str, operation: str) -> None:
    if operation == "maximum" and 3 in (category(a), category(b)):
        return
    x, y = _tensor(a, 1), _tensor(b, 1)
    result = chainrule.where(x == x, x, y) if operation == "where" else getattr(chainrule, operation)(x, y)
    assert _name(result.dtype) == promoted(a, b)


@given(names, names)
def test_a_0d_tensor_widens_only_by_category(a: str, b: str) -> None:
    result = chainrule.mul(_tensor(a, 1), _tensor(b, 0))
    expected = b if category(b) > category(a) else a
    if category(b) == 3 and category(a) == 2:  # complex, and as wide as the operand with dimensions
        expected = "complex128" if a == "float64" else "complex64"
    assert _name(result.dtype) == expected
    assert chainrule.result_type(_tensor(a, 1), _tensor(b, 0)) is result.dtype


@given(names, st.sampled_from([True, 3, 0.5, 1j]), st.integers(0, 2))
def test_a_python_number_widens_only_by_category(name: str, number: Any, ndim: int) -> None:
    weak = PYTHON[number]
    expected = name
    if category(weak) > category(name):
        expected = weak
        if weak == "complex64" and name == "float64":
            expected = "complex128"
    assert _name((_tensor(name, ndim) * number).dtype) == expected
    assert _name((number * _tensor(name, ndim)).dtype) == expected


@pytest.mark.parametrize("function", [*ARITHMETIC, "atan2", "copysign", "hypot", "xlogy", "maximum", "fmin"])
@given(floats, st.sampled_from([3, 0.5]), st.integers(0, 2))
def test_a_python_number_does_not_widen_a_float(function: str, name: str, number: Any, ndim: int) -> None:
    operation, x = getattr(chainrule, function), _tensor(name, ndim)
    assert _name(operation(x, number).dtype) == name
    assert _name(operation(number, x).dtype) == name


@given(names, names)
def test_true_division_of_integers_gives_the_default_dtype(a: str, b: str) -> None:
    together = promoted(a, b)
    expected = "float32" if category(together) < 2 else together
    assert _name((_tensor(a, 1) / _tensor(b, 1)).dtype) == expected


@given(names, names)
def test_comparisons_give_booleans(a: str, b: str) -> None:
    assert (_tensor(a, 1) == _tensor(b, 1)).dtype is chainrule.bool


@given(names)
def test_functions_into_the_reals_give_the_default_dtype_for_integers(name: str) -> None:
    expected = "float32" if category(name) < 2 else name
    for function in (chainrule.exp, chainrule.sin, chainrule.sqrt, chainrule.tanh):
        assert _name(function(_tensor(name, 1)).dtype) == expected


@given(names)
def test_sums_of_integers_are_int64(name: str) -> None:
    expected = "int64" if category(name) < 2 else name
    assert _name(_tensor(name, 1).sum().dtype) == expected
    assert _name(_tensor(name, 1).prod().dtype) == expected


@given(names, names)
def test_can_cast_never_loses_a_category(a: str, b: str) -> None:
    assert chainrule.can_cast(_tensor(a, 0).dtype, _tensor(b, 0).dtype) == (category(a) <= category(b))


@given(names, names)
def test_in_place_results_keep_the_type_or_refuse(a: str, b: str) -> None:
    x, y = _tensor(a, 1), _tensor(b, 1)
    if category(b) > category(a):
        with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
            x.mul_(y)
    else:
        assert x.mul_(y).dtype is _tensor(a, 1).dtype


@given(st.lists(st.tuples(names, st.integers(0, 2)), min_size=2, max_size=2))
def test_result_type_is_what_multiplication_gives(operands: list[tuple[str, int]]) -> None:
    x, y = (_tensor(name, ndim) for name, ndim in operands)
    assert chainrule.result_type(x, y) is (x * y).dtype
