"""Strict mode: what does not depend on the inputs is an error, in torch's words, instead of zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from chainrule.core.tensor import wrap

Tensor = Any
Tensors = tuple[Tensor, ...]

_UNREACHED: Final = (
    "The output of the user-provided function is independent of input {}. This is not allowed in strict mode."
)

# Of what the inputs should reach.
_INDEPENDENT: Final = {
    "outputs": "Output {} of the user-provided function does not require gradients. The outputs must be "
    "computed in a differentiable manner from the input when running in strict mode.",
    "gradients": "The gradient with respect to input {} is independent of the inputs of the user-provided "
    "function. This is not allowed in strict mode.",
    "jacobian": "While computing the hessian, found that the jacobian of the user-provided function with "
    "respect to input {} is independent of the input. This is not allowed in strict mode. You should ensure "
    "that your function is twice differentiable and that the jacobian depends on the inputs (this would be "
    "violated by a linear function for example).",
}

# Of products that do not exist, by the function that computes them.
_ABSENT: Final = {
    "vjp": _UNREACHED,
    "jvp": "The gradient with respect to the input is independent of entry {} in the grad_outputs when using "
    "the double backward trick to compute forward mode gradients. This is not allowed in strict mode.",
    "vhp": "The jacobian of the user-provided function is independent of input {}. This is not allowed in "
    "strict mode.",
    "hvp": "The hessian of the user-provided function is independent of entry {} in the grad_jacobian. This "
    "is not allowed in strict mode as it prevents from using the double backward trick to replace forward "
    "mode AD.",
}
_CONSTANT: Final = (
    "The {} of the user-provided function is independent of input {}. This is not allowed in strict mode "
    "when create_graph=True."
)


def check_dependent(tensors: Sequence[Tensor | None], what: str) -> None:
    """Raise an error when one of the outputs, the gradients or the jacobian does not depend on the inputs."""
    for i, tensor in enumerate(tensors):
        if tensor is None:
            raise RuntimeError(_UNREACHED.format(i))
        if not tensor.requires_grad:
            raise RuntimeError(_INDEPENDENT[what].format(i))


def check_product(product: Sequence[Tensor | None], function: str, create_graph: bool) -> None:
    """Raise an error when part of a product is absent, or cannot be differentiated although it should."""
    matrix = "hessian" if function in ("vhp", "hvp") else "jacobian"
    for i, part in enumerate(product):
        if part is None:
            raise RuntimeError(_ABSENT[function].format(i))
        if create_graph and not part.requires_grad:
            raise RuntimeError(_CONSTANT.format(matrix, i))


def check_row(row: Sequence[Tensor | None], output: int, create_graph: bool) -> None:
    """The same for a row of the jacobian of one output."""
    for i, part in enumerate(row):
        if part is None:
            raise RuntimeError(
                f"Output {output} of the user-provided function is independent of input {i}. This is not "
                "allowed in strict mode."
            )
        if create_graph and not part.requires_grad:
            raise RuntimeError(_CONSTANT.format("jacobian", output))


def filled(parts: Sequence[Tensor | None], like: Tensors) -> Tensors:
    """Return `parts` with zeros in the shapes of `like` where they are None, as without strict mode."""
    return tuple([zeros(x) if part is None else part for part, x in zip(parts, like, strict=True)])


def zeros(like: Tensor) -> Tensor:
    """Return a tensor of zeros in the shape and dtype of another."""
    return wrap(np.zeros(like._value.shape, like._value.dtype)[()])
