"""Nothing is left out: operations without samples, primitives without modes, names without methods."""

from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.composed import families
from chainrule.core.kinds import Constant, General, Linear
from chainrule.core.primitive import registry
from chainrule.tensor import Tensor
from generated.calls import all_calls, public, public_names, samples
from generated.coverage import Reached, reach

PINNED = Path(__file__).with_name("primitives.txt").read_text().split()
NOT_OF_VALUES = {"Tensor.is_contiguous", "Tensor.stride"}  # they tell how memory lies
FAMILIES = [pytest.param(family, id=family.__name__.rpartition(".")[2]) for family in families]


def differentiable() -> list[str]:
    return [name for name, p in registry.items() if not isinstance(p, Constant)]


@pytest.fixture(scope="module")
def reached() -> Reached:
    """All that the samples reach; the calls that reach the most come first."""
    calls = sorted(all_calls(), key=lambda call: call.number)
    everything, both = set(registry), set(differentiable())
    return reach(calls, lambda r: everything <= r.forward and both <= r.pullback and both <= r.pushforward)


def test_primitives_are_the_pinned_ones() -> None:
    """Adding a primitive is a decision: what can be composed is composed, and then this list stays."""
    assert sorted(registry) == sorted(PINNED)


def test_pinned_primitives_are_sorted_and_named_once() -> None:
    assert sorted(set(PINNED)) == PINNED


def test_every_public_operation_has_samples() -> None:
    assert sorted(public_names() - samples().keys() - NOT_OF_VALUES) == []


def test_every_sampled_name_exists() -> None:
    missing = []
    for name in samples():
        try:
            public(name)
        except AttributeError:
            missing.append(name)
    assert missing == []


def test_every_operation_with_floating_operands_has_a_reference_or_a_gradient() -> None:
    """A sample without either would only be compared with itself."""
    bare = [
        name
        for name, some in samples().items()
        if not any(s.reference is not None or s.gradient is not None for s in some)
    ]
    assert bare == []


def test_samples_that_skip_second_derivatives_say_why() -> None:
    silent = [name for name, some in samples().items() for s in some if not s.second and not s.why]
    assert silent == []


def test_every_primitive_is_reached_by_a_sample(reached: Reached) -> None:
    assert sorted(set(registry) - reached.forward) == []


def test_every_differentiable_primitive_runs_backward_under_a_sample(reached: Reached) -> None:
    assert sorted(set(differentiable()) - reached.pullback) == []


def test_every_differentiable_primitive_runs_forward_under_a_sample(reached: Reached) -> None:
    assert sorted(set(differentiable()) - reached.pushforward) == []


@pytest.mark.parametrize("name", sorted(registry))
def test_a_primitive_has_both_modes_or_is_constant(name: str) -> None:
    primitive = registry[name]
    if isinstance(primitive, Constant):
        assert not primitive.rules
        return
    assert primitive.rules or primitive.joint is not None, "no reverse rule"
    if isinstance(primitive, General):
        assert callable(primitive.jvp)
    elif isinstance(primitive, Linear):
        assert primitive.joint is not None or set(primitive.rules) <= set(primitive.operands)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_name_a_family_exports_exists(family: object) -> None:
    assert [name for name in family.__all__ if not hasattr(family, name)] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_every_listed_method_is_set_on_tensor(family: object) -> None:
    names = [*getattr(family, "METHODS", ()), *(f"{name}_" for name in getattr(family, "IN_PLACE", ()))]
    names += getattr(family, "OPERATORS", {})
    assert [name for name in names if not hasattr(Tensor, name)] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_every_public_operation_says_what_it_does_and_shows_an_example(family: object) -> None:
    silent = [name for name in family.__all__ if ">>> " not in (getattr(family, name).__doc__ or "")]
    assert silent == []
