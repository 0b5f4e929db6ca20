"""Data types, the default data type, and PyTorch's rules of type promotion.

PyTorch promotes by category (bool < integer < floating < complex) first, and lets
an operand of lower rank (a 0-d tensor, a Python number) widen the result only when
it brings a higher category. See https://pytorch.org/docs/stable/tensor_attributes.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

BOOL, INTEGER, FLOATING, COMPLEX = range(4)
_CATEGORY = {"b": BOOL, "i": INTEGER, "u": INTEGER, "f": FLOATING, "c": COMPLEX}


class dtype:  # noqa: N801 (torch's name)
    """The type of the elements of a tensor: `chainrule.float32` and its siblings.

    >>> import chainrule
    >>> chainrule.float32, chainrule.float32.itemsize, chainrule.float32.is_floating_point
    (chainrule.float32, 4, True)
    """

    __slots__ = ("category", "is_complex", "is_floating_point", "is_signed", "itemsize", "name", "numpy")

    def __init__(self, name: str) -> None:
        self.name: Final = name
        self.numpy: Final[np.dtype[Any]] = np.dtype(name)
        self.category: Final = _CATEGORY[self.numpy.kind]
        self.is_floating_point: Final = self.category == FLOATING
        self.is_complex: Final = self.category == COMPLEX
        self.is_signed: Final = self.numpy.kind in "ifc"
        self.itemsize: Final = self.numpy.itemsize

    def __repr__(self) -> str:
        return f"chainrule.{self.name}"

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return _by_name, (self.name,)

    def to_complex(self) -> dtype:
        return _TO_COMPLEX[self.name]

    def to_real(self) -> dtype:
        return _TO_REAL.get(self.name, self)


bool_ = dtype("bool")
uint8 = dtype("uint8")
int8 = dtype("int8")
int16 = dtype("int16")
int32 = dtype("int32")
int64 = dtype("int64")
float16 = dtype("float16")
float32 = dtype("float32")
float64 = dtype("float64")
complex64 = dtype("complex64")
complex128 = dtype("complex128")

ALL = (bool_, uint8, int8, int16, int32, int64, float16, float32, float64, complex64, complex128)
_NAMES = {d.name: d for d in ALL}
_FROM_NUMPY = {d.numpy: d for d in ALL}
_TO_COMPLEX = {
    "float16": complex64,
    "float32": complex64,
    "float64": complex128,
    "complex64": complex64,
    "complex128": complex128,
}
_TO_REAL = {"complex64": float32, "complex128": float64}
_FROM_PYTHON = {bool: bool_, int: int64}

# One mutable cell, so that every module sees a change without importing it anew.
_default = [float32]


def _by_name(name: str) -> dtype:
    return _NAMES[name]


def get_default_dtype() -> dtype:
    """Return the floating-point type that Python floats become: `float32` unless it was set.

    >>> import chainrule
    >>> chainrule.get_default_dtype()
    chainrule.float32
    """
    return _default[0]


def set_default_dtype(d: dtype) -> None:
    """Set the floating-point type that Python floats become (torch.set_default_dtype).

    Raises TypeError unless `d` is a floating-point dtype.

    >>> import chainrule
    >>> chainrule.set_default_dtype(chainrule.float64)
    >>> chainrule.tensor(0.5).dtype
    chainrule.float64
    >>> chainrule.set_default_dtype(chainrule.float32)
    """
    d = as_dtype(d)
    if not d.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, got {d}")
    _default[0] = d


def as_dtype(d: Any) -> dtype:
    """Return the chainrule dtype that `d` (a dtype, a NumPy dtype or a Python type) stands for."""
    if isinstance(d, dtype):
        return d
    if d is float:
        return _default[0]
    if d is complex:
        return _default[0].to_complex()
    try:
        return from_numpy_dtype(np.dtype(d))
    except TypeError as error:
        raise TypeError(f"{d!r} is not a data type that chainrule has; it has {', '.join(_NAMES)}") from error


def from_numpy_dtype(d: np.dtype[Any]) -> dtype:
    """Return the chainrule dtype of a NumPy dtype; TypeError when there is none."""
    found = _FROM_NUMPY.get(d)
    if found is None:
        # Words are torch's, with our dtypes.
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{d}. The only supported types are: "
            + ", ".join(_NAMES)
            + "."
        )
    return found


def of_number(x: bool | int | float | complex) -> dtype:
    """Return the dtype that a Python number takes by itself."""
    found = _FROM_PYTHON.get(type(x))
    if found is not None:
        return found
    if isinstance(x, bool):
        return bool_
    if isinstance(x, int):
        return int64
    if isinstance(x, float):
        return _default[0]
    return _default[0].to_complex()


def promote_types(a: dtype, b: dtype) -> dtype:
    """Return the smallest dtype, by torch's rules, that both `a` and `b` convert to.

    >>> import chainrule
    >>> chainrule.promote_types(chainrule.int64, chainrule.float32)
    chainrule.float32
    """
    if a is b:
        return a
    if a.category != b.category:
        low, high = (a, b) if a.category < b.category else (b, a)
        if high.category == COMPLEX and low is float64:
            return complex128
        return high
    return _FROM_NUMPY[np.promote_types(a.numpy, b.numpy)]


def can_cast(from_: dtype, to: dtype) -> bool:
    """Tell whether torch casts `from_` to `to` without leaving the category.

    >>> import chainrule
    >>> chainrule.can_cast(chainrule.float32, chainrule.int32)
    False
    """
    if from_.category > to.category:
        return False
    return not (to is uint8 and from_.is_signed and from_.category == INTEGER)


def combine(with_dims: Iterable[dtype], zero_dim: Iterable[dtype], numbers: Iterable[dtype]) -> dtype:
    """Return torch's result type of operands grouped by rank.

    Within a group dtypes are promoted; a group of lower rank counts only when it
    brings a higher category (`at::native::combine_categories`).
    """
    return _outrank(_widest(with_dims), _outrank(_widest(zero_dim), _widest(numbers))) or _default[0]


def _widest(group: Iterable[dtype]) -> dtype | None:
    result: dtype | None = None
    for d in group:
        result = d if result is None else promote_types(result, d)
    return result


def _outrank(higher: dtype | None, lower: dtype | None) -> dtype | None:
    if higher is None or lower is None:
        return higher if lower is None else lower
    if higher.category == COMPLEX:
        return higher
    if higher.category == FLOATING:
        return higher.to_complex() if lower.category == COMPLEX else higher
    if higher.category == BOOL or lower.category >= FLOATING:
        return promote_types(higher, lower)
    return higher
