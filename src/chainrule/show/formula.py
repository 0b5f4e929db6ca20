"""formula: the derivative of a Python function as a SymPy expression."""

from __future__ import annotations

import importlib
import inspect
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from chainrule.errors import MissingExtraError

Shape = tuple[int, ...]

MOST_ENTRIES = 1000  # of a derivative


def formula(f: Callable[..., Any], order: int = 1, *, shapes: Mapping[str, int | Shape] | None = None) -> Any:
    """Return the derivative of `f`, which returns one number, as a simplified SymPy expression.

    The function's body runs on real symbols named like its parameters (those with a default keep it).
    `shapes` says which parameters are vectors (`{"x": 3}`: symbols x_0, x_1, x_2) or matrices
    (`{"a": (2, 2)}`): then the gradient is a column or a matrix, the second derivative by a vector the
    Hessian matrix, anything else a SymPy array. Of several parameters the tuple of derivatives is
    returned; `order` is that of the derivative (0: f itself). Raises TypeError where SymPy has no word for
    an operation or Python branches on a value, ValueError for what is too large to be written out.

    >>> import chainrule
    >>> chainrule.formula(lambda x: 6 * x**2 + 2 * x + 4)
    12*x + 2
    >>> chainrule.formula(lambda u, v: u**3 + v**2 + 4 * u * v)
    (3*u**2 + 4*v, 4*u + 2*v)
    >>> chainrule.formula(lambda x: x @ x, shapes={"x": 3})
    Matrix([
    [2*x_0],
    [2*x_1],
    [2*x_2]])
    """
    try:
        symbols = importlib.import_module("chainrule.show.symbols")
    except ModuleNotFoundError as error:
        if error.name != "sympy":
            raise
        raise MissingExtraError("SymPy", "show", "chainrule.formula") from None
    if order < 0:
        raise ValueError(f"formula(): the order of a derivative is at least 0, got {order}")
    called, sizes = _arguments(f, dict(shapes or {}))
    if order == 0:
        return symbols.simplest(called, sizes, [])
    for name, shape in sizes.items():
        if (entries := math.prod(shape) ** order) > MOST_ENTRIES:
            raise ValueError(
                f"formula(): the derivative by {name!r} has {entries:,} entries, and at most "
                f"{MOST_ENTRIES:,} are written out; use smaller shapes, the pattern is the same"
            )
    found = [symbols.simplest(called, sizes, [i] * order) for i in range(len(sizes))]
    return found[0] if len(found) == 1 else tuple(found)


def _arguments(
    f: Callable[..., Any], shapes: dict[str, int | Shape]
) -> tuple[Callable[..., Any], dict[str, Shape]]:
    """Return f as a function of the arguments that are symbols, and their shapes."""
    parameters = inspect.signature(f).parameters
    for name in shapes:
        if name not in parameters:
            raise ValueError(
                f"formula(): shapes has {name!r}, but the parameters are {', '.join(parameters)}"
            )
    chosen = [
        name
        for name, p in parameters.items()
        if name in shapes or (p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))
    ]
    if not chosen:
        raise TypeError("formula(): the function must have at least one parameter to differentiate by")
    sizes = {name: _shape(name, shapes.get(name, ())) for name in chosen}
    if (
        chosen == list(parameters)[: len(chosen)]
        and parameters[chosen[-1]].kind is not inspect.Parameter.KEYWORD_ONLY
    ):
        return f, sizes
    return lambda *values: f(**dict(zip(chosen, values, strict=True))), sizes


def _shape(name: str, given: Any) -> Shape:
    try:
        shape = (
            tuple(map(operator.index, given))
            if isinstance(given, (tuple, list))
            else (operator.index(given),)
        )
    except TypeError:
        raise TypeError(
            f"formula(): the shape of {name!r} must be a whole number or several, got {given!r}"
        ) from None
    if any(n < 1 for n in shape):
        raise ValueError(f"formula(): the sizes in the shape of {name!r} must be at least 1, got {given!r}")
    return shape
