"""What each thread carries: whether operations are recorded, and how deep in transforms it is."""

from __future__ import annotations

import itertools
import threading


class ThreadState(threading.local):
    """The per-thread switches; class attributes are the values a new thread starts with."""

    grad_enabled: bool = True
    level: int = 0  # of the innermost transform being run; 0 outside
    plain: bool = True  # recording, and outside transforms: what the fast path asks for in one read

    def enable_grad(self, enabled: bool) -> None:
        self.grad_enabled = enabled
        self.plain = enabled and self.level == 0

    def enter_level(self, level: int) -> None:
        self.level = level
        self.plain = self.grad_enabled and level == 0


state = ThreadState()

# Nodes and in-place changes draw from one clock, so "was this memory written after that node was
# recorded?" is one comparison of two numbers.
tick = itertools.count(1).__next__
