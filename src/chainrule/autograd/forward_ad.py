"""torch.autograd.forward_ad: dual tensors, which carry a tangent beside their value."""

from __future__ import annotations

from types import TracebackType
from typing import Any, NamedTuple

from chainrule import dtypes
from chainrule.core.apply import unbox
from chainrule.core.dual import Dual, Scope
from chainrule.core.primitive import registry
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase


class UnpackedDualTensor(NamedTuple):
    """What `unpack_dual` returns: the value and its tangent, None where there is none."""

    primal: Any
    tangent: Any


def enter_dual_level() -> int:
    """Begin a block in which dual tensors can be made; returns the number of the level.

    Raises RuntimeError inside another such block. `dual_level` is the context manager.

    >>> from chainrule.autograd import forward_ad
    >>> level = forward_ad.enter_dual_level()
    >>> forward_ad.exit_dual_level(level=level)
    """
    if state.dual_scope is not None:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    outside = state.levels
    state.dual_level = state.enter_level()
    state.dual_scope = Scope(outside)
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the block that `enter_dual_level` began: all tangents are dropped.

    Raises RuntimeError when there is none, or for another level than the current one.

    >>> from chainrule.autograd import forward_ad
    >>> _ = forward_ad.enter_dual_level()
    >>> forward_ad.exit_dual_level()
    """
    scope = state.dual_scope
    if scope is None:
        raise RuntimeError("Dual level must be a positive number.")
    if level not in (None, 0):
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. "
            "This is not supported."
        )
    scope.alive = False
    state.dual_scope = None
    state.leave_to(scope.outside)


class dual_level:  # noqa: N801 (torch's name)
    """A block in which dual tensors can be made; afterwards they are ordinary tensors without a tangent.

    >>> import chainrule
    >>> from chainrule.autograd import forward_ad
    >>> with forward_ad.dual_level():
    ...     x = forward_ad.make_dual(chainrule.tensor(3.0), chainrule.tensor(1.0))
    ...     forward_ad.unpack_dual(x * x).tangent
    tensor(6.)
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        exit_dual_level()


def make_dual(tensor: TensorBase, tangent: TensorBase, *, level: int | None = None) -> TensorBase:
    """Return a view of `tensor` that carries `tangent`, a tensor of the same shape.

    Raises RuntimeError outside a `dual_level` block, for a tangent of another shape, and for a tensor that
    carries one already; ValueError for integers.

    >>> import chainrule
    >>> from chainrule.autograd import forward_ad
    >>> with forward_ad.dual_level():
    ...     forward_ad.make_dual(chainrule.tensor(3.0), chainrule.tensor(1.0)).sin()
    tensor(0.1411, tangent=-0.9899924993515015)
    """
    for name, x in (("tensor", tensor), ("tangent", tangent)):
        if not isinstance(x, TensorBase):
            raise TypeError(f"make_dual(): argument '{name}' must be Tensor, not {type(x).__name__}")
    scope = state.dual_scope
    if scope is None:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to "
            "enter_dual_level() first."
        )
    for name, x in (("primal", tensor), ("tangent", tangent)):
        if x._value.dtype.kind not in "fc":
            dtype = dtypes.from_numpy_dtype(x._value.dtype)
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {dtype}")
    if _tangent_of(tensor) is not None:
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the same level 0 "
            "is not supported."
        )
    if tangent._value.shape != tensor._value.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, "
            f"this is not supported. Tensor is of size {list(tensor._value.shape)} while the given forward "
            f"gradient is of size {list(tangent._value.shape)}."
        )
    if tangent._value.dtype != tensor._value.dtype:
        tangent = registry["cast"](tangent, dtype=tensor._value.dtype)
    view = registry["alias"](tensor, index=(...,))
    view._value = Dual(state.dual_level, tensor, tangent, scope)
    return view


def unpack_dual(tensor: TensorBase, *, level: int | None = None) -> UnpackedDualTensor:
    """Return the value of a tensor and the tangent it carries (None if there is none).

    >>> import chainrule
    >>> from chainrule.autograd import forward_ad
    >>> forward_ad.unpack_dual(chainrule.tensor(3.0))
    UnpackedDualTensor(primal=tensor(3.), tangent=None)
    """
    if not isinstance(tensor, TensorBase):
        raise TypeError(f"unpack_dual(): argument 'tensor' must be Tensor, not {type(tensor).__name__}")
    if _tangent_of(tensor) is None:
        unbox(tensor)
        return UnpackedDualTensor(tensor, None)
    return UnpackedDualTensor(tensor._value.primal, tensor._value.tangent)


def _tangent_of(tensor: TensorBase) -> TensorBase | None:
    box = tensor._value
    if not isinstance(box, Dual) or box.scope is None or not box.scope.alive:
        return None
    return box.tangent


__all__ = [
    "UnpackedDualTensor",
    "dual_level",
    "enter_dual_level",
    "exit_dual_level",
    "make_dual",
    "unpack_dual",
]
