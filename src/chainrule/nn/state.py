"""The state of one module, saved to and loaded from a dictionary of tensors."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chainrule.core.modes import no_grad
from chainrule.core.tensor import TensorBase
from chainrule.nn.parameter import Parameter

EXTRA = "_extra_state"
"""The key of what `get_extra_state` returns."""


class _Keys(NamedTuple):
    missing_keys: list[str]
    unexpected_keys: list[str]


class _IncompatibleKeys(_Keys):
    """What `load_state_dict` returns: the keys that were missing, and those of no use."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()

    __str__ = __repr__


@dataclass
class Problems:
    """What was found wrong while a state was loaded."""

    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def result(self, module: Any, strict: bool) -> _IncompatibleKeys:
        """Return the keys that did not match; raise RuntimeError for errors, and if `strict` for keys."""
        messages = list(self.errors)
        if strict:
            for kind, keys in (("Unexpected", self.unexpected), ("Missing", self.missing)):
                if keys:
                    listed = ", ".join(f'"{key}"' for key in keys)
                    messages.insert(0, f"{kind} key(s) in state_dict: {listed}. ")
        if messages:
            found = "\n\t".join(messages)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t{found}")
        return _IncompatibleKeys(self.missing, self.unexpected)


def own_tensors(module: Any) -> dict[str, Any]:
    """Return the parameters and persistent buffers of a module without its children."""
    buffers = [(k, b) for k, b in module._buffers.items() if k not in module._non_persistent_buffers_set]
    named = itertools.chain(module._parameters.items(), buffers)
    return {name: tensor for name, tensor in named if tensor is not None}


def load_own(
    module: Any, state: Mapping[str, Any], prefix: str, assign: bool, strict: bool, problems: Problems
) -> None:
    """Load the tensors of a module without its children from `state`, whose keys begin with `prefix`."""
    tensors = own_tensors(module)
    for name, tensor in tensors.items():
        key = prefix + name
        if key not in state:
            if strict:
                problems.missing.append(key)
            continue
        error = _load_tensor(module, name, tensor, key, state[key], assign)
        if error is not None:
            problems.errors.append(error)
    _load_extra(module, state, prefix + EXTRA, strict, problems)
    if strict:
        problems.unexpected += _unexpected(module, state, prefix, tensors)


def _load_tensor(module: Any, name: str, tensor: Any, key: str, given: Any, assign: bool) -> str | None:
    """Copy one tensor, or put the given one in its place; return what is wrong with it."""
    if not isinstance(given, TensorBase):
        return (
            f'While copying the parameter named "{key}", expected chainrule.Tensor or Tensor-like object '
            f"from checkpoint but received {type(given)}"
        )
    if given.shape != tensor.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, "
            f"the shape in current model is {tensor.shape}."
        )
    try:
        if assign:
            setattr(module, name, _to_assign(tensor, given))
        else:
            with no_grad():
                tensor.copy_(given)
    except Exception as error:
        return (
            f'While copying the parameter named "{key}", whose dimensions in the model are {tensor.shape} '
            f"and whose dimensions in the checkpoint are {given.shape}, an exception occurred : {error.args}."
        )
    return None


def _to_assign(tensor: Any, given: Any) -> Any:
    if isinstance(tensor, Parameter) and not isinstance(given, Parameter):
        return Parameter(given, requires_grad=tensor.requires_grad)
    return given.requires_grad_(tensor.requires_grad)


def _load_extra(module: Any, state: Mapping[str, Any], key: str, strict: bool, problems: Problems) -> None:
    if not hasattr(module, "set_extra_state"):
        if strict and key in state:
            problems.unexpected.append(key)
    elif key in state:
        module.set_extra_state(state[key])
    elif strict:
        problems.missing.append(key)


def _unexpected(module: Any, state: Mapping[str, Any], prefix: str, tensors: Iterable[str]) -> list[str]:
    """Return the keys for which neither the module nor its children have a place."""
    found = []
    for key in state:
        if not key.startswith(prefix) or key == prefix + EXTRA:
            continue
        name, _, rest = key.removeprefix(prefix).partition(".")
        if name not in (module._modules if rest else tensors):
            found.append(key)
    return found
