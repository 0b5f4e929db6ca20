"""functional_call: a module as a function of its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    args: Any = None,
    kwargs: Mapping[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other tensors in place of its parameters and buffers, given by their names.

    Several dicts must not share names (ValueError). `args` is a tuple, or one argument. With `tie_weights`,
    names of one parameter change together; with `strict`, missing or unknown names are a RuntimeError.

    >>> import chainrule
    >>> layer = chainrule.nn.Linear(2, 1, bias=False)
    >>> x = chainrule.tensor([3.0, 4.0])
    >>> chainrule.func.functional_call(layer, {"weight": chainrule.ones(1, 2)}, (x,))
    tensor([7.])
    """
    tensors = _joined(parameter_and_buffer_dicts)
    given = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, tensors, tie_weights, strict):
        return module(*given, **(kwargs or {}))


def _joined(dicts: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if isinstance(dicts, Mapping):
        return dict(dicts)
    if not isinstance(dicts, Sequence):
        raise ValueError(
            "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, "
            f"but got {type(dicts)}"
        )
    if not all(isinstance(each, Mapping) for each in dicts):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    names = [name for each in dicts for name in each]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(
            f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous"
        )
    return {name: tensor for each in dicts for name, tensor in each.items()}


@contextmanager
def _replaced(module: Any, tensors: dict[str, Any], tie_weights: bool, strict: bool) -> Iterator[None]:
    """Have the module hold these tensors in place of its own for a while."""
    places = dict(_places(module))
    if strict:
        _check_names(module, tensors, places)
    wanted = {name: tensor for name, tensor in tensors.items() if name in places}
    if tie_weights:
        wanted = {**_tied(wanted, places), **wanted}
    before = [(*places[name], places[name][0][places[name][1]]) for name in wanted]
    try:
        for name, tensor in wanted.items():
            holder, key = places[name]
            holder[key] = tensor
        yield
    finally:
        for holder, key, tensor in before:
            holder[key] = tensor


def _places(module: Any, prefix: str = "") -> Iterator[tuple[str, tuple[dict[str, Any], str]]]:
    """Yield, by its full name, the dict and key under which each parameter and buffer is held."""
    for holder in (module._parameters, module._buffers):
        for key, tensor in holder.items():
            if tensor is not None:
                yield prefix + key, (holder, key)
    for name, child in module._modules.items():
        if child is not None:
            yield from _places(child, f"{prefix}{name}.")


def _tied(wanted: dict[str, Any], places: dict[str, tuple[dict[str, Any], str]]) -> dict[str, Any]:
    """Return what the other names of the replaced parameters are to be."""
    given = {id(places[name][0][places[name][1]]): tensor for name, tensor in wanted.items()}
    return {
        name: given[id(holder[key])] for name, (holder, key) in places.items() if id(holder[key]) in given
    }


def _check_names(module: Any, tensors: dict[str, Any], places: dict[str, Any]) -> None:
    lines = []
    for title, names in (
        ("Unexpected", tensors.keys() - places.keys()),
        ("Missing", places.keys() - tensors.keys()),
    ):
        if names:
            lines.append(f"\t{title} key(s): {', '.join(repr(name) for name in sorted(names))}.")
    if lines:
        found = "\n".join(lines)
        raise RuntimeError(f"Error(s) in reparametrizing for {type(module).__name__}:\n{found}")


__all__ = ["functional_call"]
