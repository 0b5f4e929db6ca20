"""Hooks of modules: functions that users hang before and after a module's forward."""

from __future__ import annotations

import itertools
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Self

from chainrule.errors import warn

_numbers: Final = itertools.count()


class Hook(NamedTuple):
    """A function with what was said about it when it was registered."""

    function: Callable[..., Any]
    with_kwargs: bool = False
    always_call: bool = False


Hooks = OrderedDict[int, Hook]


class RemovableHandle:
    """What registering a hook returns: `remove()`, or the end of a with statement, takes the hook away."""

    def __init__(self, hooks: OrderedDict[int, Any]) -> None:
        self.id: Final = next(_numbers)
        self._hooks: Final = weakref.ref(hooks)

    def remove(self) -> None:
        """Take the hook away; nothing happens if it is gone already."""
        hooks = self._hooks()
        if hooks is not None:
            hooks.pop(self.id, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


def register(hooks: Hooks, hook: Hook, prepend: bool) -> RemovableHandle:
    """Add a hook behind the others, or in front of them."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def call(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return `module.forward(*args, **kwargs)`, with what the module's hooks make of both."""
    called: set[int] = set()
    try:
        args, kwargs = _before(module, args, kwargs)
        result = module.forward(*args, **kwargs)
        for number, hook in list(module._forward_hooks.items()):
            called.add(number)
            result = _after(module, hook, args, kwargs, result)
        return result
    except Exception:
        _call_the_rest(module, called, args, kwargs)
        raise


def _before(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    for hook in list(module._forward_pre_hooks.values()):
        if hook.with_kwargs:
            changed = hook.function(module, args, kwargs)
            if changed is not None:
                if not isinstance(changed, tuple) or len(changed) != 2:
                    raise RuntimeError(
                        "forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
                        f"but got {changed}."
                    )
                args, kwargs = changed
        else:
            changed = hook.function(module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
    return args, kwargs


def _after(module: Any, hook: Hook, args: Any, kwargs: Any, result: Any) -> Any:
    if hook.with_kwargs:
        changed = hook.function(module, args, kwargs, result)
    else:
        changed = hook.function(module, args, result)
    return result if changed is None else changed


def _call_the_rest(module: Any, called: set[int], args: Any, kwargs: Any) -> None:
    """Call the hooks that were promised a call, now that forward or a hook has failed."""
    for number, hook in list(module._forward_hooks.items()):
        if not hook.always_call or number in called:
            continue
        try:
            _after(module, hook, args, kwargs, None)
        except Exception as error:
            warn(
                "module forward hook with ``always_call=True`` raised an exception that was silenced as "
                f"another error was raised in forward: {error}"
            )


__all__ = ["RemovableHandle"]
