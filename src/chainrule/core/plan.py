"""Plan: what a node saves and which rules it runs, worked out once for each set of recorded operands."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from chainrule.core.primitive import Primitive

NOTHING: Final = 0  # what a plan saves: no value
BOTH: Final = 1  # the values of two operands, or of one and its result
SHAPE: Final = 2  # the shape of the only operand
OTHER: Final = 3

CONSTANT: Final = -1  # in place of a position: the rule takes no argument
SEVERAL: Final = -2  # it takes several


class Plan:
    """What a node saves, and which rules run, when a given subset of operands requires grad."""

    __slots__ = (
        "form",
        "holds_values",
        "pick",
        "primitive",
        "pull",
        "rules",
        "slopes",
        "sources",
    )

    def __init__(
        self,
        primitive: Primitive,
        sources: tuple[int, ...],
        rules: tuple[tuple[int, Any, tuple[int, ...]], ...],
    ) -> None:
        self.primitive: Final = primitive
        self.pull: Final = primitive.pullback
        self.sources: Final = sources  # positions in (operands..., y, params..., shapes...), ascending
        self.rules: Final = rules  # (operand, rule, positions in saved of its arguments)
        values = primitive.values
        self.holds_values: Final = any(s < values for s in sources)
        # From a tuple (operands..., y), the values to save; None when more than these is needed.
        self.pick: Final[Any] = picker(sources) if all(s < values for s in sources) else None
        # What is quickest for small values: names for the most frequent cases, and the rules once more.
        self.form: Final = self._form()
        self.slopes: Final = tuple([_slope(*entry) for entry in rules])

    def _form(self) -> int:
        if not self.sources:
            return NOTHING
        if self.sources == (0, 1):
            return BOTH
        primitive = self.primitive
        only_shape = primitive.arity == 1 and self.sources == (primitive.values + len(primitive.defaults),)
        return SHAPE if only_shape and not primitive.variadic else OTHER


def picker(positions: tuple[int, ...]) -> Any:
    """Return the function that takes the elements at `positions` out of a tuple, as a tuple."""
    if len(positions) > 1:
        return itemgetter(*positions)
    start = positions[0] if positions else 0
    return itemgetter(slice(start, start + len(positions)))


_IDENTITY: Final = (lambda value: value).__code__.co_code


def _slope(operand: int, rule: Any, positions: tuple[int, ...]) -> tuple[int, Any, int]:
    """Return a rule with the position of its only argument, CONSTANT or SEVERAL.

    A rule that returns its argument, such as `a=lambda b: b`, becomes None: it need not be called.
    """
    if not callable(rule):
        return operand, rule, CONSTANT
    if len(positions) != 1:
        return operand, rule, SEVERAL
    code = getattr(rule, "__code__", None)
    returns_argument = code is not None and code.co_argcount == 1 and code.co_code == _IDENTITY
    return operand, None if returns_argument else rule, positions[0]
