"""Numbers in drawings: small values in full, large ones by their shape."""

from __future__ import annotations

from typing import Any

import numpy as np

LONGEST = 34  # characters of a line
MOST_ROWS = 4


def short(text: str, longest: int = LONGEST) -> str:
    """Return `text`, its end replaced by an ellipsis when it is too long."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def number(value: Any, digits: int = 6) -> str:
    """Return a number in at most `digits` significant digits.

    >>> number(0.1 + 0.2), number(1e10), number(True)
    ('0.3', '1e+10', 'True')
    """
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (complex, np.complexfloating)):
        return f"{value.real:.{digits}g}{value.imag:+.{digits}g}j"
    return f"{value:.{digits}g}"


def row(values: Any) -> str:
    """Return a row of numbers, with fewer digits or cut short when there is no room for all.

    >>> import numpy as np
    >>> row(np.array([1.0, 2.5])), row(np.arange(10) / 7)
    ('[1, 2.5]', '[0, 0.143, 0.286, 0.429, 0.571, …]')
    """
    for digits in (6, 4, 3):
        words = [number(x, digits) for x in values]
        if len(text := f"[{', '.join(words)}]") <= LONGEST:
            return text
    kept = list(words)
    while len(", ".join(kept)) + 5 > LONGEST:
        kept.pop()
    return f"[{', '.join(kept)}, …]"


def setting(value: Any) -> str:
    """Return a static parameter in one line.

    >>> setting((0, 1)), setting("mean")
    ('(0, 1)', 'mean')
    """
    return short(str(value))


def subscript(index: tuple[Any, ...]) -> str:
    """Return an index as it is written between brackets.

    >>> subscript((slice(1, None), Ellipsis, None)), subscript((0,))
    ('[1:, ..., None]', '[0]')
    """
    return short(f"[{', '.join(map(_place, index))}]")


def _place(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    if not isinstance(part, slice):
        return str(part)
    ends = [part.start, part.stop] + ([] if part.step in (None, 1) else [part.step])
    return ":".join("" if end is None else str(end) for end in ends)


def lines_of(label: str, value: Any) -> list[tuple[str, str]]:
    """Return the lines (label, text) that show a small value; nothing for a large one.

    >>> import numpy as np
    >>> lines_of("value", np.eye(2))
    [('value', '[1, 0]'), ('', '[0, 1]')]
    """
    if isinstance(value, list):  # of an operation with several results
        return [line for k, part in enumerate(value) for line in lines_of(f"{label} {k}", part)]
    if value is None or np.size(value) > MOST_ROWS * MOST_ROWS:
        return []
    array = np.asarray(value)
    if array.ndim == 0:
        return [(label, number(array[()]))]
    if array.ndim > 2 or array.size == 0 or (array.ndim == 2 and len(array) > MOST_ROWS):
        return []
    return [(label if i == 0 else "", row(part)) for i, part in enumerate(np.atleast_2d(array))]


def describe(label: str, value: Any) -> list[str]:
    """Return a line that says what a value is like, however large."""
    if isinstance(value, list):
        return [line for k, part in enumerate(value) for line in describe(f"{label} {k}", part)]
    if value is None:
        return []
    array = np.asarray(value)
    if array.size == 0 or array.ndim == 0:
        text = number(array[()]) if array.ndim == 0 else "empty"
    elif array.dtype.kind in "fiu":
        text = f"from {number(array.min())} to {number(array.max())}, shape {array.shape}"
    else:
        text = f"shape {array.shape}"
    return [f"{label}: {text} ({array.dtype})"]
