"""Size and device: what a tensor says of its extent and of where it lives."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import Any, Final, Self


class Size(tuple[int, ...]):
    """The shape of a tensor: a tuple of ints that prints and slices as itself.

    >>> import chainrule
    >>> chainrule.zeros(2, 3).shape
    chainrule.Size([2, 3])
    """

    __slots__ = ()

    def __new__(cls, items: Iterable[Any] = ()) -> Self:
        ints = []
        for i, item in enumerate(items):
            if not hasattr(item, "__index__"):
                raise TypeError(
                    f"chainrule.Size() takes an iterable of 'int' (item {i} is '{type(item).__name__}')"
                )
            ints.append(operator.index(item))
        return tuple.__new__(cls, ints)

    def numel(self) -> int:
        """Return the number of elements of a tensor of this shape.

        >>> import chainrule
        >>> chainrule.Size([2, 3]).numel()
        6
        """
        return math.prod(self)

    def __repr__(self) -> str:
        return f"chainrule.Size([{', '.join(map(str, self))}])"

    def __getitem__(self, key: Any) -> Any:
        found = tuple.__getitem__(self, key)
        return Size(found) if type(key) is slice else found

    def __add__(self, other: Any) -> Any:
        return Size(tuple.__add__(self, other)) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other: Any) -> Any:
        return Size(other + tuple(self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: Any) -> Any:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __reduce__(self) -> tuple[Any, tuple[tuple[int, ...]]]:
        return Size, (tuple(self),)


class device:  # noqa: N801 (torch's name)
    """Where a tensor's memory is: always the CPU.

    Raises RuntimeError for any other device.

    >>> import chainrule
    >>> chainrule.device("cpu")
    device(type='cpu')
    """

    __slots__ = ("index", "type")

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index
        name, _, number = str(type).partition(":")
        if name != "cpu":
            raise RuntimeError(
                f"device {str(type)!r} is not available: chainrule runs on the CPU; "
                "pass device='cpu' or leave the argument out"
            )
        self.type: Final[str] = name
        self.index: Final[int | None] = int(number) if number else index

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (")" if self.index is None else f", index={self.index})")

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return device, (str(self),)


CPU: Final = device("cpu")


def check_device(wanted: Any) -> None:
    """Accept None and the CPU; raise RuntimeError for anything else."""
    if wanted is not None and wanted is not CPU:
        device(wanted)


__all__ = ["Size", "device"]
