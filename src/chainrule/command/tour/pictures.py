"""The tour's pictures, as SVG text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.command.tour import fit
from chainrule.errors import MissingExtraError
from chainrule.show import plot
from chainrule.show.plot import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG, the same text for the same figure."""
    import matplotlib

    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "chainrule"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def tangent() -> str:
    """The polynomial of exercise 3, its derivative, and the tangent at 3."""
    return svg_of(plot(lambda x: 6 * x**2 + 2 * x + 4, (-5, 5), at=3))


def field() -> str:
    """The function of exercise 4 and its gradient field, at one scale: right angles are right angles."""
    figure = plot(lambda u, v: u**3 + v**2 + 4 * u * v, ((-5, 5), (-5, 5)), at=(3, 4))
    figure.axes[0].set_aspect("equal")
    return svg_of(figure)


def parabola() -> str:
    """The function of exercise 5 against its derivative."""
    return svg_of(plot(lambda x: x**2, (-20, 20)))


def fitted(result: fit.Fit) -> str:
    """The measurements with the fitted curve, and the residuals below."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", "show", "plotting") from None
    x, y = fit.load()
    line = np.linspace(x.min() - 0.1, x.max() + 0.1, 400)
    figure = Figure(figsize=(7.2, 5.6), layout="constrained")
    above, below = figure.subplots(2, sharex=True, height_ratios=(3, 1.1))
    above.plot(
        line, fit.model(np.asarray(fit.START), line), ":", color="#8a8a8a", linewidth=1.5, label="start"
    )
    above.plot(line, fit.model(result.parameters, line), color=COLOURS[0], linewidth=2, label="fitted model")
    above.plot(x, y, "o", color=COLOURS[1], markersize=5, markeredgecolor="white", label="measured")
    above.set_ylim(-60, 1620)
    above.set_ylabel("electron mobility")
    above.legend(frameon=False, loc="lower right")
    below.axhline(0, color="#9a9a9a", linewidth=0.9)
    below.vlines(x, 0, -result.residuals, color=COLOURS[1], linewidth=1)
    below.plot(x, -result.residuals, "o", color=COLOURS[1], markersize=4, markeredgecolor="white")
    below.set_ylabel("measured - model")
    below.set_xlabel("log density")
    for axis in (above, below):
        _tidy(axis)
    return svg_of(figure)


def _tidy(axis: Any) -> None:
    axis.grid(color="#e6e6e6", linewidth=0.8)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
