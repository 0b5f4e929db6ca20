"""Printed tensors are torch's, for many shapes, dtypes, ranges and options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from libraries import chainrule, torch

SHAPES = [
    (),
    (1,),
    (3,),
    (25,),
    (0,),
    (2, 3),
    (3, 0),
    (1, 1, 2),
    (2, 3, 4),
    (7, 9),
    (1001,),
    (40, 40),
    (12, 3, 60),
    (2, 2, 2, 2),
]
INTEGERS = ["uint8", "int8", "int16", "int32", "int64", "bool"]
FLOATS = ["float16", "float32", "float64"]
COMPLEX = ["complex64", "complex128"]
RANGES: dict[str, Callable[[np.random.Generator, Any], np.ndarray]] = {
    "units": lambda r, s: r.normal(size=s),
    "small": lambda r, s: r.normal(size=s) * 1e-6,
    "large": lambda r, s: r.normal(size=s) * 1e4,
    "wide": lambda r, s: np.exp(r.normal(size=s) * 6),
    "whole": lambda r, s: np.round(r.normal(size=s) * 30),
    "huge whole": lambda r, s: np.round(r.normal(size=s) * 1e3) * 1000,
    "zeros": lambda r, s: np.zeros(s),
    "with nan": lambda r, s: np.where(r.uniform(size=s) < 0.3, np.nan, r.normal(size=s)),
    "with inf": lambda r, s: np.where(r.uniform(size=s) < 0.3, -np.inf, r.normal(size=s) * 100),
    "only nan": lambda r, s: np.full(s, np.nan),
    "tenths": lambda r, s: np.round(r.normal(size=s), 1),
    "negative zero": lambda r, s: np.full(s, -0.0),
}


def _same(array: np.ndarray, **options: Any) -> None:
    theirs, ours = torch.tensor(array), chainrule.tensor(array)
    assert repr(ours) == _ours(repr(theirs))
    assert str(ours) == _ours(str(theirs))


def _ours(text: str) -> str:
    return text.replace("torch", "chainrule")


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("range_", RANGES)
@pytest.mark.parametrize("dtype", [*FLOATS, *COMPLEX])
@pytest.mark.filterwarnings("ignore")
def test_floating_tensors(shape: Any, range_: str, dtype: str) -> None:
    r = np.random.default_rng(len(shape) + len(range_))
    array = RANGES[range_](r, shape)
    if dtype in COMPLEX:
        array = array + 1j * RANGES[range_](r, shape)
    _same(np.asarray(array).astype(dtype))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_tensors(shape: Any, dtype: str) -> None:
    r = np.random.default_rng(len(shape))
    for top in (2, 100):
        array = np.asarray(r.integers(0, top, shape))
        _same(array.astype(dtype))
        if dtype.startswith("int"):
            _same((array - top // 2).astype(dtype))


def _printed(library: Any, make: Callable[[Any], Any]) -> str:
    try:
        return repr(make(library))
    finally:
        library.set_printoptions(profile="default")


def _with_options(**options: Any) -> Callable[[Any], Any]:
    def make(m: Any) -> Any:
        m.set_printoptions(**options)
        values = [[1.23456789, -1000.5, 3e-5], [0.0, 7.0, 123456.0]]
        return m.tensor(values * 3)

    return make


OPTIONS = [
    {"precision": 2},
    {"precision": 8},
    {"threshold": 5},
    {"threshold": 5, "edgeitems": 1},
    {"linewidth": 30},
    {"sci_mode": True},
    {"sci_mode": False},
    {"profile": "short"},
    {"profile": "full"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_options(options: dict[str, Any]) -> None:
    make = _with_options(**options)
    assert _printed(chainrule, make) == _ours(_printed(torch, make))


TENSORS: dict[str, Callable[[Any], Any]] = {
    "a leaf": lambda m: m.tensor([1.0, 2.0], requires_grad=True),
    "a result": lambda m: m.tensor([1.0, 2.0], requires_grad=True) * 2,
    "a 0-d result": lambda m: m.tensor(2.0, requires_grad=True) * 2,
    "a long result": lambda m: m.linspace(0, 1, 30, requires_grad=True) * 2,
    "float64 result": lambda m: m.tensor([1.0, 2.0], dtype=m.float64, requires_grad=True) * 2,
    "a matrix result": lambda m: m.ones(3, 4, requires_grad=True).exp(),
    "default float64": lambda m: m.tensor([1, 2], dtype=m.float32),
    "empty int": lambda m: m.zeros(0, dtype=m.int64),
    "empty int32 matrix": lambda m: m.zeros(2, 0, dtype=m.int32),
    "size": lambda m: m.zeros(2, 3).shape,
    "0-d size": lambda m: m.zeros(()).size(),
    "dtype": lambda m: m.float32,
    "max": lambda m: m.tensor([[1.0, 5.0], [7.0, 2.0]]).max(0),
    "sort": lambda m: m.sort(m.tensor([3.0, 1.0])),
    "a list": lambda m: [m.tensor(1.0), m.tensor([2])],
    "a slice": lambda m: m.arange(5.0)[::2],
    "transposed": lambda m: m.arange(6.0).reshape(2, 3).T,
}


@pytest.mark.parametrize("name", TENSORS)
def test_tensors_with_history_and_other_things(name: str) -> None:
    assert repr(TENSORS[name](chainrule)) == _ours(repr(TENSORS[name](torch)))


@pytest.mark.parametrize("spec", ["", ".2f", "10.3e", "g", ".0f"])
def test_formats_of_single_numbers(spec: str) -> None:
    assert format(chainrule.tensor(3.14159), spec) == format(torch.tensor(3.14159), spec)
