"""The `chainrule` command."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import NoReturn

from chainrule.command import diff, tour
from chainrule.command.mistakes import Mistake
from chainrule.errors import MissingExtraError

EXAMPLES = """\
examples:
  chainrule diff "6*x**2 + 2*x + 4" --at x=3         value and derivative at a point
  chainrule diff "u**3 + v**2 + 4*u*v" --at u=3 v=4  all partial derivatives
  chainrule diff "sin(x)/x" --at x=pi --order 2      second derivatives
  chainrule diff "x**2" --at x=-20:20:20             a table over 20 points
  chainrule diff "exp(-x)*sin(4*x)" --at x=0:3:50 --plot damped.png
  chainrule diff my_file.py:my_function --at x=1 --graph graph.svg
  chainrule tour                                     see what it can do
"""

DIFF_NOTES = """\
An expression is made of numbers, the variables given by --at, + - * / % **, brackets, comparisons, "a if
condition else b", pi, e, and these functions: abs sqrt exp log (ln) log2 log10 sin cos tan asin acos atan
atan2 sinh cosh tanh max min where erf sigmoid floor and their like. A function in a file takes float64
tensors and returns one number. In --json NaN and infinities are the strings "NaN", "Infinity", "-Infinity".
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Mistake(f"{message} (see {self.prog} --help)")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = _Parser(
        prog="chainrule",
        description="Exact derivatives of functions: numbers, formulas, graphs and plots.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"chainrule {_version()}")
    commands = top.add_subparsers(dest="command", metavar="{diff,tour}", required=True)
    one = commands.add_parser(
        "diff",
        help="differentiate an expression, or a function in a Python file",
        description="Differentiate an expression, or a function in a Python file.",
        epilog=f"{DIFF_NOTES}\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    one.add_argument("function", metavar="FUNCTION", help='an expression such as "x**2", or file.py:name')
    one.add_argument(
        "--at",
        nargs="+",
        action="extend",
        metavar="NAME=VALUE",
        help="a value for each variable; NAME=FROM:TO:COUNT makes a table",
    )
    one.add_argument("--order", type=int, default=1, help="highest order of derivatives (default 1)")
    one.add_argument(
        "--plot", metavar="FILE", help="plot the function and its derivatives (.png, .svg, .pdf ...)"
    )
    one.add_argument("--graph", metavar="FILE", help="draw the computational graph (.svg, .html, .dot)")
    one.add_argument("--json", action="store_true", help="print JSON")
    two = commands.add_parser(
        "tour",
        help="five exercises and a real fit, with pictures and a web page",
        description="Run five exercises and a fit to measured data; write pictures and a web page.",
        allow_abbrev=False,
    )
    two.add_argument(
        "--out", metavar="DIR", default="chainrule-tour", help="folder to write to (default %(default)s)"
    )
    two.add_argument("--no-pictures", action="store_true", help="numbers on the terminal only")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0, or 2 for bad input."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _survive_any_encoding()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # infinities and NaN are shown or refused
            warnings.showwarning = _show_warning
            _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a failure can still be told
    except (Mistake, MissingExtraError) as mistake:
        print(f"chainrule: {mistake}", file=sys.stderr)
        return 2
    except SystemExit as leave:  # --help and --version
        return int(leave.code or 0)
    except KeyboardInterrupt:
        print("chainrule: interrupted", file=sys.stderr)
        return 130  # as a shell reports it
    except BrokenPipeError:  # the reader, such as `head`, has left
        _discard_output()
        return 0
    except OSError as error:  # a full disk, say
        _discard_output()
        print(f"chainrule: the output cannot be written: {error.strerror or error}", file=sys.stderr)
        return 2
    return 0


def _run(arguments: list[str]) -> None:
    namespace = parser().parse_args(_guard_minus(arguments))
    if namespace.command == "diff":
        diff.run(namespace)
    else:
        tour.run(namespace)


def _show_warning(message: Warning | str, category: type, filename: str, lineno: int, *_: object) -> None:
    """Show a warning in one line, without the source."""
    text = " ".join(str(message).split())
    print(f"chainrule: warning: {text} ({filename}, line {lineno})", file=sys.stderr)


def _discard_output() -> None:
    """Keep Python from trying again, when it ends, to write what is left in its buffer."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _survive_any_encoding() -> None:
    """Write a question mark for what the terminal's encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower() != "utf-8":
            stream.reconfigure(errors="replace")


def _guard_minus(arguments: list[str]) -> list[str]:
    """Keep argparse from taking an expression like -x**2 for an option: it sees a space first."""
    return [
        f" {a}" if a.startswith("-") and not a.startswith("--") and a not in ("-h", "-") else a
        for a in arguments
    ]


def _version() -> str:
    try:
        return version("chainrule")
    except PackageNotFoundError:  # run from a source tree
        return "(not installed)"


if __name__ == "__main__":
    sys.exit(main())
