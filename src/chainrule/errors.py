"""The exceptions that users meet beyond Python's own, and the wording they share."""

from __future__ import annotations

import sys
import warnings
from typing import Any


class ChainruleWarning(UserWarning):
    """Something legal was asked for that is probably not what was meant."""


class MissingExtraError(ImportError):
    """An optional dependency is not installed; the message names the extra that brings it."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs {package}, which is not installed; "
            f'install it with: pip install "chainrule[{extra}]"'
        )


class LeakedBoxError(RuntimeError):
    """A value of a transform was used after the transform had returned."""


def type_name(x: Any) -> str:
    """Return how torch's messages call the type of `x`: some types with the library they come from."""
    kind = type(x)
    library = kind.__module__.partition(".")[0]
    if library == "numpy" or (library == "chainrule" and kind.__name__ in ("Size", "device", "dtype")):
        return f"{library}.{kind.__name__}"
    return kind.__name__


def warn(message: str, category: type[Warning] = ChainruleWarning) -> None:
    """Warn at the line of the user's that called into chainrule."""
    depth = 1
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("chainrule"):
        frame = frame.f_back
        depth += 1
    warnings.warn(message, category, stacklevel=depth)


__all__ = ["ChainruleWarning", "LeakedBoxError", "MissingExtraError"]
