"""no_grad, enable_grad, set_grad_enabled, inference_mode: switch recording, per thread."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from chainrule.core.state import state
from chainrule.errors import warn

Function = Callable[..., Any]


class Mode:
    """A context manager and decorator that switches something in this thread, and back on the way out.

    One object may be entered again while it is entered, and used any number of times.
    """

    def __init__(self) -> None:
        self.before: list[Any] = []

    def switch(self) -> Any:
        """Switch; return what to switch back to."""
        raise NotImplementedError

    def switch_back(self, before: Any) -> None:
        raise NotImplementedError

    def clone(self) -> Mode:
        """Return another object for the same mode."""
        return type(self)()

    def __enter__(self) -> Self:
        self.before.append(self.switch())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.switch_back(self.before.pop())

    def __call__(self, function: Any) -> Any:
        if inspect.isgeneratorfunction(function):
            return self._wrap_generator(function)
        if isinstance(function, type):
            warn(
                "Decorating classes is deprecated and will be disabled in future versions. You should only "
                "decorate functions or methods. To preserve the current behavior of class decoration, you "
                "can directly decorate the `__init__` method and nothing else.",
                FutureWarning,
            )

        @functools.wraps(function, updated=() if isinstance(function, type) else functools.WRAPPER_UPDATES)
        def switched(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return switched

    def _wrap_generator(self, function: Function) -> Function:
        @functools.wraps(function)
        def switched(*args: Any, **kwargs: Any) -> Any:
            # The mode holds while the generator's own code runs, not between its values.
            with self.clone():
                generator = function(*args, **kwargs)
            try:
                with self.clone():
                    item = next(generator)
                while True:
                    try:
                        sent = yield item
                    except GeneratorExit:
                        with self.clone():
                            generator.close()
                        raise
                    except BaseException as error:
                        with self.clone():
                            item = generator.throw(error)
                    else:
                        with self.clone():
                            item = generator.send(sent)
            except StopIteration as stop:
                return stop.value

        return switched


class GradMode(Mode):
    """A mode that switches recording."""

    mode: bool  # whether operations are recorded

    def switch(self) -> bool:
        before = state.grad_enabled
        state.enable_grad(self.mode)
        return before

    def switch_back(self, before: bool) -> None:
        state.enable_grad(before)


def _decorate(cls: type[Mode], function: Any) -> Any:
    """Build the mode, or, used as a bare decorator, the switched function."""
    mode = object.__new__(cls)
    if function is None:
        return mode
    cls.__init__(mode)
    return mode(function)


class no_grad(GradMode):  # noqa: N801 (torch's name)
    """Do not record operations (context manager or decorator).

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> with chainrule.no_grad():
    ...     (x * 2).requires_grad
    False
    """

    mode = False

    def __init__(self, orig_func: Any = None) -> None:
        super().__init__()

    def __new__(cls, orig_func: Any = None) -> Any:
        return _decorate(cls, orig_func)


class enable_grad(GradMode):  # noqa: N801 (torch's name)
    """Record operations, also inside `no_grad` (context manager or decorator).

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> with chainrule.no_grad(), chainrule.enable_grad():
    ...     (x * 2).requires_grad
    True
    """

    mode = True

    def __init__(self, orig_func: Any = None) -> None:
        super().__init__()

    def __new__(cls, orig_func: Any = None) -> Any:
        return _decorate(cls, orig_func)


class set_grad_enabled(GradMode):  # noqa: N801 (torch's name)
    """Switch recording on or off at once; as a context manager, for its block only.

    Raises TypeError unless `mode` is a bool.

    >>> import chainrule
    >>> with chainrule.set_grad_enabled(False):
    ...     chainrule.is_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        super().__init__()
        self.mode = mode
        self.prev = state.grad_enabled
        state.enable_grad(mode)

    def clone(self) -> set_grad_enabled:
        """Return another object for the same mode, without switching now."""
        twin = object.__new__(type(self))
        Mode.__init__(twin)
        twin.mode, twin.prev = self.mode, state.grad_enabled
        return twin

    def switch(self) -> bool:
        state.enable_grad(self.mode)
        return self.prev

    def __call__(self, function: Any) -> Any:
        state.enable_grad(self.prev)
        return super().__call__(function)

    def __repr__(self) -> str:
        return f"chainrule.autograd.grad_mode.set_grad_enabled(mode={self.mode})"


class inference_mode(Mode):  # noqa: N801 (torch's name)
    """Record nothing, and give up for good on recording what is made inside (context manager or decorator).

    Tensors made inside are inference tensors: outside they can be computed with, but neither changed in place
    nor saved for backward; a `clone()` made outside can. With `mode=False`, the usual mode within its block,
    also inside another's. Raises TypeError unless `mode` is a bool (or a function to decorate).

    >>> import chainrule
    >>> with chainrule.inference_mode():
    ...     y = chainrule.ones(2)
    >>> y.is_inference(), y.clone().is_inference()
    (True, False)
    """

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.mode = mode

    def __new__(cls, mode: Any = True) -> Any:
        if not isinstance(mode, bool) and not callable(mode):
            raise TypeError(
                f"inference_mode(): argument 'mode' (position 1) must be bool, not {type(mode).__name__}"
            )
        return _decorate(cls, None if isinstance(mode, bool) else mode)

    def switch(self) -> tuple[bool, bool]:
        before = state.grad_enabled, state.inference
        state.switch(not self.mode, self.mode)
        return before

    def switch_back(self, before: tuple[bool, bool]) -> None:
        state.switch(*before)

    def clone(self) -> inference_mode:
        """Return another object for the same mode."""
        return type(self)(self.mode)


def is_grad_enabled() -> bool:
    """Tell whether operations are being recorded in this thread.

    >>> import chainrule
    >>> chainrule.is_grad_enabled()
    True
    """
    return state.grad_enabled


def is_inference_mode_enabled() -> bool:
    """Tell whether this thread is in inference mode.

    >>> import chainrule
    >>> with chainrule.inference_mode():
    ...     chainrule.is_inference_mode_enabled()
    True
    """
    return state.inference


__all__ = [
    "Mode",
    "enable_grad",
    "inference_mode",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "no_grad",
    "set_grad_enabled",
]
