"""graph: everything that was computed is drawn, with values and gradients, and nothing changes."""

import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import chainrule
from chainrule.show import graph
from chainrule.show.graph import Drawing


def boxes_of(drawing):
    return {box.title: dict(box.lines) for box in drawing.boxes}


def leaf(value):
    return chainrule.tensor(value, requires_grad=True, dtype=chainrule.float64)


def test_the_polynomial_of_the_exercise_with_all_values_and_gradients():
    x = leaf(3.0)
    y = 6 * x**2 + 2 * x + 4
    drawing = graph(y, x=x, y=y)
    found = [(box.kind, box.title, dict(box.lines)) for box in drawing.boxes]
    assert ("leaf", "x", {"value": "3", "grad": "38"}) in found
    assert ("result", "y = Add", {"value": "64", "grad": "1"}) in found
    assert ("operation", "Pow", {"exponent": "2", "value": "9", "grad": "6"}) in found
    assert ("operation", "Mul", {"value": "54", "grad": "1"}) in found
    assert ("operation", "Mul", {"value": "6", "grad": "1"}) in found
    assert ("operation", "Add", {"value": "60", "grad": "1"}) in found
    assert sorted(title for kind, title, _ in found if kind == "constant") == ["2", "6", "constant"]
    assert len(drawing.arrows) == 9


def test_arrows_follow_the_computation():
    x, w = leaf(2.0), leaf(5.0)
    h = x * w
    y = h.exp()
    drawing = graph(y, x=x, w=w, h=h, y=y)
    titles = [box.title for box in drawing.boxes]
    named = {(titles[a], titles[b]) for a, b in drawing.arrows}
    assert named == {("x", "h = Mul"), ("w", "h = Mul"), ("h = Mul", "y = Exp")}


def test_a_square_by_multiplication_has_two_arrows():
    x = leaf(2.0)
    assert graph(x * x).arrows == [(1, 0), (1, 0)]


def test_nothing_changes_when_a_graph_is_drawn():
    x = leaf([1.0, 2.0])
    h = x * x
    h.retain_grad()
    y = h.sum()
    graph(y, x=x, h=h)
    assert x.grad is None
    assert h.grad is None
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]
    assert h.grad.tolist() == [1.0, 1.0]


def test_every_gradient_is_that_of_backward():
    x = leaf([0.5, -1.0, 2.0])
    h = chainrule.tanh(x)
    k = h * x
    y = (k * k).sum()
    for t in (h, k):
        t.retain_grad()
    found = boxes_of(graph(y, x=x, h=h, k=k))
    y.backward()
    for name, t in {"x": x, "h = Tanh": h, "k = Mul": k}.items():
        shown = [float(word) for word in found[name]["grad"].strip("[]").split(",")]
        np.testing.assert_allclose(shown, t.grad.numpy(), rtol=1e-5)


def test_the_gradient_of_several_elements_is_that_of_their_sum_and_says_so():
    x = leaf([1.0, 2.0])
    drawing = graph(x**2, x=x)
    assert boxes_of(drawing)["x"]["grad"] == "[2, 4]"
    assert "sum of all elements" in " ".join(drawing.notes)


def test_gradients_can_be_left_out():
    x = leaf(3.0)
    assert all(label != "grad" for box in graph(x * x, gradients=False).boxes for label, _ in box.lines)


def test_after_a_freeing_backward_the_leaves_keep_their_gradients():
    x = leaf(3.0)
    y = 3 * x**2
    y.backward()
    drawing = graph(y, x=x)
    assert boxes_of(drawing)["x"]["grad"] == "18"
    assert "retain_graph=True" in " ".join(drawing.notes)


def test_after_backward_that_keeps_the_graph_every_node_has_its_gradient():
    x = leaf(3.0)
    y = 3 * x**2
    y.backward(retain_graph=True)
    assert boxes_of(graph(y, x=x))["Pow"]["grad"] == "3"


def test_a_value_changed_in_place_is_not_shown_as_what_was_computed():
    x = leaf([1.0, 2.0])
    y = x + 1
    z = y * y
    with chainrule.no_grad():
        y.fill_(100.0)
    drawing = graph(z, x=x)
    assert "value" not in boxes_of(drawing).get("Add", {})
    assert "No gradients" in " ".join(drawing.notes)


def test_large_values_are_told_by_shape_and_range():
    x = leaf(np.linspace(0.0, 1.0, 1000))
    y = (x * 2).sum()
    (box,) = [box for box in graph(y, x=x).boxes if box.title == "x"]
    assert dict(box.lines) == {"shape": "(1000,)"}
    assert "from 0 to 1, shape (1000,) (float64)" in box.tooltip


def test_a_matrix_is_shown_in_rows():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    (box,) = [box for box in graph(x.sum(), x=x).boxes if box.title == "x"]
    assert box.lines == (
        ("shape", "(2, 2)"),
        ("value", "[1, 2]"),
        ("", "[3, 4]"),
        ("grad", "[1, 1]"),
        ("", "[1, 1]"),
    )


def test_constant_tensors_can_be_named():
    x, w = leaf(3.0), chainrule.tensor([1.0, 2.0], dtype=chainrule.float64)
    assert boxes_of(graph(x * w, x=x, w=w))["w"] == {"shape": "(2,)", "value": "[1, 2]"}


def test_an_operation_with_several_results_is_one_box():
    x = leaf([3.0, 1.0, 2.0])
    values, _ = x.sort()
    drawing = graph((values * values).sum(), x=x)
    assert boxes_of(drawing)["x"]["grad"] == "[6, 2, 4]"
    assert [box.title for box in drawing.boxes].count("Sort") == 1


def test_pieces_are_one_box_and_views_show_their_indices_and_values():
    x = leaf([1.0, 2.0, 3.0, 4.0])
    a, b = x.split(2)
    found = boxes_of(graph(a.sum() + b[1] * 2, x=x, a=a, b=b))
    assert found["Split"] == {"dim": "0", "grad 0": "[1, 1]", "grad 1": "[0, 2]"}
    assert found["Select"]["index"] == "[1, ...]"
    assert found["Select"]["value"] == "4"
    assert found["Sum"]["value"] == "3"


def test_a_change_of_a_part_in_place_says_which_part():
    x = leaf([1.0, 2.0, 3.0])
    y = x * 2
    y[1:].mul_(3)
    y.reshape(3, 1)[0] = 5.0
    changes = [dict(box.lines) for box in graph(y.sum(), x=x).boxes if box.title == "CopySlices"]
    assert [lines["steps"] for lines in changes] == ["reshape [0]", "[1:]"]
    assert all(lines["shape"] == "(3,)" for lines in changes)


def test_several_outputs_are_drawn_together():
    x = leaf(2.0)
    drawing = graph(x * 2, x * 3, x=x)
    assert [box.kind for box in drawing.boxes].count("result") == 2
    assert boxes_of(drawing)["x"]["grad"] == "5"


def test_a_leaf_is_a_drawing_of_one_box():
    x = leaf(2.0)
    assert [(box.kind, box.title) for box in graph(x, x=x).boxes] == [("result", "x")]


def test_a_long_chain_is_cut_with_a_message_and_quickly():
    x = leaf(1.0)
    y = x
    for _ in range(20_000):
        y = y * 1.0001
    drawing = graph(y, limit=40)
    assert len(drawing.boxes) < 90
    (more,) = [box for box in drawing.boxes if box.kind == "more"]
    assert more.title.endswith("more operations")
    assert "limit=40" in " ".join(drawing.notes)
    ET.fromstring(drawing.svg)


def test_thousands_of_nodes_can_be_drawn():
    x = leaf(1.0)
    y = x
    for _ in range(2000):
        y = y.sin()
    drawing = graph(y, limit=3000)
    assert len(drawing.boxes) == 2001
    assert drawing.svg.count("<g class=") == 2001


def test_mistakes_are_named():
    x = chainrule.tensor(1.0)
    with pytest.raises(ValueError, match="nothing was recorded"):
        graph(x * 2)
    with pytest.raises(TypeError, match="an output is of type float"):
        graph(3.0)
    with pytest.raises(TypeError, match="w= is of type int"):
        graph(leaf(1.0), w=3)
    with pytest.raises(ValueError, match="needs a tensor"):
        graph()
    with pytest.raises(ValueError, match="limit"):
        graph(leaf(1.0), limit=0)


def test_svg_is_well_formed_whatever_the_names():
    x = leaf(2.0)
    drawing = graph(x * x, names={"<&\"'>": x})
    root = ET.fromstring(drawing.svg)
    assert any(text.text == "<&\"'>" for text in root.iter("{http://www.w3.org/2000/svg}text"))
    assert drawing._repr_svg_() == drawing.svg


@pytest.mark.parametrize("suffix", [".svg", ".html", ".dot", ".gv", ".SVG"])
def test_drawings_are_saved_by_suffix(suffix, tmp_path):
    x = leaf(2.0)
    path = tmp_path / f"graph{suffix}"
    graph(x * x).save(path)
    text = path.read_text()
    assert ("digraph" if suffix in (".dot", ".gv") else "<svg") in text


def test_an_unknown_suffix_is_refused():
    with pytest.raises(ValueError, match=r"\.svg, \.html, \.dot"):
        Drawing([], [], []).save("graph.png")


PROGRAM = """
import chainrule
from chainrule.show import graph
x = chainrule.tensor([1.0, 2.0], requires_grad=True)
w = chainrule.tensor(3.0, requires_grad=True)
h = chainrule.sin(x * w) + x * x
print(graph((h * h).sum() + w, x=x, w=w).svg)
"""


def test_the_same_graph_gives_the_same_text_in_every_process():
    texts = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1
