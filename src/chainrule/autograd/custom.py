"""What the engine asks of a user's Function: to run `backward`, and to check what it returns."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from chainrule.autograd.context import FunctionCtx, FunctionNode
from chainrule.core.graph import Node
from chainrule.core.kinds import cast_to, sum_to
from chainrule.core.modes import no_grad
from chainrule.core.partial import Parts, dense
from chainrule.core.plan import Plan
from chainrule.core.primitive import Primitive
from chainrule.core.tensor import TensorBase, wrap


class Custom(Primitive):
    """A Function, as the engine sees it. It is no operation of the library's: no registry has it."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.name = self.title = function.__name__
        self.operands = self.source_names = ()
        self.arity, self.values = 0, 1
        self.defaults: dict[str, Any] = {}
        self.rules: dict[str, Any] = {}
        self.variadic = self.view = False
        self.joint = self.differentiable_operands = None
        self._signature: tuple[Any, inspect.Signature, list[str]] | None = None
        self.context_class = type(
            f"{function.__name__}Backward",
            (FunctionCtx,),
            {"__slots__": (), "__module__": "chainrule.autograd.function", "_forward_cls": function},
        )
        self.only_plan = Plan(self, (), ())
        self.only_plan.holds_values = True  # so that the engine tells the node to free them

    def signature_of(self, forward: Callable[..., Any]) -> tuple[inspect.Signature, list[str]]:
        """Return the signature of the user's `forward`, and the names of what may be given by position."""
        if self._signature is None or self._signature[0] is not forward:
            signature = inspect.signature(forward)
            outside = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
            names = [p.name for p in signature.parameters.values() if p.kind not in outside]
            self._signature = (forward, signature, names)
        return self._signature[1:]

    def node_name(self, node: Node) -> str:
        return node.name()

    def pullback(self, node: Any, saved: tuple[Any, ...], g: Any) -> list[Any]:
        return self._run(node, [g])

    def pullback_partial(self, node: Any, saved: tuple[Any, ...], g: Any) -> list[Any]:
        if type(g) is not Parts:
            return self._run(node, [dense(g)])
        return self._run(node, g.dense() if node.face._materialize else [dense(part) for part in g.parts])

    def _run(self, node: FunctionNode, parts: Sequence[Any]) -> list[Any]:
        """Call the user's `backward`, on tensors; give plain values to a pass on plain values."""
        if any(isinstance(part, TensorBase) for part in parts):
            return _checked(node, self._backward(node.face, parts))
        with no_grad():
            grads = self._backward(node.face, [part if part is None else wrap(part) for part in parts])
            return [g if g is None else g._value for g in _checked(node, grads)]

    def _backward(self, ctx: FunctionCtx, grads: Sequence[Any]) -> Any:
        rule = self.function._gradient_rule()
        return rule(ctx, list(grads)) if self.function.boxed_grads_call else rule(ctx, *grads)


def _checked(node: FunctionNode, grads: Any) -> list[Any]:
    """Return the gradients of the tensors among the arguments, brought to their shapes and dtypes."""
    given = grads if isinstance(grads, tuple) else (grads,)
    forms = node.face._args
    count = len(forms)
    if len(given) > count and all(g is None for g in given[count:]):
        given = given[:count]
    if len(given) != count:
        raise RuntimeError(
            f"function {node.name()} returned an incorrect number of gradients "
            f"(expected {count}, got {len(given)})"
        )
    fitted: list[Any] = []
    for i, (g, form) in enumerate(zip(given, forms, strict=True)):
        if form is not None:
            fitted.append(_fitted(node, len(fitted), i, g, form))
        elif g is not None:
            raise RuntimeError(
                f"function {node.name()} returned a gradient different than None at position {i + 1}, "
                "but the corresponding forward input was not a Variable"
            )
    return fitted


def _fitted(node: FunctionNode, k: int, i: int, g: Any, form: tuple[tuple[int, ...], Any]) -> Any:
    """Return the gradient of tensor k, argument i, or raise torch's error where it does not fit."""
    if g is not None and not isinstance(g, TensorBase):
        raise RuntimeError(f"expected Variable or None (got {type(g).__name__})")
    if g is None or node.edges[k] is None:
        return None
    shape, dtype = form
    have = g._value.shape
    if have != shape and not _expandable(shape, have):
        raise RuntimeError(
            f"Function {node.name()} returned an invalid gradient at index {k} - got {list(have)} but "
            f"expected shape compatible with {list(shape)}"
            + (f" (argument {i} of forward)" if i != k else "")
        )
    if g._value.dtype.kind == "c" and dtype.kind != "c":
        raise RuntimeError(
            "Expected isFloatingType(grad.scalar_type()) || (input_is_complex == grad_is_complex) to be "
            f"true, but got false. Function {node.name()} returned a complex gradient of a real tensor at "
            f"index {k}; return its real part, if that is what is meant."
        )
    return cast_to(sum_to(g, shape), dtype)


def _expandable(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Tell whether `shape` broadcasts to `to`."""
    return len(shape) <= len(to) and all(
        n in (1, m) for n, m in zip(reversed(shape), reversed(to), strict=False)
    )


__all__ = ["Custom"]
