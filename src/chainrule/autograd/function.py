"""Function: operations with a derivative of the user's own."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

from chainrule.autograd.context import FunctionCtx
from chainrule.autograd.custom import Custom
from chainrule.autograd.function_boxes import evaluate
from chainrule.autograd.function_members import members_of
from chainrule.core.apply import settle, unbox
from chainrule.core.modes import no_grad
from chainrule.core.state import making, state
from chainrule.core.tensor import TensorBase


class FunctionMeta(type):
    """Gives each Function what the engine needs to know of it."""

    def __init__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> None:
        super().__init__(name, bases, attributes)
        cls._custom: Custom | None = None

    def _as_primitive(cls) -> Custom:
        """What the engine is shown, made on first use."""
        if cls._custom is None:
            with making:
                if cls._custom is None:
                    cls._custom = Custom(cls)
        return cls._custom


class Function(metaclass=FunctionMeta):
    """Base of operations with a derivative of one's own: write `forward` and `backward`, call `apply`.

    `forward(ctx, *args)` computes, with tensors or anything else as arguments and results; what it keeps in
    `ctx` is there for `backward(ctx, *grads)`, which returns a gradient (or None) per argument. Or `forward`
    takes no `ctx`, and `setup_context(ctx, inputs, output)` keeps what is needed. `jvp(ctx, *tangents)` is
    the rule of forward mode.

    >>> import chainrule
    >>> class Cube(chainrule.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return g * 3 * x**2
    >>> x = chainrule.tensor(2.0, requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad
    tensor(12.)
    """

    generate_vmap_rule = False
    clear_saved_tensors_on_access = False  # True: `saved_tensors` may be read once, and then lets them go
    boxed_grads_call = False  # True: `backward(ctx, grads)` gets one list, which it may empty

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so "
            "you should invoke them on the class itself. Instantiating an autograd function will raise an "
            f"error in a future version of chainrule. Call {type(self).__name__}.apply(...).",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. "
            "Please use new-style autograd function with static forward method. "
            f"(Example: {type(self).__name__}.apply(...))"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the results; to be written by the user."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Keep in `ctx` what `backward` needs, when `forward` has no `ctx`; to be written by the user."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Return the gradients of the arguments; to be written by the user."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to "
            "use it with backward mode AD."
        )

    @staticmethod
    def vjp(ctx: Any, *grad_outputs: Any) -> Any:
        """Another name for `backward`."""
        return Function.backward(ctx, *grad_outputs)

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Return the tangents of the results; to be written by the user."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        """Return results for batched arguments with their batch dimensions; to be written by the user."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set "
            "generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run `forward` on the arguments, and record the Function as one operation."""
        args = _by_position(cls, args, kwargs)
        for arg in args:
            if isinstance(arg, TensorBase):
                settle(arg)
                unbox(arg)
        output, ctx = evaluate(cls, args)
        ctx._forget()
        return output

    @classmethod
    def _has_setup(cls) -> bool:
        """Whether the Function has its `setup_context` apart from `forward`."""
        return cls.setup_context is not Function.setup_context

    @classmethod
    def _has_vmap(cls) -> bool:
        """Whether the user wrote a batching rule."""
        return cls.vmap is not Function.vmap

    @classmethod
    def _over_members(cls, in_dims: tuple[Any, ...], size: int) -> type[Function]:
        """Return the Function of whole batches whose rules are those of the members."""
        members: type[Function] = members_of(cls, Function, in_dims, size)
        return members

    @classmethod
    def _gradient_rule(cls) -> Callable[..., Any]:
        """Return the user's `backward`, whichever of its two names it has."""
        if cls.vjp is Function.vjp:
            return cls.backward
        if cls.backward is not Function.backward:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. "
                "You should only implement one of them."
            )
        return cls.vjp


def _by_position(cls: type[Function], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """Sort arguments given by name into their places.

    Defaults are filled in as far as the last argument given, and all of them where `forward` is apart from
    `setup_context`, which is told of all.
    """
    separate = cls._has_setup()
    if not kwargs and not separate:
        return args
    signature, positional = cls._as_primitive().signature_of(cls.forward)
    if not kwargs and len(args) == len(positional):
        return args
    context = () if separate else (None,)
    for name in kwargs:
        if name not in positional:
            raise TypeError(f"forward() got an unexpected keyword argument '{name}'")
    bound = signature.bind(*context, *args, **kwargs)
    bound.apply_defaults()
    if separate:
        return bound.args
    last = max(len(args), *[positional.index(name) for name in kwargs])
    return bound.args[1 : last + 1]


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a `backward` whose own derivative must not be taken: an attempt raises RuntimeError.

    >>> import chainrule
    >>> from chainrule.autograd.function import once_differentiable
    >>> class Double(chainrule.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x * 2
    ...
    ...     @staticmethod
    ...     @once_differentiable
    ...     def backward(ctx, g):
    ...         return g * 2
    """

    @functools.wraps(backward)
    def wrapper(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            results = backward(ctx, *grads)
        if not state.grad_enabled or not any(isinstance(g, TensorBase) and g._requires_grad for g in grads):
            return results
        if not isinstance(results, tuple):
            return _refusing(results, grads)
        return tuple([_refusing(result, grads) for result in results])

    return wrapper


def _refusing(result: Any, grads: tuple[Any, ...]) -> Any:
    return Error.apply(result, *grads) if isinstance(result, TensorBase) else result


class Error(Function):
    """The identity of its first argument; its derivative is an error."""

    @staticmethod
    def forward(ctx: Any, result: Any, *grads: Any) -> Any:
        """Return the first argument."""
        return result.view_as(result)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Refuse."""
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )


__all__ = ["Function", "FunctionCtx", "once_differentiable"]
