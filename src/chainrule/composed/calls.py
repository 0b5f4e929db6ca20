"""What public operations do besides their work: NumPy's names of arguments, torch's words for wrong calls.

A call is made as it is. Only when it fails are its arguments compared with torch's signatures, so checking
costs nothing where all is well.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import Any, Final

import numpy as np

from chainrule import dtypes
from chainrule.composed.signatures import Overload, Parameter, method_overloads, overloads
from chainrule.core.apply import unary
from chainrule.core.primitive import Primitive
from chainrule.core.tensor import PYTHON_NUMBERS, TensorBase, classes

Function = Callable[..., Any]
Args = tuple[Any, ...]
Kwargs = Mapping[str, Any]

NUMPY_NAMES: Final = {"axis": "dim", "keepdims": "keepdim", "x1": "input", "x2": "other"}


def whole(primitive: Primitive) -> Callable[[Function], Function]:
    """Let calls of a function with nothing but a tensor go straight to a primitive."""

    def mark(function: Function) -> Function:
        function.whole = primitive  # type: ignore[attr-defined]
        return function

    return mark


def as_function(name: str, function: Function) -> Function:
    """Return the public form of a function that torch has under this name."""
    if isinstance(function, FunctionType) and name in overloads():
        return _called(name, function, overloads().__getitem__)
    return function


def as_method(name: str, function: Function) -> Function:
    """Return the method of this name that calls a function, public or not, with the tensor in front."""
    if isinstance(function, FunctionType):
        raw = getattr(function, "__wrapped__", function)
        if method_overloads(name):
            return _called(name, raw, method_overloads, 1)
    return function


def _called(name: str, function: Function, table: Callable[[str], Any], skipped: int = 0) -> Function:
    straight: Primitive | None = getattr(function, "whole", None)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            if not NUMPY_NAMES.keys().isdisjoint(kwargs):
                kwargs = _renamed(name, kwargs)
        elif straight is not None and len(args) == 1 and type(args[0]) is classes.tensor:
            return unary(straight, args[0])
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if skipped and not (args and isinstance(args[0], TensorBase)):
                found: str | None = _not_bound(name, args)
            else:
                strict = isinstance(error, AttributeError)
                found = complaint(name, table(name), args[skipped:], kwargs, strict)
            if found is None:
                raise
        raise TypeError(found)

    return call


def _not_bound(name: str, args: Args) -> str:
    if not args:
        return f"unbound method Tensor.{name}() needs an argument"
    return f"descriptor '{name}' for 'chainrule.Tensor' objects doesn't apply to a '{_type(args[0])}' object"


def _renamed(name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    for numpy_name, torch_name in NUMPY_NAMES.items():
        if numpy_name in kwargs:
            if torch_name in kwargs:
                raise TypeError(f"{name}() got both '{torch_name}' and '{numpy_name}', which mean the same")
            kwargs[torch_name] = kwargs.pop(numpy_name)
    return kwargs


# -- matching -------------------------------------------------------------------------------------


def complaint(
    name: str, options: tuple[Overload, ...], args: Args, kwargs: Kwargs, strict: bool
) -> str | None:
    """Return what torch says of arguments that fit none of the overloads, None when they fit one.

    NumPy's values count as tensors unless `strict`.
    """
    found = [_mismatch(name, option, args, kwargs, strict) for option in options]
    if None in found:
        return _unreadable(name, options[found.index(None)], args, kwargs)
    count = len(args) + len(kwargs)
    plausible = [f for f, o in zip(found, options, strict=True) if len(o.parameters) >= count]
    if len(options) == 1:
        return found[0]
    return plausible[0] if len(plausible) == 1 else _no_overload(name, options, args, kwargs, strict)


def _mismatch(name: str, option: Overload, args: Args, kwargs: Kwargs, strict: bool) -> str | None:
    """Return why arguments do not fit an overload, None when they do."""
    parameters = option.parameters
    first = parameters[0] if parameters else None
    one_by_one = first is not None and first.type == "ints" and _are_integers(args)
    if len(args) > option.positional and not one_by_one:
        return f"{name}() {_takes(option, len(args))}"
    unused = dict(kwargs)
    for i, parameter in enumerate(parameters):
        if i < len(args) and not parameter.keyword:
            value, place = args[i], f" (position {i + 1})"
            if one_by_one and i == 0:
                continue
        elif parameter.name in unused:
            value, place = unused.pop(parameter.name), ""
        elif parameter.default is not None or (one_by_one and i < len(args)):
            continue
        else:
            return f"{name}() {_missing(parameters[i:], kwargs)}"
        if not _admits(parameter, value, strict):
            return f"{name}(): argument '{parameter.name}'{place} must be {_wanted(parameter, value)}"
    return f"{name}() {_unexpected(unused, parameters)}" if unused else None


def _unreadable(name: str, option: Overload, args: Args, kwargs: Kwargs) -> str | None:
    """Return what torch says of a sequence of ints that holds something else, None if there is none."""
    if option.parameters and option.parameters[0].type == "ints" and _are_integers(args[:1]):
        args = (args,)  # given one by one
    given = dict(zip([p.name for p in option.parameters], args, strict=False)) | dict(kwargs)
    for parameter in option.parameters:
        value = given.get(parameter.name)
        if not parameter.type.startswith("ints") or not _is_sequence(value):
            continue
        for i, item in enumerate(value):
            if not _is_integer(item):
                return (
                    f"{name}(): argument '{parameter.name}' failed to unpack the object at pos {i + 1} with "
                    f'error "type must be tuple of ints,but got {_type(item)}"'
                )
    return None


def _takes(option: Overload, given: int) -> str:
    most = option.positional
    least = sum(not p.keyword and p.default is None for p in option.parameters)
    span = f"{most}" if least == most else f"from {least} to {most}"
    plural = "" if span == "1" else "s"
    return f"takes {span} positional argument{plural} but {given} {'was' if given == 1 else 'were'} given"


def _missing(rest: tuple[Parameter, ...], kwargs: Kwargs) -> str:
    names = [p.name for p in rest if p.default is None and p.name not in kwargs]
    plural = "s" if len(names) == 1 else ""  # sic
    return f"missing {len(names)} required positional argument{plural}: " + ", ".join(
        f'"{name}"' for name in names
    )


def _unexpected(unused: dict[str, Any], parameters: tuple[Parameter, ...]) -> str:
    name = next(iter(unused))
    if any(p.name == name for p in parameters):
        return f"got multiple values for argument '{name}'"
    return f"got an unexpected keyword argument '{name}'"


def _admits(parameter: Parameter, value: Any, strict: bool) -> bool:
    if value is None:
        return parameter.optional or parameter.default == "None"
    return TESTS[parameter.type](value) or (
        parameter.type == "Tensor" and not strict and isinstance(value, (np.ndarray, np.generic))
    )


def _is_integer(x: Any) -> bool:
    if isinstance(x, TensorBase):
        return x._value.dtype.kind in "iu" and x._value.ndim == 0 and not x._requires_grad
    return isinstance(x, (int, np.integer)) and not isinstance(x, bool)


def _is_real(x: Any) -> bool:
    if isinstance(x, TensorBase):
        return x._value.ndim == 0 and not x._requires_grad
    return isinstance(x, (int, float, np.integer, np.floating)) and not isinstance(x, bool)


def _is_number(x: Any) -> bool:
    return isinstance(x, (*PYTHON_NUMBERS, np.generic)) or _is_real(x)


def _are_integers(items: Iterable[Any]) -> bool:
    """Tell whether the first item is an integer; torch looks at the others when it reads them."""
    return all(_is_integer(item) for item in list(items)[:1])


def _is_sequence(x: Any) -> bool:
    return isinstance(x, (tuple, list))


def _are_sizes(x: Any) -> bool:
    return _is_sequence(x) and _are_integers(x)


TESTS: Final[dict[str, Callable[[Any], bool]]] = {
    "Tensor": lambda x: isinstance(x, TensorBase),
    "Operand": lambda x: isinstance(x, TensorBase) or _is_number(x),
    "Tensors": lambda x: isinstance(x, Iterable) and not isinstance(x, (TensorBase, str, bytes, dict)),
    "Number": _is_number,
    "order": lambda x: isinstance(x, str) or _is_number(x),
    "int": _is_integer,
    "ints": _are_sizes,
    "ints1": lambda x: _is_integer(x) or _are_sizes(x),
    "float": _is_real,
    "bool": lambda x: isinstance(x, (bool, np.bool_)),
    "str": lambda x: isinstance(x, str),
    "dtype": lambda x: isinstance(x, (dtypes.dtype, np.dtype, type)),
    "device": lambda x: True,
    "memory_format": lambda x: True,
}
"""Whether a value fits a parameter, by the parameter's type."""


# -- words ----------------------------------------------------------------------------------------

TITLES: Final = {
    "Operand": "Tensor",
    "Tensors": "tuple of Tensors",
    "ints": "tuple of ints",
    "ints1": "tuple of ints",
    "order": "Number",
    "dtype": "chainrule.dtype",
}
"""What torch's messages call the types, where that is not their name."""


def _wanted(parameter: Parameter, value: Any) -> str:
    title = TITLES.get(parameter.type, parameter.type)
    if title == "tuple of ints" and _is_sequence(value):
        return f"{title}, but found element of type {_type(value[0])} at pos 0"
    return f"{title}, not {_type(value)}"


def _type(value: Any) -> str:
    kind = type(value)
    if isinstance(value, TensorBase):
        return "Tensor"
    if isinstance(value, dtypes.dtype):
        return "chainrule.dtype"
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _no_overload(name: str, options: tuple[Overload, ...], args: Args, kwargs: Kwargs, strict: bool) -> str:
    got = ", ".join([_type(x) for x in args] + [f"{key}={_type(x)}" for key, x in kwargs.items()])
    lines = [
        f"{name}() received an invalid combination of arguments - got ({got}), but expected one of:",
    ]
    for option in options:
        lines.append(f" * ({_printed(option)})")
        if _items(option) == len(args) + len(kwargs):
            lines.append(f"      didn't match because {_reason(option, args, kwargs, strict)}")
    return "\n".join(lines)


def _items(option: Overload) -> int:
    """Return how many items the list of parameters has in print, which torch counts: the star is one."""
    return max(1, len(option.parameters) + any(p.keyword for p in option.parameters))


def _printed(option: Overload) -> str:
    parts: list[str] = []
    for p in option.parameters:
        if p.keyword and "*" not in parts:
            parts.append("*")
        default = "" if p.default is None else f" = {p.default}"
        parts.append(f"{TITLES.get(p.type, p.type)} {p.name}{default}")
    return ", ".join(parts)


def _reason(option: Overload, args: Args, kwargs: Kwargs, strict: bool) -> str:
    named = {p.name: p for p in option.parameters}
    wrong = [key for key in kwargs if key not in named]
    if wrong:
        return f"some of the keywords were incorrect: {', '.join(wrong)}"
    places = [*option.parameters, *[None] * len(args)]
    pairs = [("", p, x) for p, x in zip(places, args, strict=False)]
    pairs += [(f"{key}=", named[key], x) for key, x in kwargs.items()]
    marked = [
        key + (_type(x) if p is not None and _admits(p, x, strict) else f"!{_described(x)}!")
        for key, p, x in pairs
    ]
    return f"some of the arguments have invalid types: ({', '.join(marked)})"


def _described(value: Any) -> str:
    """Return the type of a value that does not fit, with the types of its items if it has any."""
    if isinstance(value, list):
        return f"list of [{', '.join(map(_type, value))}]"
    if isinstance(value, tuple):
        return f"tuple of ({', '.join(map(_type, value))}{',' if len(value) == 1 else ''})"
    return _type(value)
