"""Dimension numbers: torch's meaning and torch's errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.ops.dims import normalize_dim, normalize_dims


@pytest.mark.parametrize(("dim", "ndim", "axis"), [(0, 2, 0), (-1, 2, 1), (np.int64(1), 2, 1), (-1, 0, 0)])
def test_a_dim_becomes_an_axis(dim: Any, ndim: int, axis: int) -> None:
    assert normalize_dim(dim, ndim) == axis


@pytest.mark.parametrize(
    ("dim", "ndim", "axes"),
    [(None, 2, (0, 1)), ((), 2, (0, 1)), (1, 2, (1,)), ([0, -1], 3, (0, 2)), (0, 0, ()), (None, 0, ())],
)
def test_dims_become_distinct_axes(dim: Any, ndim: int, axes: tuple[int, ...]) -> None:
    assert normalize_dims(dim, ndim) == axes


@pytest.mark.parametrize(("dim", "ndim", "span"), [(2, 2, "[-2, 1]"), (-3, 2, "[-2, 1]"), (2, 0, "[-1, 0]")])
def test_a_dim_out_of_range_is_torchs_error(dim: int, ndim: int, span: str) -> None:
    with pytest.raises(IndexError) as error:
        normalize_dims(dim, ndim)
    assert str(error.value) == f"Dimension out of range (expected to be in range of {span}, but got {dim})"


@pytest.mark.parametrize(("dim", "ndim"), [((0, 0), 2), ((0, -2), 2), ((0, -1), 0)])
def test_a_repeated_dim_is_torchs_error(dim: tuple[int, ...], ndim: int) -> None:
    with pytest.raises(RuntimeError, match=r"^dim 0 appears multiple times in the list of dims$"):
        normalize_dims(dim, ndim)


@pytest.mark.parametrize("dim", [1.5, "a", True, ("a", 0)])
def test_a_dim_that_is_no_integer_is_an_error_that_names_the_function(dim: Any) -> None:
    with pytest.raises(TypeError, match=r"^sum\(\) received an invalid combination of arguments - got \("):
        chainrule.zeros(2, 3).sum(dim)


def test_an_axis_of_several_that_is_no_integer_is_named() -> None:
    words = (
        "sum(): argument 'dim' failed to unpack the object at pos 2 with error "
        '"type must be tuple of ints,but got str"'
    )
    with pytest.raises(TypeError) as error:
        chainrule.zeros(2, 3).sum((0, "a"))
    assert str(error.value) == words
