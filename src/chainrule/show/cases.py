"""Cases: a formula full of conditions as one distinction of cases.

Rules for max, abs or where leave sums and products of piecewise terms, with branches for single points
(ties, removable points) that matter to floating-point numbers. Here all conditions become true or false
in turn, so that each case is a formula without conditions. A formula holds inside of each case; at the
single points between them it is not claimed to.
"""

from __future__ import annotations

from typing import Any

from sympy import (
    ITE,
    Abs,
    And,
    Eq,
    Integer,
    Max,
    Min,
    Ne,
    Not,
    Or,
    Piecewise,
    Symbol,
    expand,
    false,
    sign,
    true,
)
from sympy.core.relational import GreaterThan, LessThan, Relational, StrictGreaterThan, StrictLessThan

MOST = 4  # conditions; each may double the cases

Expr = Any


def by_cases(found: Expr, keep_points: bool) -> Expr:
    """Return `found` as one distinction of cases, or as it is when there are too many conditions.

    Branches for single points (x == 0) go, unless `keep_points`.

    >>> from sympy import symbols
    >>> x = symbols("x", real=True)
    >>> by_cases(Piecewise((2 * x, x > 1), (0, True)) + Piecewise((3, x <= 1), (0, True)), False)
    Piecewise((2*x, x > 1), (3, True))
    """
    if not keep_points:
        found = found.xreplace({r: false if isinstance(r, Eq) else true for r in found.atoms(Eq, Ne)})
    found = found.replace(ITE, lambda a, b, c: Or(And(a, b), And(Not(a), c)))
    if not found.has(Piecewise):
        return found
    conditions = _Conditions()
    chosen = conditions.decided(found)
    chosen = chosen.replace(Max, lambda *args: _choice(args, Max))
    chosen = chosen.replace(Min, lambda *args: _choice(args, Min))
    chosen = conditions.decided(chosen)
    chosen = chosen.replace(Abs, lambda a: conditions.signed(a, a, Abs))
    chosen = chosen.replace(sign, lambda a: conditions.signed(a, Integer(1), sign))
    if len(conditions.by_key) > MOST:
        return found
    return _distinguish(chosen, sorted(conditions.by_key.values(), key=_from_the_highest))


class _Conditions:
    """The conditions in a formula, which symbols stand for."""

    def __init__(self) -> None:
        self.by_key: dict[Expr, _Condition] = {}

    def decided(self, found: Expr) -> Expr:
        """Return a formula with symbols in place of its conditions."""
        return found.xreplace({r: self._truth(r) for r in sorted(found.atoms(Relational), key=str)})

    def _truth(self, relation: Expr) -> Expr:
        condition, positive = _condition_of(relation)
        condition = self.by_key.setdefault(condition.key, condition)
        return condition.symbol if positive else Not(condition.symbol)

    def signed(self, a: Expr, value: Expr, kind: Any) -> Expr:
        """Return kind(a), `value` where a > 0 and else its opposite: by cases if there are such already."""
        relation = a > 0
        if isinstance(relation, Relational):
            condition, _ = _condition_of(relation)
            if condition.key in self.by_key or any(map(condition.is_comparable, self.by_key.values())):
                return Piecewise((value, self._truth(relation)), (-value, True))
        return kind(a)


def _from_the_highest(condition: _Condition) -> tuple[bool, float, str]:
    """Order conditions by their thresholds, those without one last."""
    threshold = condition.threshold
    return threshold is None, 0.0 if threshold is None else -float(threshold), str(condition.key)


def _choice(args: tuple[Expr, ...], kind: Any) -> Expr:
    """Return a maximum or minimum of two as a choice, which a condition decides."""
    if len(args) != 2:
        return kind(*args)
    a, b = args
    return Piecewise((a, a > b if kind is Max else a < b), (b, True))


class _Condition:
    """A condition up to single points: a > b and a >= b are the same, a < b is its opposite."""

    def __init__(self, key: Expr, relation: Expr, variable: Expr = None, threshold: Expr = None) -> None:
        self.key = key
        self.relation = relation
        self.variable = variable  # where the relation is variable > threshold
        self.threshold = threshold
        self.symbol = Symbol(f"condition{key}")

    def is_comparable(self, other: _Condition) -> bool:
        """Tell whether one is true wherever the other is: x > 1 where x > 2."""
        return self.threshold is not None and other.threshold is not None and self.variable == other.variable


def _condition_of(relation: Expr) -> tuple[_Condition, bool]:
    """Return the condition that a relation is, and whether it is that or its opposite."""
    if not isinstance(relation, (GreaterThan, LessThan, StrictGreaterThan, StrictLessThan)):
        return _Condition(relation, relation), True
    greater = isinstance(relation, (GreaterThan, StrictGreaterThan))
    difference = expand(relation.lhs - relation.rhs)
    _, key = difference.as_content_primitive()
    positive = greater
    if len(key.free_symbols) == 1:
        (x,) = key.free_symbols
        slope = key.coeff(x)
        if slope.is_number and (rest := key - slope * x).is_number and slope:
            threshold = -rest / slope
            return _Condition(x - threshold, x > threshold, x, threshold), greater == bool(slope > 0)
    if key.could_extract_minus_sign():
        key, positive = -key, not positive
    above, below = (relation.lhs, relation.rhs) if positive == greater else (relation.rhs, relation.lhs)
    return _Condition(key, above > below), positive


def _distinguish(found: Expr, conditions: list[_Condition]) -> Expr:
    """Split into cases by the first condition, and each case by the rest."""
    if not conditions:
        return found
    first, *rest = conditions
    lower = [c for c in rest if c.is_comparable(first)]
    true_above = {c.symbol: true for c in (first, *lower)}
    yes = _distinguish(found.xreplace(true_above), [c for c in rest if c not in lower])
    no = _distinguish(found.xreplace({first.symbol: false}), rest)
    cases = list(no.args) if isinstance(no, Piecewise) else [(no, True)]
    if isinstance(yes, Piecewise) and yes.args[-1] == cases[0]:
        return Piecewise(*[(value, And(first.relation, when)) for value, when in yes.args[:-1]], cases[0])
    if cases[0][0] == yes and (len(cases) == 1 or any(c.relation == cases[0][1] for c in lower)):
        return no
    return Piecewise((yes, first.relation), *cases)
