"""Small programs whose printed result, or error, is to be torch's."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable
from operator import add
from typing import Any

Program = Callable[[Any], Any]


def _ones(m: Any, *shape: int, **options: Any) -> Any:
    return m.ones(*shape, **options)


def _parameter(m: Any, *shape: int) -> Any:
    return m.nn.Parameter(m.ones(*(shape or (2,))))


def _linear(m: Any, *sizes: int) -> Any:
    """Return a Linear of given numbers, of which there is nothing random to print."""
    layer = m.nn.Linear(*(sizes or (2, 3)))
    with m.no_grad():
        for i, p in enumerate(layer.parameters()):
            p.fill_(i + 0.5)
    return layer


def _module(m: Any) -> Any:
    """Return a module with a parameter w, a buffer b and a layer l."""
    module = m.nn.Module()
    module.w = _parameter(m, 1)
    module.l = _linear(m)
    module.register_buffer("b", m.ones(2))
    return module


def _set(module: Any, name: str, value: Any) -> Any:
    setattr(module, name, value)
    return module


def _bare(m: Any, value: Any) -> Any:
    """Assign to a module whose base class was not initialised."""

    class Bare(m.nn.Module):
        def __init__(self):
            self.x = value

    return Bare()


def _loaded(module: Any, state: Any, **options: Any) -> Any:
    result = module.load_state_dict(state, **options)
    return result, module.state_dict()


def _deleted(container: Any, index: Any) -> Any:
    del container[index]
    return container


def _put(container: Any, index: Any, value: Any) -> Any:
    container[index] = value
    return container


def _shared(m: Any) -> Any:
    """Return a module that holds one layer twice and one parameter twice."""
    layer = _linear(m, 1, 1)
    module = m.nn.Sequential(layer, layer, m.nn.Module())
    module[2].same = layer.weight
    return module


class _Extra:
    """Make a module with extra state in a library."""

    def __new__(cls, m: Any) -> Any:
        class Extra(m.nn.Module):
            value = 1

            def get_extra_state(self):
                return {"value": self.value}

            def set_extra_state(self, state):
                self.value = state["value"]

        return Extra()


MODULES: dict[str, Program] = {
    "parameter before init": lambda m: _bare(m, _parameter(m)),
    "module before init": lambda m: _bare(m, m.nn.Identity()),
    "Buffer before init": lambda m: _bare(m, m.nn.Buffer(m.ones(1))),
    "without forward": lambda m: m.nn.Module()(1),
    "init with an argument": lambda m: m.nn.Module(3),
    "init with a keyword": lambda m: m.nn.Module(a=3),
    "register_buffer, name no string": lambda m: m.nn.Module().register_buffer(1, None),
    "register_buffer, dot": lambda m: m.nn.Module().register_buffer("a.b", None),
    "register_buffer, empty": lambda m: m.nn.Module().register_buffer("", None),
    "register_buffer, taken": lambda m: m.nn.Module().register_buffer("training", None),
    "register_buffer, no tensor": lambda m: m.nn.Module().register_buffer("x", 1),
    "register_parameter, name no string": lambda m: m.nn.Module().register_parameter(1, None),
    "register_parameter, dot": lambda m: m.nn.Module().register_parameter("a.b", None),
    "register_parameter, empty": lambda m: m.nn.Module().register_parameter("", None),
    "register_parameter, taken": lambda m: m.nn.Module().register_parameter("training", None),
    "register_parameter, int": lambda m: m.nn.Module().register_parameter("x", 1),
    "register_parameter, tensor": lambda m: m.nn.Module().register_parameter("x", m.ones(1)),
    "register_parameter over a buffer": lambda m: _module(m).register_parameter("b", _parameter(m)),
    "add_module, int": lambda m: m.nn.Module().add_module("x", 1),
    "add_module, name no string": lambda m: m.nn.Module().add_module(1, m.nn.Identity()),
    "add_module, dot": lambda m: m.nn.Module().add_module("a.b", m.nn.Identity()),
    "add_module, empty": lambda m: m.nn.Module().add_module("", m.nn.Identity()),
    "add_module, taken": lambda m: m.nn.Module().add_module("training", m.nn.Identity()),
    "set a tensor for a parameter": lambda m: _set(_module(m), "w", m.ones(1)),
    "set an int for a parameter": lambda m: _set(_module(m), "w", 1),
    "set None for a parameter": lambda m: list(_set(_module(m), "w", None).state_dict()),
    "set an int for a module": lambda m: _set(_module(m), "l", 1),
    "set a tensor for a module": lambda m: _set(_module(m), "l", m.ones(1)),
    "set None for a module": lambda m: _set(_module(m), "l", None),
    "set an int for a buffer": lambda m: _set(_module(m), "b", 1),
    "set a parameter for a buffer": lambda m: list(_set(_module(m), "b", _parameter(m)).state_dict()),
    "set a parameter for a module": lambda m: _set(_module(m), "l", _parameter(m)),
    "set a Buffer": lambda m: _set(_module(m), "c", m.nn.Buffer(m.ones(1))).state_dict(),
    "set a Buffer that is not persistent": lambda m: list(
        _set(_module(m), "c", m.nn.Buffer(m.ones(1), persistent=False)).state_dict()
    ),
    "no such attribute": lambda m: _module(m).z,
    "delete no such attribute": lambda m: delattr(_module(m), "z"),
    "get_submodule": lambda m: _module(m).get_submodule("l"),
    "get_submodule, missing": lambda m: _module(m).get_submodule("l.q"),
    "get_submodule, no module": lambda m: _module(m).get_submodule("b"),
    "get_parameter": lambda m: _module(m).get_parameter("l.bias"),
    "get_parameter, missing": lambda m: _module(m).get_parameter("l.q"),
    "get_parameter, no parameter": lambda m: _module(m).get_parameter("b"),
    "get_buffer": lambda m: _module(m).get_buffer("b"),
    "get_buffer, no buffer": lambda m: _module(m).get_buffer("w"),
    "get_buffer, missing": lambda m: _module(m).get_buffer("z"),
    "set_submodule, no name": lambda m: _module(m).set_submodule("", m.nn.Identity()),
    "set_submodule, missing": lambda m: _module(m).set_submodule("z.e", m.nn.Identity()),
    "state_dict": lambda m: _module(m).state_dict(),
    "state_dict, prefix and variables": lambda m: _module(m).state_dict(prefix="k.", keep_vars=True),
    "state_dict, metadata": lambda m: _module(m).state_dict()._metadata,
    "state_dict of extra state": lambda m: _Extra(m).state_dict(),
    "load": lambda m: _loaded(_linear(m), {"weight": m.zeros(3, 2), "bias": m.ones(3)}),
    "load, wrong": lambda m: _module(m).load_state_dict(
        {"w": m.ones(3), "z": m.ones(1), "l.q": m.ones(2), "l.weight": 3}
    ),
    "load, not strict": lambda m: _module(m).load_state_dict({"z": m.ones(1)}, strict=False),
    "load, not strict but of another shape": lambda m: _module(m).load_state_dict(
        {"w": m.ones(3)}, strict=False
    ),
    "load no dict": lambda m: _module(m).load_state_dict(3),
    "load, cast": lambda m: _loaded(_linear(m, 1, 1), {"weight": m.ones(1, 1).double(), "bias": m.ones(1)}),
    "load, assigned": lambda m: _loaded(
        _linear(m, 1, 1), {"weight": m.ones(1, 1).double(), "bias": m.ones(1)}, assign=True
    ),
    "load extra state": lambda m: _loaded(_Extra(m), {"_extra_state": {"value": 5}}),
    "load without extra state": lambda m: _Extra(m).load_state_dict({}),
    "load unexpected extra state": lambda m: m.nn.Module().load_state_dict({"_extra_state": 1}),
    "load batch norm without its counter": lambda m: m.nn.BatchNorm1d(1).load_state_dict(
        {name: m.ones(1) for name in ("weight", "bias", "running_mean", "running_var")}
    ),
    "train with an int": lambda m: m.nn.Module().train(1),
    "to an integer dtype": lambda m: _module(m).to(m.int32),
    "to a dtype": lambda m: _module(m).to("cpu", m.float64).state_dict(),
    "to a tensor's dtype": lambda m: _module(m).to(m.ones(1, dtype=m.float64)).w,
    "type": lambda m: _module(m).type(m.float64).b,
    "double leaves integers": lambda m: m.nn.BatchNorm1d(1).double().state_dict(),
    "names of parameters": lambda m: [n for n, _ in _module(m).named_parameters()],
    "names of parameters, prefixed": lambda m: [
        n for n, _ in _module(m).named_parameters("q", recurse=False)
    ],
    "names of shared parameters": lambda m: [n for n, _ in _shared(m).named_parameters()],
    "names of shared parameters, all": lambda m: [
        n for n, _ in _shared(m).named_parameters(remove_duplicate=False)
    ],
    "names of modules": lambda m: [n for n, _ in _shared(m).named_modules()],
    "names of modules, all": lambda m: [
        n for n, _ in _shared(m).named_modules(prefix="e", remove_duplicate=False)
    ],
    "names of buffers": lambda m: [n for n, _ in _module(m).named_buffers()],
    "children": lambda m: list(_shared(m).named_children()),
    "requires_grad_": lambda m: _module(m).requires_grad_(False).w,
    "repr": _module,
    "repr of shared layers": _shared,
}


def _backward(m: Any, register: str, hook: Callable[..., Any], *, inputs: bool = True) -> Any:
    """Return the gradients of a layer's weight and input, with a hook on its backward pass."""
    layer, x = _linear(m, 1, 1), m.ones(1, 1, requires_grad=inputs)
    getattr(layer, register)(hook)
    layer(x).sum().backward()
    return layer.weight.grad, x.grad


def _seen(m: Any, register: str, *, inputs: bool = True) -> Any:
    seen: list[Any] = []
    _backward(m, register, lambda *args: seen.append(args[1:]), inputs=inputs)
    return seen


def _pair(m: Any, used: Callable[[Any], Any]) -> Any:
    """Return what a hook sees of a module with several arguments and results, some of them no tensors."""

    class Pair(m.nn.Module):
        def forward(self, a, b, c=None):
            return a * 2, b * 3, {"c": c}

    seen: list[Any] = []
    pair, (a, b) = Pair(), [m.ones(1, requires_grad=True) for _ in range(2)]
    pair.register_full_backward_hook(lambda module, *grads: seen.append(grads))
    used(pair(a, b, 3)).sum().backward()
    return seen, a.grad, b.grad


def _dict_of(m: Any) -> Any:
    class Dict(m.nn.Module):
        def forward(self, a):
            return {"a": a * 2}

    module, a = Dict(), m.ones(1, requires_grad=True)
    module.register_full_backward_hook(lambda *args: None)
    module(a)["a"].sum().backward()
    return a.grad


FULL, BEFORE = "register_full_backward_hook", "register_full_backward_pre_hook"

BACKWARD: dict[str, Program] = {
    "gradients seen": lambda m: _seen(m, FULL),
    "gradients seen before": lambda m: _seen(m, BEFORE),
    "gradients seen without an input's": lambda m: _seen(m, FULL, inputs=False),
    "gradients seen before without an input's": lambda m: _seen(m, BEFORE, inputs=False),
    "gradient changed": lambda m: _backward(m, FULL, lambda module, g, _: (g[0] * 10,)),
    "gradient changed before": lambda m: _backward(m, BEFORE, lambda module, g: (g[0] * 5,)),
    "too many": lambda m: _backward(m, FULL, lambda module, g, _: (1, 2, 3)),
    "too many before": lambda m: _backward(m, BEFORE, lambda module, g: (1, 2)),
    "gradient for no input": lambda m: _backward(m, FULL, lambda module, *grads: grads[1], inputs=False),
    "several": lambda m: _pair(m, lambda r: r[0] + r[1]),
    "several, one used": lambda m: _pair(m, lambda r: r[0]),
    "a dict": _dict_of,
}

PARAMETERS: dict[str, Program] = {
    "of a number": lambda m: m.nn.Parameter(3),
    "of a list": lambda m: m.nn.Parameter([1.0]),
    "of integers": lambda m: m.nn.Parameter(m.tensor([1])),
    "of nothing": lambda m: m.nn.Parameter(),
    "of a result": lambda m: m.nn.Parameter(m.ones(2, requires_grad=True) * 2),
    "not differentiated": lambda m: m.nn.Parameter(m.ones(2), requires_grad=False),
    "0-d, in a list": lambda m: [m.nn.Parameter(m.tensor(1.5))],
    "long": lambda m: m.nn.Parameter(m.arange(30.0)),
    "formatted": lambda m: f"{_parameter(m)}",
    "formatted with a spec": lambda m: f"{m.nn.Parameter(m.tensor(1.5)):.3f}",
    "copied deeply": lambda m: copy.deepcopy(_parameter(m)),
    "Buffer": lambda m: m.nn.Buffer(m.ones(2)),
    "class of results": lambda m: [
        type(x).__name__
        for p in [_parameter(m, 2, 2)]
        for x in (p + 1, 1 + p, p @ p, p[0], p.T, p.detach(), p.data)
    ],
    "class of itself": lambda m: [
        type(x).__name__ for p in [_parameter(m)] for x in (p.float(), p.contiguous(), p.requires_grad_())
    ],
}


def _layers(m: Any, *, n: int = 2) -> list[Any]:
    return [m.nn.Linear(2, 2), m.nn.ReLU()][:n]


CONTAINERS: dict[str, Program] = {
    "Sequential": lambda m: m.nn.Sequential(*_layers(m)),
    "Sequential, named": lambda m: m.nn.Sequential(OrderedDict(a=m.nn.ReLU(), b=m.nn.Tanh())),
    "Sequential, dict": lambda m: m.nn.Sequential({"a": m.nn.ReLU()}),
    "Sequential, int": lambda m: m.nn.Sequential(3),
    "Sequential, empty": lambda m: (m.nn.Sequential(), m.nn.Sequential()(m.ones(1))),
    "Sequential, items": lambda m: [m.nn.Sequential(*_layers(m))[i] for i in (0, -1, slice(1), slice(0, 0))],
    "Sequential, slice keeps names": lambda m: m.nn.Sequential(*_layers(m))[1:],
    "Sequential, index too large": lambda m: m.nn.Sequential(*_layers(m))[2],
    "Sequential, index too small": lambda m: m.nn.Sequential(*_layers(m))[-3],
    "Sequential, deleted": lambda m: _deleted(m.nn.Sequential(*_layers(m), m.nn.Tanh()), 1),
    "Sequential, slice deleted": lambda m: _deleted(m.nn.Sequential(*_layers(m), m.nn.Tanh()), slice(0, 2)),
    "Sequential, replaced": lambda m: _put(m.nn.Sequential(*_layers(m)), 1, m.nn.Tanh()),
    "Sequential, replaced too far": lambda m: _put(m.nn.Sequential(*_layers(m)), 2, m.nn.Tanh()),
    "Sequential, append": lambda m: m.nn.Sequential(m.nn.ReLU()).append(m.nn.Tanh()),
    "Sequential, insert": lambda m: m.nn.Sequential(m.nn.ReLU()).insert(0, m.nn.Tanh()),
    "Sequential, insert too far": lambda m: m.nn.Sequential(m.nn.ReLU()).insert(5, m.nn.Tanh()),
    "Sequential, extend": lambda m: m.nn.Sequential(m.nn.ReLU()).extend([m.nn.Tanh(), m.nn.Tanh()]),
    "Sequential, sum": lambda m: m.nn.Sequential(m.nn.ReLU()) + m.nn.Sequential(m.nn.Tanh()),
    "Sequential, sum with a list": lambda m: add(m.nn.Sequential(m.nn.ReLU()), [m.nn.Tanh()]),
    "Sequential, sum in place": lambda m: m.nn.Sequential(m.nn.ReLU()).__iadd__(3),
    "Sequential, product": lambda m: 2 * m.nn.Sequential(m.nn.ReLU()),
    "Sequential, product in place": lambda m: m.nn.Sequential(m.nn.ReLU()).__imul__(3),
    "Sequential, pop": lambda m: m.nn.Sequential(*_layers(m)).pop(0),
    "Sequential, pop by name": lambda m: m.nn.Sequential(*_layers(m)).pop("1"),
    "ModuleList": lambda m: m.nn.ModuleList([*_layers(m), m.nn.ReLU(), m.nn.Tanh()]),
    "ModuleList of lists": lambda m: m.nn.ModuleList([m.nn.ModuleList(_layers(m)) for _ in range(2)]),
    "ModuleList, empty": lambda m: m.nn.ModuleList(),
    "ModuleList, items": lambda m: [m.nn.ModuleList(_layers(m))[i] for i in (0, -1, slice(1, None))],
    "ModuleList, index too large": lambda m: m.nn.ModuleList(_layers(m))[5],
    "ModuleList of an int": lambda m: m.nn.ModuleList(3),
    "ModuleList of ints": lambda m: m.nn.ModuleList([3]),
    "ModuleList, extend by an int": lambda m: m.nn.ModuleList().extend(3),
    "ModuleList, insert": lambda m: [x.insert(1, m.nn.Tanh()) or x for x in [m.nn.ModuleList(_layers(m))]],
    "ModuleList, pop": lambda m: m.nn.ModuleList(_layers(m)).pop(-1),
    "ModuleList, sum": lambda m: add(m.nn.ModuleList([m.nn.ReLU()]), [m.nn.Tanh()]),
    "ModuleList, reversed": lambda m: list(reversed(m.nn.ModuleList(_layers(m)))),
    "ModuleList, called": lambda m: m.nn.ModuleList(_layers(m))(1),
    "ModuleDict": lambda m: m.nn.ModuleDict({"a": m.nn.ReLU(), "b": m.nn.Linear(2, 2)}),
    "ModuleDict of pairs": lambda m: m.nn.ModuleDict([("a", m.nn.ReLU())]),
    "ModuleDict, views": lambda m: [
        (d.keys(), d.items(), d.values(), list(d), len(d), "a" in d)
        for d in [m.nn.ModuleDict({"a": m.nn.ReLU()})]
    ],
    "ModuleDict, pop": lambda m: m.nn.ModuleDict({"a": m.nn.ReLU()}).pop("a"),
    "ModuleDict, pop missing": lambda m: m.nn.ModuleDict().pop("a"),
    "ModuleDict, missing": lambda m: m.nn.ModuleDict()["a"],
    "ModuleDict, update by an int": lambda m: m.nn.ModuleDict().update(3),
    "ModuleDict, update by ints": lambda m: m.nn.ModuleDict().update([3]),
    "ModuleDict, update by triples": lambda m: m.nn.ModuleDict().update([(1, 2, 3)]),
    "ModuleDict, update by no module": lambda m: m.nn.ModuleDict().update([("a", 2)]),
    "ModuleDict, taken": lambda m: m.nn.ModuleDict({"training": m.nn.ReLU()}),
    "ParameterList": lambda m: m.nn.ParameterList(
        [_parameter(m), m.ones(2, 3).double(), m.tensor(1.0), 4, "x"]
    ),
    "ParameterList, items": lambda m: [
        m.nn.ParameterList([_parameter(m), m.ones(3)])[i] for i in (1, slice(1))
    ],
    "ParameterList, index too large": lambda m: m.nn.ParameterList([_parameter(m)])[3],
    "ParameterList, append": lambda m: m.nn.ParameterList([_parameter(m)]).append(m.ones(1)),
    "ParameterList, extend by an int": lambda m: m.nn.ParameterList().extend(3),
    "ParameterList, extend by a tensor": lambda m: m.nn.ParameterList().extend(_parameter(m)),
    "ParameterList, replaced": lambda m: _put(m.nn.ParameterList([_parameter(m)]), 0, m.ones(1)),
    "ParameterList, sum in place": lambda m: m.nn.ParameterList([_parameter(m)]).__iadd__([m.ones(1)]),
    "ParameterList, state": lambda m: m.nn.ParameterList([_parameter(m), 3]).state_dict(),
    "ParameterList, called": lambda m: m.nn.ParameterList()(1),
    "ParameterDict": lambda m: m.nn.ParameterDict({"a": _parameter(m), "b": m.ones(2, 3), "c": 3}),
    "ParameterDict, views": lambda m: [
        (d.keys(), list(d.items()), list(d.values()), list(reversed(d)), len(d), "a" in d)
        for d in [m.nn.ParameterDict({"a": m.ones(1), "b": 3})]
    ],
    "ParameterDict, missing": lambda m: m.nn.ParameterDict()["a"],
    "ParameterDict, key no string": lambda m: m.nn.ParameterDict()[3],
    "ParameterDict, update by an int": lambda m: m.nn.ParameterDict().update(3),
    "ParameterDict, update by ints": lambda m: m.nn.ParameterDict().update([3]),
    "ParameterDict, update by triples": lambda m: m.nn.ParameterDict().update([(1, 2, 3)]),
    "ParameterDict, ways": lambda m: [
        (d.get("z", 5), d.setdefault("z"), d.setdefault("a"), d.pop("a"), d.popitem(), d.copy())
        for d in [m.nn.ParameterDict({"a": _parameter(m), "b": 2})]
    ],
    "ParameterDict, fromkeys": lambda m: m.nn.ParameterDict().fromkeys(["a", "b"], 3),
    "ParameterDict, union": lambda m: (
        m.nn.ParameterDict({"a": m.ones(1)}) | m.nn.ParameterDict({"b": m.ones(2)})
    ),
    "ParameterDict, called": lambda m: m.nn.ParameterDict()(1),
    "ParameterDict, delete missing": lambda m: _deleted(m.nn.ParameterDict(), "b"),
}

PRINTED = {
    "ReLU()": lambda nn: nn.ReLU(True),
    "LeakyReLU()": lambda nn: (nn.LeakyReLU(), nn.LeakyReLU(0.2, True)),
    "ELU()": lambda nn: (nn.ELU(), nn.ELU(2.0, True)),
    "CELU()": lambda nn: (nn.CELU(), nn.CELU(2.0, True)),
    "SELU()": lambda nn: (nn.SELU(), nn.SELU(True)),
    "GELU()": lambda nn: (nn.GELU(), nn.GELU("tanh")),
    "plain ones": lambda nn: [
        nn.SiLU(True),
        nn.Sigmoid(),
        nn.LogSigmoid(),
        nn.Tanh(),
        nn.Softsign(),
        nn.Mish(True),
        nn.Hardsigmoid(True),
        nn.Hardswish(True),
        nn.Tanhshrink(),
        nn.Identity(3, a=4),
    ],
    "Softplus()": lambda nn: nn.Softplus(),
    "softmaxes": lambda nn: [nn.Softmin(), nn.Softmax(1), nn.LogSoftmax(dim=-1), nn.GLU()],
    "Hardtanh()": lambda nn: (nn.Hardtanh(), nn.Hardtanh(-2, 2, True), nn.ReLU6(), nn.ReLU6(True)),
    "Hardtanh, old words": lambda nn: nn.Hardtanh(min_value=0.0, max_value=3.0),
    "Hardtanh, crossed": lambda nn: nn.Hardtanh(2.0, 1.0),
    "shrinks": lambda nn: [nn.Hardshrink(), nn.Softshrink(0.3)],
    "Threshold()": lambda nn: (nn.Threshold(1.0, 2.0), nn.Threshold(1.0, 2.0, True)),
    "PReLU()": lambda nn: (nn.PReLU(), nn.PReLU(3, 0.1)),
    "Dropout()": lambda nn: (nn.Dropout(), nn.Dropout(0.1, True)),
    "Dropout, no probability": lambda nn: nn.Dropout(-1.0),
    "LayerNorm()": lambda nn: [
        nn.LayerNorm(3),
        nn.LayerNorm([2, 3], eps=1e-3, elementwise_affine=False),
        nn.LayerNorm(3, bias=False),
    ],
    "BatchNorm1d()": lambda nn: [
        nn.BatchNorm1d(3),
        nn.BatchNorm1d(3, momentum=None, affine=False, track_running_stats=False),
        nn.BatchNorm1d(3, bias=False),
    ],
    "linear ones": lambda nn: [
        nn.Linear(2, 3, bias=False),
        nn.Bilinear(2, 3, 4),
        nn.Bilinear(2, 3, 4, False),
    ],
    "Linear without inputs": lambda nn: nn.Linear(0, 3),
    "Bilinear without inputs": lambda nn: nn.Bilinear(0, 3, 2),
    "Embedding()": lambda nn: [
        nn.Embedding(3, 4),
        nn.Embedding(3, 4, padding_idx=-1, max_norm=2.0, norm_type=1.0, scale_grad_by_freq=True),
    ],
    "Embedding, padding too far": lambda nn: nn.Embedding(3, 2, padding_idx=3),
    "shapes": lambda nn: [nn.Flatten(), nn.Flatten(0, 2), nn.Unflatten(1, (2, 3)), nn.Unflatten(1, [2, 3])],
    "Unflatten, int": lambda nn: nn.Unflatten(1, 5),
    "Unflatten, float": lambda nn: nn.Unflatten(1, (2.0, 3)),
    "losses": lambda nn: [nn.MSELoss(), nn.NLLLoss(), nn.KLDivLoss(log_target=True), nn.HuberLoss()],
    "loss, old words": lambda nn: (
        nn.MSELoss(size_average=False).reduction,
        nn.L1Loss(reduce=False).reduction,
    ),
}


def _printed(make: Callable[[Any], Any]) -> Program:
    return lambda m: make(m.nn)


FLOATING = (
    *("leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "logsigmoid", "softplus"),
    *("hardsigmoid", "hardswish", "hardshrink", "softshrink", "glu"),
)

F: dict[str, Callable[[Any, Any], Any]] = {
    "softmax without dim": lambda m, f: [f.softmax(m.ones(*[1] * n), None).shape for n in range(5)],
    "log_softmax without dim": lambda m, f: f.log_softmax(m.ones(2, 2)),
    "softmin without dim": lambda m, f: f.softmin(m.ones(2, 2)),
    "gelu, unknown": lambda m, f: f.gelu(m.ones(1), approximate="x"),
    "hardtanh, crossed": lambda m, f: f.hardtanh(m.ones(1), 2.0, 1.0),
    "celu, 0": lambda m, f: f.celu(m.ones(1), 0.0),
    "softshrink, negative": lambda m, f: f.softshrink(m.ones(1), -1.0),
    "prelu, channels": lambda m, f: f.prelu(m.ones(1, 11), m.ones(2)),
    "prelu, dtypes": lambda m, f: f.prelu(m.ones(1), m.ones(1).double()),
    "glu, odd": lambda m, f: f.glu(m.ones(3)),
    "glu, 0-d": lambda m, f: f.glu(m.tensor(1.0)),
    "dropout, no probability": lambda m, f: f.dropout(m.ones(1), 2.0),
    "dropout, integers": lambda m, f: f.dropout(m.tensor([1])),
    "dropout, all": lambda m, f: f.dropout(m.ones(3), 1.0),
    "relu of a leaf in place": lambda m, f: f.relu(m.ones(1, requires_grad=True), True),
    "linear, sizes": lambda m, f: f.linear(m.ones(5, 4, 3), m.ones(3, 2), m.ones(3)),
    "linear, 0-d": lambda m, f: f.linear(m.ones(()), m.ones(3, 2)),
    "linear, dtypes": lambda m, f: f.linear(m.ones(4, 2).double(), m.ones(3, 2)),
    "linear, bias": lambda m, f: f.linear(m.ones(4, 2), m.ones(3, 2), m.ones(2)),
    "linear, bias dtype": lambda m, f: f.linear(m.ones(4, 2), m.ones(3, 2), m.ones(3).double()),
    "bilinear, ranks": lambda m, f: f.bilinear(m.ones(4, 2), m.ones(3), m.ones(5, 2, 3)),
    "bilinear, batches": lambda m, f: f.bilinear(m.ones(4, 2), m.ones(5, 3), m.ones(5, 2, 3)),
    "bilinear, first": lambda m, f: f.bilinear(m.ones(4, 3), m.ones(4, 3), m.ones(5, 2, 3)),
    "bilinear, second": lambda m, f: f.bilinear(m.ones(4, 2), m.ones(4, 2), m.ones(5, 2, 3)),
    "bilinear, bias": lambda m, f: f.bilinear(m.ones(4, 2), m.ones(4, 3), m.ones(5, 2, 3), m.ones(4)),
    "embedding, too far": lambda m, f: f.embedding(m.tensor([4]), m.ones(4, 3)),
    "embedding, negative": lambda m, f: f.embedding(m.tensor([-1]), m.ones(4, 3)),
    "embedding, float": lambda m, f: f.embedding(m.tensor([1.0]), m.ones(4, 3)),
    "embedding, list": lambda m, f: f.embedding([1], m.ones(4, 3)),
    "embedding, padding": lambda m, f: f.embedding(m.tensor([1]), m.ones(4, 3), padding_idx=4),
    "embedding, vector": lambda m, f: f.embedding(m.tensor([1]), m.ones(3)),
    "layer_norm, shape": lambda m, f: f.layer_norm(m.ones(2, 3), (4,)),
    "layer_norm, no shape": lambda m, f: f.layer_norm(m.ones(2, 3), []),
    "layer_norm, weight": lambda m, f: f.layer_norm(m.ones(2, 3), (3,), m.ones(4)),
    "layer_norm, bias": lambda m, f: f.layer_norm(m.ones(2, 3), (3,), m.ones(3), m.ones(4)),
    "layer_norm, dtypes": lambda m, f: f.layer_norm(m.ones(2, 3), (3,), m.ones(3).double()),
    "layer_norm, integers": lambda m, f: f.layer_norm(m.ones(2, 3, dtype=m.int64), (3,)),
    "batch_norm, one value": lambda m, f: f.batch_norm(m.ones(1, 3), None, None, training=True),
    "batch_norm, no statistics": lambda m, f: f.batch_norm(m.ones(2, 3), None, None),
    "batch_norm, statistics": lambda m, f: f.batch_norm(m.ones(2, 3), m.ones(3), m.ones(2)),
    "batch_norm, weight": lambda m, f: f.batch_norm(m.ones(2, 3), m.ones(3), m.ones(3), m.ones(4)),
    "batch_norm, integers": lambda m, f: f.batch_norm(
        m.ones(2, 3, dtype=m.int64), m.ones(3), m.ones(3), training=True
    ),
    "BatchNorm1d, ranks": lambda m, f: m.nn.BatchNorm1d(3)(m.ones(1, 3, 2, 2)),
    "BatchNorm1d, dtypes": lambda m, f: m.nn.BatchNorm1d(3)(m.ones(2, 3).double()),
    "mse, other shapes": lambda m, f: f.mse_loss(m.ones(2), m.ones(2, 2)),
    "mse, reduction": lambda m, f: f.mse_loss(m.ones(2), m.ones(2), reduction="x"),
    "mse, integers": lambda m, f: f.mse_loss(m.tensor([1]), m.tensor([1])),
    "mse, mixed": lambda m, f: f.mse_loss(m.ones(2), m.tensor([1, 2])),
    "mse, list": lambda m, f: f.mse_loss([1.0], m.ones(1)),
    "mse, old words": lambda m, f: f.mse_loss(m.ones(2), m.zeros(2), size_average=False),
    "mse, weight": lambda m, f: f.mse_loss(m.ones(2), m.zeros(2), weight=m.ones(3)),
    "l1, old words": lambda m, f: f.l1_loss(m.ones(2), m.zeros(2), reduce=False),
    "l1, empty": lambda m, f: f.l1_loss(m.ones(0), m.ones(0)),
    "smooth_l1, beta": lambda m, f: f.smooth_l1_loss(m.ones(1), m.ones(1), beta=-1.0),
    "huber, delta": lambda m, f: f.huber_loss(m.ones(1), m.ones(1), delta=0.0),
    "bce, shapes": lambda m, f: f.binary_cross_entropy(m.ones(3), m.ones(2)),
    "bce, input": lambda m, f: f.binary_cross_entropy(m.tensor([1.5]), m.ones(1)),
    "bce, target": lambda m, f: f.binary_cross_entropy(m.tensor([0.5]), m.tensor([2.0])),
    "bce, dtypes": lambda m, f: f.binary_cross_entropy(m.tensor([0.5]), m.tensor([1])),
    "bce, at the ends": lambda m, f: f.binary_cross_entropy(
        m.tensor([0.0, 1.0, 0.0, 1.0]), m.tensor([0.0, 0.0, 1.0, 1.0]), reduction="none"
    ),
    "bce with logits, shapes": lambda m, f: f.binary_cross_entropy_with_logits(m.ones(3), m.ones(2)),
    "bce with logits, far out": lambda m, f: f.binary_cross_entropy_with_logits(
        m.tensor([1000.0, -1000.0]), m.ones(2), reduction="none"
    ),
    "kl_div, mean": lambda m, f: f.kl_div(m.zeros(2, 2), m.ones(2, 2)),
    "kl_div, reduction": lambda m, f: f.kl_div(m.zeros(2, 2), m.ones(2, 2), reduction="x"),
    "kl_div, integers": lambda m, f: f.kl_div(m.zeros(2), m.tensor([1, 2]), reduction="sum"),
    "kl_div, complex": lambda m, f: f.kl_div(m.zeros(2) + 0j, m.ones(2), reduction="sum"),
    "kl_div, target 0": lambda m, f: f.kl_div(m.ones(2), m.zeros(2), reduction="none"),
    "nll, 0-d": lambda m, f: f.nll_loss(m.tensor(1.0), m.tensor(0)),
    "nll, too far": lambda m, f: f.nll_loss(m.ones(2, 3), m.tensor([3, 0])),
    "nll, negative": lambda m, f: f.nll_loss(m.ones(2, 3), m.tensor([-1, 0])),
    "nll, all ignored": lambda m, f: f.nll_loss(m.ones(2, 3), m.tensor([-100, -100])),
    "nll, weight": lambda m, f: f.nll_loss(m.ones(2, 3), m.tensor([1, 0]), m.ones(2)),
    "nll, weight dtype": lambda m, f: f.nll_loss(m.ones(2, 3), m.tensor([1, 0]), m.ones(3).double()),
    "nll, float target": lambda m, f: f.nll_loss(m.ones(2, 3), m.ones(2)),
    "nll, uint8 target": lambda m, f: f.nll_loss(m.ones(2, 3), m.tensor([1, 0], dtype=m.uint8)),
    "nll, batches": lambda m, f: f.nll_loss(m.ones(2, 3), m.tensor([1, 0, 2])),
    "nll, several targets": lambda m, f: f.nll_loss(m.ones(2, 3), m.tensor([[1], [0]])),
    "nll, three axes": lambda m, f: f.nll_loss(m.ones(2, 3, 4), m.zeros(2, 3, dtype=m.int64)),
    "nll, four axes": lambda m, f: f.nll_loss(m.ones(2, 3, 4, 2), m.zeros(2, 4, 3, dtype=m.int64)),
    "nll, integers": lambda m, f: f.nll_loss(m.tensor([[1, 2]]), m.tensor([1])),
    "nll, empty": lambda m, f: f.nll_loss(m.ones(0, 3), m.zeros(0, dtype=m.int64)),
    "cross_entropy, smoothing": lambda m, f: f.cross_entropy(
        m.ones(2, 3), m.tensor([1, 0]), label_smoothing=1.1
    ),
    "cross_entropy, too far": lambda m, f: f.cross_entropy(m.ones(2, 3), m.tensor([3, 0])),
    "cross_entropy, shape": lambda m, f: f.cross_entropy(m.ones(2, 3), m.ones(2, 2)),
    "cross_entropy, ints like the input": lambda m, f: f.cross_entropy(
        m.ones(2, 3), m.ones(2, 3, dtype=m.int64)
    ),
    "cross_entropy, weight": lambda m, f: f.cross_entropy(m.ones(2, 3), m.ones(2, 3), m.ones(2)),
    "cross_entropy, ignored probabilities": lambda m, f: f.cross_entropy(
        m.ones(2, 3), m.ones(2, 3), ignore_index=0
    ),
    **{
        f"{name} of integers": lambda m, f, name=name: getattr(f, name)(m.tensor([1, 2]))
        for name in (*FLOATING, "relu", "sigmoid", "tanh", "softsign", "hardtanh", "relu6", "tanhshrink")
    },
    **{
        f"{name} of a list": lambda m, f, name=name: getattr(f, name)([1.0])
        for name in (*FLOATING[:-1], "relu", "hardtanh", "relu6")
    },
}


def _functional(program: Callable[[Any, Any], Any]) -> Program:
    return lambda m: program(m, m.nn.functional)


def _with_gradients(m: Any, *rows: list[float]) -> list[Any]:
    parameters = []
    for row in rows:
        p = m.nn.Parameter(m.zeros(len(row)))
        p.grad = m.tensor(row)
        parameters.append(p)
    return parameters


def _clipped(m: Any, rows: list[list[float]], clip: Callable[[Any, Any], Any]) -> Any:
    parameters = _with_gradients(m, *rows)
    return clip(m.nn.utils, parameters), [p.grad for p in parameters]


def _shared_vector(m: Any) -> Any:
    parameters, vector = [_parameter(m, 2, 2), _parameter(m, 1)], m.arange(5.0)
    m.nn.utils.vector_to_parameters(vector, parameters)
    vector += 1
    return parameters


NAN = float("nan")

UTILS: dict[str, Program] = {
    "clip_grad_norm_": lambda m: _clipped(m, [[3.0, 4.0], [0.0]], lambda u, p: u.clip_grad_norm_(p, 1.0)),
    "clip_grad_norm_, small": lambda m: _clipped(m, [[3.0, 4.0]], lambda u, p: u.clip_grad_norm_(p, 10.0)),
    "clip_grad_norm_, inf": lambda m: _clipped(m, [[3.0, 4.0]], lambda u, p: u.clip_grad_norm_(p, 1, "inf")),
    "clip_grad_norm_, 1": lambda m: _clipped(m, [[3.0, 4.0]], lambda u, p: u.clip_grad_norm_(p, 1.0, 1)),
    "clip_grad_norm_, one": lambda m: _clipped(m, [[3.0, 4.0]], lambda u, p: u.clip_grad_norm_(p[0], 1.0)),
    "clip_grad_norm_, NaN": lambda m: _clipped(m, [[3.0, NAN]], lambda u, p: u.clip_grad_norm_(p, 1.0)),
    "clip_grad_norm_, NaN refused": lambda m: _clipped(
        m, [[3.0, NAN]], lambda u, p: u.clip_grad_norm_(p, 1.0, error_if_nonfinite=True)
    ),
    "clip_grad_norm_, no gradients": lambda m: m.nn.utils.clip_grad_norm_([_parameter(m)], 1.0),
    "clip_grad_norm_, empty": lambda m: m.nn.utils.clip_grad_norm_([], 1.0),
    "clip_grad_norm_, empty generator": lambda m: m.nn.utils.clip_grad_norm_((x for x in []), 1.0),
    "clip_grad_value_": lambda m: _clipped(m, [[3.0, -4.0], [0.5]], lambda u, p: u.clip_grad_value_(p, 1)),
    "get_total_norm": lambda m: m.nn.utils.get_total_norm([m.tensor([3.0]), m.tensor([4.0])]),
    "get_total_norm, dtypes": lambda m: m.nn.utils.get_total_norm([m.ones(2).double(), m.ones(2)]),
    "get_total_norm, one": lambda m: m.nn.utils.get_total_norm(m.tensor([3.0, 4.0])),
    "parameters_to_vector": lambda m: m.nn.utils.parameters_to_vector(
        [_parameter(m, 2, 2), _parameter(m, 1)]
    ),
    "vector_to_parameters": _shared_vector,
    "vector_to_parameters, list": lambda m: m.nn.utils.vector_to_parameters([1.0], [_parameter(m)]),
    "vector_to_parameters, short": lambda m: m.nn.utils.vector_to_parameters(m.ones(1), [_parameter(m)]),
}

GAINS = ("linear", "conv1d", "sigmoid", "tanh", "relu", "leaky_relu", "selu")

INIT: dict[str, Program] = {
    "gains": lambda m: [m.nn.init.calculate_gain(name) for name in GAINS],
    "gain of a slope": lambda m: m.nn.init.calculate_gain("leaky_relu", 0.2),
    "gain, bad slope": lambda m: m.nn.init.calculate_gain("leaky_relu", "x"),
    "gain, unknown": lambda m: m.nn.init.calculate_gain("x"),
    "xavier of a vector": lambda m: m.nn.init.xavier_uniform_(m.empty(3)),
    "kaiming of a vector": lambda m: m.nn.init.kaiming_normal_(m.empty(3)),
    "kaiming, mode": lambda m: m.nn.init.kaiming_uniform_(m.empty(3, 3), mode="x"),
    "kaiming, nonlinearity": lambda m: m.nn.init.kaiming_uniform_(m.empty(3, 3), nonlinearity="x"),
    "kaiming of nothing": lambda m: m.nn.init.kaiming_uniform_(m.empty(0, 3)),
    "eye_": lambda m: m.nn.init.eye_(m.nn.Parameter(m.empty(2, 3))),
    "eye_ of a vector": lambda m: m.nn.init.eye_(m.empty(3)),
    "dirac_": lambda m: m.nn.init.dirac_(m.empty(4, 2, 3), 2),
    "dirac_ of a vector": lambda m: m.nn.init.dirac_(m.empty(3)),
    "dirac_, groups": lambda m: m.nn.init.dirac_(m.empty(3, 2, 1), 2),
    "orthogonal_ of a vector": lambda m: m.nn.init.orthogonal_(m.empty(3)),
    "orthogonal_ of nothing": lambda m: m.nn.init.orthogonal_(m.empty(0, 3)),
    "sparse_ of a vector": lambda m: m.nn.init.sparse_(m.empty(3), 0.1),
    "trunc_normal_, bounds": lambda m: m.nn.init.trunc_normal_(m.empty(3), a=3.0, b=1.0),
    "normal_, negative": lambda m: m.nn.init.normal_(m.empty(3), 3.0, -1.0),
    "constants": lambda m: [
        m.nn.init.constant_(m.empty(1), 0.3),
        m.nn.init.ones_(m.empty(1)),
        m.nn.init.zeros_(m.nn.Parameter(m.ones(1))),
    ],
    "fans": lambda m: [m.nn.init._calculate_fan_in_and_fan_out(m.empty(*s)) for s in [(2, 3), (2, 3, 4, 5)]],
}

WORDS: dict[str, Program] = {
    **{f"module: {name}": program for name, program in MODULES.items()},
    **{f"backward hook: {name}": program for name, program in BACKWARD.items()},
    **{f"parameter: {name}": program for name, program in PARAMETERS.items()},
    **{f"container: {name}": program for name, program in CONTAINERS.items()},
    **{f"printed: {name}": _printed(make) for name, make in PRINTED.items()},
    **{f"functional: {name}": _functional(program) for name, program in F.items()},
    **{f"utils: {name}": program for name, program in UTILS.items()},
    **{f"init: {name}": program for name, program in INIT.items()},
}
