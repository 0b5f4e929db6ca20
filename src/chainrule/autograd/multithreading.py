"""set_multithreading_enabled: torch's switch. Backward always runs in the thread that calls it."""

from __future__ import annotations

import threading
from contextlib import ContextDecorator
from types import TracebackType


class _Setting(threading.local):
    enabled = True


_setting = _Setting()


class set_multithreading_enabled(ContextDecorator):  # noqa: N801 (torch's name)
    """Switch backward in several threads on or off for this thread; as a context manager, for its block.

    It changes nothing but what `is_multithreading_enabled` tells: backward runs in the thread that calls it,
    as torch's does on the CPU. Raises TypeError when `mode` is not a bool.

    >>> import chainrule
    >>> with chainrule.autograd.set_multithreading_enabled(False):
    ...     chainrule.autograd.is_multithreading_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                "set_multithreading_enabled(): argument 'enabled' (position 1) must be bool, "
                f"not {type(mode).__name__}"
            )
        self.mode = mode
        self.prev = _setting.enabled
        _setting.enabled = mode

    def _recreate_cm(self) -> set_multithreading_enabled:
        return type(self)(self.mode)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _setting.enabled = self.prev


def is_multithreading_enabled() -> bool:
    """Tell whether backward in several threads is switched on in this thread.

    >>> import chainrule
    >>> chainrule.autograd.is_multithreading_enabled()
    True
    """
    return _setting.enabled


__all__ = ["is_multithreading_enabled", "set_multithreading_enabled"]
