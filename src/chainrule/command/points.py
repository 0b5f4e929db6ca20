"""Points: what `--at` says, single values (x=3) and ranges (x=-20:20:20)."""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from chainrule.command.expression import parse
from chainrule.command.functions import ExpressionFunction
from chainrule.command.mistakes import Mistake

MOST_POINTS = 10_000


@dataclass(frozen=True)
class Values:
    """The values of one variable; `several` when they were given as a range."""

    name: str
    values: tuple[float, ...]
    several: bool


def read(items: Sequence[str]) -> list[Values]:
    """Return the values in items such as 'x=3', 'y=pi/2' or 'x=-20:20:20'."""
    found: dict[str, Values] = {}
    for item in items:
        match = re.fullmatch(r"\s*([^\W\d]\w*)\s*=(?!=)(.*)", item)
        if not match:
            text = item.strip()
            raise Mistake(f"--at takes values such as x=3, not {text!r}; the function stands before --at")
        name = unicodedata.normalize("NFKC", match[1])  # as Python reads names
        if keyword.iskeyword(name):
            raise Mistake(f"{name!r} is a word of the language and cannot be a variable", item, match.span(1))
        if name in found:
            raise Mistake(f"{name!r} is given twice by --at")
        found[name] = _values(name, item, match.start(2))
    if sum(v.several for v in found.values()) > 1:
        names = " and ".join(v.name for v in found.values() if v.several)
        raise Mistake(f"a table runs over one range, but {names} are ranges")
    return list(found.values())


def points(values: Sequence[Values]) -> list[tuple[float, ...]]:
    """Return the points that the values make, along the range if there is one."""
    return list(product(*[v.values for v in values]))


def _values(name: str, item: str, start: int) -> Values:
    another = re.search(r"[,;\s]\s*[^\W\d]\w*\s*=(?!=)", item[start:])
    if another:
        place = (start + another.start(), start + another.end())
        raise Mistake("values are separated by spaces, as in --at x=3 y=4", item, place)
    parts = item[start:].split(":")
    if len(parts) not in (1, 3):
        raise Mistake(
            f"a range is written {name}=from:to:how_many, as in {name}=-20:20:20", item, (start, len(item))
        )
    numbers = []
    for part in parts:
        numbers.append(_number(item, part, start))
        start += len(part) + 1
    if len(numbers) == 1:
        return Values(name, (numbers[0],), several=False)
    first, last, count = numbers
    place = (len(item) - len(parts[2]), len(item))
    if not float(count).is_integer() or not 2 <= count <= MOST_POINTS:
        raise Mistake(f"a table has from 2 to {MOST_POINTS:,} points", item, place)
    ends = (item.index("=") + 1, place[0] - 1)
    if first == last:
        raise Mistake("the range begins where it ends", item, ends)
    if not math.isfinite(last - first):
        raise Mistake("the range is too wide for float64", item, ends)
    return Values(name, tuple(float(x) for x in np.linspace(first, last, int(count))), several=True)


def _number(item: str, part: str, start: int) -> float:
    """Evaluate one number, which may be written as a constant expression like 2*pi."""
    text = part.strip()
    if not text:
        raise Mistake("a number is missing", item, (start, start + 1))
    try:
        function = ExpressionFunction(parse(text, ()), ())
        function.check(())
        return float(function())
    except Mistake as mistake:
        if mistake.span is None:
            raise
        shift = start + len(part) - len(part.lstrip())
        message = mistake.message if "--at" not in mistake.message else f"{text!r} is not a number"
        raise Mistake(message, item, (mistake.span[0] + shift, mistake.span[1] + shift)) from None
