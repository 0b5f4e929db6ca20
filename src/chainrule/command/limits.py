"""A limit of time for work that nobody can foresee: SymPy's."""

from __future__ import annotations

import signal
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SOON = 0.002  # seconds


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the block when it takes longer than `seconds`; if it is caught there, once more.

    Without limit where there are no alarms: outside the main thread, and on Windows.
    """
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_: Any, frame: FrameType | None) -> None:
        if _loses_exceptions(frame):
            signal.setitimer(signal.ITIMER_REAL, SOON, seconds)
        else:
            raise TimeoutError("out of time")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _loses_exceptions(frame: FrameType | None) -> bool:
    """Tell whether Python is clearing up: it prints exceptions there and goes on."""
    while frame is not None:
        if frame.f_code.co_name == "__del__" or frame.f_code.co_filename == weakref.__file__:
            return True
        frame = frame.f_back
    return False
