"""What torch gives at the hard points, as recorded, and the table of where that differs from the truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hard_points import ROWS, Row

HERE = Path(__file__).parent
RECORD = HERE / "torch_at_hard_points.json"
DOCUMENT = HERE.parent / "docs" / "differences-from-torch.md"
KINDS = {
    "gradient": "first, reverse",
    "second": "second, reverse over reverse",
    "forward_second": "second, forward over reverse",
}
START, END = "<!-- table: written by parity/record.py -->", "<!-- end of the table -->"


def recorded() -> dict[str, Any]:
    return json.loads(RECORD.read_text())


def true(row: Row, kind: str) -> tuple[float, ...] | None:
    return row.gradient if kind == "gradient" else row.second


def differences(row: Row, torch: dict[str, Any]) -> list[str]:
    """Return the kinds of derivative of which torch gives something else than the table of hard points."""
    found = []
    for kind in KINDS:
        expected = true(row, kind)
        given = [float(v) for v in torch[row.name][kind]]
        if expected is not None and not np.allclose(given, expected, rtol=1e-7, atol=1e-7, equal_nan=True):
            found.append(kind)
    return found


def table() -> str:
    """Return the differences as a Markdown table, a line for each derivative that differs."""
    torch = recorded()
    lines = [
        "| case | at | derivative | true, and chainrule's | torch's |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in ROWS:
        for kind in differences(row, torch):
            ours = _numbers(true(row, kind)) + (f" ({row.convention})" if row.convention else "")
            cells = (_numbers(row.at), KINDS[kind], ours, _numbers(torch[row.name][kind]))
            lines.append(f"| [`{row.name}`](../tests/hard_points.py) | {' | '.join(cells)} |")
    return "\n".join(lines)


def _numbers(values: Sequence[Any]) -> str:
    shown = [f"{float(v) + 0.0:.5g}" for v in values]
    return shown[0] if len(shown) == 1 else ", ".join(shown)


def with_table(document: str) -> str:
    """Return the document with its table written anew."""
    before, _, rest = document.partition(START)
    return f"{before}{START}\n\n{table()}\n\n{END}{rest.partition(END)[2]}"
