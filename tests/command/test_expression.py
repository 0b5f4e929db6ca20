"""Expressions: what is read, and how every mistake is marked."""

import pytest

from chainrule.command.expression import DEEPEST, LONGEST, Number, Operation, Variable, parse
from chainrule.command.mistakes import WIDTH, Mistake


def test_reads_operators_with_pythons_precedence():
    tree = parse("2 + 3*x**2", ["x"]).tree
    assert tree.symbol == "+"
    assert isinstance(tree.operands[0], Number)
    assert tree.operands[1].symbol == "*"
    assert tree.operands[1].operands[1].symbol == "**"


def test_reads_conditional_expressions_as_where():
    tree = parse("x if 0 < x <= 1 else -x", ["x"]).tree
    assert isinstance(tree, Operation)
    assert tree.symbol == "where"
    assert tree.operands[0].symbol == "and"
    assert [part.symbol for part in tree.operands[0].operands] == ["<", "<="]


def test_a_variable_may_have_the_name_of_a_constant_or_function():
    assert isinstance(parse("e", ["e"]).tree, Variable)
    assert isinstance(parse("max + 1", ["max"]).tree.operands[0], Variable)
    assert parse("e", []).tree.name == "e"


def test_names_are_the_variables_that_occur():
    assert parse("x*sin(y) + pi", ["x", "y", "z"]).names == {"x", "y"}


def test_whitespace_and_line_breaks_do_not_matter():
    assert parse("  x +\n\t 1 ", ["x"]).text == "x + 1"


MISTAKES = {
    "": "the expression is empty",
    "2x": "an operator is missing; to multiply write 2*x\n  2x\n  ^^",
    "2 x": "an operator is missing; to multiply write 2*x\n  2 x\n  ^^^",
    "2(x + 1)": "an operator is missing; to multiply write 2*(...)\n  2(x + 1)\n  ^^",
    "x(x + 1)": "a '*' is missing: write x*(...)\n  x(x + 1)\n  ^^",
    "(x + 1)(x - 1)": "an operator is missing; to multiply write (...)*(...)\n  (x + 1)(x - 1)\n        ^^",
    "sin x": "sin needs brackets: sin(x)\n  sin x\n  ^^^^^",
    "xy": "'xy' has no value; to multiply write x*y\n  xy\n  ^^",
    "sine(x)": "unknown function 'sine'; did you mean 'sin'?\n  sine(x)\n  ^^^^",
    "1 + SQRT(x)": "unknown function 'SQRT'; did you mean 'sqrt'?\n  1 + SQRT(x)\n      ^^^^",
    "z + 1": "'z' has no value; give it one with --at z=...\n  z + 1\n  ^",
    "x*Pi": "'Pi' has no value; give it one with --at Pi=...; did you mean 'pi'?\n  x*Pi\n    ^^",
    "sin + 1": "sin is a function: write sin(...)\n  sin + 1\n  ^^^",
    "(x + 1": "this '(' is never closed\n  (x + 1\n  ^",
    "x + 1)": "this ')' was never opened\n  x + 1)\n       ^",
    "x^2": "'^' is not used here: powers are written **, as in x**2\n  x^2\n   ^",
    "x²": "'²' is not used here: powers are written **, as in x**2\n  x²\n   ^",
    "|x|": "'|' is not used here: the absolute value is written abs(x)\n  |x|\n  ^",
    "x +* 2": "a syntax error: this is not understood\n  x +* 2\n     ^",
    "x **": "the expression ends too early: something is missing here\n  x **\n      ^",
    "x if y else": "the expression ends too early: something is missing here\n  x if y else\n             ^",
    "x = 3": "an expression has no '='; to compare write '==', and give values with --at\n  x = 3\n    ^",
    "np.sin(x)": "names have no dots here: write sin(...) instead of np.sin(...)\n  np.sin(x)\n  ^^^^^^",
    "3,5*x": "a comma stands only between arguments; decimals are written with a point\n  3,5*x\n  ^^^^^",
    "sin()": "sin takes 1 argument, not 0\n  sin()\n  ^^^^^",
    "sin(x, 2)": "sin takes 1 argument, not 2\n  sin(x, 2)\n  ^^^^^^^^^",
    "max(x)": "max takes 2 or more arguments, not 1\n  max(x)\n  ^^^^^^",
    "sin(*x)": "sin takes plain arguments only\n  sin(*x)\n  ^^^^^^^",
    "()": "something is missing between these brackets\n  ()\n  ^^",
    "x // 2": "this operator is not part of an expression: write floor(a/b)\n  x // 2\n  ^^^^^^",
    "x > 0": "this is a condition; a function needs a number, such as '1 if x > 0 else 0'\n  x > 0\n  ^^^^^",
    "(x > 0)*x": "a number is needed here; this is a condition: use 'a if ... else b'\n  (x > 0)*x\n   ^^^^^",
    "where(x, 1, 2)": "a condition is needed here, such as x > 0\n  where(x, 1, 2)\n        ^",
    "x and y": "a condition is needed here, such as x > 0\n  x and y\n  ^",
    "x in y": "this comparison is not part of an expression\n  x in y\n  ^^^^^^",
    "1e999*x": "this number is too large for float64\n  1e999*x\n  ^^^^^",
    "x + 1" + "0" * 309: f"this number is too large for float64\n  x + 1{'0' * 71}...\n      {'^' * 72}",
    "True": "True is not a number\n  True\n  ^^^^",
    "'x'": "\"'\" is not part of an expression\n  'x'\n  ^",
    "x # note": "'#' is not part of an expression\n  x # note\n    ^",
    "lambda x: x": "':' is not part of an expression\n  lambda x: x\n          ^",
    "x := 3": "':' is not part of an expression\n  x := 3\n    ^",
    "[1 for x in y]": "'[' is not used here: brackets are round: ( )\n  [1 for x in y]\n  ^",
    "2*π*sine(x)": "unknown function 'sine'; did you mean 'sin'?\n  2*π*sine(x)\n      ^^^^",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_each_mistake_is_named_and_marked(text):
    with pytest.raises(Mistake) as caught:
        parse(text, ["x", "y"])
    assert str(caught.value) == MISTAKES[text]


HOSTILE = [
    "__import__('os').system('true')",
    "x.__class__",
    "(1).__class__",
    "eval('1')",
    "x if x else __builtins__",
    "().__class__.__bases__",
    "{}",
    "f'{x}'",
    "print(x)",
    "open(x)",
    "getattr(x, y)",
    "sin.__globals__",
    "lambda: 0",
    "yield x",
    "await x",
    "x\n; import os",
    "x @ y",
    "~x",
    "x << 3",
    "...",
    "None",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_outside_the_whitelist_is_read(text):
    with pytest.raises(Mistake):
        parse(text, ["x", "y"])


@pytest.mark.parametrize(
    "text",
    ["x" + "+x" * LONGEST, "(" * 300 + "x" + ")" * 300, "-" * 900 + "x", "sin(" * 150 + "x" + ")" * 150],
)
def test_long_and_deep_expressions_are_refused(text):
    with pytest.raises(Mistake, match="at most"):
        parse(text, ["x"])


def test_a_sum_may_be_as_deep_as_the_limit():
    text = "x" + "+x" * (DEEPEST - 2)
    assert parse(text, ["x"]).names == {"x"}


def test_the_place_in_a_long_expression_is_shown_with_what_is_around_it():
    text = "x + " * 60 + "sine(x)" + " + x" * 60
    with pytest.raises(Mistake) as caught:
        parse(text, ["x"])
    _, line, carets = str(caught.value).split("\n")
    assert len(line) <= WIDTH + 8
    assert line[carets.index("^") : carets.rindex("^") + 1] == "sine"
    assert line.strip().startswith("...")
    assert line.endswith("...")
