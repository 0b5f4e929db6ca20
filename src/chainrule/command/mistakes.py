"""Mistake: bad input, said in one line with the place marked."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

WIDTH = 76  # of the part of a long text that is shown around the place


class Mistake(Exception):  # noqa: N818 (the user's, and the program's way to say so)
    """Something wrong with what the user typed; `span` is the place in `text`."""

    def __init__(self, message: str, text: str = "", span: tuple[int, int] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.span = span

    def __str__(self) -> str:
        if self.span is None:
            return self.message
        line, start, end = excerpt(self.text, *self.span)
        return f"{self.message}\n  {line}\n  {' ' * start}{'^' * (end - start)}"


def excerpt(text: str, start: int, end: int) -> tuple[str, int, int]:
    """Return the part of `text` around a place, and the place in it."""
    end = max(end, start + 1)
    left = max(0, min(start - WIDTH // 2, len(text) - WIDTH))
    line = "".join(c if c.isprintable() else "?" for c in text[left : left + WIDTH])
    start, end = start - left, min(end - left, WIDTH)
    if left:
        line, start, end = f"...{line}", start + 3, end + 3
    if left + WIDTH < len(text):
        line += "..."
    return line, start, end


def one_line(error: BaseException) -> str:
    """Return the message of an error in one line; it may be one that a user's class fails to give."""
    try:
        return " ".join(str(error).split()) or "no message"
    except Exception:
        return "no message"


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?" for the known word closest to `word`, or nothing."""
    names = list(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if not close:
        close = [name for name in names if name.lower() == word.lower()][:1]
    return f"; did you mean {close[0]!r}?" if close else ""
