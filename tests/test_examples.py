"""The examples run and reach what they promise."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def _load(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_network_recognises_more_than_95_percent_of_the_digits(tmp_path, capsys):
    pytest.importorskip("sklearn", reason="the digits ship with scikit-learn: pip install --group examples")
    picture = tmp_path / "digits.png"
    assert _load("digits").main(str(picture)) > 0.95
    assert "test images recognised" in capsys.readouterr().out
    assert picture.read_bytes().startswith(b"\x89PNG")
