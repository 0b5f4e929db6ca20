"""What the kinds do for all operations: conjugation, partial cotangents, several results."""

from __future__ import annotations

from typing import Any

import pytest

import chainrule
from chainrule.autograd import grad
from chainrule.core.kinds import primitive
from chainrule.core.partial import dense
from chainrule.core.primitive import registry


def test_a_complex_factor_of_a_real_operand_is_conjugated_under_a_partial_cotangent() -> None:
    x = chainrule.tensor([1.0, 2.0], dtype=chainrule.float64, requires_grad=True)
    y = (1j * x)[0] * 1j  # -x[0], through the cotangent of an index
    (g,) = chainrule.autograd.grad(y.real, x)
    assert g.tolist() == [-1.0, 0.0]


class Pair:
    """An operation with two results, x and 2 x, that remembers the cotangents its rule was given."""

    def __init__(self, absent: bool) -> None:
        def twin(x: Any) -> tuple[Any, Any]:
            return x, 2 * x

        self.seen: list[Any] = []
        self.primitive = primitive(
            x=lambda g: self._back(g), jvp=lambda x_dot: (x_dot, 2 * x_dot), absent=absent
        )(twin)
        del registry["twin"]

    def _back(self, g: Any) -> Any:
        self.seen = list(g)
        one, two = (None if part is None else dense(part) for part in g)
        return (0 if one is None else one) + (0 if two is None else 2 * two)

    def __call__(self, x: Any) -> Any:
        return self.primitive(x)


def _leaf() -> Any:
    return chainrule.tensor([1.0, 2.0, 3.0], dtype=chainrule.float64, requires_grad=True)


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_result_that_nothing_came_back_from_has_a_cotangent_of_zeros(create_graph: bool) -> None:
    pair, x = Pair(absent=False), _leaf()
    (g,) = grad(pair(x)[1].sum(), x, create_graph=create_graph)
    assert g.tolist() == [2.0, 2.0, 2.0]
    assert [part.tolist() for part in pair.seen] == [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_rule_may_ask_which_results_nothing_came_back_from(create_graph: bool) -> None:
    pair, x = Pair(absent=True), _leaf()
    (g,) = grad(pair(x)[1].sum(), x, create_graph=create_graph)
    assert g.tolist() == [2.0, 2.0, 2.0]
    assert pair.seen[0] is None


def test_and_which_elements_of_a_result_are_dead() -> None:
    pair, x = Pair(absent=True), _leaf()
    one, two = pair(x)
    (g,) = grad(one[:1].sum() + one[2:].sum() + two.sum(), x)
    assert g.tolist() == [3.0, 2.0, 3.0]
    assert pair.seen[0].masked().live.tolist() == [True, False, True]
    assert pair.seen[1].tolist() == [1.0, 1.0, 1.0]
