"""progress: a bar in a terminal after a moment, and nothing in a pipe."""

import io
import sys

import pytest

from chainrule.show import progress as module
from chainrule.show.progress import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", -1.0)
    monkeypatch.setenv("TERM", "xterm")


def test_no_bar_in_a_pipe(monkeypatch, impatient):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(progress(range(5), "Counting")) == [0, 1, 2, 3, 4]
    assert stream.getvalue() == ""


def test_no_bar_without_standard_error(monkeypatch, impatient):
    monkeypatch.setattr(sys, "stderr", None)
    assert list(progress(range(5), "Counting")) == [0, 1, 2, 3, 4]


def test_a_bar_in_a_terminal(monkeypatch, impatient):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(progress(range(5), "Counting")) == [0, 1, 2, 3, 4]
    assert "Counting" in stream.getvalue()


def test_no_bar_for_quick_work(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(progress(range(5), "Counting")) == [0, 1, 2, 3, 4]
    assert stream.getvalue() == ""


def test_no_bar_without_rich(monkeypatch, impatient):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert list(progress(iter("abc"), "Counting")) == ["a", "b", "c"]
    assert stream.getvalue() == ""
