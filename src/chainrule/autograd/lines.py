"""The user's own source lines: where in their code the library was called."""

from __future__ import annotations

import linecache
import sys
from types import FrameType
from typing import Any


class Trace:
    """A call stack without the library's frames, kept as places and turned to text when it is shown."""

    __slots__ = ("parent", "places")

    def __init__(self, places: tuple[tuple[str, int, str, dict[str, Any]], ...]) -> None:
        self.places = places  # (file, line, function, globals), the innermost last
        self.parent: Trace | None = None  # of the node whose backward recorded this one

    def __str__(self) -> str:
        """The stack as Python's tracebacks write it."""
        return "".join([_written(*place) for place in self.places])

    def line(self) -> str:
        """Return the innermost place as `file:line: source`."""
        if not self.places:
            return "unknown place"
        file, number, _, names = self.places[-1]
        return f"{file}:{number}: {linecache.getline(file, number, names).strip()}"


def _written(file: str, number: int, function: str, names: dict[str, Any]) -> str:
    source = linecache.getline(file, number, names).strip()
    return f'  File "{file}", line {number}, in {function}\n' + (f"    {source}\n" if source else "")


def user_trace() -> Trace:
    """Return where the user's code is now."""
    places = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if not _is_ours(frame):
            places.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name, frame.f_globals))
        frame = frame.f_back
    return Trace(tuple(reversed(places)))


def _is_ours(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__", "")
    return name == "chainrule" or name.startswith("chainrule.") or name in ("contextlib", "functools")


__all__ = ["Trace", "user_trace"]
