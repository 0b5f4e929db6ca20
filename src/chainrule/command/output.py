"""Output: aligned text for pipes, the same with colours and ruled tables in a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any


def _console() -> Any:
    """Return rich's console when a person is looking and rich is there, else None."""
    if sys.stdout is None or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(highlight=False, soft_wrap=True)


class Output:
    """Writes to standard output."""

    def __init__(self) -> None:
        self.console = _console()

    def line(self, text: str = "", style: str = "") -> None:
        """Write a line; the style shows in a terminal only."""
        if self.console is None:
            print(text)
        else:
            self.console.print(text, style=style or None, markup=False)

    def heading(self, text: str) -> None:
        """Write a heading."""
        if self.console is None:
            print(f"\n{text}\n{'-' * len(text)}")
        else:
            self.console.print()
            self.console.rule(f"[bold]{text}", align="left", style="blue")

    def equations(self, rows: Sequence[tuple[str, str]]) -> None:
        """Write 'left = right' with the signs below each other."""
        width = max(len(left) for left, _ in rows)
        for left, right in rows:
            if self.console is None:
                print(f"{left:<{width}} = {right}")
            else:
                from rich.text import Text

                self.console.print(Text.assemble((f"{left:<{width}}", "bold cyan"), " = ", right))

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a table with its columns aligned to the right."""
        if self.console is None:
            widths = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
            for row in (headers, *rows):
                print("  ".join(f"{cell:>{w}}" for cell, w in zip(row, widths, strict=True)))
            return
        from rich.table import Table
        from rich.text import Text

        table = Table(header_style="bold cyan")
        for header in headers:
            table.add_column(Text(header), justify="right")
        for row in rows:
            table.add_row(*map(Text, row))
        self.console.print(table)


def number(x: float) -> str:
    """Return a float64 in twelve significant digits.

    >>> number(38.0), number(0.1 + 0.2), number(float("inf"))
    ('38', '0.3', 'inf')
    """
    return f"{x + 0.0:.12g}"
