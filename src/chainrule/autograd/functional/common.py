"""What the functions of this package share: tensors in and out as tuples, and gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from chainrule.autograd.functional.strict import Tensor, Tensors, check_dependent
from chainrule.autograd.gradients import grad
from chainrule.core.tensor import TensorBase
from chainrule.size import Size

Function = Callable[..., Any]


def as_tensors(given: Any, what: str, function: str) -> tuple[bool, Tensors]:
    """Return whether a tuple was given, and a tuple in any case; TypeError unless all are tensors."""
    several = isinstance(given, tuple)
    tensors = given if several else (given,)
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, TensorBase):
            which = f"value at index {i}" if several else f"given {what}"
            raise TypeError(
                f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but the "
                f"{which} has type {type(tensor)}."
            )
    return several, tensors


def fresh(tensors: Tensors, create_graph: bool, requires_grad: bool) -> Tensors:
    """Return new tensors of the same values, on the graph of the given ones only with `create_graph`.

    They are always new, so that a function which also captured the originals is differentiated in its
    arguments alone.
    """
    return tuple(
        [
            t.view_as(t) if create_graph and t.requires_grad else t.detach().requires_grad_(requires_grad)
            for t in tensors
        ]
    )


def vector(v: Any, function: str, like: Tensors, several: bool, create_graph: bool) -> Tensors:
    """Return the given vector as tensors of the shapes of `like`, or raise torch's error."""
    _, given = as_tensors(v, "v", function)
    given = fresh(given, create_graph, requires_grad=False)
    if len(given) != len(like):
        if several:
            raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(given)}.")
        raise RuntimeError("The given v should contain a single Tensor.")
    for i, (have, want) in enumerate(zip(given, like, strict=True)):
        if have._value.shape != want._value.shape:
            entry = f"Entry {i} in " if several else ""
            raise RuntimeError(
                f"{entry}v has invalid size: should be {Size(want._value.shape)} but got "
                f"{Size(have._value.shape)}."
            )
    return given


def outputs_of(func: Function, inputs: Tensors, function: str, strict: bool) -> tuple[bool, Tensors]:
    """Return what `func` gives at `inputs`, as `as_tensors` does."""
    several, outputs = as_tensors(func(*inputs), "outputs of the user-provided function", function)
    if strict:
        check_dependent(outputs, "outputs")
    return several, outputs


def scalar_output(func: Function, inputs: Tensors, function: str, strict: bool) -> Tensor:
    """Return the tensor of one element that `func` gives at `inputs`; RuntimeError if it gives others."""
    several, outputs = outputs_of(func, inputs, function, strict)
    if several:
        raise RuntimeError(f"The function given to {function} should return a single Tensor")
    if not is_single(outputs):
        raise RuntimeError(
            f"The Tensor returned by the function given to {function} should contain a single element"
        )
    return outputs[0]


def is_single(tensors: Tensors) -> bool:
    """Tell whether there is one tensor of one element."""
    return len(tensors) == 1 and size_of(tensors[0]) == 1


def size_of(tensor: Tensor) -> int:
    """Return the number of elements."""
    return math.prod(tensor._value.shape)


def gradients(
    outputs: Sequence[Tensor | None],
    inputs: Tensors,
    cotangents: Sequence[Tensor | None] | None = None,
    create_graph: bool = False,
    retain_graph: bool | None = None,
) -> tuple[Tensor | None, ...]:
    """Return the gradients in `inputs`, None where no output depends on one; outputs may be absent."""
    pairs = [
        (output, cotangent)
        for output, cotangent in zip(outputs, cotangents or (None,) * len(outputs), strict=True)
        if output is not None and output.requires_grad
    ]
    if not pairs:
        return (None,) * len(inputs)
    chosen, seeds = zip(*pairs, strict=True)
    return grad(chosen, inputs, seeds, retain_graph, create_graph, allow_unused=True)


def finished(tensors: Tensors, create_graph: bool, several: bool) -> Any:
    """Return tensors with their history only if it was asked for, and as a tuple only if `several`."""
    kept = tensors if create_graph else tuple([t.detach() for t in tensors])
    return kept if several else kept[0]
