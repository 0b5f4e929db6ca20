"""Small programs with optimisers whose printed result, or error, is to be torch's."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

Program = Callable[[Any], Any]


def _p(m: Any, *values: float, dtype: str = "float32") -> Any:
    return m.nn.Parameter(m.tensor(values or [1.0, 2.0], dtype=getattr(m, dtype)))


def _with(name: str, **settings: Any) -> Program:
    """Return the program that makes an optimiser of one parameter."""
    return lambda m: getattr(m.optim, name)([_p(m)], **settings)


def _sgd(m: Any, params: Any = None, **settings: Any) -> Any:
    return m.optim.SGD([_p(m)] if params is None else params, **{"lr": 0.1, **settings})


def _run(m: Any, name: str, steps: int = 2, **settings: Any) -> Any:
    """Return an optimiser after steps on the sum of squares."""
    p = _p(m)
    optimizer = getattr(m.optim, name)([p], **settings)
    for _ in range(steps):
        optimizer.zero_grad()
        (p * p).sum().backward()
        optimizer.step()
    return optimizer


def _lbfgs(m: Any, **settings: Any) -> Any:
    p = _p(m)
    optimizer = m.optim.LBFGS([p], **settings)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = ((p - 3) ** 4).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    state = optimizer.state_dict()["state"][0]
    state.pop("al", None)  # torch's scratch space
    state["t"] = float(state["t"])
    return state


def _added(m: Any, *groups: Any) -> Any:
    optimizer = _sgd(m)
    for group in groups:
        optimizer.add_param_group(group)
    return optimizer


def _twice(m: Any) -> Any:
    p = _p(m)
    return [{"params": [p]}, {"params": [p]}]


def _loaded(source: Any, target: Any) -> Any:
    target.load_state_dict(source.state_dict())
    return target, target.state_dict()


def _version(m: Any, name: str) -> int:
    p = _p(m)
    p.grad = m.ones(2)
    optimizer = getattr(m.optim, name)([p], lr=0.1)
    before = p._version
    optimizer.step()
    return p._version - before


def _hooked(m: Any) -> Any:
    optimizer, seen = _sgd(m), []
    optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(("before", len(args), kwargs)))
    handle = optimizer.register_step_post_hook(
        lambda o, args, kwargs: seen.append(("after", len(args), kwargs))
    )
    optimizer.step()
    handle.remove()
    optimizer.step()
    return seen


def _named(m: Any) -> Any:
    return [("a", _p(m))]


def _stepped(m: Any, make: Callable[[Any, Any], Any], *metrics: Any) -> Any:
    optimizer = _sgd(m, lr=1.0)
    schedule = make(m.optim.lr_scheduler, optimizer)
    optimizer.step()
    schedule.step(*metrics)
    return schedule


def _resumed(m: Any) -> Any:
    schedule = _stepped(m, lambda s, o: s.StepLR(o, 3))
    other = m.optim.lr_scheduler.StepLR(_sgd(m), 7)
    other.load_state_dict(schedule.state_dict())
    return other.step_size, other.last_epoch, other.get_last_lr()


NAMES = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "LBFGS")
STEPPING = NAMES[:-1]

WORDS: dict[str, Program] = {
    **{f"{name}()": _with(name) for name in NAMES},
    **{f"{name} of nothing": lambda m, name=name: getattr(m.optim, name)([]) for name in NAMES},
    **{f"{name} of a tensor": lambda m, name=name: getattr(m.optim, name)(_p(m)) for name in NAMES},
    **{f"{name}, lr": _with(name, lr=-1.0) for name in NAMES},
    **{f"{name}, lr a tensor": lambda m, name=name: _with(name, lr=m.tensor(0.5))(m) for name in NAMES},
    **{f"{name}, lr tensors": lambda m, name=name: _with(name, lr=m.ones(2))(m) for name in NAMES},
    **{f"{name}, weight_decay": _with(name, weight_decay=-1.0) for name in STEPPING},
    **{f"{name}, eps": _with(name, eps=-1.0) for name in ("Adam", "AdamW", "RMSprop", "Adagrad")},
    **{
        f"{name}, foreach and fused": _with(name, foreach=True, fused=True)
        for name in ("SGD", "Adam", "Adagrad")
    },
    **{f"{name}, state": lambda m, name=name: _run(m, name).state_dict() for name in STEPPING},
    **{f"{name}, versions": lambda m, name=name: _version(m, name) for name in STEPPING if name != "AdamW"},
    "SGD, momentum": _with("SGD", momentum=-1.0),
    "SGD, nesterov": _with("SGD", nesterov=True),
    "SGD, nesterov and dampening": _with("SGD", nesterov=True, momentum=0.1, dampening=0.1),
    "SGD, state with momentum": lambda m: _run(m, "SGD", momentum=0.9, lr=0.1).state_dict(),
    "SGD, state before the first step": lambda m: _sgd(m, momentum=0.9).state_dict(),
    "Adam, beta 1": _with("Adam", betas=(1.0, 0.9)),
    "Adam, beta 2": _with("Adam", betas=(0.9, -0.1)),
    "Adam, state with amsgrad": lambda m: _run(m, "Adam", amsgrad=True).state_dict()["state"],
    "AdamW, beta 2": _with("AdamW", betas=(0.9, 1.1)),
    "RMSprop, alpha": _with("RMSprop", alpha=-0.1),
    "RMSprop, momentum": _with("RMSprop", momentum=-0.1),
    "RMSprop, state with all": lambda m: _run(m, "RMSprop", centered=True, momentum=0.9).state_dict()[
        "state"
    ],
    "Adagrad, lr_decay": _with("Adagrad", lr_decay=-0.1),
    "Adagrad, start": _with("Adagrad", initial_accumulator_value=-0.1),
    "Adagrad, state before the first step": lambda m: _with("Adagrad", initial_accumulator_value=0.5)(
        m
    ).state_dict(),
    "LBFGS, groups": lambda m: m.optim.LBFGS([{"params": [_p(m)]}, {"params": [_p(m)]}]),
    "LBFGS, line search": lambda m: _lbfgs(m, line_search_fn="x"),
    "LBFGS without a closure": lambda m: m.optim.LBFGS([_p(m)]).step(),
    "LBFGS, state": lambda m: _lbfgs(m, max_iter=3),
    "LBFGS, state after a search": lambda m: _lbfgs(m, max_iter=3, line_search_fn="strong_wolfe"),
    "groups": lambda m: _sgd(m, [{"params": [_p(m)], "lr": 0.5}, {"params": _p(m), "momentum": 0.9}]),
    "group without parameters": lambda m: _sgd(m, [{"lr": 0.1}]),
    "group of a set": lambda m: _sgd(m, [{"params": {_p(m)}}]),
    "group that is no dict": lambda m: _added(m, [_p(m)]),
    "groups added": lambda m: _added(m, {"params": [_p(m)], "lr": 3.0}, {"params": _p(m)}),
    "no leaf": lambda m: _sgd(m, [_p(m) * 2]),
    "no tensor": lambda m: _sgd(m, [3]),
    "no sequence": lambda m: _sgd(m, 3),
    "one parameter twice in a group": lambda m: _sgd(m, [_p(m)] * 2),
    "one parameter in two groups": lambda m: _sgd(m, _twice(m)),
    "names": lambda m: _sgd(m, _named(m)).state_dict(),
    "names, some missing": lambda m: _sgd(m, [_p(m), *_named(m)]),
    "names, group without": lambda m: _sgd(m, _named(m)).add_param_group({"params": [_p(m)]}),
    "base class": lambda m: m.optim.Optimizer([_p(m)], {"lr": 1.0}),
    "base class, step": lambda m: m.optim.Optimizer([_p(m)], {}).step(),
    "closure": lambda m: _sgd(m).step(lambda: m.is_grad_enabled()),
    "step without gradients": lambda m: _sgd(m).step(),
    "load": lambda m: _loaded(_run(m, "SGD", lr=0.1, momentum=0.9), _sgd(m, lr=0.5)),
    "load into another dtype": lambda m: _loaded(
        _run(m, "Adam", lr=0.5), m.optim.Adam([_p(m, dtype="float64")])
    ),
    "load, parameters": lambda m: _loaded(_run(m, "SGD"), _sgd(m, [_p(m), _p(m)])),
    "load, groups": lambda m: _loaded(_run(m, "SGD"), _sgd(m, [{"params": [_p(m)]}, {"params": [_p(m)]}])),
    "pickled": lambda m: pickle.loads(pickle.dumps(_run(m, "Adam"))).state_dict(),
    "copied": lambda m: copy.deepcopy(_run(m, "Adam")).state_dict(),
    "hooks": _hooked,
    "defaults": lambda m: _sgd(m).defaults,
    "state of one's own": lambda m: [
        (o.state[o.param_groups[0]["params"][0]].update(x=1), o.state_dict()["state"]) for o in [_sgd(m)]
    ],
    "differentiable, of a leaf": lambda m: _run(m, "SGD", differentiable=True),
    "scheduler of no optimiser": lambda m: m.optim.lr_scheduler.StepLR(3, 3),
    "scheduler resumed": lambda m: m.optim.lr_scheduler.StepLR(_sgd(m), 3, last_epoch=4),
    "scheduler, rates": lambda m: _stepped(m, lambda s, o: s.ExponentialLR(o, 0.5)).get_last_lr(),
    "scheduler, rates of a tensor": lambda m: [
        (o.step(), s.step(), s.get_last_lr(), o.param_groups[0]["lr"])
        for o in [_sgd(m, lr=m.tensor(1.0))]
        for s in [m.optim.lr_scheduler.StepLR(o, 1)]
    ],
    "scheduler before the optimiser": lambda m: m.optim.lr_scheduler.StepLR(_sgd(m), 3).step(),
    "scheduler, initial rates": lambda m: [
        (m.optim.lr_scheduler.StepLR(o, 3).base_lrs, o.param_groups[0]["initial_lr"]) for o in [_sgd(m)]
    ],
    "scheduler loaded": _resumed,
    "LambdaLR, number of functions": lambda m: m.optim.lr_scheduler.LambdaLR(_sgd(m), [abs, abs]),
    "plateau of no optimiser": lambda m: m.optim.lr_scheduler.ReduceLROnPlateau(3),
    "plateau, factor": lambda m: m.optim.lr_scheduler.ReduceLROnPlateau(_sgd(m), factor=1.0),
    "plateau, mode": lambda m: m.optim.lr_scheduler.ReduceLROnPlateau(_sgd(m), mode="x"),
    "plateau, threshold mode": lambda m: m.optim.lr_scheduler.ReduceLROnPlateau(_sgd(m), threshold_mode="x"),
    "plateau, min_lr": lambda m: m.optim.lr_scheduler.ReduceLROnPlateau(_sgd(m), min_lr=[0.1, 0.2]),
    "plateau of tensors": lambda m: _stepped(
        m, lambda s, o: s.ReduceLROnPlateau(o, patience=0), m.tensor(1.0)
    ).get_last_lr(),
}
