"""Training runs with given numbers: their losses, step by step, are compared with torch's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nn.record import numbers, rounded

HERE = Path(__file__).parent
LOSSES = HERE / "torch_losses.json"
RATES = HERE / "torch_rates.json"
WORDS = HERE / "torch_words.json"
STEPS = 50

Make = Callable[[Any, Any], Any]

OPTIMISERS: dict[str, Make] = {
    "SGD": lambda o, p: o.SGD(p, lr=0.05),
    "SGD, momentum": lambda o, p: o.SGD(p, lr=0.02, momentum=0.9),
    "SGD, dampening": lambda o, p: o.SGD(p, lr=0.05, momentum=0.9, dampening=0.5),
    "SGD, nesterov": lambda o, p: o.SGD(p, lr=0.02, momentum=0.9, nesterov=True),
    "SGD, weight_decay": lambda o, p: o.SGD(p, lr=0.05, momentum=0.5, weight_decay=0.1),
    "SGD, maximize": lambda o, p: o.SGD(p, lr=0.001, momentum=0.5, maximize=True),
    "Adam": lambda o, p: o.Adam(p, lr=0.05),
    "Adam, betas and eps": lambda o, p: o.Adam(p, lr=0.05, betas=(0.5, 0.9), eps=1e-3),
    "Adam, weight_decay": lambda o, p: o.Adam(p, lr=0.05, weight_decay=0.1),
    "Adam, amsgrad": lambda o, p: o.Adam(p, lr=0.1, amsgrad=True, betas=(0.9, 0.9)),
    "Adam, maximize": lambda o, p: o.Adam(p, lr=0.01, maximize=True),
    "Adam, decoupled": lambda o, p: o.Adam(p, lr=0.05, weight_decay=0.1, decoupled_weight_decay=True),
    "AdamW": lambda o, p: o.AdamW(p, lr=0.05),
    "AdamW, weight_decay, amsgrad": lambda o, p: o.AdamW(p, lr=0.05, weight_decay=0.3, amsgrad=True),
    "RMSprop": lambda o, p: o.RMSprop(p, lr=0.01),
    "RMSprop, momentum": lambda o, p: o.RMSprop(p, lr=0.005, momentum=0.9, alpha=0.9),
    "RMSprop, centered": lambda o, p: o.RMSprop(p, lr=0.01, centered=True, eps=1e-3),
    "RMSprop, all": lambda o, p: o.RMSprop(
        p, lr=0.005, momentum=0.5, centered=True, weight_decay=0.1, maximize=True
    ),
    "Adagrad": lambda o, p: o.Adagrad(p, lr=0.1),
    "Adagrad, all": lambda o, p: o.Adagrad(
        p, lr=0.1, lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.5, eps=1e-3
    ),
    "groups": lambda o, p: o.SGD(
        [{"params": p[:2], "lr": 0.1}, {"params": p[2:], "momentum": 0.9, "weight_decay": 0.01}], lr=0.02
    ),
}

# L-BFGS magnifies differences of rounding until nothing is left of a path through a network's hills; not so
# in a bowl.
LBFGS: dict[str, Make] = {
    "LBFGS": lambda o, p: o.LBFGS(p, lr=0.1, max_iter=2),
    "LBFGS, short history": lambda o, p: o.LBFGS(p, lr=0.2, max_iter=1, history_size=3),
    "LBFGS, one evaluation": lambda o, p: o.LBFGS(p, lr=0.1, max_iter=10, max_eval=1),
    "LBFGS, tolerances": lambda o, p: o.LBFGS(p, tolerance_grad=1e-3, tolerance_change=1e-4),
    "LBFGS, strong_wolfe": lambda o, p: o.LBFGS(p, max_iter=1, max_eval=30, line_search_fn="strong_wolfe"),
    "LBFGS, strong_wolfe, short history": lambda o, p: o.LBFGS(
        p, max_iter=1, max_eval=4, history_size=2, line_search_fn="strong_wolfe"
    ),
    "LBFGS, strong_wolfe, far": lambda o, p: o.LBFGS(
        p, lr=50, max_iter=1, max_eval=30, history_size=2, line_search_fn="strong_wolfe"
    ),
    "LBFGS, strong_wolfe, near": lambda o, p: o.LBFGS(
        p, lr=1e-2, max_iter=1, max_eval=30, history_size=2, line_search_fn="strong_wolfe"
    ),
}


def run(m: Any, make: Make, dtype: str = "float64", steps: int = STEPS) -> list[float]:
    """Return the losses of a small network with one hidden layer, step by step."""
    x, target = (m.tensor(numbers(20, n, seed=n), dtype=getattr(m, dtype)) for n in (3, 2))
    shapes = ((3, 4), (4,), (4, 2), (2,), ())  # the last one is a 0-d parameter
    parameters = [m.nn.Parameter(m.tensor(numbers(*s, seed=1), dtype=getattr(m, dtype))) for s in shapes]
    w1, b1, w2, b2, scale = parameters
    optimizer = make(m.optim, parameters)

    def closure() -> Any:
        optimizer.zero_grad()
        y = m.tanh(x @ w1 + b1) @ w2 * scale + b2
        loss = m.nn.functional.mse_loss(y, target)
        loss.backward()
        return loss

    return rounded([optimizer.step(closure).item() for _ in range(steps)])


def bowl(m: Any, make: Make) -> list[float]:
    """Return the losses of a logistic regression on features of very different sizes, step by step."""
    scales = 10.0 ** np.linspace(-1, 1, 6)
    x, target = m.tensor(numbers(40, 6) * scales), m.tensor((numbers(40) > 0).astype(float))
    w, b = m.nn.Parameter(m.zeros(6, dtype=m.float64)), m.nn.Parameter(m.zeros((), dtype=m.float64))
    optimizer = make(m.optim, [w, b])

    def closure() -> Any:
        optimizer.zero_grad()
        loss = m.nn.functional.binary_cross_entropy_with_logits(x @ w + b, target) + 0.01 * (w * w).sum()
        loss.backward()
        return loss

    return rounded([optimizer.step(closure).item() for _ in range(STEPS)])


def minimise(m: Any, f: Callable[[Any], Any], start: list[float], make: Make, steps: int) -> list[float]:
    """Return the losses of an optimiser on a function of one vector."""
    p = m.nn.Parameter(m.tensor(start, dtype=m.float64))
    optimizer = make(m.optim, [p])

    def closure() -> Any:
        optimizer.zero_grad()
        loss = f(p)
        loss.backward()
        return loss

    return rounded([optimizer.step(closure).item() for _ in range(steps)])


def rosenbrock(p: Any) -> Any:
    return ((1 - p[:-1]) ** 2 + 100 * (p[1:] - p[:-1] ** 2) ** 2).sum()


def cliffs(p: Any) -> Any:
    """Valleys with steep walls, in which a line search has to zoom."""
    return (p.abs() ** 1.5 + (3 * p).sin().exp()).sum()


def complex_parameters(m: Any, make: Make) -> list[float]:
    """Return the losses of an optimiser of complex numbers."""
    p = m.nn.Parameter(m.tensor(numbers(3, 2) + 1j * numbers(3, 2, seed=1)))
    optimizer = make(m.optim, [p])
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = ((p - (1 + 2j)).abs() ** 2).sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return rounded(losses)


def hypergradient(m: Any, make: Make) -> list[float]:
    """Return the gradient of a loss, after steps that are recorded, with respect to where they began."""
    start = m.tensor([1.0, 2.0], dtype=m.float64, requires_grad=True)
    p = start.clone()
    p.retain_grad()
    optimizer = make(m.optim, [p])
    for _ in range(4):
        # The gradient as a function of the parameters, for what follows to go back through.
        p.grad = 2 * p.detach() * p.clone()
        optimizer.step()
    (p * p).sum().backward()
    return rounded(start.grad.tolist())


WOLFE: Make = lambda o, p: o.LBFGS(p, max_iter=8, line_search_fn="strong_wolfe")  # noqa: E731
SECOND_MOMENTS = ("Adam, amsgrad", "AdamW", "RMSprop, all", "Adagrad", "SGD, nesterov")

RUNS: dict[str, Callable[[Any], list[float]]] = {
    **{name: lambda m, make=make: run(m, make) for name, make in OPTIMISERS.items()},
    **{name: lambda m, make=make: bowl(m, make) for name, make in LBFGS.items()},
    "LBFGS on Rosenbrock's function": lambda m: minimise(
        m, rosenbrock, [-1.2, 1.0, 0.5, 2.0], lambda o, p: o.LBFGS(p, lr=0.5), 10
    ),
    "strong_wolfe on Rosenbrock's function": lambda m: minimise(
        m, rosenbrock, [-1.2, 1.0, 0.5, 2.0], WOLFE, 10
    ),
    "strong_wolfe among cliffs": lambda m: minimise(m, cliffs, [7.0, -3.0, 2.2], WOLFE, 6),
    **{
        f"{name}, complex": lambda m, name=name: complex_parameters(m, OPTIMISERS[name])
        for name in SECOND_MOMENTS
    },
}

# float32 rounds differently in the two libraries: the first steps are compared, with few digits.
SINGLE = {
    f"{name}, float32": lambda m, make=OPTIMISERS[name]: run(m, make, "float32", 10)
    for name in ("SGD, momentum", "Adam", "RMSprop, centered", "Adagrad")
}

SCHEDULES: dict[str, Callable[[Any, Any], Any]] = {
    "StepLR": lambda s, o: s.StepLR(o, 3),
    "StepLR, gamma": lambda s, o: s.StepLR(o, 1, gamma=0.5),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [2, 5, 5], gamma=0.5),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.8),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 5, eta_min=0.1),
    "CosineAnnealingLR, short": lambda s, o: s.CosineAnnealingLR(o, 2),
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda epoch: 1 / (epoch + 1)),
    "LambdaLR of two": lambda s, o: s.LambdaLR(o, [lambda epoch: 0.9**epoch, lambda epoch: 2.0]),
}

PLATEAUS: dict[str, tuple[dict[str, Any], list[float]]] = {
    "patience": ({"patience": 2}, [1.0] * 8),
    "cooldown": ({"patience": 1, "cooldown": 2, "factor": 0.5}, [1.0] * 12),
    "max, abs": (
        {"mode": "max", "threshold_mode": "abs", "threshold": 0.15, "patience": 1},
        [1.0, 1.1, 1.2, 1.15, 1.15, 1.15],
    ),
    "threshold": ({"patience": 1, "threshold": 0.1}, [1.0, 0.95, 0.89, 0.88, 0.85, 0.7]),
    "min_lr": ({"patience": 0, "min_lr": [0.05, 0.2]}, [1.0] * 6),
    "eps": ({"patience": 0, "eps": 0.2}, [1.0] * 4),
}


def two_groups(m: Any) -> Any:
    groups = [{"params": [m.nn.Parameter(m.ones(1))], "lr": lr} for lr in (1.0, 0.5)]
    return m.optim.SGD(groups, lr=1.0)


def scheduled(m: Any, *makes: Callable[[Any, Any], Any]) -> list[Any]:
    """Return the rates of two groups, epoch by epoch, under one or more schedules."""
    optimizer = two_groups(m)
    schedules = [make(m.optim.lr_scheduler, optimizer) for make in makes]
    found = [[g["lr"] for g in optimizer.param_groups]]
    for _ in range(12):
        optimizer.step()
        for schedule in schedules:
            schedule.step()
        found.append([g["lr"] for g in optimizer.param_groups])
    return rounded(found)


def on_plateau(m: Any, settings: dict[str, Any], metrics: list[float]) -> list[Any]:
    optimizer = two_groups(m)
    schedule = m.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **settings)
    found = []
    for metric in metrics:
        optimizer.step()
        schedule.step(metric)
        found.append(schedule.get_last_lr())
    return rounded(found)


RATE_RUNS: dict[str, Callable[[Any], list[Any]]] = {
    **{name: lambda m, make=make: scheduled(m, make) for name, make in SCHEDULES.items()},
    "StepLR beside ExponentialLR": lambda m: scheduled(m, SCHEDULES["StepLR"], SCHEDULES["ExponentialLR"]),
    **{f"plateau, {name}": lambda m, given=given: on_plateau(m, *given) for name, given in PLATEAUS.items()},
}
