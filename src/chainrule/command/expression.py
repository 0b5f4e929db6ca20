"""Expressions: text to a tree of whitelisted operations, by Python's own parser and never `eval`ed."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from chainrule.command.mistakes import Mistake, suggestion
from chainrule.command.vocabulary import CONSTANTS, FUNCTIONS, HINTS, KEYWORDS

LONGEST = 1000  # characters
LARGEST = sys.float_info.max
DEEPEST = 100  # operations within operations

Span = tuple[int, int]


@dataclass(frozen=True)
class Number:
    """A number as written; `name` for a named constant."""

    value: int | float
    span: Span
    name: str = ""


@dataclass(frozen=True)
class Variable:
    """A variable."""

    name: str
    span: Span


@dataclass(frozen=True)
class Operation:
    """An operation on trees: an operator's symbol or a function's name as it was written."""

    symbol: str
    operands: tuple[Tree, ...]
    span: Span
    condition: bool = False  # its value is true or false


Tree = Number | Variable | Operation

BINARY: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
    ast.Pow: "**",
}
COMPARISONS: dict[type[ast.AST], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


@dataclass(frozen=True)
class Expression:
    """A parsed expression."""

    text: str
    tree: Tree

    @property
    def names(self) -> frozenset[str]:
        """The variables that occur."""
        return frozenset(leaf.name for leaf in self._leaves() if isinstance(leaf, Variable))

    @property
    def constants(self) -> frozenset[str]:
        """The named constants that occur, such as pi."""
        return frozenset(leaf.name for leaf in self._leaves() if isinstance(leaf, Number) and leaf.name)

    def _leaves(self) -> Iterator[Number | Variable]:
        stack = [self.tree]
        while stack:
            tree = stack.pop()
            if isinstance(tree, Operation):
                stack.extend(tree.operands)
            else:
                yield tree


def parse(text: str, variables: Collection[str]) -> Expression:
    """Return the expression in `text`, in which `variables` may occur; a Mistake marks the place."""
    text = " ".join(text.split())
    if not text:
        raise Mistake("the expression is empty")
    if len(text) > LONGEST:
        raise Mistake(f"the expression has {len(text)} characters; at most {LONGEST} are read")
    _check_characters(text)
    _check_brackets(text)
    _check_neighbours(text, variables)
    tree = _Reader(text, variables).read(_python_tree(text))
    if isinstance(tree, Operation) and tree.condition:
        raise Mistake(
            "this is a condition; a function needs a number, such as '1 if x > 0 else 0'", text, tree.span
        )
    return Expression(text, tree)


# -- mistakes that are better seen before parsing -------------------------------------------------


def _check_characters(text: str) -> None:
    for place, character in enumerate(text):
        if character in HINTS:
            raise Mistake(f"{character!r} is not used here: {HINTS[character]}", text, (place, place + 1))
        if not (character.isalnum() or character in "_.+-*/%(),<>=! "):
            raise Mistake(f"{character!r} is not part of an expression", text, (place, place + 1))
    assignment = re.search(r"(?<![<>=!])=(?!=)", text)
    if assignment:
        raise Mistake(
            "an expression has no '='; to compare write '==', and give values with --at",
            text,
            assignment.span(),
        )


def _check_brackets(text: str) -> None:
    opened: list[int] = []
    for place, character in enumerate(text):
        if character == "(":
            opened.append(place)
        elif character == ")":
            if not opened:
                raise Mistake("this ')' was never opened", text, (place, place + 1))
            opened.pop()
    if opened:
        raise Mistake("this '(' is never closed", text, (opened[-1], opened[-1] + 1))


class _Token(NamedTuple):
    kind: str
    text: str
    span: Span


_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)|(?P<open>\()|(?P<close>\))|(?P<other>\S)"
)


def _check_neighbours(text: str, variables: Collection[str]) -> None:
    """Find a multiplication sign left out, as in 2x, x(x + 1) or sin x."""
    tokens = [_Token(str(m.lastgroup), m[0], m.span()) for m in _TOKEN.finditer(text)]
    for a, b in pairwise(tokens):
        if a.kind not in ("number", "name", "close") or b.kind not in ("number", "name", "open"):
            continue
        if a.text in KEYWORDS or b.text in KEYWORDS:
            continue
        span = (a.span[0] if a.kind != "close" else a.span[1] - 1, b.span[1])
        if a.kind == "name" and b.kind == "open":
            if a.text in FUNCTIONS:
                continue
            if a.text in variables or a.text in CONSTANTS:
                raise Mistake(f"a '*' is missing: write {a.text}*(...)", text, span)
            raise Mistake(f"unknown function {a.text!r}{suggestion(a.text, FUNCTIONS)}", text, a.span)
        if a.kind == "name" and a.text in FUNCTIONS:
            raise Mistake(f"{a.text} needs brackets: {a.text}({b.text})", text, span)
        left = "(...)" if a.kind == "close" else a.text
        right = "(...)" if b.kind == "open" else b.text
        raise Mistake(f"an operator is missing; to multiply write {left}*{right}", text, span)
    if tokens[-1].kind == "other" or tokens[-1].text in KEYWORDS:
        raise _ends_early(text)


def _ends_early(text: str) -> Mistake:
    place = (len(text), len(text) + 1)
    return Mistake("the expression ends too early: something is missing here", text, place)


# -- Python's tree to ours --------------------------------------------------------------------------


def _python_tree(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        if "nested" in error.msg:
            raise _too_deep(text) from None
        if "else" in error.msg:
            place = (len(text), len(text) + 1)
            raise Mistake("'else' and a value are missing: a if condition else b", text, place) from None
        place = max((error.offset or 1) - 1, 0)
        if place >= len(text):
            raise _ends_early(text) from None
        end = max((error.end_offset or 0) - 1, place + 1)
        raise Mistake("a syntax error: this is not understood", text, (place, min(end, len(text)))) from None
    except (RecursionError, MemoryError, ValueError):
        raise _too_deep(text) from None


def _too_deep(text: str, span: Span | None = None) -> Mistake:
    return Mistake(f"the expression is nested too deeply; at most {DEEPEST} levels are read", text, span)


class _Reader:
    """Turns the nodes of Python's tree that are allowed into ours."""

    def __init__(self, text: str, variables: Collection[str]) -> None:
        self.text = text
        self.variables = variables
        self.depth = 0

    def span(self, node: ast.expr) -> Span:
        """Return the place of a node in characters; Python counts bytes of UTF-8."""
        data = self.text.encode()
        end = len(data) if node.end_col_offset is None else node.end_col_offset
        return len(data[: node.col_offset].decode()), len(data[:end].decode())

    def mistake(self, message: str, node: ast.expr) -> Mistake:
        return Mistake(message, self.text, self.span(node))

    def read(self, node: ast.expr) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _too_deep(self.text, self.span(node))
        try:
            return self._read(node)
        finally:
            self.depth -= 1

    def _read(self, node: ast.expr) -> Tree:
        match node:
            case ast.Constant():
                return self._number(node)
            case ast.Name():
                return self._name(node)
            case ast.UnaryOp(op=ast.UAdd()):
                return self.number(node.operand)
            case ast.UnaryOp(op=ast.USub()):
                return Operation("-", (self.number(node.operand),), self.span(node))
            case ast.UnaryOp(op=ast.Not()):
                return Operation("not", (self.condition(node.operand),), self.span(node), condition=True)
            case ast.BinOp():
                return self._binary(node)
            case ast.Compare():
                return self._comparison(node)
            case ast.BoolOp():
                symbol = "and" if isinstance(node.op, ast.And) else "or"
                parts = tuple([self.condition(part) for part in node.values])
                return Operation(symbol, parts, self.span(node), condition=True)
            case ast.IfExp():
                branches = (self.condition(node.test), self.number(node.body), self.number(node.orelse))
                return Operation("where", branches, self.span(node))
            case ast.Call():
                return self._call(node)
            case ast.Attribute():
                raise self.mistake(
                    f"names have no dots here: write {node.attr} instead of {ast.unparse(node)}", node
                )
            case ast.Tuple(elts=[]):
                raise self.mistake("something is missing between these brackets", node)
            case ast.Tuple():
                raise self.mistake(
                    "a comma stands only between arguments; decimals are written with a point", node
                )
        raise self.mistake(f"{type(node).__name__} is not part of an expression", node)

    def number(self, node: ast.expr) -> Tree:
        """Read a part that must be a number."""
        tree = self.read(node)
        if isinstance(tree, Operation) and tree.condition:
            raise self.mistake("a number is needed here; this is a condition: use 'a if ... else b'", node)
        return tree

    def condition(self, node: ast.expr) -> Tree:
        """Read a part that must be true or false."""
        tree = self.read(node)
        if not (isinstance(tree, Operation) and tree.condition):
            raise self.mistake("a condition is needed here, such as x > 0", node)
        return tree

    def _number(self, node: ast.Constant) -> Number:
        value = node.value
        if isinstance(value, complex):
            raise self.mistake("complex numbers are not part of an expression", node)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.mistake(f"{value!r} is not a number", node)
        if value > LARGEST:
            raise self.mistake("this number is too large for float64", node)
        return Number(value, self.span(node))

    def _name(self, node: ast.Name) -> Number | Variable:
        name, span = node.id, self.span(node)
        if name in self.variables:
            return Variable(name, span)
        if name in CONSTANTS:
            return Number(CONSTANTS[name], span, name)
        if name in FUNCTIONS:
            raise self.mistake(f"{name} is a function: write {name}(...)", node)
        if len(name) > 1 and all(letter in self.variables for letter in name):
            raise self.mistake(f"{name!r} has no value; to multiply write {'*'.join(name)}", node)
        guess = suggestion(name, [*self.variables, *CONSTANTS, *FUNCTIONS] if len(name) > 1 else ())
        raise self.mistake(f"{name!r} has no value; give it one with --at {name}=...{guess}", node)

    def _binary(self, node: ast.BinOp) -> Operation:
        symbol = BINARY.get(type(node.op))
        if symbol is None:
            hint = ": write floor(a/b)" if isinstance(node.op, ast.FloorDiv) else ""
            raise self.mistake(f"this operator is not part of an expression{hint}", node)
        return Operation(symbol, (self.number(node.left), self.number(node.right)), self.span(node))

    def _comparison(self, node: ast.Compare) -> Operation:
        terms = [self.number(term) for term in (node.left, *node.comparators)]
        parts = []
        for op, (a, b) in zip(node.ops, pairwise(terms), strict=True):
            if type(op) not in COMPARISONS:
                raise self.mistake("this comparison is not part of an expression", node)
            parts.append(Operation(COMPARISONS[type(op)], (a, b), (a.span[0], b.span[1]), condition=True))
        return (
            parts[0] if len(parts) == 1 else Operation("and", tuple(parts), self.span(node), condition=True)
        )

    def _call(self, node: ast.Call) -> Operation:
        if not isinstance(node.func, ast.Name):
            if isinstance(node.func, ast.Attribute):
                raise self.mistake(
                    f"names have no dots here: write {node.func.attr}(...) instead of "
                    f"{ast.unparse(node.func)}(...)",
                    node.func,
                )
            raise self.mistake("a '*' is missing before the bracket", node)
        name = node.func.id
        entry = FUNCTIONS.get(name)
        if entry is None:
            raise self.mistake(f"unknown function {name!r}{suggestion(name, FUNCTIONS)}", node.func)
        if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
            raise self.mistake(f"{name} takes plain arguments only", node)
        if not entry.fewest <= len(node.args) <= entry.most:
            raise self.mistake(f"{name} takes {entry.arguments}, not {len(node.args)}", node)
        first, rest = node.args[0], node.args[1:]
        head = self.condition(first) if name == "where" else self.number(first)
        return Operation(name, (head, *[self.number(a) for a in rest]), self.span(node))
