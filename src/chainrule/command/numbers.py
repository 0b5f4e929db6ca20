"""The numbers of `diff`: a function and its derivatives at points, in float64."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import chainrule
from chainrule.command.files import FileFunction
from chainrule.command.functions import ExpressionFunction
from chainrule.command.mistakes import Mistake, one_line
from chainrule.core.tensor import TensorBase
from chainrule.show.progress import progress

AT_ONCE = 250  # points at which an expression is evaluated together
LARGEST_GRAPH = 30_000  # nodes behind derivatives that are differentiated further
LARGEST_PLOTTED = 3_000  # the same for plots, which have hundreds of points

Point = tuple[float, ...]


def rows_of(
    function: ExpressionFunction | FileFunction, points: Sequence[Point], order: int
) -> list[list[float]]:
    """Return f and its derivatives up to `order` at every point.

    They stand in the order of `combinations_with_replacement`: f, all first derivatives, the upper half
    of the Hessian, and so on. An expression is evaluated at many points at once, a user's function at
    one after the other. Where f is not defined (NaN), its derivatives are not either, although the formula
    of log's derivative, 1/x, has a value at -1.
    """
    at_once = AT_ONCE if isinstance(function, ExpressionFunction) and len(points) > 1 else 1
    batches = [points[i : i + at_once] for i in range(0, len(points), at_once)]
    rows: list[list[float]] = []
    for batch in progress(batches, "Differentiating"):
        columns = np.array(batch).T
        leaves = [
            chainrule.tensor(column if at_once > 1 else column[0], requires_grad=True) for column in columns
        ]
        y = function(*leaves)
        try:
            terms = _terms(y, leaves, order, LARGEST_GRAPH)
        except (RuntimeError, TypeError, ValueError) as error:
            raise Mistake(f"{function.title} cannot be differentiated: {one_line(error)}") from None
        values = np.stack([_numbers(term, len(batch)) for term in terms], axis=1)
        values[np.isnan(values[:, 0])] = np.nan
        rows += values.tolist()
    return rows


def check_plot(function: ExpressionFunction | FileFunction, point: Point, order: int) -> None:
    """Raise a Mistake when plotting the derivatives up to `order` would take minutes."""
    leaves = [chainrule.tensor(x, dtype=chainrule.float64, requires_grad=True) for x in point]
    try:
        _terms(function(*leaves), leaves, order + 1, LARGEST_PLOTTED)
    except Mistake as mistake:
        raise Mistake(f"--plot: {mistake}") from None


def _terms(y: Any, leaves: Sequence[Any], order: int, largest: int) -> list[Any]:
    """Return y and its derivatives, each by the variables from the last one it was differentiated by."""
    found = [y]
    level = [(0, y)]
    for k in range(order):
        if k > 0:
            _check_size([term for _, term in level], k, largest)
        level = [
            (i, slope)
            for first, term in level
            for i, slope in enumerate(_slopes(term, leaves[first:], create=k < order - 1), first)
        ]
        found += [term for _, term in level]
    return found


def _slopes(y: Any, leaves: Sequence[Any], create: bool) -> Sequence[Any]:
    """Return the derivatives of y by the leaves; points do not mix, so those of the sum are those of each."""
    if not isinstance(y, TensorBase) or not y._requires_grad:
        return [0.0] * len(leaves)
    return chainrule.autograd.grad(
        y.sum(),
        leaves,
        retain_graph=True,
        create_graph=create,
        allow_unused=True,
        materialize_grads=True,
    )


def _check_size(terms: Iterable[Any], order: int, largest: int) -> None:
    """Refuse to go on when the graph has grown so large that the next order would take a minute."""
    stack = [term.grad_fn for term in terms if isinstance(term, TensorBase)]
    seen = set()
    while stack:
        node = stack.pop()
        if node is not None and node not in seen:
            seen.add(node)
            stack.extend(edge for edge, _ in node.next_functions)
    if len(seen) > largest:
        raise Mistake(
            f"the derivative of order {order} takes {len(seen):,} operations, too many to go on; ask for a "
            "lower --order"
        )


def _numbers(term: Any, count: int) -> np.ndarray:
    values = term.detach().numpy() if isinstance(term, TensorBase) else term
    return np.broadcast_to(np.asarray(values, dtype=np.float64).reshape(-1), count)
