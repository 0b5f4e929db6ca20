"""A progress bar for long work: in a terminal, after a moment, and never in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 1.0  # seconds before a bar appears


def progress(items: Iterable[T], doing: str) -> Iterator[T]:
    """Yield `items`; a bar titled `doing` appears on standard error when that takes over a second.

    >>> list(progress([1, 2, 3], "Counting"))
    [1, 2, 3]
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield from items
        return
    total = len(items) if isinstance(items, Sized) else None
    begin = time.monotonic()
    iterator = iter(items)
    for done, item in enumerate(iterator, 1):
        yield item
        if time.monotonic() - begin > PATIENCE:
            yield from _shown(iterator, doing, done, total)


def _shown(iterator: Iterator[T], doing: str, done: int, total: int | None) -> Iterator[T]:
    try:
        from rich.console import Console
        from rich.progress import Progress
    except ImportError:
        yield from iterator
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=total, completed=done)
        for item in iterator:
            yield item
            bar.advance(task)
