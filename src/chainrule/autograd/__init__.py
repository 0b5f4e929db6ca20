"""torch.autograd: gradients of recorded computations."""

from __future__ import annotations

import importlib
from typing import Any

from chainrule.autograd import forward_ad, grad_mode, graph
from chainrule.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly
from chainrule.autograd.function import Function
from chainrule.autograd.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from chainrule.autograd.gradients import backward, grad
from chainrule.autograd.multithreading import is_multithreading_enabled, set_multithreading_enabled

__all__ = [
    "Function",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "forward_ad",
    "functional",
    "grad",
    "grad_mode",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_multithreading_enabled",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
    "set_multithreading_enabled",
]


def __getattr__(name: str) -> Any:
    """Load what few programs need when it is first used."""
    if name in ("functional", "gradcheck", "profiler"):
        return importlib.import_module(f"chainrule.autograd.{name}")
    if name == "gradgradcheck":
        return importlib.import_module("chainrule.autograd.checking.check").gradgradcheck
    raise AttributeError(f"module 'chainrule.autograd' has no attribute {name!r}")
