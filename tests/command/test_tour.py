"""The tour: the exercises' numbers, the certified fit, the files, and a page that stands alone."""

import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

from chainrule.cli import main
from chainrule.command.tour import exercises, fit
from chainrule.command.tour.sections import body_of, run_exercise, source_of, without_addresses
from chainrule.errors import MissingExtraError

EXPECTED = """\
x: tensor(3., requires_grad=True)
y = 3x^2: tensor(27., grad_fn=<MulBackward0>)
dy/dx at x = 3: tensor(18.)
x.data: tensor(3.)
x.grad_fn: None
x.is_leaf: True
x.requires_grad: True
x.grad: tensor(18.)
y.data: tensor(27.)
y.grad_fn: <MulBackward0>
y.is_leaf: False
y.requires_grad: True
edges of y: [<PowBackward0>, None]
edges of the power: ((<AccumulateGrad>, 0),)
y = 6x^2 + 2x + 4: tensor(64., grad_fn=<AddBackward0>)
dy/dx at x = 3: tensor(38.)
its formula: 12*x + 2
f(3, 4): tensor(91., grad_fn=<AddBackward0>)
df/du: tensor(43.)
df/dv: tensor(20.)
Y:
tensor([400.0000, 320.2216, 249.3075, 187.2576, 134.0720,  89.7507,  54.2936,
         27.7008,   9.9723,   1.1080,   1.1080,   9.9723,  27.7008,  54.2936,
         89.7507, 134.0720, 187.2576, 249.3075, 320.2216, 400.0000],
       grad_fn=<PowBackward0>)
x.grad:
tensor([-40.0000, -35.7895, -31.5789, -27.3684, -23.1579, -18.9474, -14.7368,
        -10.5263,  -6.3158,  -2.1053,   2.1053,   6.3158,  10.5263,  14.7368,
         18.9474,  23.1579,  27.3684,  31.5789,  35.7895,  40.0000])
"""


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tour")
    output = []
    stream = SimpleNamespace(write=output.append, flush=lambda: None, isatty=lambda: False)
    before, sys.stdout = sys.stdout, stream
    try:
        status = main(["tour", "--out", str(folder / "made" / "here")])
    finally:
        sys.stdout = before
    return SimpleNamespace(status=status, out="".join(output), folder=folder / "made" / "here")


def test_the_terminal_has_every_number_of_the_exercises(tour):
    assert tour.status == 0
    for line in EXPECTED.splitlines():
        assert f"\n{line}\n" in tour.out
    assert "sum of Y: tensor(2947.36" in tour.out


def test_the_terminal_has_the_certified_parameters_and_the_comparison(tour):
    assert "1288.139680" in tour.out
    assert "exact (chainrule)" in tour.out
    assert "differences, 3-point" in tour.out
    assert "\x1b" not in tour.out


PICTURES = ["graph", "polynomial-graph", "polynomial", "gradient-field", "many-values", "fit"]


def test_the_folder_has_the_pictures_and_the_page(tour):
    assert sorted(p.name for p in tour.folder.iterdir()) == sorted(
        ["index.html", *[f"{p}.svg" for p in PICTURES]]
    )
    for name in PICTURES:
        ET.parse(tour.folder / f"{name}.svg")


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []
        self.links = []
        self.ids = set()
        self.images = 0

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag not in ("meta", "img", "br") and not self.rawdata[self.offset :].startswith("/"):
            self.open.append(tag)
        self.links += [given[key] for key in ("src", "href") if key in given]
        self.images += tag == "img"
        if "id" in given:
            self.ids.add(given["id"])

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_its_tags_match(tour):
    page = Page()
    text = (tour.folder / "index.html").read_text(encoding="utf-8")
    page.feed(text)
    page.close()
    assert page.open == []
    assert page.images == 4
    assert text.count("<svg ") == 2
    for link in page.links:
        assert link.startswith("data:image/svg+xml;base64,") or link.removeprefix("#") in page.ids
    assert "url(http" not in text
    assert "<script" not in text


def test_the_page_says_what_the_terminal_says(tour):
    text = (tour.folder / "index.html").read_text(encoding="utf-8")
    assert "tensor(38.)" in text
    assert "1288.139680" in text
    assert "A real task" in text


def test_the_tour_without_pictures_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["tour", "--no-pictures"]) == 0
    assert "df/du: tensor(43.)" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_mistake(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["tour", "--out", str(tmp_path / "file")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("chainrule: --out: ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("module", "name"), [("scipy", "SciPy"), ("sympy", "SymPy"), ("grandalf", "grandalf")]
)
def test_a_missing_extra_is_named_before_anything_is_printed(tmp_path, monkeypatch, capsys, module, name):
    monkeypatch.setitem(sys.modules, module, None)
    assert main(["tour", "--out", str(tmp_path / "out")]) == 2
    error = f'the tour needs {name}, which is not installed; install it with: pip install "chainrule[all]"'
    assert capsys.readouterr() == ("", f"chainrule: {error}\n")
    assert not list(tmp_path.iterdir())


def test_without_pictures_the_libraries_for_pictures_are_not_needed(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "grandalf", None)
    assert main(["tour", "--no-pictures"]) == 0
    assert "1288.13968" in capsys.readouterr().out


def test_the_fit_names_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(MissingExtraError, match=r'the fit needs SciPy.*pip install "chainrule\[scipy\]"'):
        fit.run()


# -- the fit -----------------------------------------------------------------------------------------


def test_the_data_are_the_37_measurements():
    x, y = fit.load()
    assert x.shape == y.shape == (37,)
    assert (x[0], y[0]) == (-3.067, 80.574)
    assert (x[-1], y[-1]) == (2.2, 1457.628)
    assert (np.diff(x) > 0).all()


def test_the_certified_parameters_give_the_certified_sum_of_squares():
    x, y = fit.load()
    left = fit.model(np.array(fit.CERTIFIED), x) - y
    assert left @ left == pytest.approx(fit.CERTIFIED_SQUARES, rel=1e-10)


def test_the_jacobian_is_exact():
    x, _ = fit.load()
    b = np.array(fit.START)
    above = b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3
    below = 1 + b[4] * x + b[5] * x**2 + b[6] * x**3
    exact = np.stack(
        [*[x**k / below for k in range(4)], *[-above * x**k / below**2 for k in (1, 2, 3)]], axis=1
    )
    np.testing.assert_allclose(fit.jacobian(b, x), exact, rtol=1e-12)


def test_the_fit_reproduces_nists_certified_values():
    found = fit.run()
    np.testing.assert_allclose(found.parameters, fit.CERTIFIED, rtol=1e-7)
    np.testing.assert_allclose(found.errors, fit.CERTIFIED_ERRORS, rtol=1e-6)
    assert found.squares == pytest.approx(fit.CERTIFIED_SQUARES, rel=1e-10)
    assert found.digits > 6


def test_exact_derivatives_need_fewer_evaluations_than_differences():
    exact, two, three = (fit.run(how) for how in ("exact", "2-point", "3-point"))
    assert exact.evaluations + exact.jacobians < two.evaluations < three.evaluations
    assert two.jacobians == three.jacobians == 0


# -- what is shown -----------------------------------------------------------------------------------


def test_exercises_explain_themselves_and_show_their_code():
    for exercise in exercises.EXERCISES:
        section, _ = run_exercise(exercise)
        assert section.title
        assert len(section.says) > 80
        assert section.lines
        assert "cr." in section.code
        assert '"""' not in section.code
        assert "return" not in section.code
        compile(section.code, exercise.__name__, "exec")


def test_code_is_shown_without_docstrings_and_annotations():
    assert body_of(exercises.first_derivative).startswith("x = cr.tensor(3.0, requires_grad=True)\nshow(")
    assert source_of(fit.jacobian).startswith("def jacobian(b, x):\n    copies = ")
    compile(source_of(fit.model), "model", "exec")


def test_addresses_are_left_out():
    assert without_addresses("<MulBackward0 object at 0x7f12ab>") == "<MulBackward0>"
