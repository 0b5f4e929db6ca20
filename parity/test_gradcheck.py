"""gradcheck and gradgradcheck beside torch's: what passes, what fails, and in which words."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from libraries import LIBRARIES

Program = Callable[[Any], Any]


def _leaf(m: Any, *values: Any, dtype: str = "float64") -> Any:
    return m.tensor(list(values), dtype=getattr(m, dtype), requires_grad=True)


def _x(m: Any) -> Any:
    return _leaf(m, 0.3, 0.7, 0.2)


def _z(m: Any) -> Any:
    return _leaf(m, 1 + 2j, 0.5 - 1j, dtype="complex128")


def _matrices(m: Any) -> Any:
    return _leaf(m, [1.0, 2.0], [3.0, 4.0]), _leaf(m, [5.0, 6.0], [7.0, 8.0])


def _wrong(x: Any) -> Any:
    return x * x.detach()


def _hooked(hook: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        y = x * 2
        y.register_hook(hook)
        return y

    return f


def _check(f: Any, inputs: Any = _x, **options: Any) -> Program:
    return lambda m: m.autograd.gradcheck(f, inputs(m), **options)


def _check_again(f: Any, inputs: Any = _x, *cotangents: Any, **options: Any) -> Program:
    return lambda m: m.autograd.gradgradcheck(f, inputs(m), *[c(m) for c in cotangents], **options)


def _cube(m: Any, slope: float = 3.0, tangent: float = 3.0, keep: bool = True) -> Any:
    """Return x**3 as a custom function, with these factors in its derivatives."""

    class Cube(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            ctx.save_for_forward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * slope * (x if keep else x.detach()) ** 2

        @staticmethod
        def jvp(ctx: Any, t: Any) -> Any:
            (x,) = ctx.saved_tensors
            return t * tangent * x**2

    return Cube.apply


def _check_cube(**options: Any) -> Program:
    factors = {name: options.pop(name) for name in ("slope", "tangent", "keep") if name in options}
    return lambda m: m.autograd.gradcheck(_cube(m, **factors), _x(m), **options)


def _check_cube_again(**options: Any) -> Program:
    factors = {name: options.pop(name) for name in ("slope", "tangent", "keep") if name in options}
    return lambda m: m.autograd.gradgradcheck(_cube(m, **factors), _x(m), **options)


def _needs_both(m: Any) -> Any:
    """Check a function of two results whose backward fails when one of them was not used."""

    class Pair(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            if (g is None or not g.any()) and (h is None or not h.any()) and (g is None or h is None):
                raise RuntimeError("a gradient is missing")
            return 2 * (0 if g is None else g) + 3 * (0 if h is None else h)

    return m.autograd.gradcheck(Pair.apply, _x(m))


FORWARD_ONLY = {"check_forward_ad": True, "check_backward_ad": False}
FAST = {"fast_mode": True}

PROGRAMS: dict[str, Program] = {
    "right": _check(lambda x: x.sin()),
    "right, forward": _check(lambda x: x.sin(), check_forward_ad=True),
    "right, complex": _check(lambda z: z**2, _z, check_forward_ad=True),
    "right, complex to real": _check(lambda z: (z * z.conj()).real, _z, check_forward_ad=True),
    "right, several": _check(lambda x, y: (x @ y, (x * y).sum()), _matrices, check_forward_ad=True),
    "right, unused input": _check(lambda x, y: x**2, _matrices),
    "right, a list": _check(lambda x, y: [x * y], lambda m: list(_matrices(m))),
    "right, 0-d": _check(lambda x: x**2, lambda m: _leaf(m, 2.0)[0].detach().requires_grad_()),
    "right, empty": _check(lambda x: x**2, _leaf),
    "right, batched": _check(lambda x: x**2, check_batched_grad=True),
    "right, an integer output": _check(lambda x: (x**2, x.long())),
    "right, another argument": _check(lambda x, name: x**2, lambda m: (_x(m), "name")),
    "nothing differentiable": _check(lambda x: (x > 0).long()),
    "nothing differentiable, constant": _check(lambda x: x.detach() * 0 + 1),
    "one output detached": _check(lambda x: (x**2, x.detach())),
    "detached": _check(lambda x: x.detach() * 2),
    "wrong": _check(_wrong),
    "wrong, no exception": _check(_wrong, raise_exception=False),
    "wrong, forward": _check(_wrong, **FORWARD_ONLY),
    "wrong, complex": _check(_wrong, _z),
    "wrong, complex to real": _check(lambda z: _wrong(z).abs(), _z),
    "wrong, second input": _check(lambda x, y: x @ y.detach() + 0 * y.sum(), _matrices),
    "wrong, second output": _check(lambda x: (x**2, _wrong(x).sum())),
    "wrong, 0-d": _check(_wrong, lambda m: _leaf(m, 2.0)[0].detach().requires_grad_()),
    "infinite slope": _check(lambda x: x.sqrt(), lambda m: _leaf(m, 0.0, 1.0)),
    "single precision": _check(
        lambda x: x**2, lambda m: _leaf(m, 0.25, dtype="float32"), eps=1e-2, atol=1e-2
    ),
    "nobody requires grad": _check(lambda x: x, lambda m: _x(m).detach()),
    "no input": _check(lambda: None, lambda m: ()),
    "expanded": _check(lambda x: x**2, lambda m: m.ones(1).double().expand(3).requires_grad_()),
    "shape changes": _check(lambda x: x[x > 0.3]),
    "dtype changes": _check(lambda x: x if x[0] > 0.3 else x.float()),
    "a number returned": _check(lambda x: 3.0),
    "nothing returned": _check(lambda x: None),
    "no mode": _check(lambda x: x, check_backward_ad=False),
    "batched without backward": _check(lambda x: x, check_batched_grad=True, **FORWARD_ONLY),
    "batched forward without forward": _check(lambda x: x, check_batched_forward_grad=True),
    "positional eps": lambda m: m.autograd.gradcheck(lambda x: x, _x(m), 1e-6),
    "not multiplied": _check(_hooked(lambda g: g + 1e-7)),
    "not multiplied, masked": _check(_hooked(lambda g: g + 1e-7), masked=True),
    "custom": _check_cube(check_forward_ad=True, check_grad_dtypes=True),
    "custom, wrong backward": _check_cube(slope=3.1),
    "custom, wrong jvp": _check_cube(tangent=3.1, check_forward_ad=True),
    "custom, wrong jvp not looked at": _check_cube(tangent=3.1),
    "second, right": _check_again(lambda x: x**3),
    "second, right, forward": _check_again(lambda x: x**3, check_fwd_over_rev=True),
    "second, right, complex": _check_again(lambda z: z**3, _z),
    "second, right, gaps": _check_again(lambda x: x**3, gen_non_contig_grad_outputs=True),
    "second, linear": _check_again(lambda x: x * 3),
    "second, cotangents": _check_again(lambda x: x**3, _x, lambda m: _leaf(m, 1.0, 2.0, 3.0)),
    "second, wrong": _check_again(lambda x: x**2 * x.detach(), _x, lambda m: _leaf(m, 1.0, 2.0, 3.0)),
    "second, cotangents of a wrong size": _check_again(lambda x: x**3, _x, lambda m: _leaf(m, 1.0)),
    "second, no mode": _check_again(lambda x: x, check_rev_over_rev=False),
    "second, undefined": _check_again(lambda x: x, check_rev_over_rev=False, check_fwd_over_rev=True),
    "second, custom": _check_cube_again(check_fwd_over_rev=True),
    "second, custom, history lost": _check_cube_again(keep=False, raise_exception=False),
}
# Of these the first words are compared: random numbers follow, or advice.
BEGINNINGS: dict[str, tuple[str, Program]] = {
    "fast": ("\nnumerical", _check(_wrong, **FAST)),
    "fast, forward": ("\nnumerical", _check(_wrong, **FAST, **FORWARD_ONLY)),
    "fast, complex": ("\nnumerical", _check(_wrong, _z, **FAST)),
    "fast, detached": ("\n", _check(lambda x: x.detach() * 2, **FAST)),
    "fast, shape changes": ("\n", _check(lambda x: x[x > 0.3], **FAST)),
    "fast, right": ("\n", _check(lambda x: x.sin(), check_forward_ad=True, **FAST)),
    "fast, right, complex": ("\n", _check(lambda z: z**2, _z, check_forward_ad=True, **FAST)),
    "a backward that needs all gradients": (" Please| In a", _needs_both),
}


def _outcome(program: Program, library: Any) -> tuple[Any, str, list[str]]:
    """Return what a program gives or the type that it raises, the text, and its warnings."""
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        try:
            result, text = program(library), ""
        except Exception as error:
            text = str(error).replace("torch", "chainrule")
            result = type(error).__module__.replace("torch", "chainrule"), type(error).__name__
    told = [str(w.message) for w in shown if issubclass(w.category, UserWarning)]
    return result, text, [t for t in told if "gradient" in t]


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_outcome_is_the_same(name: str) -> None:
    ours, theirs = (_outcome(PROGRAMS[name], LIBRARIES[m]) for m in ("chainrule", "torch"))
    assert ours == theirs


@pytest.mark.parametrize("name", BEGINNINGS)
def test_the_outcome_begins_in_the_same_words(name: str) -> None:
    until, program = BEGINNINGS[name]
    (ours, our_text, our_warnings), (theirs, their_text, their_warnings) = (
        _outcome(program, LIBRARIES[m]) for m in ("chainrule", "torch")
    )
    assert (ours, our_warnings) == (theirs, their_warnings)
    assert re.split(until, our_text)[0] == re.split(until, their_text)[0]


def test_fast_mode_shows_the_same_whole_jacobians() -> None:
    for options in (FAST, FAST | FORWARD_ONLY):
        _, ours, _ = _outcome(_check(_wrong, **options), LIBRARIES["chainrule"])
        _, theirs, _ = _outcome(_check(_wrong, **options), LIBRARIES["torch"])
        ours, theirs = (
            re.sub(r"(\d\.\d{6})\d+", r"\1", text.partition("\n\n")[2]) for text in (ours, theirs)
        )
        assert ours == theirs
        assert ours.startswith("The above quantities relating the numerical and analytical jacobians")


def test_a_backward_that_changes_each_time_is_told_in_the_same_words() -> None:
    texts = []
    for library in LIBRARIES.values():
        numbers = iter(range(10**6))
        noisy = _hooked(lambda g, numbers=numbers: g * (1 + 1e-9 * next(numbers)))
        _, text, _ = _outcome(_check(noisy), library)
        texts.append(text.partition("\n")[0])
    assert texts[0] == texts[1]
    assert texts[0].startswith("Backward is not reentrant")
