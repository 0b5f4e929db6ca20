"""What torch gave for the programs in this folder, as `parity/record.py` wrote it down."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
LAYERS = HERE / "torch_layers.json"
WORDS = HERE / "torch_words.json"


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    """Return float64 numbers between -2 and 2, the same ones everywhere."""
    return np.random.default_rng(seed + sum(shape)).uniform(-2, 2, shape)


def rounded(values: Any) -> Any:
    """Return nested lists of numbers as JSON holds them: to 12 digits, NaN and infinities as words."""
    if isinstance(values, list):
        return [rounded(value) for value in values]
    return float(f"{values:.12g}") if np.isfinite(values) else str(values)


def said(library: Any, program: Any) -> list[str]:
    """Return what a program's result prints, or its error, and then its warnings; `chainrule` for `torch`."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        try:
            texts = [repr(program(library))]
        except Exception as error:
            texts = [f"{_builtin(type(error))}: {error}"]
    texts += [f"{_builtin(warning.category)}: {warning.message}" for warning in caught]
    return [_ADDRESS.sub("torch", text).replace("torch", "chainrule") for text in texts]


_ADDRESS = re.compile(r"\S*pytorch\S*")  # of torch's pages, which differ from ours by nothing else


def _builtin(kind: type) -> str:
    return next(base for base in kind.__mro__ if base.__module__ == "builtins").__name__


def agree(ours: list[str], theirs: list[str]) -> bool:
    """Compare what two libraries said; after torch's sentence an error may say what to change."""
    if ours[1:] != theirs[1:]:
        return False
    return ours[0] == theirs[0] or (_ERROR.match(theirs[0]) is not None and ours[0].startswith(theirs[0]))


_ERROR = re.compile(r"[A-Z]\w+(Error|Iteration): ")
