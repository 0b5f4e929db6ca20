"""Batched: vmap, a value for each member of a batch, along a first axis that the user's function does not
see.

The mechanics are those of the kinds: an elementwise operation aligns the axes of its operands, a linear
one finds its parameters moved by one axis, by their names. What these do not cover has a rule of its own
in `RULES`, and what has none runs member by member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chainrule.core.box import RANGE, SHAPE, Box
from chainrule.core.dual import new_level
from chainrule.core.kinds import Constant, Elementwise, promoted_dtype
from chainrule.core.primitive import registry
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, wrap
from chainrule.core.views import are_views, note_views

if TYPE_CHECKING:
    from chainrule.core.primitive import Primitive

Rule = Callable[["Batch"], Any]

DYNAMIC = (
    "We do not support batching operators that can output dynamic shape. Attempted to vmap over "
    "chainrule.{}. Each "
    "member would have a result of its own shape: {}"
)
CONDITION = "a condition"
NUMBERS = {"item()": "item()", "a Python number": "item()", "tolist()": "tolist()"}

RULES: dict[str, Rule] = {}
"""Rules of single primitives: given the call, the result with the batch as its first axis."""


class BatchScope(NamedTuple):
    """A vmap that is being run."""

    level: int
    size: int
    randomness: str  # "error", "different" or "same"


class Batched(Box):
    """A tensor whose first axis is the batch."""

    __slots__ = ("size", "tensor")

    def __init__(self, level: int, tensor: TensorBase) -> None:
        self.level = level
        self.tensor = tensor
        self.size: int = tensor._value.shape[0]

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.tensor._value.shape[1:]
        return shape

    @property
    def dtype(self) -> np.dtype[Any]:
        dtype: np.dtype[Any] = self.tensor._value.dtype
        return dtype

    @property
    def batches(self) -> int:
        value = self.tensor._value
        return 1 + (value.batches if isinstance(value, Box) else 0)

    def concrete(self, purpose: str) -> Any:
        value = self.tensor._value
        if purpose == RANGE:
            return value.concrete(purpose) if isinstance(value, Box) else value
        raise RuntimeError(f"vmap: {_refusal(purpose)}")

    def interpret(self, primitive: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        if self.level not in state.levels:
            raise self.leaked()
        y = Batch(primitive, operands, {**primitive.defaults, **params}, self.level, self.size).run()
        joined: Any = tuple([self._joined(part) for part in y]) if isinstance(y, tuple) else self._joined(y)
        if primitive.view and are_views(y):
            note_views(primitive, operands[0], joined, params)
        return joined

    def check_may_replace(self, value: Any) -> None:
        while isinstance(value, Box):
            if isinstance(value, Batched) and value.level == self.level:
                return
            inner = getattr(value, "primal", None) or getattr(value, "tensor", None)
            value = None if inner is None else inner._value
        raise RuntimeError(
            "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor "
            "`other` in "
            "extra_args that has more elements than `self`. This happened due to `other` being vmapped "
            "over but "
            "`self` not being vmapped over in a vmap. Please try to use out-of-place operators instead of "
            "inplace "
            "arithmetic, or make `self` from a tensor that is vmapped over, with other.new_zeros(...) for "
            "example"
        )

    def _joined(self, y: TensorBase) -> TensorBase:
        return wrap(Batched(self.level, y))


def _refusal(purpose: str) -> str:
    """Return why a batch gives no value for a purpose, and what to write instead."""
    if purpose.startswith(SHAPE):
        return DYNAMIC.format(
            purpose.removeprefix(SHAPE).strip(), "use chainrule.where, or call it outside vmap"
        )
    if purpose == CONDITION:
        return (
            "It looks like you're attempting to use a Tensor in some data-dependent control flow. Inside a "
            "vmapped function a tensor stands for a whole batch of values: use chainrule.where(condition, "
            "a, b) "
            "instead of `if`, and a loop of a fixed length instead of `while`"
        )
    method = NUMBERS.get(purpose)
    if method is None:
        return (
            f"{purpose} is not possible inside a vmapped function, where a tensor stands for a whole batch "
            "of "
            "values. Compute with chainrule's operations, and read the values of what vmap returns"
        )
    return (
        f"It looks like you're calling .{method} on a Tensor. We don't support vmap over calling .{method} "
        "on a "
        "Tensor, please try to rewrite what you're doing with other operations: compute with the tensor "
        "itself, "
        "and read the values of what vmap returns"
    )


class Batch:
    """One call of a primitive on operands of which some are batched at a level."""

    def __init__(
        self,
        primitive: Primitive,
        operands: tuple[Any, ...],
        params: dict[str, Any],
        level: int,
        size: int,
    ) -> None:
        self.primitive = primitive
        self.operands = operands
        self.params = params
        self.level = level
        self.size = size
        self.inner = tuple([split_batched(operand, level) for operand in operands])
        """What the operands hold, the batch as the first axis, or the operand itself where it has none."""
        self.batched = tuple([new is not old for new, old in zip(self.inner, operands, strict=True)])

    def run(self) -> Any:
        """Return the result, its first axis the batch."""
        primitive = self.primitive
        rule = RULES.get(primitive.name)
        if rule is not None:
            return rule(self)
        if is_elementwise(primitive):
            return self.elementwise()
        return self.shifted() if is_shiftable(primitive) else self.one_by_one()

    # -- three ways ---------------------------------------------------------------------------------

    def elementwise(self) -> Any:
        """Align the axes of the operands behind the batch, so that they broadcast as for one member."""
        ndim = max([np.ndim(o) if not isinstance(o, TensorBase) else o._value.ndim for o in self.operands])
        operands = [
            _aligned(x, ndim) if batched else x
            for x, batched in zip(self._promoted(), self.batched, strict=True)
        ]
        return self.primitive(*operands, **self.params)

    def _promoted(self) -> tuple[Any, ...]:
        """Bring operands to the dtype that they have together for one member, where it may look otherwise.

        A 0-d tensor does not widen others, but a batch of such has an axis.
        """
        kinds = {o._value.dtype for o in self.operands if isinstance(o, TensorBase)}
        if len(kinds) < 2 or getattr(self.primitive, "promotion", "none") == "none":
            return self.inner
        wanted = promoted_dtype(self.primitive, self.operands)
        cast = registry["cast"]
        return tuple(
            [
                cast(x, dtype=wanted) if isinstance(x, TensorBase) and x._value.dtype != wanted else x
                for x in self.inner
            ]
        )

    def shifted(self) -> Any:
        """Run the operation with its parameters moved by one axis."""
        ndim = self.operands[0]._value.ndim
        params = {name: SHIFTED[name](value, ndim, self.size) for name, value in self.params.items()}
        return self.primitive(*self.inner, **params)

    def one_by_one(self) -> Any:
        """Run the operation for each member, and stack the results."""
        results = [self._member(i) for i in range(self.size)]
        stack = registry["stack"]
        if not results:
            raise ValueError(
                f"vmap: {self.primitive.name} over an empty batch has no result to take the shape of"
            )
        if isinstance(results[0], tuple):
            return tuple([stack(*parts, dim=0) for parts in zip(*results, strict=True)])
        return stack(*results, dim=0)

    def _member(self, i: int) -> Any:
        operands = [x[i] if batched else x for x, batched in zip(self.inner, self.batched, strict=True)]
        return self.primitive(*operands, **self.params)

    def dynamic_shape(self, name: str, advice: str) -> RuntimeError:
        """Return the error for a result whose shape depends on the values of a member."""
        return RuntimeError(f"vmap: {DYNAMIC.format(name, advice)}")

    def all_batched(self) -> list[Any]:
        """Return the operands, those without a batch repeated for each member."""
        return [
            x if batched else repeated(x, self.size)
            for x, batched in zip(self.inner, self.batched, strict=True)
        ]


def beside(x: Any, tensor: TensorBase) -> TensorBase:
    """Return a new tensor once for each member wherever `x` is batched, so that it can be written."""
    value = x._value if isinstance(x, TensorBase) else None
    if not isinstance(value, Box):
        return tensor
    if not isinstance(value, Batched):
        return beside(getattr(value, "primal", None), tensor)
    return wrap(Batched(value.level, repeated(beside(value.tensor, tensor), value.size)))


def is_elementwise(primitive: Primitive) -> bool:
    """Tell whether an operation works element by element, its operands broadcast."""
    if isinstance(primitive, Constant):
        return not primitive.defaults or primitive.promotion != "none"
    return isinstance(primitive, Elementwise)


def is_shiftable(primitive: Primitive) -> bool:
    """Tell whether an operation has one operand, and each parameter its meaning by its name."""
    return primitive.arity == 1 and not primitive.variadic and primitive.defaults.keys() <= SHIFTED.keys()


@contextmanager
def batch_level(size: int, randomness: str) -> Iterator[int]:
    """Enter a vmap: give the level of its boxes."""
    before = state.batches
    with new_level() as level:
        state.batches = (*before, BatchScope(level, size, randomness))
        try:
            yield level
        finally:
            state.batches = before


def over_members(
    function: Callable[..., Sequence[Any]], operands: Sequence[Any], batched: Sequence[bool], size: int
) -> tuple[Any, ...]:
    """Return the results (tensors or None) of a function of one member, each with the batch as first axis."""
    with batch_level(size, "error") as level:
        given = [wrap(Batched(level, x)) if own else x for x, own in zip(operands, batched, strict=True)]
        found = []
        for y in function(*given):
            inner = split_batched(y, level)
            found.append(inner if y is None or inner is not y else repeated(y, size))
        return tuple(found)


def split_batched(operand: Any, level: int) -> Any:
    """Return what an operand holds at a level, itself if it is not batched there."""
    if isinstance(operand, TensorBase):
        box = operand._value
        if isinstance(box, Batched) and box.level == level:
            return box.tensor
    return operand


def moved_axis(x: Any, source: int, target: int) -> Any:
    """Move an axis to another place, the others in order."""
    if source == target:
        return x
    axes = [axis for axis in range(len(x.shape)) if axis != source]
    axes.insert(target, source)
    return registry["permute"](x, dims=tuple(axes))


def repeated(x: Any, size: int) -> Any:
    """Return a tensor once for each member of a batch."""
    shape = tuple(x._value.shape if isinstance(x, TensorBase) else np.shape(x))
    return registry["expand"](x, shape=(size, *shape))


def _aligned(x: TensorBase, ndim: int) -> Any:
    """Put unit axes behind the batch, so that the rest has `ndim` axes."""
    shape = x._value.shape
    missing = ndim - (len(shape) - 1)
    return x if missing <= 0 else registry["reshape"](x, shape=(shape[0], *(1,) * missing, *shape[1:]))


# -- parameters moved by one axis, by their names ---------------------------------------------------


def _axis(value: Any, ndim: int, size: int) -> Any:
    if value is None:
        return None
    if isinstance(value, int):
        return value + 1 if value >= 0 else value
    return tuple([axis + 1 if axis >= 0 else axis for axis in value])


def _same(value: Any, ndim: int, size: int) -> Any:
    return value


def _shape(value: Any, ndim: int, size: int) -> Any:
    return (size, *value)


def _index(value: Any, ndim: int, size: int) -> Any:
    return (slice(None), *value)


SHIFTED: dict[str, Callable[[Any, int, int], Any]] = {
    "dim": _axis,
    "dim0": _axis,
    "dim1": _axis,
    "dim2": _axis,
    "shape": _shape,
    "index": _index,
    **dict.fromkeys(
        (
            "accumulate",
            "complete",
            "correction",
            "descending",
            "diagonal",
            "dtype",
            "k",
            "keepdim",
            "largest",
            "lower",
            "name",
            "number",
            "offset",
            "ord",
            "order",
            "reverse",
            "size",
            "split_size",
            "split_sizes",
            "step",
            "upper",
        ),
        _same,
    ),
}


__all__ = [
    "RULES",
    "Batch",
    "BatchScope",
    "Batched",
    "batch_level",
    "beside",
    "is_elementwise",
    "is_shiftable",
    "moved_axis",
    "over_members",
    "repeated",
    "split_batched",
]
