"""Modules and functions with given numbers: their results and gradients are compared with torch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nn.record import numbers, rounded

Program = Callable[[Any], tuple[Any, list[Any]]]


def fill(m: Any, module: Any) -> Any:
    """Give the parameters of a module numbers that are the same in both libraries."""
    module.double()
    with m.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(m.tensor(numbers(*p.shape, seed=i)))
    return module


def leaf(m: Any, array: Any) -> Any:
    return m.tensor(np.asarray(array, float), requires_grad=True)


def layer(make: Callable[[Any], Any], *arrays: Any) -> Program:
    """Return the program that applies a module to arrays (those of floats are differentiated)."""

    def program(m: Any) -> tuple[Any, list[Any]]:
        module = fill(m, make(m.nn))
        inputs = [leaf(m, a) if a.dtype.kind == "f" else m.tensor(a) for a in arrays]
        return module(*inputs), [*[x for x in inputs if x.requires_grad], *module.parameters()]

    return program


def function(f: Callable[..., Any], *arrays: Any) -> Program:
    """Return the program that applies `f(nn.functional, *tensors)` to arrays."""

    def program(m: Any) -> tuple[Any, list[Any]]:
        inputs = [leaf(m, a) if a.dtype.kind == "f" else m.tensor(a) for a in arrays]
        return f(m.nn.functional, *inputs), [x for x in inputs if x.requires_grad]

    return program


def outcome(m: Any, program: Program) -> dict[str, Any]:
    """Return the result of a program, and the gradients of a weighted sum of its elements."""
    y, leaves = program(m)
    weights = m.tensor(np.cos(np.arange(y.numel(), dtype=float)).reshape(tuple(y.shape)))
    (y * weights).sum().backward()
    grads = [rounded(x.grad.tolist()) if x.grad is not None else None for x in leaves]
    return {"value": rounded(y.tolist()), "gradients": grads}


X = numbers(4, 3)
KINKS = np.array([-7.0, -4, -3, -1.5, -1, -0.5, -0.1, 0, 0.1, 0.5, 1, 1.5, 3, 4, 6, 7])
IMAGES = numbers(2, 3, 5)
INDICES = np.array([[0, 2], [1, 2], [3, 3]])
CLASSES = np.array([2, 0, 1, 2])
SOME_IGNORED = np.array([2, -100, 1, 2])
PROBABILITIES = np.exp(X) / np.exp(X).sum(1, keepdims=True)
SHARES = 1 / (1 + np.exp(-X))
OTHERS = numbers(4, 3, seed=7)
WEIGHTS = np.array([0.5, 1.0, 2.0])


def _weights(f: Any, x: Any) -> Any:
    """Return class weights as a tensor of the library that `x` is of, not differentiated."""
    return x.new_tensor(WEIGHTS.tolist())


ACTIVATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "relu": lambda f, x: f.relu(x),
    "leaky_relu": lambda f, x: f.leaky_relu(x, 0.2),
    "elu": lambda f, x: f.elu(x, 1.5),
    "selu": lambda f, x: f.selu(x),
    "celu": lambda f, x: f.celu(x, 1.5),
    "gelu": lambda f, x: f.gelu(x),
    "gelu, tanh": lambda f, x: f.gelu(x, approximate="tanh"),
    "silu": lambda f, x: f.silu(x),
    "mish": lambda f, x: f.mish(x),
    "sigmoid": lambda f, x: f.sigmoid(x),
    "logsigmoid": lambda f, x: f.logsigmoid(x),
    "tanh": lambda f, x: f.tanh(x),
    "softplus": lambda f, x: f.softplus(x, 2.0, 5.0),
    "softsign": lambda f, x: f.softsign(x),
    "tanhshrink": lambda f, x: f.tanhshrink(x),
    "hardtanh": lambda f, x: f.hardtanh(x, -0.5, 1.5),
    "relu6": lambda f, x: f.relu6(x),
    "hardsigmoid": lambda f, x: f.hardsigmoid(x),
    "hardswish": lambda f, x: f.hardswish(x),
    "hardshrink": lambda f, x: f.hardshrink(x),
    "softshrink": lambda f, x: f.softshrink(x),
    "threshold": lambda f, x: f.threshold(x, 0.5, 9.0),
    "glu": lambda f, x: f.glu(x),
    "softmax": lambda f, x: f.softmax(x, 0),
    "softmin": lambda f, x: f.softmin(x, 0),
    "log_softmax": lambda f, x: f.log_softmax(x, 0),
}

LOSSES: dict[str, Callable[..., Any]] = {
    "mse": lambda f, x, y, **k: f.mse_loss(x, y, **k),
    "l1": lambda f, x, y, **k: f.l1_loss(x, y, **k),
    "smooth_l1": lambda f, x, y, **k: f.smooth_l1_loss(x, y, beta=0.7, **k),
    "smooth_l1, beta 0": lambda f, x, y, **k: f.smooth_l1_loss(x, y, beta=0.0, **k),
    "huber": lambda f, x, y, **k: f.huber_loss(x, y, delta=0.7, **k),
    "bce with logits": lambda f, x, y, **k: f.binary_cross_entropy_with_logits(x, y, **k),
    "kl_div": lambda f, x, y, **k: f.kl_div(x, y.abs(), **k),
    "kl_div, log_target": lambda f, x, y, **k: f.kl_div(x, y, log_target=True, **k),
}

SCORES: dict[str, Callable[..., Any]] = {
    "nll": lambda f, x, t, **k: f.nll_loss(x, t, **k),
    "nll, weight": lambda f, x, t, **k: f.nll_loss(x, t, _weights(f, x), **k),
    "cross_entropy": lambda f, x, t, **k: f.cross_entropy(x, t, **k),
    "cross_entropy, weight": lambda f, x, t, **k: f.cross_entropy(x, t, _weights(f, x), **k),
    "cross_entropy, smoothed": lambda f, x, t, **k: f.cross_entropy(x, t, label_smoothing=0.1, **k),
    "cross_entropy, weight, smoothed": lambda f, x, t, **k: f.cross_entropy(
        x, t, _weights(f, x), label_smoothing=0.1, **k
    ),
}
REDUCTIONS = ("mean", "sum", "none")


def _reduced(loss: Callable[..., Any], reduction: str) -> Callable[..., Any]:
    return lambda f, *tensors: loss(f, *tensors, reduction=reduction)


def _moved(f: Any, x: Any, w: Any, b: Any) -> Any:
    """Train batch norm's running statistics once, and use them."""
    mean, spread = x.new_zeros(3), x.new_ones(3)
    f.batch_norm(x.detach(), mean, spread, training=True, momentum=0.3)
    return f.batch_norm(x, mean, spread, w, b)


PROGRAMS: dict[str, Program] = {
    "Linear": layer(lambda nn: nn.Linear(3, 2), X),
    "Linear of a vector": layer(lambda nn: nn.Linear(3, 2), X[0]),
    "Linear of a stack": layer(lambda nn: nn.Linear(5, 2, bias=False), IMAGES),
    "Bilinear": layer(lambda nn: nn.Bilinear(3, 2, 4), X, numbers(4, 2)),
    "Bilinear of a stack": layer(lambda nn: nn.Bilinear(5, 2, 4), IMAGES, numbers(2, 3, 2)),
    "Embedding": layer(lambda nn: nn.Embedding(4, 3), INDICES),
    "Embedding, padding_idx": layer(lambda nn: nn.Embedding(4, 3, padding_idx=2), INDICES),
    "Embedding, max_norm": layer(lambda nn: nn.Embedding(4, 3, max_norm=0.5), INDICES),
    "Embedding, scale_grad_by_freq": layer(lambda nn: nn.Embedding(4, 3, scale_grad_by_freq=True), INDICES),
    "Flatten": layer(lambda nn: nn.Flatten(), IMAGES),
    "Unflatten": layer(lambda nn: nn.Unflatten(1, (3, 1)), X),
    "LayerNorm": layer(lambda nn: nn.LayerNorm(3), X),
    "LayerNorm of two axes": layer(lambda nn: nn.LayerNorm((3, 5), bias=False, eps=0.1), IMAGES),
    "BatchNorm1d": layer(lambda nn: nn.BatchNorm1d(3), X),
    "BatchNorm1d of three axes": layer(lambda nn: nn.BatchNorm1d(3), IMAGES),
    "BatchNorm1d, eval": layer(lambda nn: nn.BatchNorm1d(3).eval(), X),
    "BatchNorm1d, no statistics": layer(lambda nn: nn.BatchNorm1d(3, track_running_stats=False).eval(), X),
    "batch_norm by moved statistics": function(_moved, X, WEIGHTS, WEIGHTS),
    "PReLU": layer(lambda nn: nn.PReLU(), X),
    "PReLU per channel": layer(lambda nn: nn.PReLU(3), IMAGES),
    "Sequential": layer(lambda nn: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), X),
    "Dropout, eval": layer(lambda nn: nn.Dropout(0.9).eval(), X),
    "nll, ignored": function(lambda f, x, t: f.nll_loss(x, t), X, SOME_IGNORED),
    "nll, weight, ignored": function(lambda f, x, t: f.nll_loss(x, t, _weights(f, x)), X, SOME_IGNORED),
    "nll of three axes": function(lambda f, x, t: f.nll_loss(x, t), IMAGES, np.array([[0, 1, 2, 1, 0]] * 2)),
    "cross_entropy, all ignored": function(
        lambda f, x, t: f.cross_entropy(x, t, ignore_index=1), X, np.array([1, 1, 1, 1])
    ),
    "cross_entropy, weight, smoothed, ignored": function(
        lambda f, x, t: f.cross_entropy(x, t, _weights(f, x), label_smoothing=0.3), X, SOME_IGNORED
    ),
    "cross_entropy of a vector": function(lambda f, x, t: f.cross_entropy(x, t), X[0], np.array(2)),
    "cross_entropy of three axes": function(
        lambda f, x, t: f.cross_entropy(x, t, _weights(f, x), label_smoothing=0.3),
        IMAGES,
        np.array([[0, 1, 2, 1, 0]] * 2),
    ),
    "cross_entropy of probabilities": function(lambda f, x, p: f.cross_entropy(x, p), X, PROBABILITIES),
    "cross_entropy of probabilities, weight, smoothed": function(
        lambda f, x, p: f.cross_entropy(x, p, _weights(f, x), label_smoothing=0.3), X, PROBABILITIES
    ),
    "cross_entropy of probabilities, none": function(
        lambda f, x, p: f.cross_entropy(x, p.detach(), reduction="none"), X, PROBABILITIES
    ),
    "mse, weight": function(lambda f, x, y: f.mse_loss(x, y, weight=y.detach().exp()), X, OTHERS),
    "huber, weight": function(lambda f, x, y: f.huber_loss(x, y, weight=y.detach().exp()), X, OTHERS),
    "kl_div, batchmean": function(lambda f, x, y: f.kl_div(x, y.exp(), reduction="batchmean"), X, OTHERS),
    "bce with logits, weights": function(
        lambda f, x, y: f.binary_cross_entropy_with_logits(x, y, _weights(f, x), pos_weight=_weights(f, x)),
        X,
        OTHERS,
    ),
    "bce": function(lambda f, x, y: f.binary_cross_entropy(x, y.detach()), SHARES, PROBABILITIES),
    "bce, weight": function(
        lambda f, x, y: f.binary_cross_entropy(x, y.detach(), _weights(f, x), reduction="none"),
        SHARES,
        PROBABILITIES,
    ),
    **{f"{name} at kinks": function(f, KINKS) for name, f in ACTIVATIONS.items()},
    **{
        f"{name}, {reduction}": function(_reduced(f, reduction), X, OTHERS)
        for name, f in LOSSES.items()
        for reduction in REDUCTIONS
    },
    **{
        f"{name}, {reduction}": function(_reduced(f, reduction), X, CLASSES)
        for name, f in SCORES.items()
        for reduction in REDUCTIONS
    },
}
