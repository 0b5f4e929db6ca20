"""Primitive: one operation, its NumPy body and its derivative, in one place.

A rule names what it needs by its parameters' names: operands by theirs, the result as `y`,
static parameters by theirs, `<operand>_shape` for a shape, `g` for the cotangent and
`<operand>_dot` for a tangent. The names are read once, here, so that a node saves exactly these
values and no others, and a misspelt name is an error at import.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import CodeType, MethodType
from typing import Any, Final

import numpy as np

from chainrule.core.apply import TORCH_NAMES, apply
from chainrule.core.graph import Node
from chainrule.core.plan import Plan
from chainrule.core.tensor import Step

Rule = Callable[..., Any]

registry: dict[str, Primitive] = {}
"""Every primitive by name. The tests, the tables and the structural lookups read it."""


UNNUMBERED: Final = frozenset({"CopySlices", "CopyBackwards"})
"""Nodes that torch has written by hand, with names of their own."""


class Primitive:
    """An operation: its NumPy body, and through its kind all that is derived from it."""

    differentiable = True
    pointwise = True  # whether operands broadcast, so that what comes back must be brought to their shapes

    def __init__(
        self,
        forward: Callable[..., Any],
        rules: dict[str, Any],
        *,
        node: str | None = None,
        variant: Rule | None = None,
        view: bool = False,
        several: bool = False,
        variadic: bool = False,
        joint: Rule | None = None,
    ) -> None:
        parameters = parameters_of(forward)
        operands = len(parameters) - forward.__code__.co_kwonlyargcount
        given = forward.__kwdefaults__ or {}
        self.name: Final[str] = forward.__name__.rstrip("_")
        self.forward: Final = forward
        self.variadic: Final = variadic
        self.operands: Final = parameters[:operands]
        self.arity: Final = len(self.operands)
        self.values: Final = 2 if variadic else self.arity + 1  # of the sources: operands and the result
        self.defaults: Final = {
            name: given.get(name, inspect.Parameter.empty) for name in parameters[operands:]
        }
        self.view: Final = view
        self.several: Final = several
        self.rules: Final = rules
        self.joint: Final = joint
        # Those that have an edge in users' eyes; None: all.
        self.differentiable_operands: Final = (
            None if joint is not None else tuple([i for i, name in enumerate(self.operands) if name in rules])
        )
        self.title: Final = node or "".join(part.capitalize() for part in self.name.split("_"))
        self._variant: Final = variant
        self.__doc__ = forward.__doc__
        self.__name__ = self.name
        self.__module__ = forward.__module__
        self.__wrapped__ = forward
        self.source_names: Final = self._list_sources()
        self._check_rules()
        # By mask, made when first asked for.
        self.plans: Final[list[Plan | None]] = [None] * (1 if joint is not None else 1 << self.arity)
        if self.name in registry:
            raise ValueError(f"there are two primitives named {self.name!r}")
        registry[self.name] = self

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} primitive {self.name}>"

    def __call__(self, *operands: Any, **params: Any) -> Any:
        if params or len(operands) != self.arity:
            operands, params = self.bind(operands, params)
        return apply(self, operands, params)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Make a primitive that is set on a class a method of it."""
        return self if instance is None else MethodType(self, instance)

    def bind(
        self, operands: tuple[Any, ...], params: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Sort arguments into operands and static parameters; TypeError when they do not fit."""
        if self.variadic or (len(operands) == self.arity and params.keys() <= self.defaults.keys()):
            return operands, params
        try:
            bound = _signature_by_position(self.forward).bind(*operands, **self._renamed(params)).arguments
        except TypeError:
            raise TypeError(f"{self.name}() {self._misfit(operands, params)}") from None
        return (
            tuple([bound[name] for name in self.operands]),
            {name: bound[name] for name in self.defaults if name in bound},
        )

    def _renamed(self, params: dict[str, Any]) -> dict[str, Any]:
        """Translate torch's names of the operands, `input` and `other`, into the primitive's."""
        torch_names = dict(zip(("input", "other"), self.operands, strict=False))
        return {torch_names.get(name, name): value for name, value in params.items()}

    def _misfit(self, operands: tuple[Any, ...], params: dict[str, Any]) -> str:
        """Return why arguments do not fit, in torch's words."""
        required = [TORCH_NAMES.get(name, name) for name in self.operands]
        names = [*required, *self.defaults]
        count = len(operands)
        if count > len(names):
            plural = "" if len(names) == 1 else "s"
            return f"takes {len(names)} positional argument{plural} but {count} were given"
        for name in params:
            if name not in names and name not in self.operands:
                return f"got an unexpected keyword argument '{name}'"
            if name in names[:count]:
                return f"got multiple values for argument '{name}'"
        missing = [name for name in required[count:] if name not in params]
        plural = "s" if len(missing) == 1 else ""  # sic
        return f"missing {len(missing)} required positional argument{plural}: " + ", ".join(
            f'"{name}"' for name in missing
        )

    def node_name(self, node: Node) -> str:
        """Return the name torch prints: the title and the number of the variant."""
        if self.title in UNNUMBERED:
            return self.title
        number = 0
        if self._variant is not None and isinstance(node.saved, tuple):
            names = [self.source_names[s] for s in node.plan.sources]
            found = dict(zip(names, node.saved, strict=True))
            number = self._variant(*[found.get(n) for n in parameters_of(self._variant)])
        return f"{self.title}Backward{number}"

    # -- reading the rules ---------------------------------------------------------------------

    def _list_sources(self) -> tuple[str, ...]:
        if self.variadic:
            return ("operands", "y", *self.defaults, "shapes")
        shapes = [f"{name}_shape" for name in self.operands]
        return (*self.operands, "y", *self.defaults, *shapes)

    def _check_rules(self) -> None:
        for name, rule in self.rules.items():
            if name not in self.operands:
                raise TypeError(f"{self.name}: a rule for {name!r}, but the operands are {self.operands}")
            if callable(rule):
                self._check_names(rule, ("g",))
        if self.joint is not None:
            self._check_names(self.joint, ("g",))

    def _check_names(self, rule: Rule, also: tuple[str, ...]) -> None:
        for name in parameters_of(rule):
            if name not in self.source_names and name not in also:
                raise TypeError(
                    f"{self.name}: its rule names {name!r}, which is none of {', '.join(self.source_names)}"
                )

    def plan(self, mask: int) -> Plan:
        """Return what to save and run when the operands in the bits of `mask` require grad."""
        if self.joint is not None:
            mask = 0
        found = self.plans[mask]
        if found is None:
            found = self.plans[mask] = self._make_plan(mask)
        return found

    def _make_plan(self, mask: int) -> Plan:
        chosen: list[tuple[int, Any]]
        if self.joint is not None:
            chosen = [(-1, self.joint)]
        else:
            chosen = [
                (i, self.rules[name])
                for i, name in enumerate(self.operands)
                if mask >> i & 1 and name in self.rules
            ]
        variant = parameters_of(self._variant) if self._variant is not None else ()
        wanted = [tuple(n for n in parameters_of(r) if n != "g") if callable(r) else () for _, r in chosen]
        named = set(variant).union(*wanted)
        sources = [i for i, name in enumerate(self.source_names) if name in named]
        place = {self.source_names[source]: k for k, source in enumerate(sources)}
        rules = [
            (operand, rule, tuple([place[name] for name in names]))
            for (operand, rule), names in zip(chosen, wanted, strict=True)
        ]
        return Plan(self, tuple(sources), tuple(rules))

    def save(self, plan: Plan, operands: tuple[Any, ...], y: Any, params: dict[str, Any]) -> tuple[Any, ...]:
        """Return the values that `plan` asks for."""
        if plan.pick is not None and not self.variadic:
            saved: tuple[Any, ...] = plan.pick((*operands, y))
            return saved
        return tuple([self._source(s, operands, y, params) for s in plan.sources])

    def _source(self, source: int, operands: tuple[Any, ...], y: Any, params: dict[str, Any]) -> Any:
        if source < self.values - 1:
            return operands if self.variadic else operands[source]
        k = source - self.values
        if k < 0:
            return y
        if k < len(self.defaults):
            name = self.source_names[source]
            return params[name] if name in params else self.defaults[name]
        if self.variadic:
            return tuple([np.shape(o) if isinstance(o, (int, float)) else o.shape for o in operands])
        return shape_of(operands[k - len(self.defaults)])

    # -- what the kinds supply -----------------------------------------------------------------

    def part(self, params: dict[str, Any], number: int) -> Step:
        """Return the step (primitive, params) that cuts out one of the views that several results are."""
        raise NotImplementedError

    def prepare(self, operands: tuple[Any, ...], values: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the values the body runs on (promoted, where the kind promotes)."""
        return values

    def explain(self, error: ValueError, values: tuple[Any, ...]) -> None:
        """Raise a clearer error than the one that the body raised at these values, if there is one."""

    def detail(self, operands: tuple[Any, ...], result: Any) -> Any:
        """Return what pullback must know of the operands beyond the saved values, or None."""
        return None

    def pullback(self, node: Node, saved: tuple[Any, ...], g: Any) -> list[Any]:
        """Return the cotangents of the operands, given that of the result."""
        raise NotImplementedError

    def pullback_partial(self, node: Node, saved: tuple[Any, ...], g: Any) -> list[Any]:
        """The same for a cotangent with dead elements; by default they become plain zeros."""
        return self.pullback(node, saved, g.dense())

    def pushforward(
        self, operands: tuple[Any, ...], tangents: tuple[Any, ...], y: Any, params: dict[str, Any]
    ) -> Any:
        """Return the tangent of the result, given those of the operands (None: zero)."""
        raise NotImplementedError


@functools.cache
def parameters_of(function: Rule) -> tuple[str, ...]:
    """Return the names of the parameters of a rule or a body, keyword-only ones last.

    They are read off the code: at import that is done hundreds of times, and `inspect.signature` takes
    sixty times longer.
    """
    code: CodeType = inspect.unwrap(function).__code__
    positional = code.co_argcount
    named = positional + code.co_kwonlyargcount
    names = code.co_varnames
    variadic = names[named : named + 1] if code.co_flags & inspect.CO_VARARGS else ()
    return names[:positional] + variadic + names[positional:named]


@functools.cache
def _signature_by_position(forward: Callable[..., Any]) -> inspect.Signature:
    """Return the signature in which static parameters may be given by position, as torch lets users."""
    parameters = inspect.signature(forward).parameters.values()
    return inspect.Signature(
        [p.replace(kind=p.POSITIONAL_OR_KEYWORD, annotation=p.empty) for p in parameters]
    )


def shape_of(value: Any) -> tuple[int, ...]:
    if type(value) is np.ndarray:
        found: tuple[int, ...] = value.shape
        return found
    shape = getattr(value, "shape", None)
    return () if shape is None else tuple(shape)
