"""Hooks on the tensors that operations save for backward."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chainrule.core.saved import SavedHooks
from chainrule.core.state import state

_refusals = threading.local()


class saved_tensors_hooks:  # noqa: N801 (torch's name)
    """Within the block, put what operations save through `pack_hook`, and back through `unpack_hook`.

    `pack_hook(tensor)` returns anything, from which `unpack_hook` makes a tensor of that value again. Of
    nested blocks the innermost counts.

    >>> import chainrule
    >>> x = chainrule.tensor([1.0, 2.0], requires_grad=True)
    >>> with chainrule.autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), chainrule.tensor):
    ...     y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    tensor([2., 4.])
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook
        self.before: list[Any] = []

    def __enter__(self) -> None:
        refusal = getattr(_refusals, "message", None)
        if refusal is not None:
            raise RuntimeError(refusal)
        for hook in (self.pack_hook, self.unpack_hook):
            if not callable(hook):
                raise TypeError(f"saved_tensors_hooks() expects two functions, but got {type(hook).__name__}")
        self.before.append(state.saved_hooks)
        state.saved_hooks = (*state.saved_hooks, SavedHooks(self.pack_hook, self.unpack_hook))
        state.update()

    def __exit__(self, *error: object) -> None:
        state.saved_hooks = self.before.pop()
        state.update()


class save_on_cpu(saved_tensors_hooks):  # noqa: N801 (torch's name)
    """Keep saved tensors on the CPU, where they are anyway; both arguments are accepted.

    >>> import chainrule
    >>> x = chainrule.tensor(3.0, requires_grad=True)
    >>> with chainrule.autograd.graph.save_on_cpu():
    ...     y = x * x
    >>> y.backward()
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(_same, _same)


def _same(tensor: Any) -> Any:
    return tensor


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within the block, `saved_tensors_hooks` raises RuntimeError with this message.

    >>> import chainrule
    >>> with chainrule.autograd.graph.disable_saved_tensors_hooks("not here"):
    ...     with chainrule.autograd.graph.save_on_cpu():
    ...         pass
    Traceback (most recent call last):
        ...
    RuntimeError: not here
    """
    before = getattr(_refusals, "message", None)
    if state.saved_hooks:
        raise RuntimeError(error_message)
    _refusals.message = error_message
    try:
        yield
    finally:
        _refusals.message = before


__all__ = ["disable_saved_tensors_hooks", "save_on_cpu", "saved_tensors_hooks"]
