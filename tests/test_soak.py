"""The short form of the soak test (`make soak` is the long one): nothing is left of programs that ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from soak import CYCLIC, ORDINARY, Chance, leaf, node_that_knows_its_tensor, soak

TIMES = 60


def named(program: Callable[[Chance], None]) -> str:
    return program.__name__


@pytest.mark.parametrize("program", ORDINARY, ids=named)
def test_counting_references_frees_all_of_an_ordinary_program(program: Callable[[Chance], None]) -> None:
    growth = soak((program,), TIMES, collector=False)
    assert growth.objects == {}
    assert growth.memory < 20_000


@pytest.mark.parametrize("program", CYCLIC, ids=named)
def test_the_collector_frees_all_of_a_program_with_reference_cycles(
    program: Callable[[Chance], None],
) -> None:
    growth = soak((program,), TIMES, collector=True)
    assert growth.objects == {}
    assert growth.memory < 20_000


def test_programs_that_leave_something_are_found_out() -> None:
    kept = []
    assert "chainrule.tensor.Tensor" in soak((lambda chance: kept.append(leaf(chance)),), TIMES, True).objects
    assert "chainrule.core.graph.NodeExtra" in soak((node_that_knows_its_tensor,), TIMES, False).objects
    kept.clear()
    blocks: list[bytearray] = []  # the collector does not know of those
    assert soak((lambda chance: blocks.append(bytearray(1000)),), TIMES, True).memory > 50_000
