"""plot: a function against its derivatives, or a function of two variables with its gradient field."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import MissingExtraError
from chainrule.show.labels import formulas, variable
from chainrule.show.pointwise import derivatives, gradient, value
from chainrule.show.progress import progress

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS = 601  # on a curve
GRID = 81  # along each side of a contour plot
ARROWS = 17  # along each side of a gradient field

# Okabe and Ito's colours, in an order of falling contrast; lines also differ in their dashes.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
DASHES = ("-", "--", "-.", ":", (0, (6, 1.5, 1.5, 1.5, 1.5, 1.5)), (0, (1, 3)))

WIDTH = 7.2  # of a figure, in inches
SIZE = 10.5  # of the text of formulas, in points

ONE_PANEL = 25.0  # curves get panels of their own when all together extend this much further than one

Function = Callable[..., Any]
Interval = tuple[float, float]


def plot(
    f: Function,
    interval: Interval | tuple[Interval, Interval],
    order: int = 1,
    *,
    at: float | Sequence[float] | None = None,
    labels: Sequence[str] | None = None,
) -> Figure:
    """Plot f with its derivatives up to `order` over an interval (a, b), and return the figure.

    With two intervals ((a, b), (c, d)) f is a function of two variables: a contour plot with the
    field of its gradient. f is called with float64 tensors of one element and returns one number.
    Where it is not defined the curve has a gap. `at` marks a point (with its tangent); `labels`
    are formulas for the legend, else SymPy's where it finds them. Raises MissingExtraError without
    the extra `show`.

    >>> from chainrule import show
    >>> figure = show.plot(lambda x: x * x, (-2, 2), labels=["square", "slope"])
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['square', 'slope']
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", "show", "plotting") from None
    bounds = np.asarray(interval, float)
    if bounds.shape not in ((2,), (2, 2)) or not np.isfinite(bounds).all():
        raise ValueError(
            f"the interval must be (a, b), or ((a, b), (c, d)) for two variables, got {interval!r}"
        )
    if (bounds[..., 0] >= bounds[..., 1]).any():
        raise ValueError(f"the interval must begin before it ends, got {interval!r}")
    if not 0 <= order <= len(COLOURS) - 1:
        raise ValueError(f"plots show derivatives up to order {len(COLOURS) - 1}, got order={order}")
    if bounds.ndim == 2:
        figure = Figure(figsize=(WIDTH, 5.8), layout="constrained")
        _contours(figure.add_subplot(), f, bounds, at, labels)
        return figure
    return _curves(Figure, f, bounds, order, at, labels)


# -- one variable ---------------------------------------------------------------------------------


def _curves(
    figure_class: type[Figure],
    f: Function,
    bounds: np.ndarray,
    order: int,
    at: Any,
    labels: Sequence[str] | None,
) -> Figure:
    xs = np.linspace(bounds[0], bounds[1], POINTS)
    # One derivative more than is drawn tells jumps from steep slopes.
    table = np.array([derivatives(f, x, order + 1) for x in progress(xs, "Evaluating")]).T
    curves = [_with_gaps(xs, y, slope) for y, slope in pairwise(table)]
    names = labels if labels is not None else _fitting(formulas(f, order, _variables(f, 1)))
    extents = [_extent(y) for _, y in curves]
    panels = order + 1 if _differ(extents) else 1
    figure = figure_class(layout="constrained")
    axes = figure.subplots(panels, sharex=True, squeeze=False)[:, 0]
    for k, (x, y) in enumerate(curves):
        axis = axes[k if panels > 1 else 0]
        axis.plot(x, y, color=COLOURS[k], linestyle=DASHES[k], linewidth=2, label=names[k])
    groups = [[extent] for extent in extents] if panels > 1 else [extents]
    for k, (axis, group) in enumerate(zip(axes, groups, strict=True)):
        _tidy(axis, bounds, min(low for low, _ in group), max(high for _, high in group))
        if panels > 1 and labels is None:
            axis.set_ylabel(f"$f{chr(39) * k}$", fontsize=SIZE)
    if at is not None:
        _tangent(axes[0], f, float(np.ravel(at)[0]), bounds)
    for axis in axes:
        if not any(np.isfinite(line.get_ydata()).any() for line in axis.lines):
            _say(axis, NOWHERE)
    height = 4.0 if panels == 1 else 2.2 * panels
    figure.set_size_inches(WIDTH, height + _legend(figure, axes))
    axes[-1].set_xlabel(f"${variable(_variables(f, 1)[0])}$", fontsize=SIZE)
    return figure


def _differ(extents: Sequence[Interval]) -> bool:
    """Tell whether one of the curves would be flat in the range that shows all of them."""
    sizes = [high - low for low, high in extents if high > low]
    lows, highs = zip(*extents, strict=True)
    return bool(sizes) and max(highs) - min(lows) > ONE_PANEL * min(sizes)


NOWHERE = "not defined in this range"


def _say(axis: Axes, words: str) -> None:
    axis.text(0.5, 0.5, words, transform=axis.transAxes, ha="center", va="center", color="#6a6a6a")


def _legend(figure: Figure, axes: Sequence[Axes]) -> float:
    """Put one legend above all panels, where no curve is, and return its height in inches."""
    lines = [line for axis in axes for line in axis.lines if not line.get_label().startswith("_")]
    sizes = [_size(str(line.get_label())) for line in lines]
    columns = max(1, min(len(lines), int((WIDTH - 0.7) // (max(width for width, _ in sizes) + 0.7))))
    rows = -(-len(lines) // columns)
    figure.legend(
        handles=lines,
        loc="outside upper left",
        ncols=columns,
        frameon=False,
        fontsize=SIZE,
        handlelength=2.6,
        borderaxespad=0.2,
    )
    return float(rows * (max(height for _, height in sizes) + 0.1))


def _fitting(labels: Sequence[str]) -> list[str]:
    """Return labels without the formulas that are wider than a figure."""
    return [label if _size(label)[0] < WIDTH - 1.2 else label.partition(" = ")[0] for label in labels]


def _size(text: str) -> tuple[float, float]:
    """Return the width and height in inches that a text takes as drawn."""
    from matplotlib.textpath import TextPath

    extents = TextPath((0, 0), text, size=SIZE).get_extents()
    return extents.width / 72, extents.height / 72


def _with_gaps(x: np.ndarray, y: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the curve with a NaN put in wherever it is undefined or jumps.

    Between neighbours a smooth curve changes by about what the slopes at both ends say. A step far
    outside of that is a jump; a large one against both slopes is a pole.
    """
    y = np.where(np.isfinite(y), y, np.nan)
    h = np.diff(x)
    steps = np.diff(y)
    with np.errstate(all="ignore"):
        ends = np.stack([slope[:-1] * h, slope[1:] * h])
        low, high = ends.min(axis=0), ends.max(axis=0)
        slack = (high - low) + 0.02 * np.abs(ends).max(axis=0) + 1e-3 * _spread(y)
        jumps = (steps < low - slack) | (steps > high + slack)
        poles = (steps * low < 0) & (steps * high < 0) & (np.abs(steps) > 0.5 * _spread(y))
        jumps = np.isfinite(ends).all(axis=0) & (jumps | poles)
    places = np.flatnonzero(jumps) + 1
    return np.insert(x, places, x[places - 1] if len(places) else []), np.insert(y, places, np.nan)


def _spread(y: np.ndarray) -> float:
    """Return the extent of the middle of the values, which poles do not reach."""
    finite = y[np.isfinite(y)]
    return float(np.subtract(*np.percentile(finite, [90, 10]))) if len(finite) else 0.0


def _extent(y: np.ndarray) -> Interval:
    """Return the range worth showing: all of it, unless poles would flatten the rest."""
    finite = y[np.isfinite(y)]
    if not len(finite):
        return 0.0, 0.0
    low, high = float(finite.min()), float(finite.max())
    inner_low, inner_high = (float(q) for q in np.percentile(finite, [20, 80]))
    span = inner_high - inner_low
    if span > 0 and high > inner_high + 5 * span and _is_pole(finite, int(finite.argmax())):
        high = inner_high + span
    if span > 0 and low < inner_low - 5 * span and _is_pole(finite, int(finite.argmin())):
        low = inner_low - span
    return low, high


def _is_pole(y: np.ndarray, i: int) -> bool:
    """Tell whether the extreme value at i stands out from its neighbours, as only poles do.

    Next to a pole of any order the nearest sample is at least twice as far out as the second nearest.
    """
    neighbours = np.abs(y[max(i - 1, 0) : i + 2])
    return bool(np.sort(neighbours)[:-1].min() <= 0.55 * abs(y[i]))


def _tidy(axis: Axes, bounds: np.ndarray, low: float, high: float) -> None:
    margin = 0.06 * (high - low) or 1.0
    axis.set_xlim(*bounds)
    axis.set_ylim(low - margin, high + margin)
    axis.grid(color="#e6e6e6", linewidth=0.8)
    axis.set_axisbelow(True)
    if low < 0 < high:
        axis.axhline(0, color="#9a9a9a", linewidth=0.9, zorder=1)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _tangent(axis: Axes, f: Function, x: float, bounds: np.ndarray) -> None:
    """Mark the point of the curve at x, and draw the tangent there."""
    y, slope = derivatives(f, x, 1)
    if not np.isfinite([y, slope]).all():
        return
    reach = 0.18 * (bounds[1] - bounds[0])
    ends = np.array([x - reach, x + reach])
    axis.plot(
        ends, y + slope * (ends - x), color="#333333", linewidth=1.2, label=f"tangent, slope {slope:.6g}"
    )
    axis.plot([x], [y], "o", color="#333333", markersize=6)


# -- two variables --------------------------------------------------------------------------------


def _contours(axis: Axes, f: Function, bounds: np.ndarray, at: Any, labels: Sequence[str] | None) -> None:
    from matplotlib.ticker import MaxNLocator

    us, vs = (np.linspace(a, b, GRID) for a, b in bounds)
    values = np.array([[value(f, (u, v)) for u in us] for v in progress(vs, "Evaluating")])
    shown = np.ma.masked_invalid(values)
    low, high = _extent(values.ravel())
    if shown.count() == 0:
        _say(axis, NOWHERE)
    elif high == low:
        reach = 0.1 * abs(low) or 1.0
        filled = axis.contourf(us, vs, shown, [low - reach, low + reach], cmap="viridis")
        axis.figure.colorbar(filled, ax=axis, label="value", shrink=0.95, ticks=[low])
    else:
        levels = MaxNLocator(14).tick_values(low, high)
        cut = {(True, True): "both", (True, False): "min", (False, True): "max"}.get(
            (shown.min() < low, shown.max() > high), "neither"
        )
        filled = axis.contourf(us, vs, shown, levels, cmap="viridis", extend=cut)
        axis.contour(us, vs, shown, levels, colors="white", linewidths=0.5, alpha=0.6)
        axis.figure.colorbar(filled, ax=axis, label="value", shrink=0.95)
    _field(axis, f, bounds)
    names = _variables(f, 2)
    axis.set_xlabel(f"${variable(names[0])}$", fontsize=SIZE)
    axis.set_ylabel(f"${variable(names[1])}$", fontsize=SIZE)
    axis.set_title(
        _title(labels if labels is not None else _fitting(formulas(f, 1, names))), fontsize=SIZE, pad=9
    )
    axis.set_xlim(*bounds[0])
    axis.set_ylim(*bounds[1])
    if at is not None:
        u, v = at  # type: ignore[misc]
        axis.plot([u], [v], "o", color="#d55e00", markeredgecolor="white", markersize=9, zorder=4)


def _title(labels: Sequence[str]) -> str:
    """Return the formulas of f and below it its derivatives, in as many lines as they need."""
    together = "      ".join(labels[1:])
    rest = [together] if _size(together)[0] < WIDTH - 1.8 else labels[1:]
    return "\n".join([labels[0], *rest])


def _field(axis: Axes, f: Function, bounds: np.ndarray) -> None:
    """Draw the gradient as arrows, long ones shortened so that short ones can be seen."""
    sides = [np.linspace(a, b, ARROWS + 2)[1:-1] for a, b in bounds]
    points = np.array([(u, v) for v in sides[1] for u in sides[0]])
    slopes = np.array([gradient(f, point)[1] for point in progress(points, "Differentiating")])
    drawn = np.isfinite(slopes).all(axis=1) & slopes.any(axis=1)
    if not drawn.any():
        return
    points, slopes = points[drawn], slopes[drawn]
    # In units of the plot's sides, so that arrows stand at right angles to contours as drawn.
    extent = bounds[:, 1] - bounds[:, 0]
    steps = slopes * extent
    lengths = np.hypot(*steps.T)
    scaled = slopes / np.hypot(*slopes.T)[:, None] * (lengths / (lengths + np.median(lengths)))[:, None]
    axis.quiver(
        *points.T,
        *scaled.T,
        angles="xy",
        pivot="mid",
        scale=0.75 * ARROWS,
        width=0.0032,
        color="white",
        edgecolor="#222222",
        linewidth=0.6,
        zorder=3,
    )


def _variables(f: Function, count: int) -> list[str]:
    """Return the names of the first parameters of f."""
    try:
        found = list(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        found = []
    return (found + ["x", "y"][len(found) :])[:count]
