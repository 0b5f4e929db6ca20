"""What the tests of autograd say both libraries do, torch does: its own run of each test that takes `m`."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from libraries import torch

from shared_fixtures import leaf  # noqa: F401 (tests find it here)

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")

TESTS = Path(__file__).parent.parent / "tests"
FOLDERS = ("autograd", "core")


@pytest.fixture
def m() -> ModuleType:
    return torch


def shared_tests() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Give the tests that run with either library, with names of their own."""
    for folder in FOLDERS:
        for path in sorted((TESTS / folder).glob("test_*.py")):
            spec = importlib.util.spec_from_file_location(f"shared_{folder}_{path.stem}", path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            for name, test in vars(module).items():
                if name.startswith("test_") and "m" in inspect.signature(test).parameters:
                    yield f"test_{path.stem.removeprefix('test_')}_{name.removeprefix('test_')}", test


globals().update(shared_tests())
