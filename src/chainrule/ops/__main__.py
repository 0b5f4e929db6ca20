"""`python -m chainrule.ops`: every primitive with its kind, and where its derivatives come from."""

from __future__ import annotations

from chainrule.core.kinds import Bilinear, Constant, Elementwise, General, Linear, Selection
from chainrule.core.primitive import Primitive, registry

TITLES = ("operation", "kind", "reverse", "forward")

KINDS = {
    Constant: "constant",
    Selection: "selection",
    Elementwise: "elementwise",
    Linear: "linear",
    Bilinear: "bilinear",
    General: "general",
}
FORWARD = {
    Constant: "-",
    Selection: "same rule",
    Elementwise: "same rule",
    Linear: "itself",
    Bilinear: "itself, per operand",
    General: "own rule",
}


def kind_of(primitive: Primitive) -> type[Primitive]:
    """Return the kind among KINDS that a primitive is of, or is a refinement of."""
    return next(kind for kind in KINDS if isinstance(primitive, kind))


def reverse(primitive: Primitive) -> str:
    """Return the operands that a cotangent flows to."""
    if primitive.joint is not None:
        return ", ".join(primitive.operands)
    return ", ".join(primitive.rules) or "-"


def forward(primitive: Primitive) -> str:
    """Return what gives the tangent of the result."""
    return FORWARD[kind_of(primitive)]


def table() -> str:
    """Return the table of all primitives as text.

    >>> from chainrule.ops.__main__ import table
    >>> print(table().splitlines()[0].split())
    ['operation', 'kind', 'reverse', 'forward']
    """
    rows = [TITLES]
    for name, primitive in sorted(registry.items()):
        rows.append((name, KINDS[kind_of(primitive)], reverse(primitive), forward(primitive)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    print(table())
