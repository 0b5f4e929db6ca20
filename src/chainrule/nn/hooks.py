"""Hooks of modules: functions that users hang before and after a module's forward."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from chainrule.core.hooks import RemovableHandle
from chainrule.errors import warn
from chainrule.nn.backward_hooks import Watch


class Hook(NamedTuple):
    """A function with what was said about it when it was registered."""

    function: Callable[..., Any]
    with_kwargs: bool = False
    always_call: bool = False


Hooks = OrderedDict[int, Hook]


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
        watch = Watch(module) if module._backward_hooks or module._backward_pre_hooks else None
        result = module.forward(*(args if watch is None else watch.enter(args)), **kwargs)
        for number, hook in list(module._forward_hooks.items()):
            called.add(number)
            result = _after(module, hook, args, kwargs, result)
        return result if watch is None else watch.leave(result)
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
