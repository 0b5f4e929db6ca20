"""Functions in the user's own files: loaded, called, and their mistakes told in one line."""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import math
import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import chainrule
from chainrule.command.functions import signature_of
from chainrule.command.mistakes import Mistake, one_line, suggestion
from chainrule.core.tensor import TensorBase
from chainrule.show.numbers import number

MODULE = "file_of_the_user"  # its `__name__`, which no other module has


class FileFunction:
    """A function that the user wrote; what it raises is reported as a Mistake with its line."""

    def __init__(self, path: Path, name: str, function: Callable[..., Any], names: Sequence[str]) -> None:
        self.title = f"{path}:{name}"
        self.path = path
        self.name = name
        self.function = function
        self.names = list(names)
        self.__signature__ = signature_of(self.names)

    def __call__(self, *values: Any) -> Any:
        try:
            with contextlib.redirect_stdout(sys.stderr):  # standard output is for results
                result = self.function(*values)
        except (Exception, SystemExit) as error:
            raise Mistake(f"{self.name} failed: {_where(error, self.path)}") from None
        if isinstance(result, TensorBase):
            shape = tuple(result.shape)
            if math.prod(shape) != 1:
                raise Mistake(
                    f"{self.name} must return one number, but it returned a tensor of shape {shape}"
                )
            if result.is_complex():
                raise Mistake(f"{self.name} must return a real number, but it returned a complex one")
        elif isinstance(result, bool) or not isinstance(result, (int, float, np.number)):
            raise Mistake(f"{self.name} must return a number, but it returned {type(result).__name__}")
        return result

    def check(self, point: Sequence[float]) -> None:
        """Raise a Mistake when the function fails, or is not defined, at a point."""
        # Recorded, since the function may take derivatives of its own.
        y = self(*[chainrule.tensor(x, dtype=chainrule.float64, requires_grad=True) for x in point])
        y = y.item() if isinstance(y, TensorBase) else y
        if not math.isfinite(y):
            at = ", ".join(f"{name} = {number(x)}" for name, x in zip(self.names, point, strict=True))
            raise Mistake(f"{self.name} is not defined at {at}: it returned {y}")


def split_path(text: str) -> tuple[str, str] | None:
    """Return the file and the function of `path/to/file.py:function`, None for an expression."""
    text = text.strip()
    found = re.fullmatch(r"(.+\.py)(?::(.*))?", text)
    if found is None and re.fullmatch(r"[^\s:]+:[^\W\d]\w*", text):
        place = (text.index(":"), len(text))
        raise Mistake("a function in a file is written path/to/file.py:function", text, place)
    return (found[1], found[2] or "") if found else None


def load(path_text: str, name: str, given: Sequence[str]) -> FileFunction:
    """Return a function of a Python file; `given` are the names that have values."""
    path = Path(path_text)
    if os.path.isdir(path):
        raise Mistake(f"{path_text!r} is a folder, not a file")
    if not os.path.isfile(path):
        raise Mistake(f"there is no file {path_text!r}")
    module = _module(path)
    functions = [
        key
        for key, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
    ]
    if not name:
        listed = ", ".join(functions) or "none"
        raise Mistake(f"which function of {path_text}? write {path_text}:NAME (it has: {listed})")
    function = getattr(module, name, None)
    if function is None:
        raise Mistake(f"there is no function {name!r} in {path_text}{suggestion(name, functions)}")
    if not callable(function):
        raise Mistake(f"{name!r} in {path_text} is not a function")
    return FileFunction(path, name, function, _parameters(function, name, given))


def _module(path: Path) -> ModuleType:
    """Run the user's file, with its folder on the path as if it were started from there."""
    spec = importlib.util.spec_from_file_location(MODULE, path)
    if spec is None or spec.loader is None:
        raise Mistake(f"{path} cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module  # where dataclasses, for one, look for it
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        raise Mistake(f"{error.filename or path}{line}: {error.msg}") from None
    except (Exception, SystemExit) as error:
        raise Mistake(f"{path} failed to load: {_where(error, path)}") from None
    finally:
        sys.path.remove(folder)
        sys.path.append(folder)  # for what its functions import; behind all others, to hide none of them
    return module


def _where(error: BaseException, path: Path) -> str:
    """Return an error in one line, with the last line of the user's file that led to it."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) == path.resolve()]
    frames = frames or [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) == path]
    line = f" ({path}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {one_line(error)}{line}"


def _parameters(function: Callable[..., Any], name: str, given: Sequence[str]) -> list[str]:
    """Return the parameters of a function that get values; those with defaults need none."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise Mistake(f"the parameters of {name} cannot be read; wrap it in a def") from None
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    for parameter in parameters:
        needed = parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty
        if needed or (parameter.kind is parameter.VAR_POSITIONAL and not given):
            raise Mistake(f"{name} must take its variables by position, as in def {name}(x, y)")
    positional = [p for p in parameters if p.kind in plain]
    listed = ", ".join(p.name for p in positional)
    for key in given:
        if key not in [p.name for p in positional]:
            raise Mistake(f"{name}({listed}) has no parameter {key!r}, but --at gives it a value")
    chosen = [p for p in positional if p.name in given or p.default is p.empty]
    missing = [p.name for p in chosen if p.name not in given]
    if missing:
        raise Mistake(f"{name}({listed}) needs a value for {missing[0]!r}: add --at {missing[0]}=...")
    if any(p not in chosen for p in positional[: len(chosen)]):
        raise Mistake(f"{name}({listed}): give values to the parameters from the first on")
    return [p.name for p in chosen]
