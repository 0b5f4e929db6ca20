"""`chainrule diff`: a function, its value, its derivatives as formulas and numbers."""

from __future__ import annotations

import json
import math
import os
from argparse import Namespace
from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any, NamedTuple

import chainrule
from chainrule.command import points
from chainrule.command.expression import parse
from chainrule.command.files import FileFunction, load, split_path
from chainrule.command.formulas import PATIENCE, formula_texts
from chainrule.command.functions import ExpressionFunction
from chainrule.command.limits import time_limit
from chainrule.command.mistakes import Mistake, suggestion
from chainrule.command.numbers import check_plot, rows_of
from chainrule.command.output import Output, number
from chainrule.errors import MissingExtraError
from chainrule.show import graph, plot
from chainrule.show.graph import SUFFIXES
from chainrule.show.labels import formulas as legend_formulas

HIGHEST_ORDER = 8
HIGHEST_PLOTTED = 5
LONGEST_FORMULA = 400  # characters

Function = ExpressionFunction | FileFunction


class Term(NamedTuple):
    """The function (no variables) or one of its derivatives (the numbers of its variables)."""

    key: str
    variables: tuple[int, ...]


def run(arguments: Namespace) -> None:
    """Do what `chainrule diff` was asked for; raises Mistake for what the user got wrong."""
    values = points.read(arguments.at or [])
    function = _function(arguments.function, [v.name for v in values])
    values.sort(key=lambda v: function.names.index(v.name))
    order = _order(arguments.order, function.names)
    table = any(v.several for v in values)
    where = points.points(values)
    _check_files(arguments, values, order, table)
    if not table:
        function.check(where[0])
    if arguments.plot:
        check_plot(function, where[0], order if len(values) == 1 else 1)
    terms = terms_of(function.names, order)
    rows = rows_of(function, where, order)
    formulas = formula_texts(function, terms)
    if arguments.json:
        print(json.dumps(_json(function, order, terms, formulas, where, rows), indent=2))
    else:
        output = Output()
        _print_formulas(output, function, terms, formulas, where[0], rows[0], table)
        if table:
            _print_table(output, function.names, terms, values, where, rows)
    if arguments.plot:
        _save_plot(function, values, where, order, arguments.plot)
    if arguments.graph:
        _save_graph(function, where[0], arguments.graph)


def terms_of(names: Sequence[str], order: int) -> list[Term]:
    """Return f and its derivatives up to `order`, for several variables the upper half of the Hessian."""
    terms = [Term("f", ())]
    for k in range(1, order + 1):
        choices = combinations_with_replacement(range(len(names)), k)
        terms += [Term(_key(names, chosen), chosen) for chosen in choices]
    return terms


def _key(names: Sequence[str], chosen: tuple[int, ...]) -> str:
    below = "".join(
        f"d{names[i]}{chosen.count(i) if chosen.count(i) > 1 else ''}" for i in sorted(set(chosen))
    )
    return f"d{len(chosen) if len(chosen) > 1 else ''}f/{below}"


# -- reading what was asked for ---------------------------------------------------------------------


def _function(text: str, given: Sequence[str]) -> Function:
    """Return the function that was named or written, with a value for each of its variables."""
    file = split_path(text)
    if file is not None:
        function: Function = load(*file, given)
    else:
        expression = parse(text, given)
        unused = [name for name in given if name not in expression.names]
        if unused:
            guess = suggestion(unused[0], expression.names)
            raise Mistake(
                f"--at gives {unused[0]!r} a value, but it does not occur in {expression.text!r}{guess}"
            )
        function = ExpressionFunction(expression, given)
    if not function.names:
        raise Mistake(
            "there is nothing to differentiate by: use a variable, and give its value as in --at x=3"
        )
    return function


def _order(order: int, names: Sequence[str]) -> int:
    if not 1 <= order <= HIGHEST_ORDER:
        raise Mistake(f"--order goes from 1 to {HIGHEST_ORDER}, not {order}")
    if order > 2 and len(names) > 1:
        raise Mistake(
            f"--order {order} is for one variable; of {len(names)} variables there are orders 1 and 2"
        )
    return order


def _check_files(arguments: Namespace, values: Sequence[points.Values], order: int, table: bool) -> None:
    """See that pictures can be drawn and written before anything is computed."""
    for option, path in (("--plot", arguments.plot), ("--graph", arguments.graph)):
        if path is not None:
            _check_writable(option, path)
    if arguments.graph:
        if table:
            raise Mistake("--graph draws one point; give --at single values")
        if Path(arguments.graph).suffix.lower() not in SUFFIXES:
            raise Mistake(f"--graph writes {', '.join(SUFFIXES)}, not {arguments.graph!r}")
    if arguments.plot:
        if len(values) > 2:
            raise Mistake(f"--plot is for one or two variables, not {len(values)}")
        if order > HIGHEST_PLOTTED:
            raise Mistake(f"--plot shows derivatives up to order {HIGHEST_PLOTTED}")
        kinds = _picture_kinds()
        if Path(arguments.plot).suffix.lower().removeprefix(".") not in kinds:
            raise Mistake(f"--plot writes {', '.join('.' + kind for kind in kinds)}, not {arguments.plot!r}")


def _check_writable(option: str, path: str) -> None:
    folder = os.path.dirname(path) or "."
    if not path:
        raise Mistake(f"{option}: the name of the file is empty")
    if not os.path.isdir(folder):
        raise Mistake(f"{option}: there is no folder {folder!r}")
    if os.path.isdir(path):
        raise Mistake(f"{option}: {path!r} is a folder")
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise Mistake(f"{option}: {path!r} cannot be written: permission denied")


def _picture_kinds() -> list[str]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", "show", "--plot") from None
    return sorted(Figure().canvas.get_supported_filetypes())


# -- printing ---------------------------------------------------------------------------------------


def _print_formulas(
    output: Output,
    function: Function,
    terms: Sequence[Term],
    formulas: dict[str, str],
    point: tuple[float, ...],
    row: Sequence[float],
    table: bool,
) -> None:
    inside = ", ".join(function.names)
    here = ", ".join(map(number, point))
    rows = []
    for term, value in zip(terms, row, strict=True):
        name = _name(term, len(function.names))
        text = function.title if term.key == "f" else formulas.get(term.key)
        if text is not None:
            shown = (
                text if len(text) <= LONGEST_FORMULA or term.key == "f" else "(too long to show; see --json)"
            )
            rows.append((f"{name}({inside})", shown))
        if not table:
            rows.append((f"{name}({here})", number(value)))
    output.equations(rows)
    if not table and len(function.names) > 1 and len(terms[-1].variables) == 2:
        output.line(f"Hessian at ({here}):")
        output.table(["", *function.names], _matrix(function.names, terms, row))


def _name(term: Term, count: int) -> str:
    """Return f, f', f'' ... for one variable, f and its partial derivatives for several."""
    k = len(term.variables)
    if count > 1:
        return term.key
    return "f" + ("'" * k if k <= 3 else f"^({k})")


def _matrix(names: Sequence[str], terms: Sequence[Term], row: Sequence[float]) -> list[list[str]]:
    found = {term.variables: value for term, value in zip(terms, row, strict=True)}
    count = range(len(names))
    return [[names[i], *[number(found[min(i, j), max(i, j)]) for j in count]] for i in count]


def _print_table(
    output: Output,
    names: Sequence[str],
    terms: Sequence[Term],
    values: Sequence[points.Values],
    where: Sequence[tuple[float, ...]],
    rows: Sequence[Sequence[float]],
) -> None:
    fixed = [f"{v.name} = {number(v.values[0])}" for v in values if not v.several]
    output.line(f"at {', '.join(fixed)}:" if fixed else "")
    column = next(i for i, v in enumerate(values) if v.several)
    inside = names[0] if len(names) == 1 else ""
    headers = [names[column]]
    for term in terms:
        name = _name(term, len(names))
        headers.append(f"{name}({inside})" if inside else name)
    cells = [[_short(point[column]), *map(_short, row)] for point, row in zip(where, rows, strict=True)]
    output.table(headers, cells)


def _short(x: float) -> str:
    return f"{x + 0.0:.8g}"


def _json(
    function: Function,
    order: int,
    terms: Sequence[Term],
    formulas: dict[str, str],
    where: Sequence[tuple[float, ...]],
    rows: Sequence[Sequence[float]],
) -> dict[str, Any]:
    """Return the result for JSON, which has no NaN and infinity: they are the strings of their names."""
    keys = [term.key for term in terms]
    return {
        "function": function.title,
        "variables": function.names,
        "order": order,
        "formulas": {key: formulas[key] for key in keys if key in formulas},
        "points": [
            {
                "at": dict(zip(function.names, map(_json_number, point), strict=True)),
                **dict(zip(keys, map(_json_number, row), strict=True)),
            }
            for point, row in zip(where, rows, strict=True)
        ],
    }


def _json_number(x: float) -> float | str:
    if math.isfinite(x):
        return x + 0.0
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"


# -- pictures ---------------------------------------------------------------------------------------


def _save_plot(
    function: Function,
    values: Sequence[points.Values],
    where: Sequence[tuple[float, ...]],
    order: int,
    path: str,
) -> None:
    intervals = [_interval(v) for v in values]
    single = not any(v.several for v in values)
    at = where[0] if single else None
    labels = _legend(function, order)
    if len(values) == 1:
        figure = plot(function, intervals[0], order, at=at, labels=labels)
    else:
        figure = plot(function, (intervals[0], intervals[1]), at=at, labels=labels)
    _write(path, lambda: figure.savefig(path, dpi=150))


def _legend(function: Function, order: int) -> list[str]:
    try:
        with time_limit(PATIENCE):
            return legend_formulas(function, order, function.names)
    except TimeoutError:
        count = len(function.names)
        return [_name(term, count) for term in terms_of(function.names, order if count == 1 else 1)]


def _interval(values: points.Values) -> tuple[float, float]:
    """Return the range given, or one around a single value."""
    if values.several:
        return min(values.values), max(values.values)
    (x,) = values.values
    reach = max(2.0, abs(x))
    return x - reach, x + reach


def _save_graph(function: Function, point: tuple[float, ...], path: str) -> None:
    leaves = {
        name: chainrule.tensor(x, dtype=chainrule.float64, requires_grad=True)
        for name, x in zip(function.names, point, strict=True)
    }
    result = function(*leaves.values())
    if not isinstance(result, chainrule.Tensor) or not result.requires_grad:
        raise Mistake("--graph: the function does not depend on its variables, so there is no graph")
    drawing = graph(result, names={**leaves, "f": result})
    _write(path, lambda: drawing.save(path))


def _write(path: str, save: Callable[[], Any]) -> None:
    try:
        save()
    except OSError as error:
        raise Mistake(f"{path!r} cannot be written: {error.strerror or error}") from None
