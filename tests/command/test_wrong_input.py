"""Wrong input of every kind: one clear line on standard error, the place marked, status 2."""

import pytest

from chainrule.cli import main

MINE = """\
import chainrule
def f(x, k=2):
    return chainrule.exp(-x) * k
def g(a, b):
    return a * b**2
def raises(x):
    raise ValueError("no\\nway")
def leaves(x):
    raise SystemExit(4)
def recurses(x):
    return recurses(x)
def several(x):
    return x, x
def vector(x):
    return chainrule.stack([x, x])
def nothing(x):
    pass
def word(x):
    return "3"
def complex_one(x):
    return x * 1j
def undefined(x):
    return x * float("nan")
def wants_rank(x):
    return x[0]
def changes(x):
    x += 1
    return x
def any_number(*xs):
    return sum(xs)
def by_keyword(x, *, k):
    return x
class Silent(Exception):
    def __str__(self):
        raise ValueError
def silent(x):
    raise Silent
class Hidden:
    pass
value = 3
"""

FILES = {
    "mine.py": MINE,
    "empty.py": "",
    "syntax.py": "def f(x:\n",
    "imports.py": "import no_such_module_at_all\n",
    "exits.py": "raise SystemExit(3)\n",
    "fails.py": "def f(x): return x\n1 / 0\n",
    "binary.py": "x = '\0'\n",
    "tabs.py": "def f(x):\n\treturn x\n        return x\n",
}


def at(expression, *more):
    """Return the arguments that differentiate an expression at x = 1."""
    return ("diff", expression, "--at", "x=1", *more)


def value(text):
    """Return the arguments that give x a value."""
    return ("diff", "x", "--at", text)


WRONG = [
    # the command line
    ((), "the following arguments are required: {diff,tour}"),
    (("dif", "x"), "invalid choice: 'dif'"),
    (("diff",), "the following arguments are required: FUNCTION"),
    (("diff", "--at", "x=1"), "the following arguments are required: FUNCTION"),
    (("diff", "--at", "x=1", "x**2"), "the following arguments are required: FUNCTION"),
    (("diff", "x", "--at"), "argument --at: expected at least one argument"),
    (at("x", "--frobnicate"), "unrecognized arguments: --frobnicate"),
    (at("x", "--jso"), "unrecognized arguments: --jso"),
    (at("x", "-q"), "--at takes values such as x=3, not '-q'"),
    (at("x", "--order", "two"), "argument --order: invalid int value: 'two'"),
    (at("x", "--order", "1.5"), "argument --order: invalid int value: '1.5'"),
    (at("x", "--order", ""), "argument --order: invalid int value: ''"),
    (at("x", "--order", "0"), "--order goes from 1 to 8, not 0"),
    (at("x", "--order", "-1"), "--order goes from 1 to 8, not -1"),
    (at("x", "--order", "9"), "--order goes from 1 to 8, not 9"),
    (at("x", "--order", "9", "--json"), "--order goes from 1 to 8, not 9"),
    (("diff", "x*y", "--at", "x=1", "y=1", "--order", "3"), "--order 3 is for one variable"),
    (("tour", "x"), "unrecognized arguments: x"),
    (("tour", "--out"), "argument --out: expected one argument"),
    (("tour", "--out", ""), "--out: the name of the folder is empty"),
    (("tour", "--out", "mine.py"), "--out: 'mine.py' cannot be made a folder: File exists"),
    (("tour", "--out", "mine.py/x"), "--out: 'mine.py/x' cannot be made a folder: Not a directory"),
    # values
    (("diff", "x**2"), "'x' has no value; give it one with --at x=...\n  x**2\n  ^"),
    (value(""), "--at takes values such as x=3, not ''"),
    (value("3"), "--at takes values such as x=3, not '3'; the function stands before --at"),
    (value("x"), "--at takes values such as x=3, not 'x'"),
    (value("=3"), "--at takes values such as x=3, not '=3'"),
    (value("x==3"), "--at takes values such as x=3, not 'x==3'"),
    (value("2x=1"), "--at takes values such as x=3, not '2x=1'"),
    (value("x.y=1"), "--at takes values such as x=3, not 'x.y=1'"),
    (value("if=1"), "'if' is a word of the language and cannot be a variable\n  if=1\n  ^^"),
    (value("None=1"), "'None' is a word of the language"),
    (value("x="), "a number is missing\n  x=\n    ^"),
    (value("x=one"), "'one' is not a number\n  x=one\n    ^^^"),
    (value("x=y"), "'y' is not a number\n  x=y\n    ^"),
    (value("x=nan"), "'nan' is not a number\n  x=nan\n    ^^^"),
    (value("x=inf"), "'inf' is not a number\n  x=inf\n    ^^^"),
    (value("x=-inf"), "'-inf' is not a number\n  x=-inf\n     ^^^"),
    (value("x=1e999"), "this number is too large for float64\n  x=1e999\n    ^^^^^"),
    (value("x=" + "9" * 400), "this number is too large for float64"),
    (value("x=9**9**9"), "whole powers go up to 1000\n  x=9**9**9\n    ^^^^^^^"),
    (value("x=1/0"), "division by zero\n  x=1/0\n    ^^^"),
    (value("x=log(-1)"), "log(-1) is not defined\n  x=log(-1)\n    ^^^^^^^"),
    (value("x=1,5"), "a comma stands only between arguments; decimals are written with a point"),
    (value("x=1 2"), "an operator is missing; to multiply write 1*2\n  x=1 2\n    ^^^"),
    (value('x="3"'), "'\"' is not part of an expression"),
    (value("x=True"), "True is not a number"),
    (value("x=1j"), "an operator is missing; to multiply write 1*j"),
    (value("x=(((((1"), "this '(' is never closed\n  x=(((((1\n        ^"),
    (value("x=3,y=4"), "values are separated by spaces, as in --at x=3 y=4\n  x=3,y=4\n     ^^^"),
    (value("x=3 y=4"), "values are separated by spaces, as in --at x=3 y=4\n  x=3 y=4\n     ^^^"),
    (value("x=1:2"), "a range is written x=from:to:how_many, as in x=-20:20:20\n  x=1:2\n    ^^^"),
    (value("x=1:2:3:4"), "a range is written x=from:to:how_many"),
    (value("x=1:2:"), "a number is missing\n  x=1:2:\n        ^"),
    (value("x=:2:3"), "a number is missing\n  x=:2:3\n    ^"),
    (value("x=1::3"), "a number is missing\n  x=1::3\n      ^"),
    (value("x=1:2:1"), "a table has from 2 to 10,000 points\n  x=1:2:1\n        ^"),
    (value("x=1:2:-3"), "a table has from 2 to 10,000 points\n  x=1:2:-3\n        ^^"),
    (value("x=1:2:2.5"), "a table has from 2 to 10,000 points\n  x=1:2:2.5\n        ^^^"),
    (value("x=1:2:1e9"), "a table has from 2 to 10,000 points\n  x=1:2:1e9\n        ^^^"),
    (value("x=1:1:5"), "the range begins where it ends\n  x=1:1:5\n    ^^^"),
    (value("x=-1e308:1e308:5"), "the range is too wide for float64\n  x=-1e308:1e308:5\n    ^^^^^^^^^^^^"),
    (("diff", "x", "--at", "x=1", "x=2"), "'x' is given twice by --at"),
    (("diff", "x", "--at", "x=1", "--at", "x=2"), "'x' is given twice by --at"),
    (("diff", "x*y", "--at", "x=0:1:3", "y=0:1:3"), "a table runs over one range, but x and y are ranges"),
    (("diff", "x*y", "--at", "x=1"), "'y' has no value; give it one with --at y=...\n  x*y\n    ^"),
    (("diff", "x", "--at", "x=1", "y=2"), "--at gives 'y' a value, but it does not occur in 'x'"),
    (("diff", "width*2", "--at", "widht=2"), "give it one with --at width=...; did you mean 'widht'?"),
    # expressions: syntax
    (at(""), "the expression is empty"),
    (at("  \n"), "the expression is empty"),
    (("diff", "3"), "there is nothing to differentiate by"),
    (at("2x"), "an operator is missing; to multiply write 2*x\n  2x\n  ^^"),
    (at("x(2)"), "a '*' is missing: write x*(...)\n  x(2)\n  ^^"),
    (at("(x)(2)"), "an operator is missing; to multiply write (...)*(...)"),
    (at("sin x"), "sin needs brackets: sin(x)\n  sin x\n  ^^^^^"),
    (at("sin"), "sin is a function: write sin(...)"),
    (at("x*sine(x)"), "unknown function 'sine'; did you mean 'sin'?\n  x*sine(x)\n    ^^^^"),
    (at("sin(x, x)"), "sin takes 1 argument, not 2"),
    (at("atan2(x)"), "atan2 takes 2 arguments, not 1"),
    (at("max(x)"), "max takes 2 or more arguments, not 1"),
    (at("max(*x)"), "max takes plain arguments only"),
    (at("sin(x"), "this '(' is never closed\n  sin(x\n     ^"),
    (at("sin x)"), "this ')' was never opened\n  sin x)\n       ^"),
    (at(")x("), "this ')' was never opened\n  )x(\n  ^"),
    (at("()"), "something is missing between these brackets"),
    (at("x +"), "the expression ends too early: something is missing here\n  x +\n     ^"),
    (at("* x"), "a syntax error: this is not understood\n  * x\n  ^"),
    (at("x***2"), "a syntax error: this is not understood\n  x***2\n     ^"),
    (at("x^2"), "'^' is not used here: powers are written **, as in x**2\n  x^2\n   ^"),
    (at("x²"), "'²' is not used here: powers are written **"),
    (at("x×2"), "'×' is not used here: multiplication is written *"),  # noqa: RUF001
    (at("x−1"), "'−' is not used here: the minus sign is -"),  # noqa: RUF001
    (at("|x|"), "'|' is not used here: the absolute value is written abs(x)"),
    (at("[x]"), "'[' is not used here: brackets are round: ( )"),
    (at("x//2"), "this operator is not part of an expression: write floor(a/b)"),
    (at("x,x"), "a comma stands only between arguments"),
    (at("f(x) = x**2"), "an expression has no '='"),
    (at("x := 3"), "':' is not part of an expression"),
    (at("x > 0"), "this is a condition; a function needs a number"),
    (at("x if x > 0"), "'else' and a value are missing: a if condition else b\n  x if x > 0\n            ^"),
    (at("x if x else 2"), "a condition is needed here, such as x > 0"),
    (at("(x > 0) + 1"), "a number is needed here; this is a condition"),
    (at("x is 3"), "this comparison is not part of an expression"),
    (at("not x"), "a condition is needed here"),
    (at("x*True"), "True is not a number"),
    (at("np.sin(x)"), "names have no dots here: write sin(...) instead of np.sin(...)"),
    (at("x.__class__"), "names have no dots here"),
    (at("lambda x: x"), "':' is not part of an expression"),
    (at("'x'*2"), '"\'" is not part of an expression'),
    (at("x; x"), "';' is not used here: a function is one expression"),
    (at("eval(x)"), "unknown function 'eval'"),
    (at("__import__(x)"), "unknown function '__import__'"),
    (at("import os"), "an operator is missing"),
    (at("x\x1b[31m"), "'\\x1b' is not part of an expression\n  x?[31m\n   ^"),
    (at("x\u200b"), "'\\u200b' is not part of an expression"),
    (at("∞*x"), "'∞' is not part of an expression"),
    (at("α + x"), "'α' has no value; give it one with --at α=..."),  # noqa: RUF001
    # expressions: size
    (at("9**9**9*x"), "whole powers go up to 1000\n  9**9**9*x\n  ^^^^^^^"),
    (at("x**1000000"), "whole powers go up to 1000"),
    (at("x*" + "9**" * 300 + "9"), "the expression is nested too deeply; at most 100 levels are read"),
    (at("(" * 400 + "x" + ")" * 400), "the expression is nested too deeply"),
    (at("sin(" * 120 + "x" + ")" * 120), "the expression is nested too deeply"),
    (at("+".join(["x"] * 400)), "the expression is nested too deeply"),
    (at("not " * 200 + "x"), "the expression is nested too deeply"),
    (at("(" * 3000 + "x" + ")" * 3000), "the expression has 6001 characters; at most 1000 are read"),
    (at("1" * 900 + "*x"), "this number is too large for float64"),
    (at("x**" * 80 + "x", "--order", "8"), "operations, too many to go on; ask for a lower --order"),
    (at("x**x**x**x", "--order", "5", "--plot", "p.png"), "--plot: the derivative of order 5 takes"),
    # expressions: where they are not defined
    (("diff", "3*log(x)", "--at", "x=-1"), "log(-1) is not defined\n  3*log(x)\n    ^^^^^^"),
    (("diff", "log(x)", "--at", "x=-1", "--json"), "log(-1) is not defined"),
    (("diff", "1/x", "--at", "x=0"), "division by zero\n  1/x\n  ^^^"),
    (("diff", "sin(x)/x", "--at", "x=0"), "division by zero\n  sin(x)/x\n  ^^^^^^^^"),
    (("diff", "x % 0", "--at", "x=1"), "division by zero"),
    (("diff", "x**-1", "--at", "x=0"), "division by zero: 0**-1"),
    (("diff", "x**0.5", "--at", "x=-8"), "(-8)**0.5 is not a real number"),
    (("diff", "acosh(x)", "--at", "x=0"), "acosh(0) is not defined"),
    (
        ("diff", "exp(exp(x))", "--at", "x=9"),
        "the result is too large for float64\n  exp(exp(x))\n  ^^^^^^^^^^^",
    ),
    # files with functions
    (at("nowhere.py:f"), "there is no file 'nowhere.py'"),
    (at("nowhere.py:f", "--json"), "there is no file 'nowhere.py'"),
    (at("folder.py:f"), "'folder.py' is a folder, not a file"),
    (at("mine:f"), "a function in a file is written path/to/file.py:function\n  mine:f\n      ^^"),
    (at("mine.txt:f"), "a function in a file is written path/to/file.py:function"),
    (at("mine.py"), "which function of mine.py? write mine.py:NAME (it has: f, g, raises,"),
    (at("empty.py:"), "which function of empty.py? write empty.py:NAME (it has: none)"),
    (at("mine.py:h"), "there is no function 'h' in mine.py"),
    (at("mine.py:raise"), "there is no function 'raise' in mine.py; did you mean 'raises'?"),
    (at("mine.py:value"), "'value' in mine.py is not a function"),
    (at("mine.py:Hidden"), "Hidden() has no parameter 'x', but --at gives it a value"),
    (at("mine.py:g"), "g(a, b) has no parameter 'x', but --at gives it a value"),
    (("diff", "mine.py:g", "--at", "a=1"), "g(a, b) needs a value for 'b': add --at b=..."),
    (at("mine.py:by_keyword"), "by_keyword must take its variables by position, as in def by_keyword(x, y)"),
    (at("mine.py:any_number"), "any_number() has no parameter 'x'"),
    (("diff", "mine.py:any_number"), "any_number must take its variables by position"),
    (at("syntax.py:f"), "syntax.py, line 1: '(' was never closed"),
    (at("tabs.py:f"), "tabs.py, line 3: inconsistent use of tabs and spaces"),
    (at("binary.py:f"), "binary.py: source code string cannot contain null bytes"),
    (
        at("imports.py:f"),
        "imports.py failed to load: ModuleNotFoundError: No module named",
    ),
    (at("exits.py:f"), "exits.py failed to load: SystemExit: 3 (exits.py, line 1)"),
    (at("fails.py:f"), "fails.py failed to load: ZeroDivisionError: division by zero (fails.py, line 2)"),
    (at("mine.py:raises"), "raises failed: ValueError: no way (mine.py, line 7)"),
    (at("mine.py:leaves"), "leaves failed: SystemExit: 4 (mine.py, line 9)"),
    (at("mine.py:recurses"), "recurses failed: RecursionError: maximum recursion depth exceeded"),
    (at("mine.py:silent"), "silent failed: Silent: no message"),
    (at("mine.py:wants_rank"), "wants_rank failed: IndexError"),
    (
        at("mine.py:changes"),
        "changes failed: RuntimeError: a leaf Variable that requires grad",
    ),
    (at("mine.py:several"), "several must return a number, but it returned tuple"),
    (at("mine.py:vector"), "vector must return one number, but it returned a tensor of shape (2,)"),
    (at("mine.py:nothing"), "nothing must return a number, but it returned NoneType"),
    (at("mine.py:word"), "word must return a number, but it returned str"),
    (at("mine.py:complex_one"), "complex_one must return a real number, but it returned a complex one"),
    (at("mine.py:undefined"), "undefined is not defined at x = 1: it returned nan"),
    # pictures
    (at("x", "--plot"), "argument --plot: expected one argument"),
    (at("x", "--plot", ""), "--plot: the name of the file is empty"),
    (at("x", "--graph", ""), "--graph: the name of the file is empty"),
    (at("x", "--plot", "no/such/p.png"), "--plot: there is no folder 'no/such'"),
    (at("x", "--graph", "mine.py/g.svg"), "--graph: there is no folder 'mine.py'"),
    (at("x", "--plot", "folder.py"), "--plot: 'folder.py' is a folder"),
    (at("x", "--plot", "p.xyz"), "--plot writes ."),
    (at("x", "--plot", "p"), "--plot writes ."),
    (at("x", "--graph", "g.png"), "--graph writes .svg, .html, .dot, .gv, not 'g.png'"),
    (
        ("diff", "x", "--at", "x=0:1:3", "--graph", "g.svg"),
        "--graph draws one point; give --at single values",
    ),
    (at("x", "--order", "7", "--plot", "p.png"), "--plot shows derivatives up to order 5"),
    (
        ("diff", "x*y*z", "--at", "x=1", "y=1", "z=1", "--plot", "p.png"),
        "--plot is for one or two variables, not 3",
    ),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "folder.py").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=lambda x: repr(x)[:60])
def test_wrong_input_gets_one_clear_line_and_status_2(arguments, message, folder, capsys):
    before = sorted(folder.iterdir())
    status = main(list(arguments))
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.startswith("chainrule: ")
    assert message in err
    lines = err.splitlines()
    assert len(lines) == (3 if lines[-1].strip("^ ") == "" else 1)
    if len(lines) == 3:
        assert lines[2].startswith("  ")
        assert len(lines[2]) <= len(lines[1]) + 1
    assert [p for p in sorted(folder.iterdir()) if p.name != "__pycache__"] == before


def test_there_are_more_than_a_hundred_kinds_of_wrong_input():
    assert len({arguments for arguments, _ in WRONG}) == len(WRONG) > 100


@pytest.mark.parametrize("option", ["--graph", "--plot"])
def test_a_file_that_may_not_be_written_is_named_beforehand(option, folder, capsys, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    assert main(["diff", "x**2", "--at", "x=1", option, "a.svg"]) == 2
    assert capsys.readouterr() == ("", f"chainrule: {option}: 'a.svg' cannot be written: permission denied\n")


@pytest.mark.parametrize("option", ["--graph", "--plot"])
def test_a_file_that_fails_to_be_written_is_named(option, folder, capsys):
    name = "a" * 300 + ".svg"
    assert main(["diff", "x**2", "--at", "x=1", option, name]) == 2
    assert capsys.readouterr().err == f"chainrule: {name!r} cannot be written: File name too long\n"
