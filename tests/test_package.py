"""The package: its public names, and what importing it loads."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from types import ModuleType

import pytest

import chainrule
from chainrule import Tensor, attributes, autograd, creation, linalg, printing, random, ranges, show
from chainrule.composed import families

MODULES = (*families, attributes, creation, printing, random, ranges)


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__.rpartition(".")[2])
def test_public_names_of_every_module_are_names_of_the_package(module):
    place = getattr(chainrule, module.NAMESPACE) if hasattr(module, "NAMESPACE") else chainrule
    missing = [name for name in module.__all__ if getattr(place, name, None) is not getattr(module, name)]
    assert missing == []


def test_no_two_modules_give_the_same_name():
    given = [(getattr(module, "NAMESPACE", ""), name) for module in MODULES for name in module.__all__]
    assert sorted(given) == sorted(set(given))


def public(owner):
    """Return what users find in a namespace: its functions, classes and properties by name."""
    found = {name: inspect.getattr_static(owner, name) for name in dir(owner) if not name.startswith("_")}
    return {
        name: value
        for name, value in found.items()
        if (callable(value) or isinstance(value, property))
        and not isinstance(value, ModuleType)
        and not getattr(value, "__module__", "").startswith(("typing", "importlib"))
    }


NAMESPACES = {"chainrule": chainrule, "autograd": autograd, "linalg": linalg, "show": show, "Tensor": Tensor}


def has_example(value):
    """Tell whether a docstring has an example, or names in backquotes what it is another form of."""
    text = inspect.getdoc(value) or ""
    others = [name.removeprefix("chainrule.") for name in re.findall(r"`([\w.]+)`", text)]
    texts = [inspect.getdoc(getattr(owner, name, None)) for name in others for owner in (chainrule, Tensor)]
    return any(">>> " in (t or "") for t in [text, *texts])


@pytest.mark.parametrize("where", NAMESPACES)
def test_every_public_name_is_documented_with_an_example_or_names_what_is(where):
    names = public(NAMESPACES[where])
    assert len(names) > 1
    errors = [n for n, value in names.items() if inspect.isclass(value) and issubclass(value, Exception)]
    assert [name for name in errors if not inspect.getdoc(names[name])] == []
    assert [name for name in names if name not in errors and not has_example(names[name])] == []


def test_importing_loads_nothing_heavy():
    heavy = ["scipy", "sympy", "matplotlib", "rich", "grandalf", "optree", "llvmlite"]
    code = f"import sys, chainrule; print([name for name in {heavy} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_importing_inspects_no_signatures():
    """Reading them took a third of the import; names of parameters are read off the code."""
    code = "import inspect, numpy; inspect.signature = None; import chainrule; print(len(dir(chainrule)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(loaded.stdout) > 200


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="module 'chainrule' has no attribute 'nonsense'"):
        chainrule.nonsense  # noqa: B018


def test_show_is_loaded_on_first_use():
    code = "import sys, chainrule; chainrule.show; print('chainrule.show' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "True"


def test_modules_and_optimisers_are_loaded_on_first_use():
    code = "import sys, chainrule; print([name for name in sys.modules if name.startswith('chainrule.nn')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


IMPORTS = [
    "import chainrule.nn as nn; nn.Linear",
    "from chainrule import nn, optim; nn.Linear, optim.SGD",
    "import chainrule; chainrule.nn.Linear, chainrule.optim.SGD",
    "import chainrule.nn.functional as F; F.relu",
    "from chainrule.optim.lr_scheduler import StepLR",
    "from chainrule.nn.utils import clip_grad_norm_",
    "import chainrule; chainrule.nn.functional.relu, chainrule.nn.init.ones_, chainrule.nn.utils",
]


@pytest.mark.parametrize("code", IMPORTS)
def test_modules_and_optimisers_are_imported_in_all_the_usual_ways(code):
    subprocess.run([sys.executable, "-c", code], check=True)


def test_floating_point_warnings_of_numpy_are_not_shown():
    code = "import warnings, chainrule as t; t.tensor([1.0, 0.0]) / 0; t.tensor(0.0).log(); t.tensor(1e300)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stderr == ""
