"""SVG: well-formed, and text that stays in its boxes whatever it is."""

import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib
import pytest
from PIL import ImageFont

from chainrule.show import dot
from chainrule.show.svg import Box, mono_width, render, text_width

SVG = "{http://www.w3.org/2000/svg}"
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"

TEXTS = [
    "Mul",
    "WWWWWWWWMMMM",
    "iiiiilllll",
    "a_very_long_variable_name_1",
    "<&>\"'",
    "θ₁ = αβγδ",
    "n°5 — ÷√",
    "ÄÖÜ äöü ß",
    "100%@#&",
    "=+=+=~<>",
    "LogSoftmax",
    "TTTTYYYY",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("bold", [False, True])
def test_the_estimated_width_is_enough_for_dejavu_sans(text, bold):
    font = ImageFont.truetype(FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"), 100)
    assert text_width(text, 100, bold) >= font.getlength(text)


def test_the_fixed_width_is_that_of_dejavu_sans_mono():
    font = ImageFont.truetype(FONTS / "DejaVuSansMono.ttf", 100)
    text = "[0.123, -4.5e-06, …]"
    assert font.getlength(text) <= mono_width(text, 100) <= 1.05 * font.getlength(text)


BOXES = [
    Box("leaf", "x < y & z", (("value", '"3"'), ("grad", "38")), 'tip <"&">'),
    Box("constant", "6"),
    Box("operation", "Mul", (("shape", "(2, 2)"), ("value", "[1, 2]"), ("", "[3, 4]"))),
    Box("result", "Wide" * 12, (("grad", "1"),)),
]
ARROWS = [(0, 2), (1, 2), (2, 3)]


def numbers(text):
    return [float(x) for x in text.removeprefix("translate(").removesuffix(")").split()]


def test_every_label_lies_inside_its_box():
    root = ET.fromstring(render(BOXES, ARROWS, ["a note"]))
    drawing = root.find(f"{SVG}g")
    groups = [g for g in drawing.findall(f"{SVG}g") if g.get("class")]
    assert len(groups) == len(BOXES)
    for group in groups:
        rect = group.find(f"{SVG}rect")
        width, height = float(rect.get("width")), float(rect.get("height"))
        for text in group.findall(f"{SVG}text"):
            fixed = text.get("font-family") is not None
            title = text.get("text-anchor") == "middle"
            name = "DejaVuSansMono.ttf" if fixed else "DejaVuSans-Bold.ttf" if title else "DejaVuSans.ttf"
            size = float(text.get("font-size") or root.get("font-size"))
            length = ImageFont.truetype(FONTS / name, 100).getlength(text.text) * size / 100
            left = float(text.get("x")) - (length / 2 if title else 0)
            assert left >= 4
            assert left + length <= width - 4
            assert 12 <= float(text.get("y")) <= height - 4


def test_labels_and_texts_of_a_box_do_not_touch():
    root = ET.fromstring(render(BOXES, ARROWS, []))
    (group,) = [g for g in root.iter(f"{SVG}g") if g.get("class") == "leaf"]
    label = next(t for t in group.findall(f"{SVG}text") if t.text == "value")
    text = next(t for t in group.findall(f"{SVG}text") if t.text == '"3"')
    font = ImageFont.truetype(FONTS / "DejaVuSans.ttf", 100)
    assert float(label.get("x")) + font.getlength("value") * 0.115 < float(text.get("x"))


def test_everything_lies_inside_the_picture():
    root = ET.fromstring(render(BOXES, ARROWS, ["a long note " * 20]))
    width, height = float(root.get("width")), float(root.get("height"))
    drawing = root.find(f"{SVG}g")
    dx, dy = numbers(drawing.get("transform"))
    for group in [g for g in drawing.findall(f"{SVG}g") if g.get("class")]:
        x, y = numbers(group.get("transform"))
        rect = group.find(f"{SVG}rect")
        assert dx + x > 0
        assert dx + x + float(rect.get("width")) < width
        assert dy + y > 0
        assert dy + y + float(rect.get("height")) < height
    footer = root.findall(f"{SVG}g")[1]
    x, y = numbers(footer.get("transform"))
    for text in footer.findall(f"{SVG}text"):
        assert x + float(text.get("x")) + text_width(text.text, 11.5) < width
        assert y + float(text.get("y")) < height


def test_titles_are_tooltips():
    root = ET.fromstring(render(BOXES, ARROWS, []))
    assert [t.text for t in root.iter(f"{SVG}title")] == ['tip <"&">']


def test_dot_escapes_and_lists_everything():
    text = dot.render(
        [Box("leaf", 'a"b\\c', (("value", "3"),), "one\ntwo"), Box("result", "y")], [(0, 1)], ["n"]
    )
    assert text.startswith("digraph {\n")
    assert text.endswith("}\n")
    assert 'label="a\\"b\\\\c\\nvalue  3"' in text
    assert 'tooltip="one\\ntwo"' in text
    assert "n0 -> n1" in text
