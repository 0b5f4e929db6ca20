"""Write docs/derivatives.md from the definitions of the operations: `python docs/make_derivatives.py`."""

from __future__ import annotations

from pathlib import Path

import chainrule  # noqa: F401 (importing it fills the registry)
from chainrule.core.primitive import Primitive, registry
from chainrule.ops.__main__ import KINDS, forward, kind_of
from chainrule.ops.wording import text_of

PAGE = Path(__file__).with_name("derivatives.md")

HEAD = """\
# The derivatives

Every primitive of chainrule with its derivative, as its definition in `src/chainrule/ops` says it. This
page is written by `python docs/make_derivatives.py`; a test compares the two. `python -m chainrule.ops`
prints a shorter table.

How to read a rule (more in [writing a rule](writing-a-rule.md)):

- *elementwise*, *selection*: the derivative of the result `y` with respect to the operand. Reverse mode
  multiplies the cotangent by it (by its conjugate, for complex numbers), forward mode the tangent. An
  operand of a *selection* with derivative 0 was not taken.
- *linear*, *bilinear*: the transpose, from the cotangent `g` of the result to that of the operand. In
  forward mode the operation itself is applied to the tangents.
- *general*: rules in full: the cotangent of the operand, and the tangent of the result from those of the
  operands (`x_dot`).
- *constant*: no derivative flows.

A rule of several statements is given by name, with the values that it uses; look for it in the module
named above the table, as for other helpers. `joint`: one rule gives the cotangents of all operands.
"""


def page() -> str:
    """Return the text of the page."""
    families: dict[str, list[Primitive]] = {}
    for primitive in registry.values():
        families.setdefault(primitive.__module__.removeprefix("chainrule.ops."), []).append(primitive)
    return "\n".join([HEAD, *[_section(family, families[family]) for family in sorted(families)]])


def _section(family: str, primitives: list[Primitive]) -> str:
    path = f"src/chainrule/ops/{family.replace('.', '/')}.py"
    lines = [f"## {family}", "", f"[`{path}`](../{path})", ""]
    lines += ["| primitive | kind | reverse | forward |", "| --- | --- | --- | --- |"]
    for primitive in sorted(primitives, key=lambda p: p.name):
        kind = KINDS[kind_of(primitive)]
        lines.append(f"| {_code(primitive.name)} | {kind} | {_reverse(primitive)} | {_forward(primitive)} |")
    return "\n".join([*lines, ""])


def _reverse(primitive: Primitive) -> str:
    rules = dict(primitive.rules) if primitive.joint is None else {"joint": primitive.joint}
    return "<br>".join(f"{name}: {_code(text_of(rule))}" for name, rule in rules.items()) or "-"


def _forward(primitive: Primitive) -> str:
    jvp = getattr(primitive, "jvp", None)
    return forward(primitive) if jvp is None else _code(text_of(jvp))


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
