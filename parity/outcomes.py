"""What a small program gives in a library, in a form in which two libraries can be compared."""

from __future__ import annotations

import copy
import math
import operator
import pickle
import re
import warnings
from fractions import Fraction
from typing import Any

import numpy as np
from libraries import chainrule, torch

TOOLS = {
    "np": np,
    "copy": copy,
    "math": math,
    "operator": operator,
    "pickle": pickle,
    "Fraction": Fraction,
    "nan": math.nan,
    "inf": math.inf,
}


def outcome(program: str, library: Any) -> tuple[str, Any]:
    """Run a program: statements divided by semicolons, and last an expression; `m` is the library."""
    *statements, expression = program.split("; ")
    names = {**TOOLS, "m": library}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for statement in statements:
                exec(statement, names)
            return "value", described(eval(expression, names))
        except Exception as error:
            return type(error).__name__, str(error).replace("torch", "chainrule")


def described(x: Any) -> Any:
    """Return what is to be the same of a result: types, dtypes, shapes and printed text."""
    if isinstance(x, (torch.Tensor, chainrule.Tensor)):
        return repr(x).replace("torch.", "chainrule."), tuple(x.shape), str(x.dtype).rpartition(".")[2]
    if isinstance(x, (list, tuple)):
        return type(x).__name__, [described(part) for part in x]
    return type(x).__name__, repr(x).replace("torch", "chainrule")


def difference(program: str) -> str | None:
    """Return how the libraries differ in a program, None if they agree.

    Errors agree if the types are the same and ours begins with torch's first sentence; where torch lists all
    forms of a function, or counts arguments, the type is enough.
    """
    theirs, ours = outcome(program, torch), outcome(program, chainrule)
    if theirs == ours:
        return None
    if theirs[0] == ours[0] != "value":
        sentence = theirs[1].strip().splitlines()[0].partition(". ")[0].rstrip(".")
        if ours[1].startswith(sentence) or _is_about_forms(sentence):
            return None
    return f"{program}\n  torch:     {theirs}\n  chainrule: {ours}"


def _is_about_forms(sentence: str) -> bool:
    return (
        re.search(r"invalid combination of arguments|takes .* arguments?|missing \d+ required", sentence)
        is not None
    )
