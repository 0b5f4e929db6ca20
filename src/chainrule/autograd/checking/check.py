"""gradcheck and gradgradcheck: what is asked for, in torch's order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from chainrule.autograd.checking.behaviour import (
    check_absent_cotangents,
    check_absent_tangents,
    check_batched,
    check_batched_forward,
    check_zero_cotangents,
)
from chainrule.autograd.checking.cases import (
    Array,
    Case,
    Function,
    Settings,
    Tensor,
    as_tuple,
    forward_cases,
    requires_grad,
    reverse_cases,
)
from chainrule.autograd.checking.comparison import compare_directions, compare_elements
from chainrule.autograd.checking.error import GradcheckError
from chainrule.autograd.gradients import grad
from chainrule.core.inplace import check_memory
from chainrule.core.tensor import require_grad, wrap
from chainrule.errors import warn

_SEED: Final = 0  # the checks draw from a stream of their own: the same each time, and nobody else's


def gradcheck(
    func: Function,
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compare the derivatives of `func` with finite differences in all `inputs` that require grad.

    `func` takes tensors and returns one or several; use float64 or complex128. `eps` is the step, `atol` and
    `rtol` are as in `allclose`. `fast_mode` compares along random directions instead of whole Jacobians.
    True if they agree; else GradcheckError with both Jacobians, or False without `raise_exception`.

    >>> import chainrule
    >>> x = chainrule.tensor([0.5, 2.0], dtype=chainrule.float64, requires_grad=True)
    >>> chainrule.autograd.gradcheck(lambda x: x.exp(), x)
    True
    >>> chainrule.autograd.gradcheck(lambda x: x * x.detach(), x, raise_exception=False)
    False
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("Setting check_batched_grad=True requires check_backward_ad to be True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    given = as_tuple(inputs)
    check_inputs(given)
    settings = Settings(eps, atol, rtol, nondet_tol, check_grad_dtypes)
    compare = compare_directions if fast_mode else compare_elements
    try:
        outputs = as_tuple(func(*given))
        both = Case(func, given, outputs, forward=False)
        ys = both.ys
        if check_backward_ad:
            for case in reverse_cases(func, given, outputs):
                compare(case, settings)
        if check_forward_ad:
            for case in forward_cases(func, given, outputs):
                compare(case, settings)
                if check_undefined_grad:
                    check_absent_tangents(case, _random())
        if check_batched_forward_grad:
            check_batched_forward(both, _random())
        if check_backward_ad:
            if check_batched_grad:
                for i, y in enumerate(ys):
                    check_batched(y, i, both.xs, _random())
            check_zero_cotangents(ys, both.xs, bool(masked))
            if check_undefined_grad:
                check_absent_cotangents(ys, both.xs)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _random() -> np.random.Generator:
    return np.random.default_rng(_SEED)


def check_inputs(inputs: tuple[Any, ...]) -> None:
    """Raise torch's errors for inputs that cannot be differentiated in, warn of single precision."""
    if not any(map(requires_grad, inputs)):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have "
            "requires_grad=True."
        )
    for i, x in enumerate(inputs):
        if not requires_grad(x):
            continue
        value = x._value
        if value.dtype.name not in ("float64", "complex128"):
            warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. "
                "This check will likely fail if all the inputs are not of double precision floating point or "
                "complex. "
            )
        if isinstance(value, np.ndarray):
            _check_memory(value, i)


def _check_memory(array: Array, i: int) -> None:
    """Raise an error when the elements of an array cannot be changed one at a time."""
    if any(stride == 0 and n > 1 for stride, n in zip(array.strides, array.shape, strict=True)):
        raise RuntimeError(
            f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
            "non-overlapping to be able to compute the numerical gradients correctly. You should call "
            ".contiguous on the input before passing it to gradcheck."
        )
    check_memory(array)


def gradgradcheck(
    func: Function,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Compare second derivatives of `func` with finite differences of its first ones.

    These are the gradients for the cotangents `grad_outputs`, by default random ones (not contiguous with
    `gen_non_contig_grad_outputs`), as functions of the inputs and the cotangents that require grad. The rest
    is as in `gradcheck`.

    >>> import chainrule
    >>> x = chainrule.tensor([0.5, 2.0], dtype=chainrule.float64, requires_grad=True)
    >>> chainrule.autograd.gradgradcheck(lambda x: x.exp(), x)
    True
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    if check_undefined_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_undefined_grad=True requires check_rev_over_rev to be True")
    if check_batched_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_batched_grad=True requires check_rev_over_rev to be True")
    given = as_tuple(inputs)
    if grad_outputs is None:
        cotangents = _random_cotangents(func, given, gen_non_contig_grad_outputs)
    else:
        cotangents = as_tuple(grad_outputs)
    return gradcheck(
        _gradient_of(func, given, cotangents),
        given + cotangents,
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        fast_mode=fast_mode,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        masked=masked,
    )


def _random_cotangents(func: Function, inputs: tuple[Any, ...], gaps: bool) -> tuple[Tensor, ...]:
    """Return leaves between -1 and 1, one for each output that is recorded."""
    random = _random()
    found = []
    for y in as_tuple(func(*inputs)):
        if y.requires_grad:
            found.append(wrap(_between(random, y._value.shape, y._value.dtype, gaps)))
            require_grad(found[-1])
    if not found:
        raise RuntimeError(
            "the function's output does not require grad: it has no second derivatives to check"
        )
    return tuple(found)


def _between(random: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any], gaps: bool) -> Any:
    """Return random numbers, if wanted with gaps between them in memory."""
    wide = (*shape[:-1], 2 * shape[-1]) if gaps and shape else shape
    numbers: Any = random.uniform(-1, 1, wide)
    if dtype.kind == "c":
        numbers = numbers + 1j * random.uniform(-1, 1, wide)
    array = np.asarray(numbers, dtype)
    return array[..., ::2] if wide != shape else array[()]


def _gradient_of(
    func: Function, inputs: tuple[Any, ...], cotangents: tuple[Tensor, ...]
) -> Callable[..., tuple[Tensor, ...]]:
    """Return the gradient of `func` as a function of inputs and cotangents."""
    recorded = [requires_grad(x) for x in inputs]

    def gradient(*args: Any) -> tuple[Tensor, ...]:
        # Forward mode hands in values off their graph, which have to be recorded again.
        for x, before in zip(args, (*inputs, *cotangents), strict=True):
            if requires_grad(before):
                x.requires_grad_()
        xs, seeds = args[: len(inputs)], args[len(inputs) :]
        ys = [y for y in as_tuple(func(*xs)) if y.requires_grad]
        chosen = [x for x, wanted in zip(xs, recorded, strict=True) if wanted]
        grads = grad(ys, chosen, seeds, create_graph=True, allow_unused=True)
        return tuple([g for g in grads if g is not None])

    return gradient
