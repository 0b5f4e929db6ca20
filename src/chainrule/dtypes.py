"""Data types, the default data type, and PyTorch's rules of type promotion.

PyTorch promotes by category (bool < integer < floating < complex) first, and lets
an operand of lower rank (a 0-d tensor, a Python number) widen the result only when
it brings a higher category. See https://pytorch.org/docs/stable/tensor_attributes.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from chainrule.errors import type_name

BOOL, INTEGER, FLOATING, COMPLEX = range(4)
_CATEGORY = {"b": BOOL, "i": INTEGER, "u": INTEGER, "f": FLOATING, "c": COMPLEX}


class dtype:  # noqa: N801 (torch's name)
    """The type of the elements of a tensor: `chainrule.float32` and its siblings.

    >>> import chainrule
    >>> chainrule.float32, chainrule.float32.itemsize, chainrule.float32.is_floating_point
    (chainrule.float32, 4, True)
    """

    __slots__ = (
        "category",
        "dtype",
        "is_complex",
        "is_floating_point",
        "is_signed",
        "itemsize",
        "name",
        "numpy",
        "title",
    )

    def __init__(self, name: str, title: str) -> None:
        self.name: Final = name
        self.title: Final = title  # torch's word for it in errors and in `Tensor.type()`
        self.numpy: Final[np.dtype[Any]] = np.dtype(name)
        self.dtype: Final = self.numpy  # where NumPy looks: np.zeros(3, dtype=chainrule.float32)
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
        """Return the complex dtype whose parts have this one's precision (float16 has complex64).

        Raises RuntimeError for integers and bool.
        """
        found = _TO_COMPLEX.get(self.name)
        if found is None:
            raise RuntimeError(f"Unknown Complex ScalarType for {self.title}")
        return found

    def to_real(self) -> dtype:
        """Return the dtype of the real part."""
        return _TO_REAL.get(self.name, self)


bool_ = dtype("bool", "Bool")
uint8 = dtype("uint8", "Byte")
int8 = dtype("int8", "Char")
int16 = dtype("int16", "Short")
int32 = dtype("int32", "Int")
int64 = dtype("int64", "Long")
float16 = dtype("float16", "Half")
float32 = dtype("float32", "Float")
float64 = dtype("float64", "Double")
complex64 = dtype("complex64", "ComplexFloat")
complex128 = dtype("complex128", "ComplexDouble")

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


def set_default_dtype(d: dtype, /) -> None:
    """Set the floating-point type that Python floats become (torch.set_default_dtype).

    Raises TypeError unless `d` is a floating-point dtype.

    >>> import chainrule
    >>> chainrule.set_default_dtype(chainrule.float64)
    >>> chainrule.tensor(0.5).dtype
    chainrule.float64
    >>> chainrule.set_default_dtype(chainrule.float32)
    """
    if not isinstance(d, dtype) or not d.is_floating_point:
        invalid = "" if isinstance(d, dtype) else "invalid dtype object: "
        raise TypeError(f"{invalid}only floating-point types are supported as the default type, not {d!r}")
    _default[0] = d


def as_dtype(d: Any, function: str = "", argument: str = "'dtype'") -> dtype:
    """Return the chainrule dtype that `d` (a dtype, or what NumPy takes for one) stands for.

    As in torch and NumPy `float` means float64, and `int` int64. `function` and `argument` are named in
    the error.
    """
    if isinstance(d, dtype):
        return d
    try:
        found = None if d is None else _FROM_NUMPY.get(np.dtype(d))
    except TypeError:
        found = None
    if found is None:
        place = f"{function}(): " if function else ""
        raise TypeError(
            f"{place}argument {argument} must be chainrule.dtype, not {type_name(d)}: {d!r} is none of "
            f"{', '.join(_NAMES)}"
        )
    return found


def from_numpy_dtype(d: np.dtype[Any]) -> dtype:
    """Return the chainrule dtype of a NumPy dtype; TypeError when there is none."""
    found = _FROM_NUMPY.get(d)
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{d.type.__name__}. The only supported types are: "
            "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint8, and bool."
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


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """Return the smallest dtype, by torch's rules, that both types convert to.

    >>> import chainrule
    >>> chainrule.promote_types(chainrule.int64, chainrule.float32)
    chainrule.float32
    """
    a = as_dtype(type1, "promote_types", "'type1' (position 1)")
    b = as_dtype(type2, "promote_types", "'type2' (position 2)")
    if a is b:
        return a
    if a.category != b.category:
        low, high = (a, b) if a.category < b.category else (b, a)
        if high.category == COMPLEX and low is float64:
            return complex128
        return high
    return _FROM_NUMPY[np.promote_types(a.numpy, b.numpy)]


def can_cast(from_: dtype, to: dtype) -> bool:
    """Tell whether casting `from_` to `to` stays within the category or goes to a higher one.

    The order is bool, integers, floating, complex; the width plays no part (torch.can_cast).

    >>> import chainrule
    >>> chainrule.can_cast(chainrule.float32, chainrule.int32)
    False
    """
    have = as_dtype(from_, "can_cast", "'from_' (position 1)")
    return have.category <= as_dtype(to, "can_cast", "'to' (position 2)").category


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


class finfo:  # noqa: N801 (torch's name)
    """The limits of a floating-point dtype: bits, eps, max, min, smallest_normal, tiny, resolution.

    Of a complex dtype, those of its parts; without argument, of the default dtype. Raises TypeError
    for integers.

    >>> import chainrule
    >>> chainrule.finfo(chainrule.float32)
    finfo(resolution=1e-06, min=-3.40282e+38, max=3.40282e+38, eps=1.19209e-07,
          smallest_normal=1.17549e-38, tiny=1.17549e-38, dtype=float32)
    """

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")

    def __init__(self, type: dtype | None = None) -> None:
        d = (_default[0] if type is None else as_dtype(type, "finfo", "'type' (position 1)")).to_real()
        if not d.is_floating_point:
            raise TypeError(
                f"chainrule.finfo() requires a floating point input type. Use chainrule.iinfo to handle {d!r}"
            )
        limits = np.finfo(d.numpy)
        self.bits: Final = d.itemsize * 8
        self.eps: Final = float(limits.eps)
        self.max: Final = float(limits.max)
        self.min: Final = float(limits.min)
        self.smallest_normal: Final = float(limits.smallest_normal)
        self.tiny: Final = self.smallest_normal
        self.resolution: Final = float(f"1e-{limits.precision}")
        self.dtype: Final = d.name

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, finfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash((finfo, self.dtype))


class iinfo:  # noqa: N801 (torch's name)
    """The limits of an integer dtype: bits, min, max. Raises TypeError for other dtypes.

    >>> import chainrule
    >>> chainrule.iinfo(chainrule.int8)
    iinfo(min=-128, max=127, dtype=int8)
    """

    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, type: dtype) -> None:
        d = as_dtype(type, "iinfo", "'type' (position 1)")
        if d is bool_:
            raise TypeError("chainrule.bool is not supported by chainrule.iinfo")
        if d.category != INTEGER:
            raise TypeError(
                f"chainrule.iinfo() requires an integer input type. Use chainrule.finfo to handle {d!r}"
            )
        limits = np.iinfo(d.numpy)
        self.bits: Final = int(limits.bits)
        self.min: Final = int(limits.min)
        self.max: Final = int(limits.max)
        self.dtype: Final = d.name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, iinfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash((iinfo, self.dtype))


__all__ = [
    "can_cast",
    "complex64",
    "complex128",
    "dtype",
    "finfo",
    "float16",
    "float32",
    "float64",
    "get_default_dtype",
    "iinfo",
    "int8",
    "int16",
    "int32",
    "int64",
    "promote_types",
    "set_default_dtype",
    "uint8",
]
