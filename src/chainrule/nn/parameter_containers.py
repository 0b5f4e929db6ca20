"""Modules that hold parameters: ParameterList and ParameterDict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Self

from chainrule.core.tensor import TensorBase
from chainrule.nn.containers import pairs_of
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter


def _held(value: Any) -> Any:
    """Return a tensor as a parameter, anything else as it is."""
    return Parameter(value) if isinstance(value, TensorBase) and not isinstance(value, Parameter) else value


def _line(name: Any, value: Any, kind: str) -> str:
    """Describe a value in one line."""
    if not isinstance(value, TensorBase):
        return f"  ({name}): Object of type: {type(value).__name__}"
    noun = "Parameter" if isinstance(value, Parameter) else "Tensor"
    sizes = "x".join(map(str, value.shape))
    return f"  ({name}): {noun} containing: [{kind} of size {sizes}]"


class ParameterList(Module):
    """A list of parameters that a module finds among its attributes; tensors become parameters.

    Other values are held too, but belong to no `state_dict`.

    >>> import chainrule
    >>> chainrule.nn.ParameterList([chainrule.ones(2), chainrule.zeros(3, 2)])
    ParameterList(
        (0): Parameter containing: [chainrule.float32 of size 2]
        (1): Parameter containing: [chainrule.float32 of size 3x2]
    )
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def _name_at(self, index: Any) -> str:
        i, n = index.__index__(), len(self)
        if not -n <= i < n:
            raise IndexError(f"index {i} is out of range")
        return str(i % n)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)([getattr(self, str(i)) for i in range(*index.indices(len(self)))])
        return getattr(self, self._name_at(index))

    def __setitem__(self, index: int, value: Any) -> None:
        setattr(self, self._name_at(index), _held(value))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return iter([getattr(self, str(i)) for i in range(len(self))])

    def append(self, value: Any) -> Self:
        """Add a value at the end; returns the list."""
        setattr(self, str(self._size), _held(value))
        self._size += 1
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add values at the end; returns the list."""
        if not isinstance(values, Iterable) or isinstance(values, TensorBase):
            raise TypeError(
                f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}"
            )
        for value in values:
            self.append(value)
        return self

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("ParameterList should not be called.")

    def extra_repr(self) -> str:
        """Return a line for each value."""
        return "\n".join(_line(i, v, str(getattr(v, "dtype", ""))) for i, v in enumerate(self))


class ParameterDict(Module):
    """A dictionary of parameters that a module finds among its attributes; tensors become parameters.

    Keys are strings. Other values are held too, but belong to no `state_dict`.

    >>> import chainrule
    >>> chainrule.nn.ParameterDict({"a": chainrule.ones(2), "b": chainrule.zeros(3, 2)})
    ParameterDict(
        (a): Parameter containing: [chainrule.FloatTensor of size 2]
        (b): Parameter containing: [chainrule.FloatTensor of size 3x2]
    )
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        return getattr(self, _checked_key(key))

    def __setitem__(self, key: str, value: Any) -> None:
        setattr(self, _checked_key(key), _held(value))
        self._keys[key] = None

    def __delitem__(self, key: str) -> None:
        del self._keys[_checked_key(key)]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self._keys))

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __or__(self, other: ParameterDict) -> ParameterDict:
        return ParameterDict({**dict(self.items()), **dict(other.items())})

    def __ior__(self, other: ParameterDict) -> Self:
        self.update(other)
        return self

    def copy(self) -> ParameterDict:
        """Return another dictionary of the same parameters."""
        return ParameterDict(self)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return the value under a key, after putting `default` there if it is missing."""
        if key not in self:
            self[key] = default
        return self[key]

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value under a key, or `default`."""
        return getattr(self, key) if key in self._keys else default

    def clear(self) -> None:
        """Take out all values."""
        for key in list(self._keys):
            del self[key]

    def pop(self, key: str) -> Any:
        """Take out the value under a key, and return it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take out the value that was put in last, and return its key and the value."""
        key = next(reversed(self._keys))
        return key, self.pop(key)

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """Return a dictionary with `default` under each of the keys."""
        return ParameterDict([(key, default) for key in keys])

    def keys(self) -> Any:
        """Return the keys."""
        return self._keys.keys()

    def items(self) -> Iterator[tuple[str, Any]]:
        """Return the pairs of keys and values."""
        return ((key, self[key]) for key in self._keys)

    def values(self) -> Iterator[Any]:
        """Return the values."""
        return (self[key] for key in self._keys)

    def update(self, parameters: Any) -> None:
        """Add the values of a mapping, or of pairs of keys and values, in their order."""
        for key, value in pairs_of(parameters, "ParameterDict", "ParametersDict"):
            self[key] = value

    def __call__(self, input: Any) -> Any:
        raise RuntimeError("ParameterDict should not be called.")

    def extra_repr(self) -> str:
        """Return a line for each value."""
        return "\n".join(
            _line(key, v, v.type() if isinstance(v, TensorBase) else "") for key, v in self.items()
        )


def _checked_key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(
            f"Index given to ParameterDict cannot be used as a key as it is not a string (type is "
            f"'{type(key).__name__}'). Open an issue on github if you need non-string keys."
        )
    return key


__all__ = ["ParameterDict", "ParameterList"]
