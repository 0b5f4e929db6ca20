"""torch.nn.utils: gradients clipped, and parameters as one vector."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any

import numpy as np

from chainrule import creation
from chainrule.composed.algebra import norm
from chainrule.composed.joining import cat, stack
from chainrule.core.modes import no_grad
from chainrule.core.tensor import TensorBase
from chainrule.errors import warn
from chainrule.tensor import Tensor

Tensors = Tensor | Iterable[Tensor]


def _listed(tensors: Tensors) -> list[Any]:
    return [tensors] if isinstance(tensors, TensorBase) else list(tensors)


def _gradients(parameters: Iterable[Any]) -> list[Any]:
    return [p._grad for p in parameters if p._grad is not None]


def get_total_norm(
    tensors: Tensors,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Return the norm of order `norm_type` of all elements of the tensors taken together, 0-d.

    Raises RuntimeError, if asked to, when it is NaN or infinite. `foreach` is accepted and has no effect.

    >>> import chainrule
    >>> chainrule.nn.utils.get_total_norm([chainrule.tensor([3.0]), chainrule.tensor([4.0])])
    tensor(5.)
    """
    found = _listed(tensors)
    order = float(norm_type)
    if not found:
        return creation.tensor(0.0)
    total = norm(stack([norm(x, order) for x in found]), order)
    if error_if_nonfinite and not np.isfinite(total.item()):
        raise RuntimeError(
            f"The total norm of order {order} for gradients from `parameters` is non-finite, so it cannot be "
            "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return total


@no_grad()
def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale the gradients of the parameters by max_norm / total_norm, in place, unless that is above 1.

    `foreach` is accepted and has no effect.

    >>> import chainrule
    >>> p = chainrule.nn.Parameter(chainrule.zeros(2))
    >>> p.grad = chainrule.tensor([3.0, 4.0])
    >>> chainrule.nn.utils.clip_grads_with_norm_(p, 1.0, chainrule.tensor(10.0))
    >>> p.grad
    tensor([0.3000, 0.4000])
    """
    factor = float(max_norm) / (total_norm + 1e-6)  # torch's guard against a division by 0
    factor = factor.clamp(max=1.0)
    for grad in _gradients(_listed(parameters)):
        grad.mul_(factor)


@no_grad()
def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale the gradients, in place, so that their norm taken together is at most `max_norm`.

    Returns the norm before. Raises RuntimeError, if asked to, when it is NaN or infinite. `foreach` is
    accepted and has no effect.

    >>> import chainrule
    >>> p = chainrule.nn.Parameter(chainrule.zeros(2))
    >>> p.grad = chainrule.tensor([3.0, 4.0])
    >>> chainrule.nn.utils.clip_grad_norm_(p, max_norm=1.0), p.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    found = _listed(parameters)
    if isinstance(parameters, types.GeneratorType) and not found:
        warn("`parameters` is an empty generator, no gradient clipping will occur.")
    total = get_total_norm(_gradients(found), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(found, max_norm, total)
    return total


@no_grad()
def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Bring the elements of the gradients between -clip_value and clip_value, in place.

    `foreach` is accepted and has no effect.

    >>> import chainrule
    >>> p = chainrule.nn.Parameter(chainrule.zeros(2))
    >>> p.grad = chainrule.tensor([3.0, -0.5])
    >>> chainrule.nn.utils.clip_grad_value_(p, 1.0)
    >>> p.grad
    tensor([ 1.0000, -0.5000])
    """
    bound = float(clip_value)
    for grad in _gradients(_listed(parameters)):
        grad.clamp_(-bound, bound)


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Return the elements of all parameters as one vector, recorded.

    >>> import chainrule
    >>> chainrule.nn.utils.parameters_to_vector([chainrule.eye(2), chainrule.ones(1)])
    tensor([1., 0., 0., 1., 1.])
    """
    return cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Make the elements of a vector, in order, the values of the parameters, whose memory it becomes.

    Raises TypeError for anything but a tensor, RuntimeError for a vector that is too short.

    >>> import chainrule
    >>> p = chainrule.nn.Parameter(chainrule.zeros(2))
    >>> chainrule.nn.utils.vector_to_parameters(chainrule.tensor([1.0, 2.0]), [p])
    >>> p
    Parameter containing:
    tensor([1., 2.], requires_grad=True)
    """
    if not isinstance(vec, TensorBase):
        raise TypeError(f"expected chainrule.Tensor, but got: {type(vec).__name__}")
    begin = 0
    for parameter in parameters:
        end = begin + parameter.numel()
        parameter.data = vec[begin:end].view(parameter.shape).data
        begin = end


__all__ = [
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
    "parameters_to_vector",
    "vector_to_parameters",
]
