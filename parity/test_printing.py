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


OPTION_VALUES = {
    "precision": [0, 1, 2, 6, 10],
    "threshold": [0, 1, 5, 100, 10_000],
    "edgeitems": [0, 1, 2, 5],
    "linewidth": [1, 10, 40, 60, 100, 200],
    "sci_mode": [True, False],
    "profile": ["short", "full"],
}
SPECIAL = [
    0.0,
    -0.0,
    np.nan,
    np.inf,
    -np.inf,
    1e-45,
    5e-324,
    1e300,
    9.9999e-5,
    1e-4,
    1e8,
    1.0001e8,
    999.99995,
]


def _random_array(r: np.random.Generator) -> np.ndarray:
    """Return an array of any dtype, shape and range of values."""
    dtype = np.dtype(str(r.choice([*INTEGERS, *FLOATS, *COMPLEX])))
    shape = tuple(r.choice([0, 1, 2, 3, 8, 30], r.integers(0, 5)))
    if dtype.kind in "biu":
        bound = int(r.choice([2, 100, 2**31]))
        return r.integers(0 if dtype.kind != "i" else -bound, bound, shape).astype(dtype)
    values = r.normal(size=(2, *shape)) * 10.0 ** r.integers(-9, 9)
    values = np.round(values, r.integers(0, 4)) if r.random() < 0.5 else values
    values = np.where(r.random(values.shape) < r.choice([0, 0.2, 1]), r.choice(SPECIAL, values.shape), values)
    real, imag = values.astype({"e": "e", "f": "f", "F": "f"}.get(dtype.char, "d"))
    if dtype.kind == "f":
        return real
    together = np.empty(shape, dtype)
    together.real, together.imag = real, imag
    return together


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.filterwarnings("ignore")
def test_random_tensors_and_options(seed: int) -> None:
    r = np.random.default_rng(seed)
    for _ in range(50):
        array = np.asarray(_random_array(r))
        names = r.choice(list(OPTION_VALUES), r.integers(0, 4), replace=False)
        options = {name: OPTION_VALUES[name][r.integers(len(OPTION_VALUES[name]))] for name in names}
        history = r.integers(3) if array.dtype.kind in "fc" else 0

        def make(m: Any, array: Any = array, options: Any = options, history: Any = history) -> Any:
            m.set_printoptions(**options)
            x = m.tensor(array, requires_grad=bool(history))
            return x * 1 if history == 2 else x

        assert _printed(chainrule, make) == _ours(_printed(torch, make)), (array, options)


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
