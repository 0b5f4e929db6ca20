"""chainrule.autograd.functional beside torch's: results as they print, errors by type and text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from libraries import LIBRARIES, chainrule, tensors_in, torch

Program = Callable[[Any, Any], Any]

# Names of nodes that stand for the same operation.
SAME_NODES = {"ReshapeAliasBackward0": "ViewBackward0", "TransposeBackward0": "TBackward0"}


def _x(m: Any) -> Any:
    return m.tensor([0.3, 0.7, 0.2], dtype=m.float64, requires_grad=True)


def _a(m: Any) -> Any:
    return m.tensor([[1.0, 2.0, 3.0], [1.0, 5.0, 2.0]], dtype=m.float64)


def _z(m: Any) -> Any:
    return m.tensor([1 + 2j, 3j], dtype=m.complex128)


def _scalar(m: Any) -> Any:
    return m.tensor(2.0, dtype=m.float64)


def _cube(x: Any) -> Any:
    return x**3


def _cubes(x: Any) -> Any:
    return (x**3).sum()


def _product(x: Any, a: Any) -> Any:
    return a @ x, x.sum() * a


def _energy(x: Any, a: Any) -> Any:
    return ((a @ x) ** 2).sum()


def _norm(z: Any) -> Any:
    return (z * z.conj()).real.sum()


FORWARD = {"vectorize": True, "strategy": "forward-mode"}
OUTER_FORWARD = {"vectorize": True, "outer_jacobian_strategy": "forward-mode"}

RESULTS: dict[str, Program] = {
    "vjp": lambda m, f: f.vjp(_cube, _x(m), _x(m)),
    "vjp, create_graph": lambda m, f: f.vjp(_cube, _x(m), _x(m), create_graph=True),
    "vjp, no vector": lambda m, f: f.vjp(_cubes, _x(m)),
    "vjp, several": lambda m, f: f.vjp(_product, (_x(m), _a(m)), (_a(m)[:, 0], _a(m))),
    "vjp, tuple of one": lambda m, f: f.vjp(lambda x: (_cubes(x),), (_x(m),)),
    "vjp, unused": lambda m, f: f.vjp(lambda x, a: _cubes(x), (_x(m), _a(m))),
    "vjp, strict": lambda m, f: f.vjp(_cubes, _x(m), strict=True),
    "vjp, complex": lambda m, f: f.vjp(lambda z: z**2, _z(m), _z(m)),
    "vjp, float32": lambda m, f: f.vjp(_cube, m.ones(2), m.ones(2)),
    "jvp": lambda m, f: f.jvp(_cube, _x(m), _x(m)),
    "jvp, create_graph": lambda m, f: f.jvp(_cube, _x(m), _x(m), create_graph=True),
    "jvp, no vector": lambda m, f: f.jvp(_cube, _scalar(m)),
    "jvp, several": lambda m, f: f.jvp(_product, (_x(m), _a(m)), (_x(m), _a(m))),
    "jvp, unused": lambda m, f: f.jvp(lambda x, a: _cubes(x), (_x(m), _a(m)), (_x(m), _a(m))),
    "jvp, constant": lambda m, f: f.jvp(lambda x: _a(m), _x(m), _x(m)),
    "jvp, identity": lambda m, f: f.jvp(lambda x: x, _x(m), _x(m)),
    "jvp, strict": lambda m, f: f.jvp(_cubes, _x(m), _x(m), strict=True),
    "jvp, complex": lambda m, f: f.jvp(lambda z: z**2, _z(m), _z(m)),
    "vhp": lambda m, f: f.vhp(_cubes, _x(m), _x(m)),
    "vhp, create_graph": lambda m, f: f.vhp(_cubes, _x(m), _x(m), create_graph=True),
    "vhp, no vector": lambda m, f: f.vhp(_cube, _scalar(m)),
    "vhp, several": lambda m, f: f.vhp(_energy, (_x(m), _a(m)), (_x(m), _a(m))),
    "vhp, linear": lambda m, f: f.vhp(lambda x: x.sum(), _x(m), _x(m)),
    "vhp, complex": lambda m, f: f.vhp(_norm, _z(m), _z(m)),
    "hvp": lambda m, f: f.hvp(_cubes, _x(m), _x(m)),
    "hvp, create_graph": lambda m, f: f.hvp(_cubes, _x(m), _x(m), create_graph=True),
    "hvp, no vector": lambda m, f: f.hvp(_cube, _scalar(m)),
    "hvp, several": lambda m, f: f.hvp(_energy, (_x(m), _a(m)), (_x(m), _a(m))),
    "hvp, linear": lambda m, f: f.hvp(lambda x: x.sum(), _x(m), _x(m)),
    "hvp, complex": lambda m, f: f.hvp(_norm, _z(m), _z(m)),
    "jacobian": lambda m, f: f.jacobian(_cube, _x(m)),
    "jacobian, create_graph": lambda m, f: f.jacobian(_cube, _x(m), create_graph=True),
    "jacobian, vectorize": lambda m, f: f.jacobian(_cube, _x(m), vectorize=True),
    "jacobian, both": lambda m, f: f.jacobian(_cube, _x(m), create_graph=True, vectorize=True),
    "jacobian, forward": lambda m, f: f.jacobian(_cube, _x(m), **FORWARD),
    "jacobian, several": lambda m, f: f.jacobian(_product, (_x(m), _a(m))),
    "jacobian, several, vectorize": lambda m, f: f.jacobian(_product, (_x(m), _a(m)), vectorize=True),
    "jacobian, several, forward": lambda m, f: f.jacobian(_product, (_x(m), _a(m)), **FORWARD),
    "jacobian, several outputs, forward": lambda m, f: f.jacobian(
        lambda x: (_cube(x), x.sum()), _x(m), **FORWARD
    ),
    "jacobian, several inputs, forward": lambda m, f: f.jacobian(
        lambda x, a: a @ x, (_x(m), _a(m)), **FORWARD
    ),
    "jacobian, constant": lambda m, f: f.jacobian(lambda x: _a(m), _x(m)),
    "jacobian, constant, vectorize": lambda m, f: f.jacobian(lambda x: _a(m), _x(m), vectorize=True),
    "jacobian, constant, forward": lambda m, f: f.jacobian(lambda x: _a(m), _x(m).detach(), **FORWARD),
    "jacobian, strict": lambda m, f: f.jacobian(_cube, _x(m), strict=True, create_graph=True),
    "jacobian, 0-d": lambda m, f: f.jacobian(_cube, _scalar(m)),
    "jacobian, empty input": lambda m, f: f.jacobian(lambda x: x.sum(0), m.ones(0, 2)),
    "jacobian, complex input": lambda m, f: f.jacobian(lambda z: z.abs(), _z(m)),
    "jacobian, complex, vectorize": lambda m, f: f.jacobian(lambda z: z**2, _z(m), vectorize=True),
    "jacobian, complex, forward": lambda m, f: f.jacobian(lambda z: z**2, _z(m), **FORWARD),
    "jacobian, widened": lambda m, f: f.jacobian(lambda x: x.double(), m.ones(2)),
    "jacobian, widened, forward": lambda m, f: f.jacobian(lambda x: x.double(), m.ones(2), **FORWARD),
    "hessian": lambda m, f: f.hessian(_cubes, _x(m)),
    "hessian, create_graph": lambda m, f: f.hessian(_cubes, _x(m), create_graph=True),
    "hessian, vectorize": lambda m, f: f.hessian(_cubes, _x(m), vectorize=True),
    "hessian, forward": lambda m, f: f.hessian(_cubes, _x(m), **OUTER_FORWARD),
    "hessian, several": lambda m, f: f.hessian(_energy, (_x(m), _a(m))),
    "hessian, several, forward": lambda m, f: f.hessian(_energy, (_x(m), _a(m)), **OUTER_FORWARD),
    "hessian, one element": lambda m, f: f.hessian(lambda x: _cubes(x).reshape(1, 1), _x(m)),
    "hessian, linear": lambda m, f: f.hessian(lambda x: x.sum(), _x(m)),
    "hessian, 0-d": lambda m, f: f.hessian(_cube, _scalar(m)),
    "hessian, complex, vectorize": lambda m, f: f.hessian(_norm, _z(m), vectorize=True),
    "hessian, strict": lambda m, f: f.hessian(_cubes, _x(m), strict=True),
}


def _printed(name: str, library: Any) -> str:
    found = RESULTS[name](library, library.autograd.functional)
    text = re.sub(r"\s+", " ", repr(found)).replace("torch", "chainrule")
    for torchs, ours in SAME_NODES.items():
        text = text.replace(torchs, ours)
    return text


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", RESULTS)
def test_results_print_the_same(name: str) -> None:
    assert _printed(name, chainrule) == _printed(name, torch)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in RESULTS if "create_graph" in name])
def test_results_have_the_same_derivatives(name: str) -> None:
    slopes = []
    for library in (chainrule, torch):
        x = _x(library)
        function = getattr(library.autograd.functional, name.partition(",")[0])
        v = () if name.startswith(("jacobian", "hessian")) else (_x(library).detach(),)
        f = _cubes if name.startswith(("vhp", "hvp", "hessian")) else _cube
        found = function(f, x, *v, create_graph=True)
        found = tensors_in(found)[-1].sum()
        (slope,) = library.autograd.grad(found, x)
        slopes.append(slope.tolist())
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-12)


def _with(function: str, *args: Any, **options: Any) -> Program:
    """Return the call of a function with arguments of which these are made for each library."""

    def program(m: Any, f: Any) -> Any:
        return getattr(f, function)(*[a(m) if a in (_x, _a, _z, _scalar) else a for a in args], **options)

    return program


def _unused(function: str) -> Program:
    """Return the strict call of a function that does not use its second input."""

    def program(m: Any, f: Any) -> Any:
        v = (_two(m),) if function in ("jvp", "vhp", "hvp") else ()
        return getattr(f, function)(lambda x, y: _cubes(x), _two(m), *v, strict=True)

    return program


def _linear(x: Any) -> Any:
    return (2 * x).sum()


def _two(m: Any) -> Any:
    return _x(m), _x(m)


ERRORS: dict[str, Program] = {
    "a list of inputs": lambda m, f: f.vjp(_cubes, [_x(m)]),
    "a number among the inputs": lambda m, f: f.jvp(_cubes, (_x(m), 1.0)),
    "a number returned": _with("jacobian", lambda x: 1.0, _x),
    "a number returned in a tuple": _with("jacobian", lambda x: (x, 1), _x),
    "a list returned": _with("hessian", lambda x: [x], _x),
    "a number for v": _with("vjp", _cubes, _x, 1.0),
    "vjp needs v": _with("vjp", _cube, _x),
    "jvp needs v": _with("jvp", _cubes, _x),
    "vhp needs v": _with("vhp", _cubes, _x),
    "hvp needs v": _with("hvp", _cubes, _x),
    "vjp, v of a wrong size": _with("vjp", _cube, _x, _a),
    "jvp, v of a wrong size": _with("jvp", _cube, _x, _a),
    "vhp, v of a wrong size": _with("vhp", _cubes, _x, _scalar),
    "hvp, v of a wrong size": _with("hvp", _cubes, _x, _scalar),
    "vjp, too many v": lambda m, f: f.vjp(_cube, _x(m), _two(m)),
    "vjp, too few v": lambda m, f: f.vjp(_product, (_x(m), _a(m)), _x(m)),
    "vjp, one v of a wrong size": lambda m, f: f.vjp(_product, (_x(m), _a(m)), (_a(m)[:, 0], _x(m))),
    "jvp, too few v": lambda m, f: f.jvp(_product, (_x(m), _a(m)), _x(m)),
    "hvp, one v of a wrong size": lambda m, f: f.hvp(_energy, (_x(m), _a(m)), _two(m)),
    "hessian of a vector": _with("hessian", _cube, _x),
    "hessian of a tuple": _with("hessian", lambda x: (_cubes(x), _cubes(x)), _x),
    "vhp of a vector": _with("vhp", _cube, _x, _x),
    "vhp of a tuple": _with("vhp", lambda x: (_cubes(x),), _x, _x),
    "hvp of a vector": _with("hvp", _cube, _x, _x),
    "hvp of a tuple": _with("hvp", lambda x: (_cubes(x),), _x, _x),
    "integers": lambda m, f: f.jacobian(_cube, m.tensor([1, 2])),
    "hessian of complex inputs": _with("hessian", _norm, _z),
    "complex outputs": _with("jacobian", lambda z: z**2, _z),
    "strategy": _with("jacobian", _cube, _x, strategy="sideways"),
    "outer strategy": _with("hessian", _cubes, _x, outer_jacobian_strategy="sideways"),
    "forward, not vectorized": _with("jacobian", _cube, _x, strategy="forward-mode"),
    "outer forward, not vectorized": _with("hessian", _cubes, _x, outer_jacobian_strategy="forward-mode"),
    "forward, create_graph": _with("jacobian", _cube, _x, create_graph=True, **FORWARD),
    "forward, strict": _with("jacobian", _cube, _x, strict=True, **FORWARD),
    "outer forward, create_graph": _with("hessian", _cubes, _x, create_graph=True, **OUTER_FORWARD),
    "outer forward, strict": _with("hessian", _cubes, _x, strict=True, **OUTER_FORWARD),
    "vectorized, strict": _with("jacobian", _cube, _x, strict=True, vectorize=True),
    **{
        f"strict {name}, detached": _with(name, lambda x: x.detach(), _scalar, strict=True)
        for name in ("vjp", "jvp", "vhp", "hvp", "jacobian", "hessian")
    },
    **{
        f"strict {name}, unused": _unused(name)
        for name in ("vjp", "jvp", "vhp", "hvp", "jacobian", "hessian")
    },
    **{
        f"strict {name}, linear": _with(name, _linear, _x, *([_x] if name.endswith("p") else []), strict=True)
        for name in ("vhp", "hvp", "hessian")
    },
    **{
        f"strict {name}, linear, create_graph": _with(name, _linear, _x, strict=True, create_graph=True)
        for name in ("vjp", "jacobian")
    },
    "strict jvp, linear, create_graph": _with("jvp", _linear, _x, _x, strict=True, create_graph=True),
    **{
        f"strict {name}, quadratic, create_graph": _with(
            name, lambda x: (x * x).sum(), _x, _x, strict=True, create_graph=True
        )
        for name in ("vhp", "hvp")
    },
    "strict hessian, quadratic, create_graph": _with(
        "hessian", lambda x: (x * x).sum(), _x, strict=True, create_graph=True
    ),
    "strict jacobian, second output": lambda m, f: f.jacobian(
        lambda x, y: (x * y, _cube(x)), _two(m), strict=True
    ),
}


def _raised(name: str, library: Any) -> tuple[type[BaseException] | None, str]:
    try:
        ERRORS[name](library, library.autograd.functional)
    except Exception as error:
        return type(error), str(error).replace("torch", "chainrule")
    return None, ""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ERRORS)
def test_the_same_is_raised(name: str) -> None:
    ours, theirs = (_raised(name, LIBRARIES[library]) for library in ("chainrule", "torch"))
    assert ours[0] is theirs[0]
    assert ours[1] == theirs[1]
