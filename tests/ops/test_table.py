"""The tables of primitives: printed by `python -m chainrule.ops`, and committed in docs/derivatives.md."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import chainrule  # noqa: F401 (fills the registry)
from chainrule.core.primitive import registry
from chainrule.ops.__main__ import table

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_printed_table_names_every_primitive_once() -> None:
    assert [line.split()[0] for line in table().splitlines()[1:]] == sorted(registry)


def test_the_printed_table_tells_reverse_and_forward() -> None:
    rows = {line.split()[0]: line.split()[1:] for line in table().splitlines()}
    assert rows["mul"] == ["elementwise", "a,", "b", "same", "rule"]
    assert rows["flip"] == ["linear", "x", "itself"]
    assert rows["eq"] == ["constant", "-", "-"]
    assert rows["prod"] == ["general", "x", "own", "rule"]


def test_the_committed_page_of_derivatives_is_up_to_date() -> None:
    """If not, run `python docs/make_derivatives.py`."""
    spec = importlib.util.spec_from_file_location("make_derivatives", DOCS / "make_derivatives.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert maker.PAGE.read_text(encoding="utf-8") == maker.page()
