"""What type checkers are told of Tensor (src/chainrule/tensor.pyi) is true, and of use."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import chainrule
import typed_program
from generated.calls import Call, all_calls

ROOT = Path(__file__).resolve().parents[1]


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_stub", ROOT / "tools" / "make_stub.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    return maker


MAKER = _maker()
DECLARED = MAKER.declared()


def test_the_committed_stub_is_up_to_date() -> None:
    """If not, run `python tools/make_stub.py`."""
    assert MAKER.STUB.read_text(encoding="utf-8") == MAKER.text()


def test_every_public_attribute_is_declared() -> None:
    public = {name for name in vars(chainrule.Tensor) if not name.startswith("_")}
    assert public <= DECLARED.keys()
    assert {"__add__", "__getitem__", "__eq__", "__len__", "__bool__", "__array_ufunc__"} <= DECLARED.keys()


def _named(*fields: str) -> Callable[[Any], bool]:
    return lambda result: isinstance(result, tuple) and result._fields == fields


KINDS: dict[str, Callable[[Any], bool]] = {
    "Tensor": lambda result: isinstance(result, chainrule.Tensor),
    "tuple[Tensor, ...]": lambda result: {type(part) for part in result} <= {chainrule.Tensor},
    "_bool": lambda result: isinstance(result, bool),
    "_Extrema": _named("min", "max"),
    "_Factors": _named("Q", "R"),
    "_LogDeterminant": _named("sign", "logabsdet"),
    "_Places": _named("values", "indices"),
    "_SingularValues": _named("U", "S", "V"),
    "Any": lambda result: True,
    "None": lambda result: True,  # of __setitem__, for which the call gives the changed tensor
}

METHODS: dict[str, list[Call]] = {}
for _call in all_calls():
    METHODS.setdefault(_call.name.removeprefix("Tensor."), []).append(_call)


@pytest.mark.parametrize("name", sorted(METHODS.keys() & DECLARED.keys()))
def test_operations_return_what_the_stub_says(name: str) -> None:
    for call in METHODS[name]:
        assert KINDS[DECLARED[name]](call.raw(call.tensors())), call


def test_properties_have_the_types_that_the_stub_says() -> None:
    x = chainrule.ones(2, 2, requires_grad=True)
    types = {"_bool": bool, "_int": int, "_dtype": chainrule.dtype, "_device": chainrule.device}
    for name in dir(chainrule.Tensor):
        if isinstance(inspect.getattr_static(chainrule.Tensor, name), property) and name in DECLARED:
            optional = DECLARED[name].endswith(" | None")
            kind = types.get(DECLARED[name]) or getattr(chainrule, DECLARED[name], None)
            assert optional or name == "imag" or isinstance(getattr(x, name), kind), name


def test_the_typed_program_runs() -> None:
    assert typed_program.main() == 33.0


def test_mypy_accepts_the_typed_program(tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api", reason="mypy is among the tools of `make lint`")
    program = ROOT / "tests" / "typed_program.py"
    config = ROOT / "pyproject.toml"
    out, errors, status = api.run(
        ["--config-file", str(config), "--cache-dir", str(tmp_path), "--strict", str(program)]
    )
    assert (status, errors) == (0, ""), out
