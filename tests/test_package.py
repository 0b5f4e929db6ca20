"""The package: its public names, and what importing it loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

import chainrule
from chainrule import attributes, creation, printing, random, ranges
from chainrule.composed import families

MODULES = (*families, attributes, creation, printing, random, ranges)


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__.rpartition(".")[2])
def test_public_names_of_every_module_are_names_of_the_package(module):
    missing = [name for name in module.__all__ if getattr(chainrule, name, None) is not getattr(module, name)]
    assert missing == []


def test_no_two_modules_give_the_same_name():
    given = [name for module in MODULES for name in module.__all__]
    assert sorted(given) == sorted(set(given))


def test_importing_loads_nothing_heavy():
    heavy = ["scipy", "sympy", "matplotlib", "rich", "grandalf", "optree", "llvmlite"]
    code = f"import sys, chainrule; print([name for name in {heavy} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="module 'chainrule' has no attribute 'nonsense'"):
        chainrule.nonsense  # noqa: B018


def test_show_is_loaded_on_first_use():
    code = "import sys, chainrule; chainrule.show; print('chainrule.show' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "True"


def test_floating_point_warnings_of_numpy_are_not_shown():
    code = "import warnings, chainrule as t; t.tensor([1.0, 0.0]) / 0; t.tensor(0.0).log(); t.tensor(1e300)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stderr == ""
