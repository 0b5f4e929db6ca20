"""Symbolic: a Box that holds SymPy expressions, so that functions and their derivatives become formulas.

A primitive has no rule of its own for this: its NumPy body runs on the expressions, each NumPy function
in it by its word in SymPy (see `words`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import sympy
from numpy.lib.mixins import NDArrayOperatorsMixin

from chainrule.core.box import Box
from chainrule.core.kinds import Linear
from chainrule.core.primitive import Primitive
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, wrap
from chainrule.core.views import note_views, shares_memory
from chainrule.show import words
from chainrule.show.words import CONDITIONS, NoWordError, TooLargeError

_SUMS = frozenset(
    {
        "cast",
        "cumsum",
        "mean",
        "mean_all",
        "mean_beside_std",
        "mean_beside_var",
        "nansum",
        "sum",
        "sum_to_size",
        "total",
    }
)
"""Linear primitives whose bodies ask for dtypes; those that only move move objects as they move numbers."""

_OWN_BODIES = frozenset({"recurrence"})
"""What else runs on objects as on numbers."""

_ARRAY_METHODS = frozenset(
    {"copy", "diagonal", "flatten", "ravel", "repeat", "reshape", "squeeze", "swapaxes", "transpose"}
)

_NEEDS_NUMBERS = (
    "{} needs numbers, but while a formula is made there are only symbols; "
    "instead of a branch on a value, write where(condition, a, b)"
)


class Run:
    """What the symbolics of one run share: a precision, and how large expressions may become.

    Symbols have no precision, but operations look at it. The size of an expression is the number of its
    nodes as it is written out: it may double with every operation, and the time SymPy takes likewise.
    """

    def __init__(self, precision: Any, largest: int) -> None:
        self.precision = np.dtype(precision)
        self.largest = largest
        self.sizes: dict[Any, int] = {}

    def check(self, expressions: Iterable[Any]) -> None:
        """Raise TooLargeError when the expressions have too many nodes in all."""
        if sum(map(self.size, expressions)) > self.largest:
            raise TooLargeError(
                f"the formula has more than {self.largest:,} parts, so it is not written out; "
                "try fewer steps or smaller shapes"
            )

    def size(self, x: Any) -> int:
        found = self.sizes.get(x)
        if found is None:
            found = self.sizes[x] = 1 + sum(map(self.size, x.args))
        return found


class Symbolic(Box, NDArrayOperatorsMixin):
    """An array of SymPy expressions, which takes part in NumPy's functions like an ndarray."""

    __slots__ = ("array", "run")

    def __init__(self, level: int, array: Any, run: Run) -> None:
        self.level = level
        self.array = np.asarray(array, object)
        self.run = run

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.array.shape
        return shape

    @property
    def dtype(self) -> np.dtype[Any]:
        conditions = self.array.size and all(isinstance(x, CONDITIONS) for x in self.array.flat)
        return np.dtype(bool) if conditions else self.run.precision

    @property
    def numeric(self) -> bool:
        return False

    @property
    def size(self) -> int:
        return self.array.size

    @property
    def strides(self) -> tuple[int, ...]:
        strides: tuple[int, ...] = self.array.strides
        return strides

    def like(self, array: Any) -> Symbolic:
        """Return other expressions of the same run."""
        return Symbolic(self.level, array, self.run)

    @property
    def real(self) -> Symbolic:
        return self

    def astype(self, dtype: Any, order: str = "K", **_: Any) -> Symbolic:
        have, wanted = self.dtype.kind, np.dtype(dtype).kind
        if wanted == "b":
            return self if have == "b" else self != 0
        if have == "b":
            return self * 1
        if wanted == "f":
            return self
        raise NoWordError(
            f"formulas are of real numbers, so there is none of a conversion to {np.dtype(dtype)}"
        )

    def any(self) -> bool:
        return any(map(_holds, self.array.flat))

    def all(self) -> bool:
        return all(map(_holds, self.array.flat))

    def __bool__(self) -> bool:
        raise NoWordError(_NEEDS_NUMBERS.format("the truth of a value"))

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, index: Any) -> Symbolic:
        return self.like(self.array[index])

    def __getattr__(self, name: str) -> Any:
        if name not in _ARRAY_METHODS:
            raise AttributeError(name)
        method = getattr(self.array, name)
        return lambda *args, **kwargs: self.like(method(*args, **kwargs))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        arrays = [_objects(x) for x in inputs]
        if ufunc is np.matmul and method == "__call__":
            return self.like(words.objects(np.matmul(*arrays)))
        if method == "__call__" and ufunc.__name__ in words.FUNCTIONS:
            return self.like(_each(words.FUNCTIONS[ufunc.__name__], arrays))
        function = words.REDUCTIONS.get(ufunc.__name__)
        if function is not None and method == "reduce":
            axis, keepdims = kwargs.get("axis", 0), kwargs.get("keepdims", False)
            return self.like(words.along(function, arrays[0], axis, keepdims))
        if function is not None and method == "accumulate":
            return self.like(words.accumulate(function, arrays[0], kwargs.get("axis", 0)))
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        raise NoWordError(f"SymPy has no word for {name}, so there is no formula")

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function is np.where:
            return self.like(_each(words.choose, [_objects(x) for x in args]))
        if function is np.sum:
            return np.add.reduce(args[0], **{"axis": None, **kwargs})
        if function.__module__.startswith("numpy.linalg"):
            raise NoWordError(f"there is no formula for {function.__name__}")
        found = function(*_bare(args), **_bare(kwargs))
        return self.like(words.objects(found)) if _is_expressions(found) else found

    # -- operations --------------------------------------------------------------------------------

    def interpret(self, primitive: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        if self.level not in state.levels:
            raise self.leaked()
        values = [o._value if isinstance(o, TensorBase) else o for o in operands]
        try:
            y = self._run(primitive, values, params)
        except (NoWordError, RuntimeError, TooLargeError):
            raise
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            if isinstance(error, ValueError):
                primitive.explain(error, tuple(values))
            raise NoWordError(f"{primitive.name} needs numbers, so there is no formula of it") from error
        several = isinstance(y, tuple)
        result: Any = tuple([wrap(self._boxed(part)) for part in y]) if several else wrap(self._boxed(y))
        if primitive.view and (several or _share_memory(values[0], result._value)):
            note_views(primitive, operands[0], result, params)
        return result

    def _run(self, primitive: Primitive, values: Sequence[Any], params: dict[str, Any]) -> Any:
        name = primitive.name
        if name in words.ELEMENTS:
            word = functools.partial(words.ELEMENTS[name], **params)
            return _each(word, [_objects(x) for x in values])
        if name in words.ARRAYS:
            return words.ARRAYS[name](*[_objects(x) for x in values], **params)
        if name in _OWN_BODIES or (isinstance(primitive, Linear) and primitive.moves and name not in _SUMS):
            return self._move(primitive, values, params)
        return primitive.forward(*values, **params)

    def _move(self, primitive: Primitive, values: Sequence[Any], params: dict[str, Any]) -> Any:
        """Run a body on arrays of objects; what is no differentiable operand are places, which are known."""
        places = primitive.differentiable_operands
        moved = []
        for i, x in enumerate(values):
            if places is None or i in places:
                moved.append(_objects(x))
            elif isinstance(x, Symbolic):
                raise NoWordError(_NEEDS_NUMBERS.format("an index"))
            else:
                moved.append(x)
        y = primitive.forward(*moved, **params)
        return y if primitive.view else words.objects(y)

    def _boxed(self, y: Any) -> Any:
        """Return a result as a box, unless it is plain numbers."""
        if _is_expressions(y):
            y = self.like(y)
        if isinstance(y, Symbolic):
            self.run.check(y.array.flat)
        return y

    def concrete(self, purpose: str) -> Any:
        raise NoWordError(_NEEDS_NUMBERS.format(purpose))


def _share_memory(a: Any, b: Any) -> bool:
    return isinstance(a, Symbolic) and isinstance(b, Symbolic) and shares_memory(a.array, b.array)


def _is_expressions(x: Any) -> bool:
    return isinstance(x, sympy.Basic) or type(x) is int or (isinstance(x, np.ndarray) and x.dtype == object)


def _objects(x: Any) -> Any:
    """Return the expressions of a symbolic, or of plain numbers, as an array of objects."""
    return x.array if isinstance(x, Symbolic) else words.objects(x)


def _each(function: Any, arrays: Sequence[Any]) -> Any:
    return np.asarray(np.frompyfunc(function, len(arrays), 1)(*arrays), object)


def _holds(x: Any) -> bool:
    """Tell whether a condition holds at generic points; raise when that depends on the point."""
    x = x.xreplace(
        {r: sympy.false if isinstance(r, sympy.Eq) else sympy.true for r in x.atoms(sympy.Eq, sympy.Ne)}
    )
    if x not in (True, False):
        raise NoWordError(_NEEDS_NUMBERS.format("the truth of a value"))
    return bool(x)


def _bare(x: Any) -> Any:
    """Replace symbolics, and floating-point numbers, in arguments by arrays of objects."""
    if isinstance(x, Symbolic):
        return x.array
    if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "fc":
        return words.objects(x)
    if isinstance(x, dict):
        return {key: _bare(value) for key, value in x.items()}
    return type(x)(map(_bare, x)) if isinstance(x, (list, tuple)) else x
