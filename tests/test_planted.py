"""Wrong derivatives are planted in every primitive, one at a time, and the generated checks catch each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainrule.core import kinds
from chainrule.core.primitive import registry
from generated.calls import Call
from generated.checks import CHECKS
from generated.planting import caught, checks_by_primitive, plantable, replaced
from samples import Sample, complex_uniform, uniform

FLAT = ("fmod", "remainder", "abs_power")  # piecewise linear as used: nothing to lose in the second order
UNNOTICEABLE = {
    *((name, "detached") for name in FLAT),
    *(("zero", "factor"), ("zero", "sign")),  # of a gradient that is 0
    ("rates", "detached"),  # a sample's results are linear in the eigenvalues: see test_eigenvalues
}

PLANTS = [
    pytest.param(name, kind, id=f"{name}-{kind}")
    for name in sorted(registry)
    for kind in plantable(registry[name])
    if (name, kind) not in UNNOTICEABLE
]


@pytest.mark.parametrize(("name", "kind"), PLANTS)
def test_a_planted_wrong_rule_is_caught(name: str, kind: str) -> None:
    primitive = registry[name]
    assert checks_by_primitive()[name], "no passing check uses this primitive's rules"
    wrong = plantable(primitive)[kind](primitive)
    with replaced(primitive, **wrong):
        assert caught(primitive), f"{kind} planted in {name}, and no check failed"


def _fails(name: str, sample: Sample, check: str) -> bool:
    try:
        CHECKS[check](Call(name, 0, sample))
    except Exception:
        return True
    return False


BROADCAST = Sample((uniform(2, 3), uniform(3, seed=5)))


def test_the_checks_below_pass_when_nothing_is_planted() -> None:
    assert not _fails("mul", BROADCAST, "reverse")
    assert not _fails("exp", Sample((complex_uniform(3),)), "reverse")
    assert not _fails("matmul", COMPLEX_MATRICES, "reverse")


@pytest.mark.parametrize("name", ["mul", "add", "true_divide", "maximum", "atan2", "hypot"])
def test_a_missing_sum_over_a_broadcast_axis_is_caught(name: str, monkeypatch: Any) -> None:
    def first_row(g: Any, shape: tuple[int, ...]) -> Any:
        while g.ndim > len(shape):
            g = g[0]
        return g

    monkeypatch.setattr(kinds, "sum_to", first_row)
    assert _fails(name, BROADCAST, "reverse")


@pytest.mark.parametrize("name", ["exp", "sin", "mul", "true_divide", "sqrt", "tanh"])
def test_a_conjugate_forgotten_by_the_elementwise_mechanics_is_caught(name: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(kinds, "conjugate", lambda d: d)
    arrays = (complex_uniform(3), complex_uniform(3, seed=9))
    assert _fails(name, Sample(arrays[: registry[name].arity]), "reverse")


COMPLEX_MATRICES = Sample((complex_uniform(2, 3), complex_uniform(3, 2)))


@pytest.mark.parametrize("operand", [0, 1])
def test_a_conjugate_forgotten_in_a_product_of_matrices_is_caught(operand: int) -> None:
    matmul = registry["mm"]
    name = matmul.operands[operand]
    rule = matmul.rules[name]

    def forgetful(**named: Any) -> Any:
        return rule(**{n: np.conj(v) if n in ("a", "b") else v for n, v in named.items()})

    with replaced(matmul, rules={**matmul.rules, name: _with_names_of(rule, forgetful)}):
        assert _fails("mm", COMPLEX_MATRICES, "reverse")


def _with_names_of(rule: Callable[..., Any], wrong: Callable[..., Any]) -> Callable[..., Any]:
    import functools
    import inspect

    names = list(inspect.signature(rule).parameters)

    @functools.wraps(rule)
    def called(*args: Any) -> Any:
        return wrong(**dict(zip(names, args, strict=True)))

    return called
