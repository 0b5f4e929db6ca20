"""Write src/chainrule/tensor.pyi from the live class: `python tools/make_stub.py`.

The methods of Tensor are set when chainrule is imported, where type checkers cannot see them. The stub
tells them: names and parameters are those of the class, types those of the annotations. Where an
annotation says less than is known, the tables below say more.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import chainrule
from chainrule.core.primitive import Primitive

STUB = Path(__file__).resolve().parents[1] / "src" / "chainrule" / "tensor.pyi"
WIDTH = 110

HEAD = '''\
"""Tensor as type checkers see it; written by `python tools/make_stub.py`, compared by a test."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Self

import numpy as np

from chainrule.core.graph import Node
from chainrule.core.hooks import RemovableHandle
from chainrule.core.tensor import TensorBase
from chainrule.dtypes import dtype as _dtype
from chainrule.generator import Generator
from chainrule.size import Size
from chainrule.size import device as _device

__all__ = ["Tensor"]

_bool = bool  # the class has methods of these names
_float = float
_int = int

class _Extrema(NamedTuple):
    min: Tensor
    max: Tensor

class _Factors(NamedTuple):
    Q: Tensor
    R: Tensor

class _LogDeterminant(NamedTuple):
    sign: Tensor
    logabsdet: Tensor

class _Places(NamedTuple):
    values: Tensor
    indices: Tensor

class _SingularValues(NamedTuple):
    U: Tensor
    S: Tensor
    V: Tensor

class Tensor(TensorBase):
'''

NAMES = {
    "int": "_int",
    "float": "_float",
    "bool": "_bool",
    "device": "_device",
    "dtypes.dtype": "_dtype",
    "TensorBase": "Tensor",
    "Dtype": "Any",
    "Array": "Any",
}
"""What the names in annotations are called in the stub."""

RETURNS = {
    "aminmax": "_Extrema",
    "cummax": "_Places",
    "cummin": "_Places",
    "item": "Any",
    "kthvalue": "_Places",
    "max": "Any",  # of one tensor, or values with indices
    "median": "Any",
    "min": "Any",
    "nanmedian": "Any",
    "nonzero": "Any",
    "numpy": "np.ndarray[Any, Any]",
    "qr": "_Factors",
    "size": "Any",
    "slogdet": "_LogDeterminant",
    "sort": "_Places",
    "stride": "Any",
    "svd": "_SingularValues",
    "tolist": "Any",
    "topk": "_Places",
    "type": "Any",
    "unique": "Any",
    "where": "Any",  # the places too, when called as a function
    "__array__": "np.ndarray[Any, Any]",
    "__array_function__": "Any",
    "__array_ufunc__": "Any",
    "__iter__": "Iterator[Tensor]",
}
"""Results of methods that are annotated as Any and are no tensors (other such results are)."""

PROPERTIES = {"grad": "Tensor | None", "grad_fn": "Node | None"}
"""The same for properties."""

OVERRIDES = frozenset({"__eq__", "__ne__"})  # object's give bool


def text() -> str:
    """Return the stub."""
    members = inspect.classify_class_attrs(chainrule.Tensor)
    own = [m for m in members if m.defining_class is chainrule.Tensor and _is_public(m.name)]
    return HEAD + "".join(line + "\n" for m in own for line in lines_of(m.name, m.object))


def _is_public(name: str) -> bool:
    if name.startswith("__"):
        return callable(getattr(chainrule.Tensor, name)) and name != "__reduce_ex__"
    return not name.startswith("_")


def lines_of(name: str, member: Any) -> Iterator[str]:
    """Return the lines that declare a member of the class."""
    if isinstance(member, property):
        yield from _property(name, member)
    elif name == "__new__":
        yield "    def __new__(cls, *args: Any, device: Any = None) -> Self: ..."
    elif name == "__hash__":
        yield "    def __hash__(self) -> _int: ..."
    else:
        end = "  # type: ignore[override]" if name in OVERRIDES else ""
        yield _declaration(name, _parameters(name, member), _returns(name, member), end)


def _property(name: str, member: property) -> Iterator[str]:
    kind = PROPERTIES.get(name) or _translated(_annotation(member.fget, "return"))
    yield "    @property"
    yield f"    def {name}(self) -> {kind}: ..."
    if member.fset is not None:
        yield f"    @{name}.setter"
        yield f"    def {name}(self, value: {kind}) -> None: ..."
    if member.fdel is not None:
        yield f"    @{name}.deleter"
        yield f"    def {name}(self) -> None: ..."


def _declaration(name: str, parameters: list[str], returns: str, end: str) -> str:
    """Return a method in one line, in three, or with a line for each parameter."""
    start, close = f"    def {name}(", f") -> {returns}: ...{end}"
    whole = ", ".join(parameters)
    if len(start + whole + close) <= WIDTH:
        return start + whole + close
    inner = [whole] if len(whole) + 8 <= WIDTH else [f"{p}," for p in parameters]
    return "\n".join([start, *[f"        {line}" for line in inner], f"    {close}"])


# -- parameters -------------------------------------------------------------------------------------


def _parameters(name: str, member: Any) -> list[str]:
    signature = _signature(name, member)
    given = list(signature.parameters.values())[1:]
    shown = ["self"]
    for i, p in enumerate(given):
        if p.kind is p.KEYWORD_ONLY and not _named_only(given[:i]):
            shown.append("*")
        shown.append(_parameter(p))
    last = len(shown) - (given[-1].kind is inspect.Parameter.VAR_KEYWORD if given else 0)
    numpy_names = [n for n in ("axis", "keepdims") if not name.startswith("_") and _takes(member, n, given)]
    if numpy_names and not _named_only(given):
        numpy_names.insert(0, "*")
    shown[last:last] = [n if n == "*" else f"{n}: Any = ..." for n in numpy_names]
    return shown


def _named_only(parameters: list[inspect.Parameter]) -> bool:
    """Tell whether what follows these parameters can be given by name only."""
    return any(p.kind in (p.VAR_POSITIONAL, p.KEYWORD_ONLY) for p in parameters)


def _signature(name: str, member: Any) -> inspect.Signature:
    """Return a method's signature; an in-place form that passes everything on has that of the other form."""
    if isinstance(member, Primitive):
        return _operation(member)
    signature = inspect.signature(member)
    kinds = [p.kind for p in list(signature.parameters.values())[1:]]
    if kinds == [inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD] and name.endswith("_"):
        other = inspect.getattr_static(chainrule.Tensor, name[:-1], None)
        if other is not None:
            return _signature(name[:-1], other)
    return signature


def _operation(primitive: Primitive) -> inspect.Signature:
    """Return the signature by position too, with torch's name of the second operand."""
    first, *others = [
        p.replace(kind=p.POSITIONAL_OR_KEYWORD, annotation=p.empty)
        for p in inspect.signature(primitive.forward).parameters.values()
    ]
    return inspect.Signature([first, *[p.replace(name="other") if p.name == "b" else p for p in others]])


def _parameter(p: inspect.Parameter) -> str:
    stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
    annotation = "Any" if p.annotation is p.empty else str(p.annotation)
    kind = "Any" if "Tensor" in annotation else _translated(annotation)  # arrays and lists are welcome, too
    default = "" if p.default is p.empty else f" = {_shown(p.default)}"
    return f"{stars}{p.name}: {kind}{default}"


def _shown(default: Any) -> str:
    plain = default is None or isinstance(default, (bool, int, float, str))
    return repr(default).replace("'", '"') if plain else "..."


def _takes(member: Callable[..., Any], keyword: str, given: list[inspect.Parameter]) -> bool:
    """Tell whether a method knows one of NumPy's names beside torch's (`axis` beside `dim`)."""
    names = [p.name for p in given]
    if keyword in names or {"axis": "dim", "keepdims": "keepdim"}[keyword] not in names:
        return False
    try:
        member(chainrule.ones(2, 2), **{keyword: False})
    except Exception as error:
        return f"unexpected keyword argument '{keyword}'" not in str(error)
    return True


# -- types ------------------------------------------------------------------------------------------


def _returns(name: str, member: Any) -> str:
    if name in RETURNS:
        return RETURNS[name]
    annotation = "Any" if isinstance(member, Primitive) else _annotation(member, "return")
    return "Tensor" if annotation == "Any" else _translated(annotation)


def _annotation(function: Callable[..., Any], name: str) -> str:
    found = inspect.unwrap(function).__annotations__
    if name not in found:
        raise TypeError(f"{function.__qualname__} has no annotation for {name}")
    return str(found[name])


def _translated(annotation: str) -> str:
    """Return an annotation in the names of the stub."""
    return re.sub(r"[A-Za-z_][\w.]*", lambda match: NAMES.get(match[0], match[0]), annotation)


def declared() -> dict[str, str]:
    """Return the result types that the committed stub gives to methods and properties.

    >>> declared()["sin"], declared()["__len__"]
    ('Tensor', '_int')
    """
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    tensor = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Tensor")
    functions = [node for node in tensor.body if isinstance(node, ast.FunctionDef)]
    return {f.name: ast.unparse(f.returns) for f in reversed(functions) if f.returns is not None}


if __name__ == "__main__":
    STUB.write_text(text(), encoding="utf-8")
