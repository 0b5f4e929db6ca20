"""Calls: a sample with its operation, ready to be made on arrays, tensors or dual numbers."""

from __future__ import annotations

import functools
import importlib.util
import sys
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import chainrule
from chainrule.composed import families
from chainrule.core.modes import no_grad
from chainrule.core.tensor import TensorBase, require_grad, wrap
from samples import Sample

HERE = Path(__file__).parent.parent
WIDE = {"f": np.float64, "c": np.complex128}
NARROW = {"f": np.float32, "c": np.complex64}


@functools.cache
def samples() -> dict[str, list[Sample]]:
    """Return the samples of all families, by the public name of the operation."""
    found: dict[str, list[Sample]] = {}
    for path in sorted(HERE.glob("ops/**/samples_*.py")):
        for name, some in _load(path).SAMPLES.items():
            found.setdefault(name, []).extend(some)
    return found


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"generated_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def public(name: str) -> Callable[..., Any]:
    """Return the public operation of a name such as "exp", "linalg.det", "Tensor.fill_"."""
    found: Any = chainrule
    for part in name.split("."):
        found = getattr(found, part)
    return found


def public_names() -> set[str]:
    """Return the names of all public operations of the composed families, methods included."""
    names = set()
    for family in families:
        prefix = f"{family.NAMESPACE}." if hasattr(family, "NAMESPACE") else ""
        names |= {prefix + name for name in family.__all__}
        names |= {f"Tensor.{name}" for name in getattr(family, "METHODS", ()) if name not in family.__all__}
    return names


class Call:
    """One call of an operation: its inexact arrays are operands, all else is fixed."""

    def __init__(self, name: str, number: int, sample: Sample, dtypes: dict[str, Any] = WIDE) -> None:
        self.name = name
        self.number = number
        self.sample = sample
        self.operands: list[np.ndarray] = []
        self._template = _transform((sample.args, sample.kwargs), self._take)
        self.operands = [x.astype(dtypes[x.dtype.kind], copy=False) for x in self.operands]
        self.rng = np.random.default_rng(zlib.crc32(f"{name}-{number}".encode()))

    def __repr__(self) -> str:
        return f"{self.name}-{self.number}{self.sample.args}{self.sample.kwargs or ''}"

    def _take(self, array: np.ndarray) -> Any:
        if array.dtype.kind in WIDE:
            self.operands.append(array)
            return Slot(len(self.operands) - 1)
        return array

    def narrow(self) -> Call:
        """Return the same call in single precision."""
        return Call(self.name, self.number, self.sample, NARROW)

    def arguments(self, operands: Sequence[Any], fixed: Callable[[np.ndarray], Any]) -> Any:
        """Return (args, kwargs) with these operands in their places."""

        def fill(x: Any) -> Any:
            return operands[x.number] if isinstance(x, Slot) else fixed(x)

        return _transform(self._template, fill)

    def raw(self, operands: Sequence[Any]) -> Any:
        """Return whatever the operation returns at these operands (tensors)."""
        args, kwargs = self.arguments(operands, tensor_of)
        function = public(self.name)
        if not self.in_place:
            return function(*args, **kwargs)
        target = args[0].clone()
        result = function(target, *args[1:], **kwargs)
        return target if result is None else result

    @property
    def in_place(self) -> bool:
        """Whether the operation changes its first argument."""
        return self.name.startswith("Tensor.") and (
            (self.name.endswith("_") and not self.name.endswith("__")) or self.name.startswith("Tensor.__set")
        )

    def __call__(self, operands: Sequence[Any]) -> list[Any]:
        """Return the tensors among the results."""
        return flatten(self.raw(operands))

    def values(self, operands: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the inexact results as arrays, nothing being recorded."""
        with no_grad():
            results = self([tensor_of(x) for x in operands])
        return [array(y) for y in results if is_inexact(y)]

    def tensors(self) -> list[Any]:
        """Return the operands as tensors."""
        return [tensor_of(x) for x in self.operands]

    def leaves(self) -> list[Any]:
        """Return the operands as leaves that require grad."""
        return [leaf(x) for x in self.operands]

    def direction(self, i: int, part: complex = 1 + 1j) -> np.ndarray:
        """Return a random tangent of operand `i`; of a complex one, the real or imaginary `part`."""
        t = noise(self.rng, self.operands[i], part)
        return self.sample.along(t) if self.sample.along is not None and i == 0 else t


class Slot:
    """The place of an operand among the arguments."""

    def __init__(self, number: int) -> None:
        self.number = number


def _transform(tree: Any, function: Callable[[Any], Any]) -> Any:
    """Apply a function to the arrays and slots in nested tuples, lists and dictionaries."""
    if isinstance(tree, (np.ndarray, Slot)):
        return function(tree)
    if isinstance(tree, np.complexfloating):  # what NumPy makes of 0-d arrays in passing
        return function(np.asarray(tree))
    if isinstance(tree, (tuple, list)):
        return type(tree)([_transform(x, function) for x in tree])
    if isinstance(tree, dict):
        return {key: _transform(x, function) for key, x in tree.items()}
    return tree


def tensor_of(x: np.ndarray) -> Any:
    """Return a tensor with a copy of an array (a NumPy scalar inside while 0-d, strides kept)."""
    return wrap(x[()] if x.ndim == 0 else x.copy() if x.flags.c_contiguous else x)


def leaf(x: np.ndarray) -> Any:
    tensor = tensor_of(x)
    require_grad(tensor)
    return tensor


def flatten(result: Any) -> list[Any]:
    """Return the tensors in a result, in order."""
    if isinstance(result, TensorBase):
        return [result]
    if isinstance(result, (tuple, list)):
        return [t for part in result for t in flatten(part)]
    return []


def array(tensor: Any) -> np.ndarray:
    return np.asarray(tensor._value)


def is_inexact(tensor: Any) -> bool:
    return tensor._value.dtype.kind in WIDE


def noise(rng: np.random.Generator, like: Any, part: complex = 1 + 1j) -> np.ndarray:
    """Return random numbers of the shape and dtype of `like`."""
    real = rng.uniform(-1, 1, like.shape)
    if like.dtype.kind != "c":
        return np.asarray(real, like.dtype)
    return np.asarray(real * part.real + 1j * rng.uniform(-1, 1, like.shape) * part.imag, like.dtype)


def all_calls() -> list[Call]:
    return [Call(name, i, s) for name, some in samples().items() for i, s in enumerate(some)]
