"""torch.utils.checkpoint: keep no intermediate values, and compute them again in backward."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from chainrule.autograd.function import Function
from chainrule.autograd.gradients import backward
from chainrule.core.modes import enable_grad, no_grad
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase
from chainrule.errors import warn
from chainrule.nn import Sequential
from chainrule.random import get_rng_state, set_rng_state
from chainrule.utils.operation_log import TwoRuns
from chainrule.utils.recomputation import CheckpointError, Recomputation

Contexts = tuple[AbstractContextManager[Any], AbstractContextManager[Any]]


def noop_context_fn() -> Contexts:
    """Return two contexts that do nothing: the default of `context_fn`.

    >>> import chainrule
    >>> first, again = chainrule.utils.checkpoint.noop_context_fn()
    """
    return nullcontext(), nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """Return `function(*args, **kwargs)` and forget its intermediate values: backward computes them again.

    Use `use_reentrant=False`. Random numbers are the same again unless `preserve_rng_state=False`;
    `context_fn` gives contexts for the two runs; recomputation ends when all is there (`early_stop`). What
    it saves must agree with the first run in number, shape and dtype (unless `determinism_check="none"`),
    else `CheckpointError`, with the operations of both runs if `debug`. The reentrant form takes no `kwargs`,
    needs an argument that requires grad, and works for `backward()` without `inputs` only.

    >>> import chainrule
    >>> x = chainrule.tensor(2.0, requires_grad=True)
    >>> y = chainrule.utils.checkpoint.checkpoint(lambda x: x.exp() * x, x, use_reentrant=False)
    >>> y.backward()
    >>> x.grad
    tensor(22.1672)
    """
    if use_reentrant is None:
        warn(
            "chainrule.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting "
            "in PyTorch 2.9, calling checkpoint without use_reentrant will raise an exception. "
            f"{_RECOMMENDED}",
            UserWarning,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if not use_reentrant:
        return _checkpoint(function, args, kwargs, preserve, context_fn, determinism_check, debug, early_stop)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if context_fn is not noop_context_fn or debug is not False:
        raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
    return CheckpointFunction.apply(function, preserve, *args)


_RECOMMENDED = (
    "use_reentrant=False is recommended, but if you need to preserve the current default behavior, you can "
    "pass use_reentrant=True. Refer to docs for more details on the differences between the two variants."
)


def checkpoint_sequential(
    functions: Sequential | Sequence[Callable[[Any], Any]],
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    **kwargs: Any,
) -> Any:
    """Apply functions one after the other, in `segments` of which all but the last are checkpointed.

    `preserve_rng_state` is the only other argument; any other raises ValueError. See `checkpoint`.

    >>> import chainrule
    >>> x = chainrule.tensor([0.5, 1.0], requires_grad=True)
    >>> layers = [chainrule.sin, chainrule.exp, chainrule.sqrt, chainrule.cos]
    >>> y = chainrule.utils.checkpoint.checkpoint_sequential(layers, 2, x, use_reentrant=False)
    >>> y.sum().backward()
    """
    if use_reentrant is None:
        warn(
            "chainrule.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be passed "
            "explicitly. In version 2.9 we will raise an exception if use_reentrant is not passed. "
            f"{_RECOMMENDED}",
            UserWarning,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    chain = list(functions.children()) if isinstance(functions, Sequential) else functions
    size = len(chain) // segments
    starts = range(0, size * (segments - 1), size)
    for start in starts:
        segment = _composed(chain[start : start + size])
        input = checkpoint(segment, input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return _composed(chain[len(starts) * size :])(input)


def _composed(functions: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def run(x: Any) -> Any:
        for function in functions:
            x = function(x)
        return x

    return run


# -- settings ---------------------------------------------------------------------------------------


class _Settings(threading.local):
    early_stop: bool | None = None
    debug: bool | None = None


_settings = _Settings()


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Within the block, have checkpoints stop recomputation early or not, whatever their argument says.

    >>> import chainrule
    >>> with chainrule.utils.checkpoint.set_checkpoint_early_stop(False):
    ...     pass
    """
    before, _settings.early_stop = _settings.early_stop, enable
    try:
        yield
    finally:
        _settings.early_stop = before


@contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Within the block, have all checkpoints debug or not; None leaves it to their argument.

    >>> import chainrule
    >>> with chainrule.utils.checkpoint.set_checkpoint_debug_enabled(True):
    ...     pass
    """
    before, _settings.debug = _settings.debug, enabled
    try:
        yield
    finally:
        _settings.debug = before


# -- the form built on hooks ------------------------------------------------------------------------


def _checkpoint(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    preserve: bool,
    context_fn: Callable[[], Contexts],
    determinism_check: str,
    debug: bool,
    early_stop: bool,
) -> Any:
    explain = None
    if debug if _settings.debug is None else _settings.debug:
        if context_fn is not noop_context_fn:
            raise ValueError("debug=True is incompatible with non-default context_fn")
        runs = TwoRuns()
        context_fn, explain = runs.contexts, runs.explain
    if determinism_check not in ("default", "none"):
        raise ValueError(
            f"determinism_check should be one of ['default', 'none'], but got {determinism_check}"
        )
    first_context, repeat_context = context_fn()
    if not state.grad_enabled:
        return function(*args, **kwargs)
    stream = get_rng_state() if preserve else None

    def repeat(*args: Any) -> None:
        with _random_numbers_from(stream), repeat_context:
            function(*args, **kwargs)

    if _settings.early_stop is not None:
        early_stop = _settings.early_stop
    again = Recomputation(repeat, args, early_stop, determinism_check == "default", explain)
    with again.hooks(), first_context:
        result = function(*args, **kwargs)
        again.complete = True
    if not again.complete:
        raise RuntimeError(
            "chainrule.utils.checkpoint: the forward context provided by context_fn suppressed an exception "
            "raised during the checkpointed forward. This is not supported because checkpoint cannot return "
            "a value for a failed forward."
        )
    return result


@contextmanager
def _random_numbers_from(stream: Any) -> Iterator[None]:
    """Within the block, draw random numbers from a state of the generator (None: as they come)."""
    if stream is None:
        yield
        return
    before = get_rng_state()
    set_rng_state(stream)
    try:
        yield
    finally:
        set_rng_state(before)


# -- the reentrant form -----------------------------------------------------------------------------


class CheckpointFunction(Function):
    """The reentrant form of `checkpoint`: runs without recording, and goes backward within backward."""

    @staticmethod
    def forward(ctx: Any, run_function: Callable[..., Any], preserve_rng_state: bool, *args: Any) -> Any:
        """Return `run_function(*args)`, keeping nothing but the arguments."""
        check_backward_validity(args)
        ctx.run_function = run_function
        ctx.stream = get_rng_state() if preserve_rng_state else None
        ctx.inputs = [None if isinstance(arg, TensorBase) else arg for arg in args]
        ctx.save_for_backward(*[arg for arg in args if isinstance(arg, TensorBase)])
        ctx.tensor_indices = [i for i, arg in enumerate(args) if isinstance(arg, TensorBase)]
        with no_grad():
            return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Run the function again, recording, and go back through it."""
        if state.running is not None and state.running.limited:
            raise RuntimeError(
                "When use_reentrant=True, chainrule.utils.checkpoint is incompatible with .grad() or passing "
                "an `inputs` parameter to .backward(). To resolve this error, you can either set "
                "use_reentrant=False, or call .backward() without passing the `inputs` argument."
            )
        inputs = list(ctx.inputs)
        for i, tensor in zip(ctx.tensor_indices, ctx.saved_tensors, strict=True):
            inputs[i] = tensor
        detached = detach_variable(tuple(inputs))
        with _random_numbers_from(ctx.stream), enable_grad():
            outputs = ctx.run_function(*detached)
        if isinstance(outputs, TensorBase):
            outputs = (outputs,)
        pairs = [
            (output, grad)
            for output, grad in zip(outputs, grads, strict=True)
            if isinstance(output, TensorBase) and output._requires_grad
        ]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward(*zip(*pairs, strict=True))
        return (None, None, *[x.grad if isinstance(x, TensorBase) else None for x in detached])


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the tensors of a tuple detached, requiring grad as before; anything else as it is.

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True) * 2
    >>> chainrule.utils.checkpoint.detach_variable((x, "name"))
    (tensor(2., requires_grad=True), 'name')
    """
    if not isinstance(inputs, tuple):
        raise RuntimeError(
            f"Only tuple of tensors is supported. Got Unsupported input type: {type(inputs).__name__}"
        )
    return tuple([_detached(x) if isinstance(x, TensorBase) else x for x in inputs])


def _detached(tensor: Any) -> Any:
    twin = tensor.detach()
    twin.requires_grad = tensor.requires_grad
    return twin


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn when no tensor of `inputs` requires grad.

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> chainrule.utils.checkpoint.check_backward_validity([x, 3])
    """
    if not any(x._requires_grad for x in inputs if isinstance(x, TensorBase)):
        warn("None of the inputs have requires_grad=True. Gradients will be None", UserWarning)


__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "check_backward_validity",
    "checkpoint",
    "checkpoint_sequential",
    "detach_variable",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
]
