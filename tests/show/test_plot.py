"""plot: curves with gaps where they belong, contours, legends; the pictures are looked at by people."""

import io

import numpy as np
import pytest

import chainrule
from chainrule.show import plot
from chainrule.show.plot import ARROWS, COLOURS, POINTS


def curve(axis, k):
    line = axis.lines[k]
    return np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)


def find(figure, label):
    for axis in figure.axes:
        for line in axis.lines:
            if line.get_label().startswith(label):
                return np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
    raise AssertionError(label)


def test_the_curves_are_the_function_and_its_derivatives():
    figure = plot(lambda x: x**3, (-2, 3), order=2, labels=["f", "g", "h"])
    for label, exact in {"f": lambda x: x**3, "g": lambda x: 3 * x**2, "h": lambda x: 6 * x}.items():
        x, y = find(figure, label)
        assert len(x) == POINTS
        np.testing.assert_allclose(y, exact(x), rtol=1e-12, atol=1e-12)


def test_curves_can_be_told_apart_without_colours():
    lines = plot(lambda x: x**2, (-1, 1), order=2).axes[0].lines
    curves = [line for line in lines if len(line.get_xdata()) == POINTS]
    assert len({line.get_linestyle() for line in curves}) == 3
    assert [line.get_color() for line in curves] == list(COLOURS[:3])


POLES = {
    "1/x": (lambda x: 1 / x, (-1, 2), [0.0]),
    "1/x, uneven": (lambda x: 1 / x, (-1.013, 2.4), [0.0]),
    "tan": (lambda x: chainrule.tan(x), (-5, 5), [-3 * np.pi / 2, -np.pi / 2, np.pi / 2, 3 * np.pi / 2]),
    "step": (lambda x: x if x < 0.5 else x + 3, (-1, 1), [0.5]),
    "floor": (lambda x: chainrule.floor(x), (-1.5, 1.5), [-1.0, 0.0, 1.0]),
    "log": (lambda x: chainrule.log(x), (-1, 1), [-0.5]),
}


@pytest.mark.parametrize("name", POLES)
def test_poles_jumps_and_undefined_parts_leave_gaps(name):
    f, interval, places = POLES[name]
    x, y = find(plot(f, interval, labels=["f", "g"]), "f")
    step = (interval[1] - interval[0]) / (POINTS - 1)
    for place in places:
        near = np.abs(x - place) <= 1.01 * step
        assert np.isnan(y[near]).any(), f"the curve is drawn through {place}"
    far = np.min([np.abs(x - place) for place in places], axis=0) > 1.5 * step
    if name != "log":
        assert np.isfinite(y[far]).all()


SMOOTH = {
    "sin": (lambda x: chainrule.sin(x), (-10, 10)),
    "steep": (lambda x: chainrule.tanh(30 * x), (-1, 1)),
    "narrow": (lambda x: chainrule.exp(-200 * x * x), (-2, 2)),
    "wave": (lambda x: chainrule.sin(40 * x), (-1, 1)),
    "root": (lambda x: chainrule.sqrt(x), (0, 1)),
    "kink": (lambda x: chainrule.abs(x - 0.3), (-1, 1)),
    "constant": (lambda x: 3.0, (-1, 1)),
    "growth": (lambda x: chainrule.exp(x), (-20, 20)),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_continuous_curves_have_no_gaps(name):
    f, interval = SMOOTH[name]
    _, y = find(plot(f, interval, labels=["f", "g"]), "f")
    assert np.isfinite(y).all()


def test_poles_do_not_flatten_the_rest_and_peaks_are_not_cut():
    low, high = plot(lambda x: chainrule.tan(x), (-5, 5), order=0).axes[0].get_ylim()
    assert -20 < low < -2
    assert 2 < high < 20
    low, high = plot(lambda x: chainrule.exp(-200 * x * x), (-2, 2), order=0).axes[0].get_ylim()
    assert high > 1


def test_curves_of_very_different_size_get_panels_of_their_own():
    assert len(plot(lambda x: chainrule.sin(40 * x), (-1, 1)).axes) == 2
    assert len(plot(lambda x: chainrule.sin(2 * x), (-1, 1)).axes) == 1
    assert len(plot(lambda x: 1e6 + chainrule.sin(x), (-1, 1)).axes) == 2


def test_a_function_with_branches_in_python_can_be_plotted():
    x, y = find(plot(lambda x: -x if x < 0 else x * x, (-1, 1), labels=["f", "g"]), "g")
    assert set(y[x < -0.1]) == {-1.0}
    np.testing.assert_allclose(y[x > 0.1], 2 * x[x > 0.1])


def test_the_tangent_at_a_point_has_its_slope():
    x, y = find(plot(lambda x: 6 * x**2 + 2 * x + 4, (-5, 5), at=3), "tangent, slope 38")
    assert (y[1] - y[0]) / (x[1] - x[0]) == pytest.approx(38)


def test_two_variables_give_contours_with_the_gradient_field():
    figure = plot(lambda u, v: u**2 + 3 * v, ((-1, 1), (0, 2)), at=(0.5, 1))
    axis = figure.axes[0]
    (quiver,) = [c for c in axis.collections if type(c).__name__ == "Quiver"]
    assert quiver.N == ARROWS**2
    points = quiver.get_offsets()
    np.testing.assert_allclose(quiver.U / quiver.V, 2 * points[:, 0] / 3, atol=1e-12)
    assert axis.get_xlabel() == "$u$"
    assert axis.get_ylabel() == "$v$"


def test_a_field_with_undefined_parts_is_drawn_without_them():
    figure = plot(lambda u, v: chainrule.log(u) * v, ((-1, 1), (-1, 1)))
    figure.savefig(io.BytesIO())
    (quiver,) = [c for c in figure.axes[0].collections if type(c).__name__ == "Quiver"]
    assert (quiver.get_offsets()[:, 0] > 0).all()
    assert quiver.N > 0.4 * ARROWS**2


@pytest.mark.parametrize("order", [1, 3, 5])
@pytest.mark.parametrize("f", [lambda x: chainrule.sin(3 * x) * x, lambda x: x / chainrule.sqrt(1 + x * x)])
def test_the_legend_stands_above_all_curves_and_inside_of_the_figure(f, order):
    figure = plot(f, (-4, 4), order, at=1.0)
    figure.savefig(io.BytesIO(), format="png")
    (legend,) = figure.legends
    assert len(legend.get_texts()) == order + 2
    box = legend.get_window_extent()
    assert all(axis.get_window_extent().y1 <= box.y0 for axis in figure.axes)
    assert figure.bbox.x0 <= box.x0
    assert box.x1 <= figure.bbox.x1
    assert box.y1 <= figure.bbox.y1
    assert all(axis.get_window_extent().height > 60 for axis in figure.axes)


def test_a_constant_of_two_variables_is_one_colour_with_its_value_and_no_arrows():
    figure = plot(lambda u, v: u * 0 + 7, ((-1, 1), (-1, 1)))
    figure.savefig(io.BytesIO())
    assert not [c for c in figure.axes[0].collections if type(c).__name__ == "Quiver"]
    assert list(figure.axes[1].get_yticks()) == [7]


@pytest.mark.parametrize("interval", [(-3, -1), ((-3, -1), (0, 1))])
def test_a_function_that_is_not_defined_anywhere_says_so(interval):
    def f(u, v=0.0):
        return chainrule.log(u) + v

    figure = plot(f, interval)
    figure.savefig(io.BytesIO())
    assert [text.get_text() for text in figure.axes[0].texts] == ["not defined in this range"]


def test_names_of_any_kind_can_be_drawn():
    def f(alpha, _my_name__):
        return alpha**2 * _my_name__

    figure = plot(f, ((-1, 1), (-1, 1)))
    figure.savefig(io.BytesIO())
    assert figure.axes[0].get_xlabel() == r"$\alpha$"


def test_a_formula_that_is_wider_than_the_figure_is_left_out():
    def f(a_rather_long_name, another_rather_long_name):
        return chainrule.maximum(a_rather_long_name, another_rather_long_name) ** 2

    figure = plot(f, ((-1, 1), (-1, 1)))
    figure.savefig(io.BytesIO())
    title = figure.axes[0].title
    assert title.get_window_extent().width <= figure.bbox.width
    assert "if" not in title.get_text()


def test_figures_do_not_touch_pyplot():
    from matplotlib import _pylab_helpers

    before = set(_pylab_helpers.Gcf.figs)
    plot(lambda x: x * x, (-1, 1)).savefig(io.BytesIO())
    assert set(_pylab_helpers.Gcf.figs) == before


@pytest.mark.parametrize(
    ("interval", "order", "message"),
    [
        ((1, 1), 1, "begin before it ends"),
        ((2, 1), 1, "begin before it ends"),
        ((0, float("inf")), 1, "must be"),
        ((1, 2, 3), 1, "must be"),
        ((0, 1), 9, "up to order"),
    ],
)
def test_mistakes_are_named(interval, order, message):
    with pytest.raises(ValueError, match=message):
        plot(lambda x: x, interval, order)


def test_a_function_of_the_wrong_kind_is_refused():
    with pytest.raises(TypeError, match=r"must return one number, but it returned shape \(3,\)"):
        plot(lambda x: chainrule.ones(3) * x, (0, 1))
    with pytest.raises(TypeError, match="it returned str"):
        plot(lambda x: "y", (0, 1))
