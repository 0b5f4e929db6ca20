"""Functions and their derivatives on symbols: chainrule's own rules, run on SymPy's expressions.

This module needs SymPy: import it where its absence is handled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sympy import Eq, Integer, Ne, Symbol
from sympy.core.relational import Relational

from chainrule.autograd.gradients import grad
from chainrule.core.dual import new_level
from chainrule.core.tensor import TensorBase, require_grad, wrap
from chainrule.dtypes import get_default_dtype
from chainrule.show.cases import by_cases
from chainrule.show.symbolic import Run, Symbolic
from chainrule.show.words import expression

Expr = Any
Shape = tuple[int, ...]
Key = tuple[int, ...]


class Bounds(NamedTuple):
    """How many nodes the function may have on symbols, and its derivatives of one order in all."""

    function: int
    derivatives: int


def derivatives_of(
    f: Callable[..., Any], shapes: Mapping[str, Shape], variables: Sequence[int], bounds: Bounds
) -> Any:
    """Return the derivatives of f, whose arguments have names and shapes, as an array of expressions.

    `variables` are the numbers of the arguments to differentiate by, in turn; the axes of the array are
    those of the first, then those of the second, and so on. Raises TooLargeError beyond the bounds, or
    whatever f does when it cannot be run on symbols.
    A formula with conditions holds up to the single points where its cases meet.
    """
    try:
        value, found = _run(f, shapes, variables, bounds, np.float64)
    except RuntimeError as error:
        if "dtype" not in str(error):
            raise
        # Constants inside of f fix the dtype that it takes.
        value, found = _run(f, shapes, variables, bounds, get_default_dtype().numpy)
    if not variables:
        return np.array(value, object)
    keep_points = value.has(Eq, Ne)
    cases = {x: by_cases(x, keep_points) if x.has(Relational) else x for x in found.values()}
    sizes = [list(shapes.values())[i] for i in variables]
    flat = np.empty([math.prod(shape) for shape in sizes], object)
    for places in np.ndindex(flat.shape):
        flat[places] = cases[found[_canonical(places, variables)]]
    return flat.reshape([n for shape in sizes for n in shape])


def _run(
    f: Callable[..., Any],
    shapes: Mapping[str, Shape],
    variables: Sequence[int],
    bounds: Bounds,
    dtype: Any,
) -> tuple[Expr, dict[Key, Expr]]:
    """Return f on symbols of a dtype, and its derivatives by their places."""
    run = Run(dtype, bounds.function)
    arguments = [symbols_of(name, shape) for name, shape in shapes.items()]
    _check_names([symbol.name for symbols in arguments for symbol in symbols.flat])
    with new_level() as level:
        leaves = [wrap(Symbolic(level, symbols, run)) for symbols in arguments]
        for leaf in leaves:
            require_grad(leaf)
        y = f(*leaves)
        run.largest = bounds.derivatives
        return _only(y), _differentiate(y, leaves, variables, run)


def symbols_of(name: str, shape: Shape) -> Any:
    """Return an array of real symbols: x, or x_0, x_1, ... for a vector x."""
    symbols = np.empty(shape, object)
    for i in np.ndindex(shape):
        symbols[i] = Symbol("_".join([name, *map(str, i)]), real=True)
    return symbols


def _check_names(names: Sequence[str]) -> None:
    for i, name in enumerate(names):
        if name in names[:i]:
            raise ValueError(
                f"two symbols would be called {name!r}: an element of a vector, and another parameter"
            )


def _only(y: Any) -> Expr:
    """Return the expression of a result, which must be one number."""
    value = y._value if isinstance(y, TensorBase) else y
    if isinstance(value, Symbolic):
        value = value.array
    if getattr(value, "shape", ()) not in ((), (1,)):
        raise TypeError(f"a formula is of one number, but the function returned shape {tuple(value.shape)}")
    return expression(value)


def _differentiate(
    y: Any, leaves: Sequence[TensorBase], variables: Sequence[int], run: Run
) -> dict[Key, Expr]:
    """Return the derivatives by the elements at all canonical places, one place for each variable."""
    found: dict[Key, Any] = {(): y}
    for k in range(1, len(variables) + 1):
        slopes = {key: _slopes(t, leaves[variables[k - 1]]) for key, t in found.items()}
        found = {
            (*key, place): slope
            for key, gradient in slopes.items()
            for place, slope in enumerate(gradient)
            if _canonical((*key, place), variables) == (*key, place)
        }
        run.check(map(_only, found.values()))
    return {key: _only(t) for key, t in found.items()}


def _canonical(places: Key, variables: Sequence[int]) -> Key:
    """Return the places in an order that does not matter: derivatives by one variable commute."""
    return tuple(sorted(places)) if len(set(variables)) == 1 else places


def _slopes(y: Any, leaf: TensorBase) -> list[Any]:
    """Return the derivatives of a number by each element of a leaf."""
    if not isinstance(y, TensorBase) or not y._requires_grad:
        return [Integer(0)] * math.prod(leaf._value.shape)
    one = wrap(leaf._value.like(np.full(y._value.shape, Integer(1))))  # a plain number would round constants
    (g,) = grad(y, leaf, one, create_graph=True, allow_unused=True, materialize_grads=True)
    return list(g.reshape(-1))
