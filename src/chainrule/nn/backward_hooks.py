"""Backward hooks of modules: functions that see, and may replace, the gradients of inputs and outputs.

The tensors that go into a module, and those that come out, each pass through one node that does nothing:
what the hooks are told is what flows through these two nodes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chainrule.autograd.function import Function
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase
from chainrule.errors import warn

Grads = tuple[Any, ...]


class BackwardHookFunction(Function):
    """The identity of several tensors, as one node."""

    @staticmethod
    def forward(ctx: Any, *tensors: Any) -> Any:
        """Return the tensors."""
        ctx.mark_non_differentiable(*[t for t in tensors if not t.requires_grad])
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Return the gradients."""
        return grads


class Watch:
    """One call of a module: the gradients of its outputs, until those of its inputs are known."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.before = [hook.function for hook in module._backward_pre_hooks.values()]
        self.after = [hook.function for hook in module._backward_hooks.values()]
        self.inputs: list[int] | None = None  # which arguments pass through the node, None without one
        self.outputs: list[int] = []
        self.counts = (0, 0)  # of arguments and of results
        self.grad_outputs: Grads | None = None

    def enter(self, args: Grads) -> Grads:
        """Return the arguments, to be used in their place."""
        passed, places, node = _through_a_node(args)
        self.counts = (len(args), 0)
        if node is not None:
            self.inputs = places
            node.register_hook(self._inputs_known)
        return passed

    def leave(self, result: Any) -> Any:
        """Return the result of the module, to be used in its place."""
        if not isinstance(result, (TensorBase, tuple)):
            warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but "
                f"received {type(result)}"
            )
            return result
        results = result if isinstance(result, tuple) else (result,)
        passed, self.outputs, node = _through_a_node(results)
        self.counts = (self.counts[0], len(results))
        if node is not None:
            node.register_prehook(self._outputs_known)
        return passed if isinstance(result, tuple) else passed[0]

    def _outputs_known(self, grads: Grads) -> Grads:
        grads = _spread(grads, self.outputs, self.counts[1])
        for hook in self.before:
            grads = _answered(grads, hook(self.module, grads), "Backward pre hook", "grad_output")
        if self.inputs is None:
            self._call_without_inputs(grads)
        else:
            self.grad_outputs = grads
        return tuple([grads[i] for i in self.outputs])

    def _call_without_inputs(self, grad_outputs: Grads) -> None:
        warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since "
            "no inputs require gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module."
            "html#torch.nn.Module.register_full_backward_hook for more details."
        )
        for hook in self.after:
            answer = hook(self.module, (None,) * self.counts[0], grad_outputs)
            if answer is not None and not (isinstance(answer, tuple) and all(g is None for g in answer)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or "
                    "None for all gradients."
                )

    def _inputs_known(self, grads: Grads, _: Grads) -> Grads | None:
        if self.grad_outputs is None or self.inputs is None:
            return None  # the gradient came past the module's outputs
        grads = _spread(grads, self.inputs, self.counts[0])
        for hook in self.after:
            answer = hook(self.module, grads, self.grad_outputs)
            grads = _answered(grads, answer, "Backward hook", "grad_input")
        self.grad_outputs = None
        return tuple([grads[i] for i in self.inputs])


def _through_a_node(values: Grads) -> tuple[Grads, list[int], Any]:
    """Pass the tensors among `values` through one node; return all values, their places, and the node."""
    places = [i for i, value in enumerate(values) if isinstance(value, TensorBase)]
    if not state.grad_enabled or not any(values[i].requires_grad for i in places):
        return values, [], None
    passed = list(values)
    for i, tensor in zip(places, BackwardHookFunction.apply(*[values[i] for i in places]), strict=True):
        passed[i] = tensor
    node = next(passed[i].grad_fn for i in places if passed[i].grad_fn is not None)
    return tuple(passed), places, node


def _spread(grads: Iterable[Any], places: list[int], count: int) -> Grads:
    """Return gradients at their places among `count`, None elsewhere."""
    found = dict(zip(places, grads, strict=True))
    return tuple([found.get(i) for i in range(count)])


def _answered(grads: Grads, answer: Any, hook: str, what: str) -> Grads:
    """Return the gradients that a hook leaves."""
    if answer is None:
        return grads
    answer = answer if isinstance(answer, tuple) else (answer,)
    if len(answer) != len(grads):
        raise RuntimeError(
            f"{hook} returned an invalid number of {what}, got {len(answer)}, but expected {len(grads)}"
        )
    return answer
