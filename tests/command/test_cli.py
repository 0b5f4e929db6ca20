"""The command line: golden outputs, JSON, files, and every kind of bad input."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from chainrule.cli import main


@pytest.fixture
def run(capsys):
    def call(*arguments):
        status = main(list(arguments))
        out, err = capsys.readouterr()
        return status, out, err

    return call


GOLDEN = {
    ("6*x**2 + 2*x + 4", "--at", "x=3"): """\
f(x)  = 6*x**2 + 2*x + 4
f(3)  = 64
f'(x) = 12*x + 2
f'(3) = 38
""",
    ("u**3 + v**2 + 4*u*v", "--at", "u=3", "v=4"): """\
f(u, v)     = u**3 + v**2 + 4*u*v
f(3, 4)     = 91
df/du(u, v) = 3*u**2 + 4*v
df/du(3, 4) = 43
df/dv(u, v) = 4*u + 2*v
df/dv(3, 4) = 20
""",
    ("sin(x)", "--at", "x=0", "--order", "4"): """\
f(x)     = sin(x)
f(0)     = 0
f'(x)    = cos(x)
f'(0)    = 1
f''(x)   = -sin(x)
f''(0)   = 0
f'''(x)  = -cos(x)
f'''(0)  = -1
f^(4)(x) = sin(x)
f^(4)(0) = 0
""",
    ("u**3 + v**2 + 4*u*v", "--at", "u=3", "v=4", "--order", "2"): """\
f(u, v)        = u**3 + v**2 + 4*u*v
f(3, 4)        = 91
df/du(u, v)    = 3*u**2 + 4*v
df/du(3, 4)    = 43
df/dv(u, v)    = 4*u + 2*v
df/dv(3, 4)    = 20
d2f/du2(u, v)  = 6*u
d2f/du2(3, 4)  = 18
d2f/dudv(u, v) = 4
d2f/dudv(3, 4) = 4
d2f/dv2(u, v)  = 2
d2f/dv2(3, 4)  = 2
Hessian at (3, 4):
    u  v
u  18  4
v   4  2
""",
    ("x**2", "--at", "x=-20:20:5"): """\
f(x)  = x**2
f'(x) = 2*x

  x  f(x)  f'(x)
-20   400    -40
-10   100    -20
  0     0      0
 10   100     20
 20   400     40
""",
    ("log(x)*y", "--at", "x=-1:1:3", "y=2"): """\
f(x, y)     = log(x)*y
df/dx(x, y) = y/x
df/dy(x, y) = log(x)
at y = 2:
 x     f  df/dx  df/dy
-1   nan    nan    nan
 0  -inf    inf   -inf
 1     0      2      0
""",
}


@pytest.mark.parametrize("arguments", GOLDEN)
def test_what_is_printed(run, arguments):
    assert run("diff", *arguments) == (0, GOLDEN[arguments], "")


def test_an_expression_may_begin_with_a_minus_sign(run):
    status, out, _ = run("diff", "-x**2", "--at", "x=-3")
    assert status == 0
    assert out.startswith("f(x)   = -x**2\nf(-3)  = -9\n")


def test_the_table_of_the_exercise_has_twenty_points(run):
    _, out, _ = run("diff", "x**2", "--at", "x=-20:20:20")
    rows = [line.split() for line in out.splitlines()[4:]]
    assert len(rows) == 20
    assert rows[0] == ["-20", "400", "-40"]
    assert rows[1] == ["-17.894737", "320.22161", "-35.789474"]


def test_json_has_everything(run):
    status, out, _ = run("diff", "u**2*v", "--at", "u=3", "v=4", "--order", "2", "--json")
    assert status == 0
    assert json.loads(out) == {
        "function": "u**2*v",
        "variables": ["u", "v"],
        "order": 2,
        "formulas": {
            "df/du": "2*u*v",
            "df/dv": "u**2",
            "d2f/du2": "2*v",
            "d2f/dudv": "2*u",
            "d2f/dv2": "0",
        },
        "points": [
            {
                "at": {"u": 3.0, "v": 4.0},
                "f": 36.0,
                "df/du": 24.0,
                "df/dv": 9.0,
                "d2f/du2": 8.0,
                "d2f/dudv": 6.0,
                "d2f/dv2": 0.0,
            }
        ],
    }


def refuse(name):
    raise ValueError(f"{name} is not JSON")


def test_json_has_no_nan_and_no_infinity(run):
    _, out, _ = run("diff", "log(x)", "--at", "x=-1:1:3", "--json")
    rows = json.loads(out, parse_constant=refuse)["points"]
    assert [row["f"] for row in rows] == ["NaN", "-Infinity", 0.0]
    assert [row["df/dx"] for row in rows] == ["NaN", "Infinity", 1.0]


def test_float64_throughout(run):
    _, out, _ = run("diff", "x/3", "--at", "x=1", "--json")
    (row,) = json.loads(out)["points"]
    assert row["f"] == 1 / 3
    assert row["df/dx"] == 1 / 3


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "import chainrule\n"
        "def f(x, k=2):\n    return chainrule.exp(-x) * k if x > 0 else x\n"
        "def g(a, b):\n    return a * b**2\n"
        "def silent(x):\n    return 7\n"
        "def broken(x):\n    return x / [1]\n"
        "def wants_rank(x):\n    return x[0]\n"
    )
    return path


def test_a_function_of_the_users_own(run, mine):
    status, out, _ = run("diff", f"{mine}:g", "--at", "b=3", "a=2", "--json")
    assert status == 0
    found = json.loads(out)
    assert found["variables"] == ["a", "b"]
    assert found["formulas"]["df/db"] == "2*a*b"
    assert found["points"][0]["df/db"] == 12.0


def test_a_function_with_python_branches_has_values_and_no_formula(run, mine):
    status, out, err = run("diff", f"{mine}:f", "--at", "x=-2")
    assert status == 0
    assert err == ""
    assert out == f"f(x)   = {mine}:f\nf(-2)  = -2\nf'(-2) = 1\n"


def test_a_function_that_does_not_depend_on_x_has_derivative_zero(run, mine):
    status, out, _ = run("diff", f"{mine}:silent", "--at", "x=1", "--json")
    assert status == 0
    assert json.loads(out)["points"][0]["df/dx"] == 0.0


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_plots_are_written(run, tmp_path, suffix):
    path = tmp_path / f"plot{suffix}"
    assert run("diff", "x**2", "--at", "x=3", "--plot", str(path))[0] == 0
    assert path.stat().st_size > 2000


def test_plots_of_two_variables_and_of_ranges(run, tmp_path):
    for name, at in {"a": ("x=1", "y=2"), "b": ("x=0:2:3", "y=1")}.items():
        path = tmp_path / f"{name}.svg"
        assert run("diff", "x*y", "--at", *at, "--plot", str(path))[0] == 0
        assert path.stat().st_size > 2000


@pytest.mark.parametrize("suffix", [".svg", ".html", ".dot"])
def test_graphs_are_written(run, tmp_path, suffix):
    path = tmp_path / f"graph{suffix}"
    assert run("diff", "x**2*y", "--at", "x=3", "y=2", "--graph", str(path))[0] == 0
    text = path.read_text()
    if suffix == ".svg":
        root = ET.fromstring(text)
        words = {t.text for t in root.iter("{http://www.w3.org/2000/svg}text")}
        assert {"x", "y", "f = Mul", "18", "12", "9"} <= words


def test_a_graph_needs_a_function_that_depends_on_its_variables(run, mine, tmp_path):
    status, _, err = run("diff", f"{mine}:silent", "--at", "x=1", "--graph", str(tmp_path / "g.svg"))
    assert status == 2
    assert "so there is no graph" in err


@pytest.mark.parametrize(
    ("module", "option", "name"),
    [("matplotlib.figure", "--plot", "matplotlib"), ("grandalf.graphs", "--graph", "grandalf")],
)
def test_a_missing_extra_is_named(run, tmp_path, monkeypatch, module, option, name):
    monkeypatch.setitem(sys.modules, module, None)
    status, _, err = run("diff", "x**2", "--at", "x=1", option, str(tmp_path / "a.svg"))
    assert status == 2
    assert f"needs {name}" in err
    assert 'pip install "chainrule[show]"' in err
    assert len(err.splitlines()) == 1


def test_without_sympy_there_are_values_and_no_formulas(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "sympy", None)
    status, out, err = run("diff", "x**2", "--at", "x=3")
    assert status == 0
    assert out == "f(x)  = x**2\nf(3)  = 9\nf'(3) = 6\n"
    assert err == 'chainrule: formulas need SymPy: pip install "chainrule[show]"\n'


@pytest.mark.parametrize("name", ["picky", "moody"])
def test_a_function_that_fails_elsewhere_does_not_break_the_plot_with_a_traceback(run, tmp_path, name):
    path = tmp_path / "mine.py"
    path.write_text(
        "import math\n"
        "def picky(x):\n    return x * math.sqrt(float(x.detach()))\n"
        "def moody(x):\n    return x if x > 0 else None\n"
    )
    status, _, err = run("diff", f"{path}:{name}", "--at", "x=1", "--plot", str(tmp_path / "p.png"))
    assert status == 2
    assert err.startswith(f"chainrule: {name} ")
    assert len(err.splitlines()) == 1


def test_an_encoding_without_the_characters_is_no_error():
    done = process("diff", "2*π*x", "--at", "x=1", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert "f(x)  = 2*?*x" in done.stdout


def test_help_has_examples(run):
    status, out, _ = run("--help")
    assert status == 0
    assert 'chainrule diff "6*x**2 + 2*x + 4" --at x=3' in out
    status, out, _ = run("diff", "--help")
    assert status == 0
    assert "--order" in out
    assert '"NaN"' in out


def test_version(run):
    status, out, _ = run("--version")
    assert status == 0
    assert out.startswith("chainrule ")


def process(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "chainrule.cli", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        check=False,
    )


def test_a_real_run_prints_plain_text_to_a_pipe():
    done = process("diff", "6*x**2 + 2*x + 4", "--at", "x=3", TERM="xterm-256color")
    assert done.returncode == 0
    assert done.stdout.endswith("f'(3) = 38\n")
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_a_real_run_with_bad_input_has_status_2_and_no_traceback():
    done = process("diff", "log(x)", "--at", "x=-1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "chainrule: log(-1) is not defined\n  log(x)\n  ^^^^^^\n"


def test_a_reader_that_leaves_early_is_no_error():
    program = f"{sys.executable} -m chainrule.cli diff x --at x=0:1:9999 | head -1"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(program, shell=True, capture_output=True, text=True, env=environment, check=False)
    assert done.stdout == "f(x)  = x\n"
    assert done.stderr == ""


def shell(program):
    """Run a command line in which CHAINRULE is the command."""
    program = program.replace("CHAINRULE", f"{sys.executable} -m chainrule.cli")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        ["bash", "-c", program], capture_output=True, text=True, env=environment, check=False
    )


@pytest.mark.parametrize(
    "command", ["diff x --at x=1", "diff x --at x=1 --json", "--help", "tour --no-pictures"]
)
def test_a_reader_that_does_not_read_is_no_error(command):
    done = shell(f"CHAINRULE {command} | true; echo ${{PIPESTATUS[0]}}")
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's device that is always full")
def test_a_full_disk_is_named():
    done = shell("CHAINRULE diff x --at x=1 > /dev/full")
    assert done.returncode == 2
    assert done.stderr == "chainrule: the output cannot be written: No space left on device\n"


@pytest.mark.parametrize("closed", ["1", "2"])
def test_a_closed_stream_is_no_error(closed):
    done = shell(f"CHAINRULE diff x --at x=0:1:3 {closed}>&-")
    assert (done.returncode, done.stderr) == (0, "")


def test_an_interruption_is_told_in_one_line(run, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("chainrule.command.diff.run", interrupt)
    assert run("diff", "x", "--at", "x=1") == (130, "", "chainrule: interrupted\n")


def test_a_warning_is_one_line(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("import math\ndef f(x):\n    return math.sin(x)\n")
    done = process("diff", f"{path}:f", "--at", "x=1")
    assert done.returncode == 0
    assert done.stderr.startswith(
        "chainrule: warning: Converting a tensor with requires_grad=True to a scalar"
    )
    assert done.stderr.endswith(f"({path}, line 3)\n")
    assert len(done.stderr.splitlines()) == 1


class Terminal:
    """Standard output as a terminal."""

    encoding = "utf-8"

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass

    def isatty(self):
        return True


@pytest.mark.parametrize("no_color", [False, True])
def test_a_terminal_gets_colours_unless_no_color_is_set(monkeypatch, no_color):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    assert main(["diff", "x**2", "--at", "x=0:2:3"]) == 0
    assert ("\x1b[1;36m" in terminal.text) != no_color
    assert "36m" not in terminal.text or not no_color
