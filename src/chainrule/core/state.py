"""What each thread carries: whether operations are recorded, how deep in transforms it is, who watches."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from chainrule.core.batched import BatchScope
    from chainrule.core.dual import Scope
    from chainrule.core.engine import Pass
    from chainrule.core.saved import SavedHooks
    from chainrule.core.watching import Watcher

RECORDING: Final = 0  # the usual mode: plain values, operations on what requires grad are recorded
SILENT: Final = 1  # the same, but nothing is recorded
GENERAL: Final = 2  # inside a transform, in inference mode, or watched: only the general way will do


class Unusual:
    """How many threads are in another mode than RECORDING.

    Mostly none: then the fast path need not look into its thread's state, which costs a tenth of a
    small operation.
    """

    threads = 0
    inference = False  # whether any thread has ever been in inference mode


unusual = Unusual()

# Held while something is made, or counted, that several threads may ask for at once.
making: Final = threading.RLock()


class Presence:
    """A thread's part in `unusual.threads`. It goes with the thread, also when that dies inside `no_grad`."""

    __slots__ = ("counted",)

    def __init__(self) -> None:
        self.counted = False

    def count(self, counted: bool) -> None:
        if counted != self.counted:
            with making:
                unusual.threads += 1 if counted else -1
            self.counted = counted

    def __del__(self) -> None:
        self.count(False)


class ThreadState(threading.local):
    """The per-thread switches; class attributes are the values a new thread starts with."""

    grad_enabled: bool = True
    recording: bool = True  # grad_enabled, unless in inference mode
    level: int = 0  # of the innermost transform being run; 0 outside
    levels: tuple[int, ...] = ()  # of all that are being run, the innermost last
    inference: bool = False  # whether new tensors are inference tensors
    watchers: tuple[Watcher, ...] = ()  # told of every operation, forward and backward
    saved_hooks: tuple[SavedHooks, ...] = ()  # the last one packs what nodes save
    running: Pass | None = None  # the backward pass that is running
    marking: bool = True  # whether backward marks dead elements; `strict_ieee` turns it off
    dual_scope: Scope | None = None  # of torch's forward mode, and the level of its boxes
    dual_level: int = 0
    batches: tuple[BatchScope, ...] = ()  # the vmaps that are being run, the innermost last
    mode: int = RECORDING  # what the fast path asks for, worked out from the others

    def __init__(self) -> None:
        self.presence = Presence()

    def enable_grad(self, enabled: bool) -> None:
        self.grad_enabled = enabled
        self.update()

    def switch(self, grad_enabled: bool, inference: bool) -> None:
        """Enter or leave inference mode, which nothing is recorded in whatever `grad_enabled` is."""
        self.grad_enabled = grad_enabled
        self.inference = inference
        if inference:
            unusual.inference = True
        self.update()

    def enter_level(self) -> int:
        """Begin a transform. No two have the same level, and an inner one has a higher."""
        self.level = _next_level()
        self.levels = (*self.levels, self.level)
        self.update()
        return self.level

    def leave_to(self, levels: tuple[int, ...]) -> None:
        """End a transform: return to the levels outside it."""
        self.levels = levels
        self.level = levels[-1] if levels else 0
        self.update()

    def update(self) -> None:
        """Work out the mode, after one of the switches has changed."""
        self.recording = self.grad_enabled and not self.inference
        if self.level or self.inference or self.watchers or self.saved_hooks:
            mode = GENERAL
        else:
            mode = RECORDING if self.grad_enabled else SILENT
        if mode != self.mode:
            self.presence.count(mode != RECORDING)
            self.mode = mode


_next_level = itertools.count(1).__next__

state = ThreadState()

# Nodes and in-place changes draw from one clock, so "was this memory written after that node was
# recorded?" is one comparison of two numbers.
tick = itertools.count(1).__next__
