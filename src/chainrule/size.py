"""Size and device: what a tensor says of its extent and of where it lives."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import Any, Final, Self

from chainrule.errors import type_name


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
            try:
                ints.append(operator.index(item))
            except TypeError:
                raise TypeError(
                    f"chainrule.Size() takes an iterable of 'int' (item {i} is '{type_name(item)}')"
                ) from None
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
        if not isinstance(other, tuple):
            raise TypeError(f"can only concatenate tuple (not {type_name(other)}) to chainrule.Size")
        return Size(tuple.__add__(self, other))

    def __radd__(self, other: Any) -> Any:
        return Size(other + tuple(self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: Any) -> Any:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __reduce__(self) -> tuple[Any, tuple[tuple[int, ...]]]:
        return Size, (tuple(self),)


class device:  # noqa: N801 (torch's name)
    """Where a tensor's memory is: always the CPU.

    Raises RuntimeError for any other device, TypeError for what names none.

    >>> import chainrule
    >>> chainrule.device("cpu")
    device(type='cpu')
    """

    __slots__ = ("index", "type")

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        if isinstance(type, device) and index is None:
            type = str(type)
        if not isinstance(type, str) and (index is not None or not isinstance(type, int)):
            raise TypeError(f"device(): argument 'type' (position 1) must be str, not {type_name(type)}")
        name, colon, number = str(type).partition(":")
        if name != "cpu":
            raise RuntimeError(
                f"device {str(type)!r} is not available: chainrule runs on the CPU; "
                "pass device='cpu' or leave the argument out"
            )
        if colon and not number.isdecimal():
            raise RuntimeError(f"Invalid device string: {type!r}")
        self.type: Final[str] = name
        self.index: Final[int | None] = int(number) if colon else _index(index)

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


def _index(index: Any) -> int | None:
    """Return the number of a device, None for none; torch's errors for what is no such number."""
    if index is None:
        return None
    if not isinstance(index, int):
        raise TypeError(f"device(): argument 'index' (position 2) must be int, not {type_name(index)}")
    if index < 0:
        raise RuntimeError("Device index must not be negative")
    return index


CPU: Final = device("cpu")


def check_device(wanted: Any) -> None:
    """Accept None and the CPU; raise RuntimeError for anything else."""
    if wanted is not None and wanted is not CPU:
        device(wanted)


__all__ = ["Size", "device"]
