"""`chainrule tour`: run everything, print it, and write the page."""

from __future__ import annotations

import textwrap
from argparse import Namespace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from chainrule.command.mistakes import Mistake
from chainrule.command.output import Output
from chainrule.command.tour import exercises, fit, page, pictures
from chainrule.command.tour.sections import Picture, Section, Table, run_exercise, source_of
from chainrule.errors import MissingExtraError
from chainrule.show.progress import progress

WIDTH = 92


def run(arguments: Namespace) -> None:
    """Do what `chainrule tour` was asked for; raises Mistake when the folder cannot be written."""
    _check_extras(arguments.no_pictures)
    folder = None if arguments.no_pictures else _folder(arguments.out)
    output = Output()
    output.line("chainrule: derivatives that run. Five exercises, then a real task.", "bold")
    sections = []
    for number, exercise in enumerate(exercises.EXERCISES, 1):
        section, drawing = run_exercise(exercise)
        section.title = f"{number}. {section.title}"
        sections.append(section)
        _print(output, section)
        if folder is not None:
            section.pictures = _pictures(exercise.__name__, drawing)
    section, result = real_task()
    sections.append(section)
    _print(output, section)
    if folder is None:
        return
    section.pictures = [
        Picture("fit", pictures.fitted(result), "The measurements, the fitted curve and what is left.")
    ]
    _write(folder, sections)
    output.line()
    output.line(
        f"Pictures and the page are in {folder}: open {folder / 'index.html'} in a browser.", "bold green"
    )


def real_task() -> tuple[Section, fit.Fit]:
    """Fit the measured data three ways; return the section and the fit with exact derivatives."""
    how = ("exact", "2-point", "3-point")
    results = [fit.run(name) for name in progress(how, "Fitting")]
    exact = results[0]
    section = Section(
        "6. A real task: fitting measured data",
        "How well do electrons move through a semiconductor? NIST measured it at 37 densities. The model is "
        "a quotient of two cubics with seven parameters, and SciPy's least_squares looks for those that fit "
        "best. For that it needs the derivative of every one of 37 residuals by every one of 7 parameters, "
        "at every step. chainrule gives all 259 of them exactly from one backward pass; differences "
        "evaluate the model seven or fourteen more times, and are not exact.",
        code=f"{source_of(fit.model)}\n\n{source_of(fit.jacobian)}",
        tables=[_parameters(exact), _comparison(results)],
    )
    section.lines = [
        f"sum of squares: {exact.squares:.10e}, certified by NIST: {fit.CERTIFIED_SQUARES:.10e}",
    ]
    section.ends = (
        f"The fit agrees with NIST's certified parameters in {int(exact.digits)} digits. With exact "
        f"derivatives it took {exact.evaluations} evaluations of the model and {exact.jacobians} backward "
        f"passes, with differences {results[1].evaluations} or {results[2].evaluations} evaluations. This "
        "model takes microseconds, so the times hardly differ; every evaluation counts when yours takes "
        "seconds."
    )
    return section, exact


def _parameters(result: fit.Fit) -> Table:
    rows = [
        (f"b{i}", f"{b:#.10g}", f"{c:#.10g}", f"{e:#.5g}", f"{ce:#.5g}")
        for i, (b, c, e, ce) in enumerate(
            zip(result.parameters, fit.CERTIFIED, result.errors, fit.CERTIFIED_ERRORS, strict=True), 1
        )
    ]
    return Table(("", "fitted", "certified", "std. error", "certified"), rows)


def _comparison(results: list[fit.Fit]) -> Table:
    rows = [
        (
            "exact (chainrule)" if r.jacobian == "exact" else f"differences, {r.jacobian}",
            str(r.evaluations),
            str(r.jacobians) if r.jacobians else "-",
            f"{r.digits:.1f}",
            f"{r.seconds * 1000:.0f} ms",
        )
        for r in results
    ]
    return Table(("derivatives", "evaluations", "backward passes", "digits", "time"), rows)


def _pictures(name: str, drawing: Any) -> list[Picture]:
    """Return the pictures that go with an exercise."""
    if name == "the_graph":
        return [
            Picture("graph", drawing.svg, "The graph of 3x²: values go down, gradients come back up.", True)
        ]
    if name == "polynomial":
        return [
            Picture(
                "polynomial-graph", drawing.svg, "Two ways lead back to x; its gradient is their sum.", True
            ),
            Picture(
                "polynomial", pictures.tangent(), "The derivative at 3 is the slope of the tangent there."
            ),
        ]
    if name == "partial_derivatives":
        return [
            Picture(
                "gradient-field", pictures.field(), "f in colours, its gradient as arrows, (3, 4) as a dot."
            )
        ]
    if name == "many_values":
        return [Picture("many-values", pictures.parabola(), "The function against its derivative.")]
    return []


def _print(output: Output, section: Section) -> None:
    output.heading(section.title)
    output.line(textwrap.fill(section.says, WIDTH))
    if section.code:
        output.line()
        output.line(textwrap.indent(section.code, "    "), "dim")
    output.line()
    for line in section.lines:
        output.line(line, "cyan")
    for table in section.tables:
        output.line()
        output.table(table.headers, table.rows)
    if section.ends:
        output.line()
        output.line(textwrap.fill(section.ends, WIDTH))


def _check_extras(no_pictures: bool) -> None:
    """See that all libraries are there before anything is printed."""
    needed = {"sympy": "SymPy", "scipy": "SciPy"}
    if not no_pictures:
        needed |= {"matplotlib": "matplotlib", "grandalf": "grandalf"}
    for module, name in needed.items():
        if find_spec(module) is None:
            raise MissingExtraError(name, "all", "the tour")


def _folder(path: str) -> Path:
    """Make the folder; anything in the way is the user's mistake."""
    if not path:
        raise Mistake("--out: the name of the folder is empty")
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Mistake(f"--out: {path!r} cannot be made a folder: {error.strerror or error}") from None
    return folder


def _write(folder: Path, sections: list[Section]) -> None:
    contents = {"index.html": page.render(sections)}
    for section in sections:
        for picture in section.pictures:
            contents[f"{picture.name}.svg"] = picture.svg
    try:
        for name, text in contents.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Mistake(f"--out: {str(folder)!r} cannot be written to: {error.strerror or error}") from None
