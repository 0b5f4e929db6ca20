"""The names an expression may use: functions with their numbers of arguments, and constants."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import NamedTuple


class Entry(NamedTuple):
    """A function of chainrule, and how many arguments it takes here."""

    operation: str
    fewest: int = 1
    most: int = 1

    @property
    def arguments(self) -> str:
        """The number of arguments in words."""
        if self.fewest == self.most:
            return "1 argument" if self.fewest == 1 else f"{self.fewest} arguments"
        return f"{self.fewest} to {self.most} arguments" if self.most < MANY else "2 or more arguments"


MANY = 100

_SAME_NAME = (
    "abs sqrt rsqrt square reciprocal sign exp exp2 expm1 log2 log10 log1p sigmoid softplus erf erfc "
    "lgamma digamma sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sinc floor ceil round trunc "
    "deg2rad rad2deg"
)

FUNCTIONS = MappingProxyType(
    {
        **{name: Entry(name) for name in _SAME_NAME.split()},
        "log": Entry("log"),
        "ln": Entry("log"),
        "arcsin": Entry("asin"),
        "arccos": Entry("acos"),
        "arctan": Entry("atan"),
        "atan2": Entry("atan2", 2, 2),
        "hypot": Entry("hypot", 2, 2),
        "logaddexp": Entry("logaddexp", 2, 2),
        "pow": Entry("pow", 2, 2),
        "polygamma": Entry("polygamma", 2, 2),
        "max": Entry("maximum", 2, MANY),
        "min": Entry("minimum", 2, MANY),
        "clamp": Entry("clamp", 3, 3),
        "where": Entry("where", 3, 3),
    }
)

CONSTANTS = MappingProxyType({"pi": math.pi, "e": math.e, "tau": math.tau, "π": math.pi})

KEYWORDS = frozenset({"if", "else", "and", "or", "not", "in", "is"})

HINTS = MappingProxyType(
    {
        "^": "powers are written **, as in x**2",
        "²": "powers are written **, as in x**2",
        "³": "powers are written **, as in x**3",
        "×": "multiplication is written *",  # noqa: RUF001
        "·": "multiplication is written *",
        "÷": "division is written /",
        "−": "the minus sign is -",  # noqa: RUF001
        "–": "the minus sign is -",  # noqa: RUF001
        "√": "the square root is written sqrt(x)",
        "|": "the absolute value is written abs(x)",
        "[": "brackets are round: ( )",
        "]": "brackets are round: ( )",
        "{": "brackets are round: ( )",
        "}": "brackets are round: ( )",
        "≤": "comparisons are written <, <=, >, >=, == and !=",
        "≥": "comparisons are written <, <=, >, >=, == and !=",
        "&": "conditions are joined by 'and'",
        ";": "a function is one expression",
    }
)
"""What to write in place of characters that people try."""
