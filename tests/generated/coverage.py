"""Which primitives, and which of their rules, are reached by the samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from chainrule.core.primitive import Primitive, registry
from generated.calls import Call
from generated.checks import CHECKS

RULES = ("forward", "pullback", "pushforward")


class Reached:
    """The names of the primitives whose body, reverse rule and forward rule have run."""

    def __init__(self) -> None:
        self.forward: set[str] = set()
        self.pullback: set[str] = set()
        self.pushforward: set[str] = set()


def forget_plans(primitive: Primitive) -> None:
    """Have a primitive work out anew what its nodes save and run, from the attributes that it has now."""
    primitive.plans[:] = [None] * len(primitive.plans)


@contextmanager
def watching() -> Iterator[Reached]:
    """Note every run of a primitive's body and rules."""
    reached = Reached()
    before = {primitive: dict(primitive.__dict__) for primitive in registry.values()}
    for primitive in before:
        for attribute in RULES:
            _watch(primitive, attribute, getattr(reached, attribute))
        forget_plans(primitive)
    try:
        yield reached
    finally:
        for primitive, attributes in before.items():
            primitive.__dict__.clear()
            primitive.__dict__.update(attributes)
            forget_plans(primitive)


def _watch(primitive: Primitive, attribute: str, names: set[str]) -> None:
    original = getattr(primitive, attribute)

    def noted(*args: Any, **kwargs: Any) -> Any:
        names.add(primitive.name)
        return original(*args, **kwargs)

    noted.original = original
    primitive.__dict__[attribute] = noted


def reach(calls: Iterable[Call], until: Callable[[Reached], bool]) -> Reached:
    """Run calls through all derivatives, until enough has been reached."""
    with watching() as reached:
        for call in calls:
            for check in ("value", "reverse", "forward", "second", "mixed", "third") if call.operands else ():
                if check == "value" and call.sample.reference is None:
                    continue
                if check in ("second", "mixed", "third") and not call.sample.second:
                    continue
                _run(CHECKS[check], call)
            if not call.operands:
                _run(lambda c: c.raw([]), call)
            if until(reached):
                break
    return reached


def _run(check: Callable[[Call], Any], call: Call) -> None:
    """Failures are reported by the generated tests; here only what was reached matters."""
    try:
        check(call)
    except Exception:
        return
