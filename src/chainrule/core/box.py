"""Box: the protocol of everything that stands in for an array (forward mode, formulas, ...)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from chainrule.errors import LeakedBoxError

if TYPE_CHECKING:
    from chainrule.core.primitive import Primitive


RANGE: Final = "checking the range of an index"
"""The purpose for which a batch gives the values of all its members."""

SHAPE: Final = "the shape of"
"""The purpose, followed by the operation's name, where values decide on the shape of a result."""


class Box:
    """A value that interprets the operations applied to it.

    A Tensor may hold a Box in place of an array. The gate hands an operation to the box of the
    highest level among its operands; the box computes it in terms of operations on what it holds.
    """

    __slots__ = ("level",)

    level: int

    @property
    def shape(self) -> tuple[int, ...]:
        raise NotImplementedError

    @property
    def dtype(self) -> np.dtype[Any]:
        raise NotImplementedError

    @property
    def numeric(self) -> bool:
        """Whether it stands for numbers, so that comparisons have answers (formulas do not)."""
        return True

    @property
    def batches(self) -> int:
        """How many batches it has inside: axes in front of its own in what `concrete(RANGE)` gives."""
        return 0

    @property
    def differs(self) -> bool:
        """Whether it stands for other values for each member of a batch."""
        return self.batches > 0

    @property
    def open(self) -> bool:
        """Whether tensors with such boxes also stay on the tapes of tensors made outside the transform."""
        return False

    def remains(self) -> Any:
        """Return the value that outlives the transform once that has ended, None while it has not."""
        return None

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def interpret(self, primitive: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Return the tensor (or tuple of tensors) that `primitive` gives at operands with such boxes."""
        raise NotImplementedError

    def concrete(self, purpose: str) -> Any:
        """Return a plain array for `purpose` (printing, `item`, `bool`), or raise saying why not."""
        raise NotImplementedError

    def check_may_replace(self, value: Any) -> None:
        """Raise an error unless a tensor that held `value` may be changed in place to hold this."""

    def leaked(self) -> LeakedBoxError:
        return LeakedBoxError(
            f"a {type(self).__name__.lower()} value was used after its transform had returned; "
            "return it from the transformed function instead of storing it outside"
        )
