"""Wrong calls are explained in torch's words, and right ones cost and change nothing."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.composed.signatures import overloads

X = cr.ones(2, 3)
I = cr.zeros(2, 3, dtype=cr.int64)  # noqa: E741 (indices)

WORDS: dict[str, tuple[Callable[[], Any], str]] = {
    "None": (lambda: cr.cumsum(X, None), "cumsum(): argument 'dim' (position 2) must be int, not NoneType"),
    "method": (lambda: X.cumsum("a"), "cumsum(): argument 'dim' (position 1) must be int, not str"),
    "by name": (lambda: X.cumsum(dim=1.5), "cumsum(): argument 'dim' must be int, not float"),
    "missing": (lambda: X.cumsum(), 'cumsum() missing 1 required positional arguments: "dim"'),
    "two missing": (lambda: cr.gather(X), 'gather() missing 2 required positional argument: "dim", "index"'),
    "too many": (lambda: X.cumsum(0, 1), "cumsum() takes 1 positional argument but 2 were given"),
    "too many with defaults": (
        lambda: cr.flatten(X, 0, 1, 2),
        "flatten() takes from 1 to 3 positional arguments but 4 were given",
    ),
    "unknown": (lambda: X.cumsum(0, wrong=1), "cumsum() got an unexpected keyword argument 'wrong'"),
    "twice": (lambda: X.cumsum(0, dim=0), "cumsum() got multiple values for argument 'dim'"),
    "number for a tensor": (
        lambda: cr.gather(X, 0, 1.5),
        "gather(): argument 'index' (position 3) must be Tensor, not float",
    ),
    "list for a tensor": (
        lambda: X.index_add(0, I[0], [1.0]),
        "index_add(): argument 'source' (position 3) must be Tensor, not list",
    ),
    "fraction": (
        lambda: cr.add(X, Fraction(1, 2)),
        "add(): argument 'other' (position 2) must be Tensor, not fractions.Fraction",
    ),
    "in place": (
        lambda: X.clone().add_(None),
        "add_(): argument 'other' (position 1) must be Tensor, not NoneType",
    ),
    "no tensors": (
        lambda: cr.cat(X),
        "cat(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor",
    ),
    "sizes": (
        lambda: X.reshape((2, "a")),
        "reshape(): argument 'shape' failed to unpack the object at pos 2 with error \"type must be tuple of "
        'ints,but got str"',
    ),
    "first size": (
        lambda: X.reshape((None, 2)),
        "reshape(): argument 'shape' (position 1) must be tuple of ints, "
        "but found element of type NoneType at pos 0",
    ),
    "the plausible overload": (
        lambda: X.sum(9, "a"),
        "sum(): argument 'keepdim' (position 2) must be bool, not str",
    ),
    "dtype": (
        lambda: cr.softmax(X, 0, 5),
        "softmax(): argument 'dtype' (position 3) must be chainrule.dtype, not int",
    ),
    "overloads": (
        lambda: X.max(None),
        "max() received an invalid combination of arguments - got (NoneType), but expected one of:\n"
        " * ()\n      didn't match because some of the arguments have invalid types: (!NoneType!)\n"
        " * (Tensor other)\n"
        "      didn't match because some of the arguments have invalid types: (!NoneType!)\n"
        " * (int dim, bool keepdim = False)",
    ),
    "overloads and keywords": (
        lambda: cr.std(X, correction="a"),
        "std() received an invalid combination of arguments - got (Tensor, correction=str), but expected one "
        "of:\n"
        " * (Tensor input, tuple of ints dim, bool unbiased = True, bool keepdim = False)\n"
        " * (Tensor input, tuple of ints dim = None, *, Number correction = None, bool keepdim = False)\n"
        " * (Tensor input, bool unbiased = True)\n"
        "      didn't match because some of the keywords were incorrect: correction",
    ),
    "items": (
        lambda: cr.movedim(X, "a", (1,)),
        "movedim() received an invalid combination of arguments - got (Tensor, str, tuple), but expected one "
        "of:\n"
        " * (Tensor input, int source, int destination)\n"
        "      didn't match because some of the arguments have invalid types: "
        "(Tensor, !str!, !tuple of (int,)!)\n"
        " * (Tensor input, tuple of ints source, tuple of ints destination)\n"
        "      didn't match because some of the arguments have invalid types: (Tensor, !str!, tuple)",
    ),
    "unbound": (
        lambda: cr.Tensor.fill_(1, 2),
        "descriptor 'fill_' for 'chainrule.Tensor' objects doesn't apply to a 'int' object",
    ),
    "bound to nothing": (lambda: cr.Tensor.fill_(), "unbound method Tensor.fill_() needs an argument"),
    "logic of None": (
        lambda: cr.logical_xor(X, None),
        "logical_xor(): argument 'other' (position 2) must be Tensor, not NoneType",
    ),
    "primitive, missing": (lambda: cr.exp(), 'exp() missing 1 required positional arguments: "input"'),
    "primitive, too many": (lambda: cr.exp(X, X), "exp() takes 1 positional argument but 2 were given"),
    "primitive, unknown": (lambda: cr.exp(X, wrong=1), "exp() got an unexpected keyword argument 'wrong'"),
    "primitive, twice": (lambda: cr.mul(X, X, input=X), "mul() got multiple values for argument 'input'"),
}


@pytest.mark.parametrize("name", WORDS)
def test_a_wrong_call_is_explained_in_torchs_words(name: str) -> None:
    call, words = WORDS[name]
    with pytest.raises(TypeError) as error:
        call()
    assert str(error.value) == words


def test_what_is_wrong_beyond_the_arguments_is_said_by_the_operation() -> None:
    with pytest.raises(IndexError, match="Dimension out of range"):
        X.cumsum(7)
    with pytest.raises(IndexError, match="Dimension out of range"):
        cr.cumsum(np.ones(3), 7)


def test_numpys_names_of_arguments_are_taken_everywhere() -> None:
    assert cr.cat([X, X], axis=1).shape == (2, 6)
    assert X.cumsum(axis=0).shape == X.unsqueeze(axis=0)[0].shape
    with pytest.raises(TypeError, match="got both 'dim' and 'axis', which mean the same"):
        X.cumsum(dim=0, axis=0)


@pytest.mark.parametrize("number", [Fraction(1, 2), "a", None, [1.0], object()])
@pytest.mark.parametrize("operator", ["__add__", "__rsub__", "__mul__", "__pow__", "__rtruediv__", "__eq__"])
def test_operators_leave_what_they_do_not_know_to_the_other_operand(operator: str, number: Any) -> None:
    assert getattr(X, operator)(number) is NotImplemented


@pytest.mark.parametrize("name", [n for n in overloads() if not n.startswith("Tensor.")])
def test_signatures_have_the_parameters_of_their_functions(name: str) -> None:
    function = getattr(cr, name)
    for overload in overloads()[name]:
        given = inspect.signature(function).parameters
        for p in overload.parameters:
            assert p.name in given or p.name in ("self", "tensor_indices_or_sections"), (name, p.name)


def test_public_functions_can_be_pickled_and_keep_their_documentation() -> None:
    for function in (cr.sum, cr.cat, cr.narrow):
        assert pickle.loads(pickle.dumps(function)) is function
        assert ">>>" in function.__doc__
    assert list(inspect.signature(cr.narrow).parameters) == ["input", "dim", "start", "length"]
