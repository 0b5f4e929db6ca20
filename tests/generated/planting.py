"""Wrong derivatives, planted one at a time: what the checks must catch."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chainrule.core.kinds import Constant, General, Linear, Selection
from chainrule.core.partial import Masked, Region
from chainrule.core.primitive import Primitive, parameters_of, registry
from chainrule.core.tensor import TensorBase, wrap
from generated.calls import Call, all_calls
from generated.checks import CHECKS
from generated.coverage import forget_plans, watching

DERIVATIVES = ("reverse", "forward", "second", "mixed", "third")
ENOUGH, FEW, MOST = 15, 3, 60
"""Checks to look for per primitive, calls to make of each operation in any case, checks to try."""


# -- what catches: the checks that pass, by the primitives they run ---------------------------------


@functools.cache
def checks_by_primitive() -> dict[str, list[tuple[Call, str]]]:
    """Return, for each primitive, calls and checks that use its rules and pass as things are."""
    found: dict[str, list[tuple[Call, str]]] = {name: [] for name in registry}
    count: Counter[tuple[str, bool]] = Counter()  # of real and of complex numbers apart
    calls = [call for call in all_calls() if call.operands and call.sample.smooth]
    for call in sorted(calls, key=lambda call: call.number):
        kind = any(x.dtype.kind == "c" for x in call.operands)
        for check in DERIVATIVES if call.sample.second else DERIVATIVES[:2]:
            names = _used_by(call, check)
            if call.number >= FEW and all(count[name, kind] >= ENOUGH for name in names):
                break  # what it uses has been used often enough
            for name in names:
                found[name].append((call, check))
                count[name, kind] += 1
    return {name: sorted(pairs, key=lambda pair: name not in pair[0].name) for name, pairs in found.items()}


def _used_by(call: Call, check: str) -> set[str]:
    with watching() as reached:
        try:
            CHECKS[check](_again(call))
        except Exception:  # a failing check proves nothing; the generated tests report it
            return set()
    return reached.pullback | reached.pushforward


def _again(call: Call) -> Call:
    return Call(call.name, call.number, call.sample)


def caught(primitive: Primitive) -> bool:
    """Tell whether a check that passes when nothing is planted fails now."""
    for call, check in checks_by_primitive()[primitive.name][:MOST]:
        try:
            CHECKS[check](_again(call))
        except Exception:  # a crash is noticed as well as a wrong number
            return True
    return False


# -- what is planted --------------------------------------------------------------------------------


@contextmanager
def replaced(primitive: Primitive, **attributes: Any) -> Iterator[None]:
    """Give a primitive other rules for a while."""
    before = {name: primitive.__dict__[name] for name in attributes}
    primitive.__dict__.update(attributes)
    forget_plans(primitive)
    try:
        yield
    finally:
        primitive.__dict__.update(before)
        forget_plans(primitive)


def _each(result: Any, change: Callable[[Any], Any]) -> Any:
    """Apply a change to a cotangent, a partial one, or each of a tuple."""
    if result is None:
        return None
    if isinstance(result, (tuple, list)):
        return type(result)([_each(x, change) for x in result])
    if isinstance(result, Masked):
        return Masked(change(result.value), result.live)
    if isinstance(result, Region):
        return Region(change(result.value), result.index, result.shape)
    return change(result)


def _changed(rule: Any, change: Callable[[Any], Any]) -> Any:
    """Return a rule whose result is changed, with the same parameter names."""
    if not callable(rule):
        return change(rule)

    @functools.wraps(rule)
    def wrong(*args: Any) -> Any:
        return _each(rule(*args), change)

    return wrong


def _all_rules(primitive: Primitive, change: Callable[[Any], Any]) -> dict[str, Any]:
    if primitive.joint is not None:
        return {"joint": _changed(primitive.joint, change)}
    return {"rules": {name: _changed(rule, change) for name, rule in primitive.rules.items()}}


def factor(primitive: Primitive) -> dict[str, Any]:
    """Plant a derivative that is half too large."""
    return _all_rules(primitive, lambda d: d * 1.5)


def sign(primitive: Primitive) -> dict[str, Any]:
    """Plant a derivative of the wrong sign."""
    return _all_rules(primitive, lambda d: d * -1)


def detached(primitive: Primitive) -> dict[str, Any]:
    """Plant a derivative that is right, and lost to the derivative of the derivative."""
    return _all_rules(primitive, lambda d: wrap(d._value) if isinstance(d, TensorBase) else d)


def swapped(primitive: Primitive) -> dict[str, Any]:
    """Plant the rules of the first two operands in each other's place."""
    if primitive.joint is not None:
        joint = primitive.joint

        @functools.wraps(joint)
        def wrong(*args: Any) -> Any:
            first, other, *rest = joint(*args)
            return (other, first, *rest)

        return {"joint": wrong}
    (a, rule_a), (b, rule_b), *rest = primitive.rules.items()
    return {"rules": {a: rule_b, b: rule_a, **dict(rest)}}


def tangent(primitive: Primitive) -> dict[str, Any]:
    """Plant a forward rule that is half too large."""
    return {"jvp": _changed(primitive.jvp, lambda d: d * 1.5)}


def passing(primitive: Primitive) -> dict[str, Any]:
    """Plant a slope of 1 where there is none."""
    return {"rules": dict.fromkeys(primitive.rules, 1)}


def _reads_values(primitive: Primitive, rule: Any) -> bool:
    names = {*primitive.operands, "operands", "y"}
    return callable(rule) and not names.isdisjoint(parameters_of(rule))


def plantable(primitive: Primitive) -> dict[str, Callable[[Primitive], dict[str, Any]]]:
    """Return what can be planted in a primitive, by name."""
    if isinstance(primitive, Constant):
        return {}
    rules = list(primitive.rules.values())
    if rules and all(not callable(rule) and rule == 0 for rule in rules):
        return {"passing": passing}
    wrongs: dict[str, Callable[[Primitive], dict[str, Any]]] = {"factor": factor, "sign": sign}
    if len(rules) > 1 and rules[0] != rules[1]:
        wrongs["swapped"] = swapped
    if any(_reads_values(primitive, rule) for rule in rules) and not isinstance(
        primitive, (Linear, Selection)
    ):
        wrongs["detached"] = detached
    if isinstance(primitive, General):
        wrongs["tangent"] = tangent
    return wrongs
