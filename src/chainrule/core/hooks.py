"""Hooks: functions of users that see, and may replace, gradients on their way."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Final, Self

from chainrule import dtypes
from chainrule.core.tensor import TensorBase

Hook = Callable[..., Any]

_next_id = itertools.count().__next__


class HookList(dict[int, Hook]):
    """Hooks by the id of their handle, in the order in which they run."""

    __slots__ = ("__weakref__",)

    def add(self, hook: Hook) -> RemovableHandle:
        handle = RemovableHandle(self)
        self[handle.id] = hook
        return handle


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook away, as leaving a `with` block does."""

    def __init__(self, hooks: dict[int, Hook]) -> None:
        self.id: Final[int] = _next_id()
        self._hooks: Final = weakref.ref(hooks)

    def remove(self) -> None:
        """Take the hook away; nothing happens when it is gone already."""
        hooks = self._hooks()
        if hooks is not None:
            hooks.pop(self.id, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()


class Hooks:
    """The hooks of a node, or of a leaf and what accumulates its gradient."""

    __slots__ = ("accumulated", "post", "pre", "tensor")

    def __init__(self) -> None:
        self.tensor: Final = HookList()  # hook(grad): on the gradient of a tensor
        self.pre: Final = HookList()  # hook(grad_outputs): before the node runs
        self.post: Final = HookList()  # hook(grad_inputs, grad_outputs): after it has run
        self.accumulated: Final = HookList()  # hook(leaf): after .grad has been set

    def on_tensor(self, grad: TensorBase) -> Any:
        """Run the hooks on a gradient; return what they leave of it."""
        for hook in tuple(self.tensor.values()):
            (grad,) = replaced((grad,), (hook(grad),), hook)
        return grad

    def on_leaf(self, leaf: TensorBase) -> None:
        """Run the hooks on a leaf whose .grad has been set."""
        for hook in tuple(self.accumulated.values()):
            answer = hook(leaf)
            if answer is not None and not isinstance(answer, TensorBase):
                raise TypeError(f"expected Variable, but hook returned '{type(answer).__name__}'")

    def before(self, grads: Sequence[Any]) -> Sequence[Any]:
        """Run the hooks on what goes into a node; return what they leave of it."""
        for hook in tuple(self.pre.values()):
            grads = _answered(grads, hook(tuple(grads)), hook)
        return grads

    def after(self, grads: Sequence[Any], grad_outputs: Sequence[Any]) -> Sequence[Any]:
        """Run the hooks on what comes out of a node; return what they leave of it."""
        for hook in tuple(self.post.values()):
            grads = _answered(grads, hook(tuple(grads), tuple(grad_outputs)), hook)
        return grads


def _answered(grads: Sequence[Any], answer: Any, hook: Hook) -> Sequence[Any]:
    """Return the gradients that a hook of a node leaves."""
    if answer is None:
        return grads
    if not isinstance(answer, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(answer).__name__}'")
    if len(answer) != len(grads):
        raise RuntimeError(
            f"hook '{_name(hook)}' has returned an incorrect number of values "
            f"(got {len(answer)}, but expected {len(grads)})"
        )
    return tuple(
        [
            None if new is None else replaced((old,), (new,), hook)[0]
            for old, new in zip(grads, answer, strict=True)
        ]
    )


def replaced(grads: Iterable[Any], answers: Iterable[Any], hook: Hook) -> tuple[Any, ...]:
    """Return the answers of a hook, checked against the gradients they replace (None: kept)."""
    found = []
    for old, new in zip(grads, answers, strict=True):
        if new is None:
            found.append(old)
            continue
        if not isinstance(new, TensorBase):
            raise TypeError(f"expected Variable, but hook returned '{type(new).__name__}'")
        if old is None:
            raise RuntimeError("can't replace a None gradient with a non-None value")
        _check_like(old._value, new._value, hook)
        found.append(new)
    return tuple(found)


def _check_like(old: Any, new: Any, hook: Hook) -> None:
    if new.dtype != old.dtype:
        was, got = (dtypes.from_numpy_dtype(value.dtype).title for value in (old, new))
        raise RuntimeError(
            f"hook '{_name(hook)}' has changed the type of value "
            f"(was chainrule.{was}Tensor got chainrule.{got}Tensor)"
        )
    if new.shape != old.shape:
        raise RuntimeError(f"hook '{_name(hook)}' has changed the size of value")


def _name(hook: Hook) -> str:
    return getattr(hook, "__name__", "<unknown>")
