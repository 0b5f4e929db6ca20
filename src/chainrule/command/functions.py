"""Expressions as functions, and where they are not defined."""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import chainrule
from chainrule.command.expression import Expression, Number, Operation, Tree, Variable
from chainrule.command.mistakes import Mistake
from chainrule.command.vocabulary import FUNCTIONS
from chainrule.core.tensor import TensorBase
from chainrule.show.numbers import number

LARGEST_POWER = 1000  # of whole numbers; larger ones take forever as formulas
LARGEST_WHOLE = 2**53  # beyond it float64 does not hold every whole number

Values = dict[str, Any]
Watch = Callable[[Operation, list[Any], Any], None]

OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "**": operator.pow,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


class ExpressionFunction:
    """An expression as a function of its variables, in the order given."""

    def __init__(self, expression: Expression, names: Sequence[str]) -> None:
        self.title = expression.text
        self.expression = expression
        self.names = list(names)
        self.__signature__ = signature_of(self.names)

    def __call__(self, *values: Any) -> Any:
        return self.evaluate(dict(zip(self.names, values, strict=True)))

    def evaluate(self, values: Values) -> Any:
        """Return the value for any values of the names, constants like pi among them."""
        return _tensor(_Evaluation(self.expression.text, values, None).run(self.expression.tree))

    def check(self, point: Sequence[float]) -> None:
        """Raise a Mistake that marks where the expression is not defined at a point."""
        values = {name: _tensor(x) for name, x in zip(self.names, point, strict=True)}
        with chainrule.no_grad():
            _Evaluation(self.expression.text, values, self._watch).run(self.expression.tree)

    def _watch(self, tree: Operation, operands: list[Any], result: Any) -> None:
        if all(math.isfinite(x) for x in operands) and not math.isfinite(result):
            raise Mistake(undefined(tree.symbol, [float(x) for x in operands]), self.title, tree.span)


def undefined(symbol: str, operands: list[float]) -> str:
    """Say why an operation at finite numbers has no finite value."""
    words = [number(x) for x in operands]
    if symbol in ("/", "%", "reciprocal") and operands[-1] == 0:
        return "division by zero"
    if symbol in ("**", "pow"):
        base, power = operands
        if base < 0 and not float(power).is_integer():
            return f"({words[0]})**{words[1]} is not a real number"
        if base == 0:
            return f"division by zero: 0**{words[1]}"
    if symbol in OPERATORS or symbol in ("pow", "exp", "exp2", "expm1", "sinh", "cosh", "square"):
        return "the result is too large for float64"
    return f"{symbol}({', '.join(words)}) is not defined"


class _Evaluation:
    """One evaluation of a tree. When it is watched, branches not taken are not evaluated."""

    def __init__(self, text: str, values: Values, watch: Watch | None) -> None:
        self.text = text
        self.values = values
        self.watch = watch

    def run(self, tree: Tree) -> Any:
        if isinstance(tree, Number):
            whole = isinstance(tree.value, int) and abs(tree.value) <= LARGEST_WHOLE
            return self.values.get(tree.name, tree.value if whole else _float(tree.value))
        if isinstance(tree, Variable):
            return self.values[tree.name]
        if self.watch is not None and tree.symbol == "where":
            condition, taken, other = tree.operands
            return self.run(taken if bool(self.run(condition)) else other)
        operands = [self.run(part) for part in tree.operands]
        result = self._apply(tree, operands)
        if self.watch is not None and not tree.condition:
            self.watch(tree, operands, result)
        return result

    def _apply(self, tree: Operation, operands: list[Any]) -> Any:
        symbol = tree.symbol
        if symbol in ("**", "pow") and isinstance(operands[1], int) and abs(operands[1]) > LARGEST_POWER:
            raise Mistake(f"whole powers go up to {LARGEST_POWER}", self.text, tree.span)
        if symbol == "-" and len(operands) == 1:
            return -operands[0]
        if symbol in OPERATORS:
            if any(isinstance(x, TensorBase) for x in operands):
                return OPERATORS[symbol](*operands)
            return _fold(symbol, *operands)
        if symbol in ("and", "or"):
            join = chainrule.logical_and if symbol == "and" else chainrule.logical_or
            return _chain(join, [_condition(x) for x in operands])
        if symbol == "not":
            return chainrule.logical_not(_condition(operands[0]))
        if symbol == "where":
            return chainrule.where(_condition(operands[0]), _tensor(operands[1]), _tensor(operands[2]))
        if symbol == "pow":
            return self._apply(Operation("**", tree.operands, tree.span), operands)
        if symbol == "polygamma":
            if type(operands[0]) is not int or operands[0] < 0:
                raise Mistake(
                    "polygamma(n, x) is for whole numbers n, 0 or more", self.text, tree.operands[0].span
                )
            return chainrule.polygamma(operands[0], _tensor(operands[1]))
        function = getattr(chainrule, FUNCTIONS[symbol].operation)
        tensors = [_tensor(x) for x in operands]
        return _chain(function, tensors) if symbol in ("max", "min") else function(*tensors)


def _chain(function: Callable[[Any, Any], Any], parts: list[Any]) -> Any:
    result = parts[0]
    for part in parts[1:]:
        result = function(result, part)
    return result


def _tensor(x: Any) -> Any:
    return x if isinstance(x, TensorBase) else chainrule.tensor(_float(x), dtype=chainrule.float64)


def _condition(x: Any) -> Any:
    return x if isinstance(x, TensorBase) else chainrule.tensor(bool(x))


def _float(x: float) -> float:
    try:
        return float(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def _fold(symbol: str, a: Any, b: Any) -> Any:
    """Compute with plain numbers: whole ones stay whole while float64 holds them exactly."""
    whole = isinstance(a, int) and isinstance(b, int) and (symbol not in ("/", "%", "**"))
    if symbol == "**" and isinstance(a, int) and isinstance(b, int) and b >= 0:
        whole = abs(a) < 2 or b * math.log2(abs(a)) <= 53
    if whole:
        result = OPERATORS[symbol](a, b)
        return result if isinstance(result, bool) or abs(result) <= LARGEST_WHOLE else _float(result)
    with np.errstate(all="ignore"):
        result = OPERATORS[symbol](np.float64(_float(a)), np.float64(_float(b)))
    return bool(result) if isinstance(result, np.bool_) else float(result)


def signature_of(names: Sequence[str]) -> inspect.Signature:
    """Return the signature of a function of these variables."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature([inspect.Parameter(name, kind) for name in names])
