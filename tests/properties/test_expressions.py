"""Expressions at random: the command gives numbers or one clear line, whatever they are."""

import contextlib
import io
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from chainrule.cli import main
from chainrule.command import formulas
from chainrule.command.vocabulary import FUNCTIONS
from properties import profiles

profiles.load()

WORDS = ["**", "if", "else", "and", "not", "1", "0.5", "9**9", "1e400"]
PIECES = [*FUNCTIONS, *WORDS, *"xy()()+-*/%<>=,. :[]^_#'\"\\²é"]
NUMBERS = st.sampled_from(["x", "x", "x", "2", "0.5", "3", "pi", "-1", "0"])
POINTS = st.sampled_from(["1", "0", "-1", "0.3", "1e308", "1e-308", "-5", "3:4:3", "-1:1:3"])


def compound(parts):
    """Return larger expressions made of smaller ones."""
    operators = st.sampled_from(["+", "-", "*", "/", "**", "%"])
    comparisons = st.sampled_from(["<", ">=", "==", "!="])
    return st.one_of(
        st.builds("({} {} {})".format, parts, operators, parts),
        st.builds("({} if {} {} {} else {})".format, parts, parts, comparisons, parts, parts),
        *[
            st.builds(f"{name}({', '.join(['{}'] * entry.fewest)})".format, *[parts] * entry.fewest)
            for name, entry in FUNCTIONS.items()
            if name != "where"
        ],
    )


def run(expression, at, *more):
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(formulas, "PATIENCE", 0.5),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        status = main(["diff", expression, "--at", f"x={at}", *more])
    return status, out.getvalue(), err.getvalue()


def check(status, out, err):
    assert status in (0, 2)
    if status == 0:
        assert out
        assert err == ""
    else:
        assert out == ""
        assert err.startswith("chainrule: ")
        assert len(err.splitlines()) in (1, 3)


@given(st.recursive(NUMBERS, compound, max_leaves=6), POINTS, st.sampled_from("123"))
def test_expressions_give_numbers_or_one_clear_line(expression, at, order):
    check(*run(f"{expression} + 0*x", at, "--order", order))


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), POINTS)
def test_nonsense_gives_one_clear_line(text, at):
    check(*run(text, at))
