"""The documents: their code runs and prints what they say, their links and names lead somewhere."""

import contextlib
import io
import re
import shlex
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

import chainrule
from chainrule import cli
from chainrule.core.primitive import registry

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "benchmarks" / "README.md"]
PATHS = sorted((ROOT / "src").rglob("*.py"))
SOURCES = "\n".join(path.read_text() for path in PATHS)

named = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def words(text):
    return " ".join(text.split())


def promised(code):
    """Return what the comments beside prints say is printed."""
    found = re.findall(r"^ *print\(.*?\)  # (.*)$", code, re.MULTILINE)
    return words(" ".join(line.replace(", then ", " ") for line in found))


@pytest.fixture
def registered():
    """Forget the primitives that a page defines when it is read to the end."""
    before = dict(registry)
    yield
    registry.clear()
    registry.update(before)


def is_quoted_from_the_sources(code):
    """Tell whether a block shows a definition of chainrule's own, whose name is taken."""
    found = re.search(r"^def (\w+)", code, re.MULTILINE)
    return bool(found) and found[1] in registry


@named
def test_python_blocks_run_and_print_what_their_comments_say(page, registered):
    names = {}
    for code in blocks(page, "python"):
        if is_quoted_from_the_sources(code):
            for line in code.splitlines():
                assert line in SOURCES
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(page), "exec"), names)
        assert words(printed.getvalue()) == promised(code)


def test_the_readme_has_blocks_that_print():
    code = blocks(ROOT / "README.md", "python")
    assert len(code) >= 4
    assert all(promised(block) for block in code)


def test_an_untrue_comment_is_caught():
    assert promised("print(1 + 1)  # 3\n") == "3"
    assert promised("for x in y:\n    print(x, end=' ')  # 1 2, then 3\n") == "1 2 3"


CONSOLE = [block for page in PAGES for block in blocks(page, "console")]
TRANSCRIPTS = [block.removeprefix("$ ") for block in CONSOLE if block.startswith("$ ")]
COMMANDS = [
    line.partition("  #")[0].strip()
    for block in CONSOLE
    if not block.startswith("$ ")
    for line in block.splitlines()
]


@pytest.mark.parametrize("transcript", TRANSCRIPTS)
def test_transcripts_are_what_the_command_prints(transcript, capsys):
    line, _, output = transcript.partition("\n")
    command, *arguments = shlex.split(line)
    assert command == "chainrule"
    assert cli.main(arguments) == 0
    assert capsys.readouterr() == (output, "")


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_run(line, tmp_path, monkeypatch, capsys):
    command, *arguments = shlex.split(line)
    if command == "make":
        assert re.search(rf"^{arguments[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
        return
    assert command == "chainrule"
    monkeypatch.chdir(tmp_path)
    Path("my_file.py").write_text("def my_function(x):\n    return x**3\n")
    assert cli.main(arguments) == 0
    assert capsys.readouterr().out
    for option in ("--plot", "--graph"):
        if option in arguments:
            assert Path(arguments[arguments.index(option) + 1]).stat().st_size > 1000


@named
def test_links_lead_to_files_and_headings(page):
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    for target in targets:
        if re.match(r"https?://", target):
            continue
        path, _, heading = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
            assert heading in [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]


@named
def test_files_that_are_named_exist(page):
    for name in re.findall(r"`([\w/.-]+\.(?:py|txt|md|csv|json))`", page.read_text()):
        assert any((base / name).exists() for base in (ROOT, ROOT / "src" / "chainrule", page.parent)), name


@named
def test_names_of_chainrule_that_are_mentioned_exist(page):
    for name in set(re.findall(r"`(?:chainrule|cr)\.([\w.]+)", page.read_text())):
        value = chainrule
        for part in name.rstrip(".").split("."):
            value = getattr(value, part, None) or import_module(f"{value.__name__}.{part}")


def test_identifiers_in_how_it_works_are_those_of_the_sources():
    text = re.sub(r"```.*?```", "", (ROOT / "docs" / "how-it-works.md").read_text(), flags=re.DOTALL)
    mentioned = {name for code in re.findall(r"`([^`]+)`", text) for name in re.findall(r"\w{3,}", code)}
    found = set(re.findall(r"\w+", SOURCES + (ROOT / "Makefile").read_text())) | {path.stem for path in PATHS}
    assert mentioned <= found


def test_every_picture_of_the_documents_is_used_and_can_be_drawn(tmp_path):
    used = {
        (page.parent / target).resolve()
        for page in PAGES
        for target in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text())
    }
    spec = spec_from_file_location("make_pictures", ROOT / "docs" / "make_pictures.py")
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    script.draw(tmp_path)
    assert used == set(script.IMAGES.iterdir())
    assert {path.name for path in used} == {path.name for path in tmp_path.iterdir()}


def test_the_graph_in_the_readme_has_the_numbers_of_the_readme():
    drawing = (ROOT / "docs" / "images" / "graph.svg").read_text()
    assert {">u<", ">v<", ">91<", ">43<", ">20<"} <= set(re.findall(r">\w+<", drawing))
