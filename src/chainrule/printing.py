"""How tensors print: torch's layout, number formats and suffixes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from chainrule import dtypes
from chainrule.core.apply import unbox
from chainrule.core.box import Box
from chainrule.core.dual import Dual
from chainrule.core.tensor import TensorBase
from chainrule.core.views import node_of, requires_grad_of
from chainrule.core.visible import as_function
from chainrule.errors import LeakedBoxError

Array = Any


class _Options:
    def __init__(self) -> None:
        self.precision = 4
        self.threshold: float = 1000
        self.edgeitems = 3
        self.linewidth = 80
        self.sci_mode: bool | None = None


_options: Final = _Options()

_PROFILES: Final = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print; what is None stays, except `sci_mode`, which None leaves to the values.

    `precision` digits follow the decimal point; above `threshold` elements only `edgeitems` at each
    end of an axis are shown; lines hold `linewidth` characters. `profile` ("default", "short", "full")
    sets all four. Raises ValueError for another profile.

    >>> import chainrule
    >>> chainrule.set_printoptions(precision=2)
    >>> chainrule.tensor([1.12345])
    tensor([1.12])
    >>> chainrule.set_printoptions(profile="default")
    """
    if profile is not None:
        if profile not in _PROFILES:
            raise ValueError(f"profile must be one of {', '.join(_PROFILES)}, got {profile!r}")
        for name, value in _PROFILES[profile].items():
            setattr(_options, name, value)
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    for name, value in given.items():
        if value is not None:
            setattr(_options, name, value)
    _options.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """Return the current options, as `set_printoptions` takes them.

    >>> import chainrule
    >>> chainrule.get_printoptions()["precision"]
    4
    """
    return dict(vars(_options))


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Set options of `set_printoptions` for the block of a with statement.

    >>> import chainrule
    >>> with chainrule.printoptions(precision=1):
    ...     print(chainrule.tensor(0.25))
    tensor(0.2)
    """
    before = get_printoptions()
    set_printoptions(**options)
    try:
        yield
    finally:
        set_printoptions(**before)


# -- numbers ----------------------------------------------------------------------------------------


class _Format:
    """One format for all elements of a tensor, chosen from those that will be shown."""

    __slots__ = ("pattern", "point", "width")

    def __init__(self, values: Array) -> None:
        self.pattern = "{}"
        self.point = False  # integral floats end in a point: "3."
        self.width = 1
        if values.dtype.kind == "f":
            self._choose(values[np.isfinite(values) & (values != 0)].astype(np.float64))
        else:
            self.width = max(map(len, map(str, values.tolist())), default=1)

    def _choose(self, values: Array) -> None:
        """Choose among fixed, scientific and integral by the finite nonzero values."""
        if not values.size:
            self.pattern, self.point = "{:.0f}", True
            return
        sizes = np.abs(values)
        least, most = sizes.min(), sizes.max()
        scientific = _options.sci_mode
        if scientific is None:
            scientific = bool(most / least > 1000.0 or most > 1.0e8 or least < 1.0e-4)
        if scientific:
            self.pattern = f"{{:.{_options.precision}e}}"
        elif np.all(values == np.ceil(values)):
            self.pattern, self.point = "{:.0f}", True
        else:
            self.pattern = f"{{:.{_options.precision}f}}"
        self.width = max(map(len, map(self.pattern.format, values.tolist()))) + self.point

    def __call__(self, value: Any) -> str:
        text = self.pattern.format(value)
        if self.point and math.isfinite(value):
            text += "."
        return text.rjust(self.width)


class _ComplexFormat:
    """The formats of the real and the imaginary parts."""

    __slots__ = ("imag", "real", "width")

    def __init__(self, values: Array) -> None:
        self.real = _Format(values.real)
        self.imag = _Format(values.imag)
        self.width = self.real.width + self.imag.width + 1  # the j

    def __call__(self, value: Any) -> str:
        imag = self.imag(value.imag).lstrip() + "j"
        return self.real(value.real) + ("" if imag[0] in "+-" else "+") + imag


# -- layout -----------------------------------------------------------------------------------------


def _contents(values: Array, indent: int) -> str:
    """Return the elements in their brackets."""
    if not values.size:
        return "[]"
    edge = _options.edgeitems if values.size > _options.threshold else None
    shown = values if edge is None else _edges(values, edge)
    form = _ComplexFormat(shown.ravel()) if values.dtype.kind == "c" else _Format(shown.ravel())
    return _nested(values, indent, edge, form)


def _edges(values: Array, edge: int) -> Array:
    """Return the elements that a summary shows."""
    for axis, n in enumerate(values.shape):
        if n > 2 * edge:
            values = values.take([*range(edge), *range(n - edge, n)], axis)
    return values


def _nested(values: Array, indent: int, edge: int | None, form: Any) -> str:
    if not values.ndim:
        return str(form(values.item()))
    if values.ndim == 1:
        return _row(values, indent, edge, form)
    cut = edge is not None and len(values) > 2 * edge
    first, last = (values[:edge], values[len(values) - (edge or 0) :]) if cut else (values, values[:0])
    parts = [_nested(part, indent + 1, edge, form) for part in first]
    if cut:
        parts.append("...")
    parts += [_nested(part, indent + 1, edge, form) for part in last]
    return "[" + ("," + "\n" * (values.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def _row(values: Array, indent: int, edge: int | None, form: Any) -> str:
    if edge == 0:
        texts = ["..."]
    elif edge is not None and len(values) > 2 * edge:
        texts = [*map(form, values[:edge].tolist()), " ...", *map(form, values[-edge:].tolist())]
    else:
        texts = list(map(form, values.tolist()))
    per_line = max(1, (_options.linewidth - indent) // (form.width + 2))
    lines = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


# -- the whole --------------------------------------------------------------------------------------


def to_string(tensor: TensorBase) -> str:
    """Return what `repr` shows of a tensor."""
    name = type(tensor).__name__
    prefix = "tensor(" if name == "Tensor" else f"{name}("
    suffixes: list[str] = []
    values = _values(tensor)
    dtype = dtypes.from_numpy_dtype(tensor._value.dtype)
    if values is None:
        text = f"<{type(tensor._value).__name__}>"
        suffixes += [f"size={tuple(tensor._value.shape)}", f"dtype={dtype}"]
    else:
        text = _contents(values, len(prefix))
        suffixes += _describe(values, dtype)
    suffixes += _history(tensor)
    return _join(prefix + text, suffixes, len(prefix))


def _values(tensor: TensorBase) -> Array:
    """Return the values as an array, None for a box that cannot give any."""
    value = tensor._value
    if isinstance(value, Box):
        try:
            value = value.concrete("printing")
        except (LeakedBoxError, RuntimeError, TypeError, ValueError, NotImplementedError):
            return None
    return np.asarray(value)


def _describe(values: Array, dtype: dtypes.dtype) -> list[str]:
    """Return the size and dtype where the elements do not show them."""
    default = dtypes.get_default_dtype()
    if not values.size:
        shape = [] if values.ndim == 1 else [f"size={values.shape}"]
        return shape + ([] if dtype is default else [f"dtype={dtype}"])
    shape = [] if _options.edgeitems else [f"size={values.shape}"]
    complex_default = dtypes.complex128 if default is dtypes.float64 else dtypes.complex64
    implied = dtype in (default, complex_default, dtypes.int64, dtypes.bool_)
    return shape + ([] if implied else [f"dtype={dtype}"])


def _history(tensor: TensorBase) -> list[str]:
    """Return the suffixes that say how the tensor is differentiated."""
    found = []
    try:
        node_of(tensor)
    except RuntimeError:
        return ["grad_fn=<Invalid>"]  # a view whose base was changed; using it raises the error
    requires_grad_of(tensor)
    unbox(tensor)
    if tensor._node is not None:
        found.append(f"grad_fn=<{as_function(tensor._node)[0].name().rsplit('::', 1)[-1]}>")
    elif tensor._requires_grad:
        found.append("requires_grad=True")
    if isinstance(tensor._value, Dual):
        found.append(f"tangent={tensor._value.tangent}")
    return found


def _join(text: str, suffixes: list[str], indent: int) -> str:
    """Add suffixes, each on a new line if the line would become too long."""
    last = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        width = len(suffix.replace("chainrule.", "torch."))  # lines end where torch's end
        if last + width + 2 > _options.linewidth:
            text += ",\n" + " " * indent + suffix
            last = indent + width
        else:
            text += ", " + suffix
            last += width + 2
    return text + ")"


def format_scalar(tensor: TensorBase, spec: str) -> str:
    """Return what `format` gives: of a 0-d tensor its number's, of others torch's refusal of a spec."""
    value = tensor._value
    if value.shape == ():
        if isinstance(value, Box):
            value = value.concrete("formatting")
        return format(value.item(), spec)
    if spec:
        raise TypeError(f"unsupported format string passed to {type(tensor).__name__}.__format__")
    return to_string(tensor)


__all__ = ["get_printoptions", "printoptions", "set_printoptions"]
