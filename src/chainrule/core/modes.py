"""no_grad, enable_grad, set_grad_enabled: switch recording, per thread."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from chainrule.core.state import state

F = TypeVar("F", bound=Callable[..., Any])


class GradMode:
    """A context manager and decorator that switches recording, and back on the way out."""

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled
        self.before: list[bool] = []

    def __enter__(self) -> Self:
        self.before.append(state.grad_enabled)
        state.enable_grad(self.enabled)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        state.enable_grad(self.before.pop())

    def __call__(self, function: F) -> F:
        enabled = self.enabled
        if inspect.isgeneratorfunction(function):
            return self._wrap_generator(function)

        @functools.wraps(function)
        def switched(*args: Any, **kwargs: Any) -> Any:
            with GradMode(enabled):
                return function(*args, **kwargs)

        return switched  # type: ignore[return-value]

    def _wrap_generator(self, function: F) -> F:
        enabled = self.enabled

        @functools.wraps(function)
        def switched(*args: Any, **kwargs: Any) -> Any:
            # The mode holds while the generator's own code runs, not between its values.
            with GradMode(enabled):
                generator = function(*args, **kwargs)
            try:
                with GradMode(enabled):
                    item = next(generator)
                while True:
                    try:
                        sent = yield item
                    except GeneratorExit:
                        generator.close()
                        raise
                    except BaseException as error:
                        with GradMode(enabled):
                            item = generator.throw(error)
                    else:
                        with GradMode(enabled):
                            item = generator.send(sent)
            except StopIteration as stop:
                return stop.value

        return switched  # type: ignore[return-value]


class no_grad(GradMode):  # noqa: N801 (torch's name)
    """Do not record operations (context manager or decorator).

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> with chainrule.no_grad():
    ...     (x * 2).requires_grad
    False
    """

    def __init__(self, function: Any = None) -> None:
        super().__init__(False)

    def __new__(cls, function: Any = None) -> Any:
        return _decorate(cls, function)


class enable_grad(GradMode):  # noqa: N801 (torch's name)
    """Record operations, also inside `no_grad` (context manager or decorator).

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> with chainrule.no_grad(), chainrule.enable_grad():
    ...     (x * 2).requires_grad
    True
    """

    def __init__(self, function: Any = None) -> None:
        super().__init__(True)

    def __new__(cls, function: Any = None) -> Any:
        return _decorate(cls, function)


def _decorate(cls: type[GradMode], function: Any) -> Any:
    """Build the mode, or, used as a bare decorator, the switched function."""
    mode = object.__new__(cls)
    if function is None:
        return mode
    cls.__init__(mode)  # type: ignore[call-arg]
    return mode(function)


class set_grad_enabled(GradMode):  # noqa: N801 (torch's name)
    """Switch recording on or off at once; as a context manager, for its block only.

    >>> import chainrule
    >>> with chainrule.set_grad_enabled(False):
    ...     chainrule.is_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        super().__init__(bool(mode))
        self.outside = state.grad_enabled
        state.enable_grad(self.enabled)

    def __enter__(self) -> Self:
        self.before.append(self.outside)
        state.enable_grad(self.enabled)
        return self

    def __call__(self, function: F) -> F:
        state.enable_grad(self.outside)
        return super().__call__(function)


def is_grad_enabled() -> bool:
    """Tell whether operations are being recorded in this thread.

    >>> import chainrule
    >>> chainrule.is_grad_enabled()
    True
    """
    return state.grad_enabled
