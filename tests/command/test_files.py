"""Functions taken from the user's files."""

import pytest

from chainrule.command.files import load, split_path
from chainrule.command.mistakes import Mistake
from chainrule.command.numbers import rows_of


@pytest.fixture
def user_file(tmp_path):
    def write(text):
        path = tmp_path / "mine.py"
        path.write_text(text)
        return str(path)

    return write


def test_split_path():
    assert split_path("a/b.py:f") == ("a/b.py", "f")
    assert split_path("C:\\a\\b.py:f") == ("C:\\a\\b.py", "f")
    assert split_path("b.py") == ("b.py", "")
    assert split_path("x**2") is None


def test_a_function_in_a_file_is_loaded_with_its_parameters(user_file):
    f = load(user_file("def f(x, y, scale=2.0):\n    return scale * x * y\n"), "f", ["x", "y"])
    assert f.names == ["x", "y"]
    f.check([1.0, 2.0])
    assert float(f(1.0, 2.0)) == 4.0


def test_a_file_may_import_its_neighbours(user_file, tmp_path):
    (tmp_path / "neighbour_of_mine.py").write_text("k = 3\n")
    f = load(user_file("from neighbour_of_mine import k\ndef f(x): return k * x\n"), "f", ["x"])
    assert f(2.0) == 6.0


BAD_FILES = {
    "syntax error": ("def f(x:\n", "f", ["x"], r"mine\.py, line 1: "),
    "fails to load": ("import no_such_module_at_all\n", "f", ["x"], r"ModuleNotFoundError.*line 1"),
    "leaves": ("raise SystemExit(3)\n", "f", ["x"], r"failed to load: SystemExit"),
    "no function": (
        "def form(x): return x\n",
        "from_",
        ["x"],
        r"no function 'from_' in .*did you mean 'form'",
    ),
    "no name": ("def f(x): return x\ndef g(x): return x\n", "", ["x"], r"which function .*\(it has: f, g\)"),
    "not callable": ("f = 3\n", "f", ["x"], "'f' in .* is not a function"),
    "too few values": ("def f(x, y): return x\n", "f", ["x"], r"f\(x, y\) needs a value for 'y'"),
    "too many values": ("def f(x): return x\n", "f", ["x", "z"], r"f\(x\) has no parameter 'z'"),
    "needs keywords": ("def f(x, *, k): return x\n", "f", ["x"], "by position"),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_each_mistake_in_loading_is_named(what, user_file):
    text, name, given, message = BAD_FILES[what]
    with pytest.raises(Mistake, match=message) as caught:
        load(user_file(text), name, given)
    assert "\n" not in str(caught.value)


BAD_RESULTS = {
    "raises": ("def f(x):\n    raise ValueError('no\\nway')\n", r"f failed: ValueError: no way \(.*line 2\)"),
    "shape": ("import chainrule\ndef f(x): return chainrule.ones(3) * x\n", r"a tensor of shape \(3,\)"),
    "nothing": ("def f(x): pass\n", "it returned NoneType"),
    "complex": ("def f(x): return x * 1j\n", "a complex one"),
    "undefined": ("def f(x): return x * float('nan')\n", "f is not defined at x = 1: it returned nan"),
}


@pytest.mark.parametrize("what", BAD_RESULTS)
def test_each_mistake_in_what_a_function_returns_is_named(what, user_file):
    text, message = BAD_RESULTS[what]
    with pytest.raises(Mistake, match=message):
        load(user_file(text), "f", ["x"]).check([1.0])


def test_a_missing_file_is_named():
    with pytest.raises(Mistake, match=r"there is no file 'nowhere/f\.py'"):
        load("nowhere/f.py", "f", ["x"])


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(Mistake, match="is a folder, not a file"):
        load(str(tmp_path), "f", ["x"])


def test_a_function_may_import_neighbours_when_it_runs(user_file, tmp_path):
    (tmp_path / "late_neighbour_of_mine.py").write_text("k = 3\n")
    f = load(user_file("def f(x):\n    from late_neighbour_of_mine import k\n    return k * x\n"), "f", ["x"])
    assert f(2.0) == 6.0


def test_a_file_may_define_dataclasses(user_file):
    text = (
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n"
        "@dataclass\nclass Line:\n    slope: float\n"
        "def f(x): return Line(3.0).slope * x\n"
    )
    assert load(user_file(text), "f", ["x"])(2.0) == 6.0


def test_a_function_may_take_derivatives_of_its_own(user_file):
    text = (
        "import chainrule\n"
        "def force(x):\n"
        "    (slope,) = chainrule.autograd.grad(x**4, x, create_graph=True)\n"
        "    return -slope\n"
    )
    force = load(user_file(text), "force", ["x"])
    force.check([2.0])
    assert rows_of(force, [(2.0,)], 1) == [[-32.0, -48.0]]


def test_what_a_file_prints_goes_to_standard_error(user_file, capsys):
    f = load(user_file("print('loading')\ndef f(x):\n    print('running')\n    return x\n"), "f", ["x"])
    f.check([1.0])
    assert capsys.readouterr() == ("", "loading\nrunning\n")


@pytest.mark.parametrize("text", ["mine:f", "folder/mine.txt:f", "mine.PY:f"])
def test_a_file_that_is_not_python_is_told_from_an_expression(text):
    with pytest.raises(Mistake, match=r"is written path/to/file\.py:function"):
        split_path(text)
