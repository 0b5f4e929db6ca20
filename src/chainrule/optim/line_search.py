"""A step length along a direction that satisfies the strong Wolfe conditions.

Nocedal and Wright, Numerical Optimization, section 3.5: first enlarge the step until an interval that holds a
good one is found, then narrow the interval. Where they leave a choice, it is torch's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

DECREASE = 1e-4  # of the loss, as a share of what the slope at the start promises
CURVATURE = 0.9  # how much of that slope may be left
ENOUGH = 1e-9  # an interval this short, times the direction, needs no narrowing


class Point(NamedTuple):
    """A step along the direction, with the loss there, its gradient and its slope along the direction."""

    step: float
    loss: float
    gradient: Any
    slope: float


Evaluate = Callable[[float], Point]


class Search:
    """A line search from `start` (step 0), which counts its evaluations."""

    def __init__(self, evaluate: Evaluate, start: Point, largest: float, most: int) -> None:
        self.start = start
        self.evaluations = 0
        self._evaluate = evaluate
        self._largest = largest  # the largest component of the direction
        self._most = most  # evaluations after the first

    def run(self, step: float) -> Point:
        """Return a good point, `step` being the first guess."""
        new = self._at(step)
        low, high = self._bracket(new)
        return low if high is None else self._zoom(low, high)

    def _at(self, step: float) -> Point:
        self.evaluations += 1
        return self._evaluate(step)

    @property
    def _exhausted(self) -> bool:
        return self.evaluations > self._most

    def _too_high(self, point: Point) -> bool:
        return point.loss > self.start.loss + DECREASE * point.step * self.start.slope

    def _flat_enough(self, point: Point) -> bool:
        return abs(point.slope) <= -CURVATURE * self.start.slope

    def _bracket(self, new: Point) -> tuple[Point, Point | None]:
        """Return the ends of an interval that holds a good point, or such a point alone."""
        previous = self.start
        while not self._exhausted:
            # torch compares with the step before from the third evaluation on
            if self._too_high(new) or (self.evaluations > 2 and new.loss >= previous.loss):
                return previous, new
            if self._flat_enough(new):
                return new, None
            if new.slope >= 0:
                return previous, new
            least = new.step + 0.01 * (new.step - previous.step)
            step = minimiser(previous, new, (least, new.step * 10))
            previous, new = new, self._at(step)
        return self.start, new

    def _zoom(self, first: Point, last: Point) -> Point:
        """Narrow the interval between two points until one inside is good; return the best found."""
        low, high = (first, last) if first.loss <= last.loss else (last, first)
        stalled = False
        while not self._exhausted:
            left, right = sorted((low.step, high.step))
            if (right - left) * self._largest < ENOUGH:
                break
            step, stalled = _inside(minimiser(low, high), left, right, stalled)
            new = self._at(step)
            if self._too_high(new) or new.loss >= low.loss:
                low, high = (low, new) if low.loss <= new.loss else (new, low)
                continue
            if self._flat_enough(new):
                return new
            if new.slope * (high.step - low.step) >= 0:
                high = low
            low = new
        return low


def _inside(step: float, left: float, right: float, stalled: bool) -> tuple[float, bool]:
    """Keep a step away from the ends, at the second time it comes close; tell whether this was the first."""
    margin = 0.1 * (right - left)
    if min(right - step, step - left) >= margin:
        return step, False
    if not stalled and left < step < right:
        return step, True
    return (right - margin if abs(step - right) < abs(step - left) else left + margin), False


def minimiser(a: Point, b: Point, bounds: tuple[float, float] | None = None) -> float:
    """Return where the cubic through two points with their slopes is least, within bounds (or a and b)."""
    low, high = bounds if bounds is not None else (min(a.step, b.step), max(a.step, b.step))
    if a.step > b.step:
        a, b = b, a
    width = b.step - a.step
    d1 = a.slope + b.slope - 3 * (b.loss - a.loss) / width
    square = d1 * d1 - a.slope * b.slope
    if square < 0:
        return (low + high) / 2
    d2 = math.sqrt(square)
    least = b.step - width * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    return min(max(least, low), high)
