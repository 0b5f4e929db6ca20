"""The short form of the soak test (`make soak` is the long one): nothing is left of programs that ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from soak import CYCLIC, ORDINARY, Chance, soak

TIMES = 60


def named(program: Callable[[Chance], None]) -> str:
    return program.__name__


@pytest.mark.parametrize("program", ORDINARY, ids=named)
def test_counting_references_frees_all_of_an_ordinary_program(program: Callable[[Chance], None]) -> None:
    growth = soak((program,), TIMES, collector=False)
    assert growth.objects == {}
    assert growth.memory < 100_000


@pytest.mark.parametrize("program", CYCLIC, ids=named)
def test_the_collector_frees_all_of_a_program_with_reference_cycles(
    program: Callable[[Chance], None],
) -> None:
    growth = soak((program,), TIMES, collector=True)
    assert growth.objects == {}
    assert growth.memory < 100_000
