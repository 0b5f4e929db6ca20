"""Sections of the tour: what was explained, run, printed and drawn, for the terminal and the page."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Picture:
    """An SVG picture under a file name; an inline one has tooltips of its own."""

    name: str
    svg: str
    caption: str
    inline: bool = False


@dataclass
class Table:
    """A table of text."""

    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass
class Section:
    """One part of the tour."""

    title: str
    says: str
    code: str = ""
    lines: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    ends: str = ""  # what to make of it


def run_exercise(function: Callable[[Callable[[str, Any], None]], Any]) -> tuple[Section, Any]:
    """Run an exercise; return its section, and the drawing it made if any."""
    title, says = explained(function)
    section = Section(title, says, code=body_of(function))

    def show(label: str, value: Any) -> None:
        text = without_addresses(str(value))
        between = "\n" if "\n" in text else " "  # so that the columns of many values stay aligned
        section.lines.append(f"{label}:{between}{text}")

    return section, function(show)


def explained(function: Callable[..., Any]) -> tuple[str, str]:
    """Return the title and the explanation in a docstring."""
    title, _, says = inspect.cleandoc(function.__doc__ or "").partition("\n")
    return title, " ".join(says.split())


def body_of(function: Callable[..., Any]) -> str:
    """Return the lines of an exercise: after its docstring, without the return of its drawing."""
    lines, definition = _source(function)
    statements = definition.body[1:]
    if isinstance(statements[-1], ast.Return):
        statements = statements[:-1]
    lines = lines[statements[0].lineno - 1 : statements[-1].end_lineno]
    return textwrap.dedent("\n".join(lines))


def source_of(function: Callable[..., Any]) -> str:
    """Return the lines of a function without its docstring and annotations."""
    lines, definition = _source(function)
    names = ", ".join(argument.arg for argument in definition.args.args)
    body = lines[definition.body[1].lineno - 1 : definition.end_lineno]
    return "\n".join([f"def {definition.name}({names}):", *body])


def _source(function: Callable[..., Any]) -> tuple[list[str], ast.FunctionDef]:
    source = re.sub(r"[ ]+# noqa.*", "", textwrap.dedent(inspect.getsource(function)))
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    return source.splitlines(), definition


def without_addresses(text: str) -> str:
    """Return text without the addresses of objects, which differ from run to run."""
    return re.sub(r" object at 0x[0-9a-f]+", "", text)
