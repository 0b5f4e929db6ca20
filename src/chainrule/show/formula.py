"""formula: the derivative of a Python function as a SymPy expression."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from chainrule.core.dual import new_level
from chainrule.core.tensor import TensorBase, wrap
from chainrule.errors import MissingExtraError


def formula(f: Callable[..., Any], order: int = 1) -> Any:
    """Return the derivative of `f`, a function of numbers, as a simplified SymPy expression.

    The function's body runs on symbols named like its parameters. Of several parameters the tuple
    of partial derivatives is returned; `order` is the order of the derivative (0: f itself).
    Raises TypeError where SymPy has no word for an operation or Python branches on a value.

    >>> import chainrule
    >>> chainrule.formula(lambda x: 6 * x**2 + 2 * x + 4)
    12*x + 2
    >>> chainrule.formula(lambda u, v: u**3 + v**2 + 4 * u * v)
    (3*u**2 + 4*v, 4*u + 2*v)
    """
    try:
        symbols = importlib.import_module("chainrule.show.symbols")
    except ModuleNotFoundError as error:
        if error.name != "sympy":
            raise
        raise MissingExtraError("SymPy", "show", "chainrule.formula") from None
    names = list(inspect.signature(f).parameters)
    if not names:
        raise TypeError("formula(): the function must have at least one parameter to differentiate by")
    if order == 0:
        return symbols.simpler(symbols.derivative_of(f, names))
    found = [symbols.simpler(symbols.derivative_of(f, names, [i] * order)) for i in range(len(names))]
    return found[0] if len(found) == 1 else tuple(found)


def expression(f: Callable[..., Any], names: Sequence[str]) -> Any:
    """Return what `f` gives on real symbols of these names, as a SymPy expression.

    Raises TypeError when the result is not one number, or whatever `f` raises on symbols.
    """
    sympy = importlib.import_module("sympy")
    symbolic = importlib.import_module("chainrule.show.symbolic").Symbolic
    with new_level() as level:
        y = f(*[wrap(symbolic(level, sympy.Symbol(name, real=True))) for name in names])
    value = y._value if isinstance(y, TensorBase) else y
    if isinstance(value, symbolic):
        value = value.array
    if getattr(value, "shape", ()) not in ((), (1,)):
        raise TypeError(f"a formula is of one number, but the function returned shape {tuple(value.shape)}")
    return sympy.sympify(value.item() if hasattr(value, "item") else value)
