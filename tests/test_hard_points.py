"""Derivatives at hard points: three oracles (mpmath, finite differences, torch's recorded results)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import chainrule
from chainrule.autograd import grad
from chainrule.core.dual import make_dual, new_level, unpack_dual
from chainrule.core.tensor import require_grad, wrap
from hard_points import BRANCHES, ROWS, Row
from torch_record import DOCUMENT, differences, recorded, with_table

TORCH = recorded()

rows = pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
bending = pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.name) for row in ROWS if row.second is not None]
)


def _leaf(row: Row) -> Any:
    return chainrule.tensor(row.at, dtype=chainrule.float64, requires_grad=True)


def _vector(values: Any) -> Any:
    return chainrule.tensor(values, dtype=chainrule.float64)


def _units(row: Row) -> list[tuple[int, Any]]:
    """Return each coordinate with its unit vector."""
    return [(i, _vector(unit)) for i, unit in enumerate(np.eye(len(row.at)))]


def _list(t: Any) -> list[float]:
    return np.asarray(t._value, float).reshape(-1).tolist()


def _agree(found: Any, expected: Any, rtol: float = 1e-8) -> None:
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol)


# -- chainrule is right, every way -------------------------------------------------------------------


@rows
def test_the_gradient_is_right_in_reverse_mode(row: Row) -> None:
    x = _leaf(row)
    (g,) = grad(row.f(chainrule, x).sum(), x)
    _agree(_list(g), row.gradient)


@rows
def test_the_gradient_is_the_same_when_it_is_recorded(row: Row) -> None:
    x = _leaf(row)
    (g,) = grad(row.f(chainrule, x).sum(), x, create_graph=True)
    _agree(_list(g), row.gradient)


@rows
def test_the_gradient_is_right_in_forward_mode(row: Row) -> None:
    found = []
    for _, unit in _units(row):
        with new_level():
            _, dot = unpack_dual(row.f(chainrule, make_dual(_vector(row.at), unit)).sum())
        found.append(0.0 if dot is None else dot.item())
    _agree(found, row.gradient)


@bending
def test_the_second_derivative_is_right_reverse_over_reverse(row: Row) -> None:
    x = _leaf(row)
    (g,) = grad(row.f(chainrule, x).sum(), x, create_graph=True)
    found = []
    for i, unit in _units(row):
        h = (0.0,) * len(row.at)
        if g.requires_grad:
            h = _list(grad(g, x, unit, retain_graph=True, materialize_grads=True)[0])
        found.append(h[i])
    _agree(found, row.second)


@bending
def test_the_second_derivative_is_right_forward_over_reverse(row: Row) -> None:
    found = []
    for i, unit in _units(row):
        with new_level():
            dual = make_dual(_vector(row.at), unit)
            with new_level():
                x = wrap(dual._value)
                require_grad(x)
                (g,) = grad(row.f(chainrule, x).sum(), x)
            _, dot = unpack_dual(g)
        found.append(0.0 if dot is None else _list(dot)[i])
    _agree(found, row.second)


@bending
def test_the_second_derivative_is_right_reverse_over_forward(row: Row) -> None:
    found = []
    for i, unit in _units(row):
        x = _leaf(row)
        with new_level():
            _, dot = unpack_dual(row.f(chainrule, make_dual(x, unit)).sum())
        if dot is None or not dot.requires_grad:
            found.append(0.0)
        else:
            found.append(_list(grad(dot, x, materialize_grads=True)[0])[i])
    _agree(found, row.second)


# -- the table is right: three oracles ---------------------------------------------------------------


def _finite_pairs(at: Any, values: Any) -> list[tuple[float, float]]:
    return [(x, d) for x, d in zip(at, values, strict=True) if math.isfinite(d) and math.isfinite(x)]


with_oracle = pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.name) for row in ROWS if row.oracle is not None]
)


@with_oracle
def test_mpmath_agrees_with_the_table(row: Row) -> None:
    """High precision differences, from the side on which the function is defined."""
    with mp.workdps(60):
        for order, expected in ((1, row.gradient), (2, row.second or ())):
            for x, d in _finite_pairs(row.at[: len(expected)], expected):
                _agree(float(mp.diff(row.oracle, mp.mpf(x), order, direction=row.side)), d, 1e-7)


smooth = pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS if row.smooth])


@smooth
def test_finite_differences_agree_with_the_table(row: Row) -> None:
    step = 1e-4

    def f(shift: np.ndarray) -> float:
        with chainrule.no_grad():
            return row.f(chainrule, _vector(np.array(row.at) + shift)).sum().item()

    for i, unit in enumerate(np.eye(len(row.at))):
        _agree((f(step * unit) - f(-step * unit)) / (2 * step), row.gradient[i], 1e-5)
        if row.second is not None:
            _agree((f(step * unit) - 2 * f(0 * unit) + f(-step * unit)) / step**2, row.second[i], 1e-4)


def test_the_documented_differences_are_those_of_the_record() -> None:
    """The page is written by parity/record.py; a case that is right or wrong since then shows here."""
    document = DOCUMENT.read_text()
    assert with_table(document) == document


@rows
def test_torch_gives_the_same_value(row: Row) -> None:
    value = row.f(chainrule, _vector(row.at)).sum().item()
    _agree(value, float(TORCH[row.name]["value"]))


# -- without marks, IEEE arithmetic shows through -----------------------------------------------------

dead = pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.name) for row in BRANCHES if "gradient" in differences(row, TORCH)]
)


@dead
def test_strict_ieee_gives_the_nan_that_torch_gives(row: Row) -> None:
    x = _leaf(row)
    with chainrule.strict_ieee():
        (g,) = grad(row.f(chainrule, x).sum(), x)
    _agree(_list(g), [float(v) for v in TORCH[row.name]["gradient"]])


def test_strict_ieee_ends_with_its_block() -> None:
    def gradient() -> float:
        x = chainrule.tensor(0.0, requires_grad=True)
        return grad(chainrule.where(x > 0, chainrule.sqrt(x), 0.0), x)[0].item()

    with chainrule.strict_ieee():
        assert math.isnan(gradient())
    assert gradient() == 0.0


EXPRESSIONS: dict[str, Callable[[Any, Any], Any]] = {row.name: row.f for row in BRANCHES[:6]}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_branches_not_taken_stay_silent_in_the_third_order(name: str) -> None:
    x = chainrule.tensor([1.0, 3.0, 0.0], dtype=chainrule.float64, requires_grad=True)
    f = EXPRESSIONS[name]
    (g,) = grad(f(chainrule, x).sum(), x, create_graph=True)
    for _ in range(2):
        if not g.requires_grad:
            return
        (g,) = grad(g.sum(), x, create_graph=True, materialize_grads=True)
    assert np.isfinite(_list(g)).all()
