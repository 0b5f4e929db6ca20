"""What each thread carries: whether operations are recorded, and how deep in transforms it is."""

from __future__ import annotations

import itertools
import threading


class Unusual:
    """How many threads are inside no_grad or a transform.

    Mostly none: then the fast path need not look into its thread's state, which costs a tenth of a
    small operation.
    """

    threads = 0


unusual = Unusual()
_lock = threading.Lock()


class ThreadState(threading.local):
    """The per-thread switches; class attributes are the values a new thread starts with."""

    grad_enabled: bool = True
    level: int = 0  # of the innermost transform being run; 0 outside
    plain: bool = True  # recording, and outside transforms

    def enable_grad(self, enabled: bool) -> None:
        self.grad_enabled = enabled
        self._note(enabled and self.level == 0)

    def enter_level(self, level: int) -> None:
        self.level = level
        self._note(self.grad_enabled and level == 0)

    def _note(self, plain: bool) -> None:
        if plain is not self.plain:
            self.plain = plain
            with _lock:
                unusual.threads += -1 if plain else 1


state = ThreadState()

# Nodes and in-place changes draw from one clock, so "was this memory written after that node was
# recorded?" is one comparison of two numbers.
tick = itertools.count(1).__next__
