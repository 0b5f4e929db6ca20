"""Optimizer: parameters in groups with settings, and the state of each parameter."""

from __future__ import annotations

import copy
import functools
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import numpy as np

from chainrule.core.apply import settle
from chainrule.core.box import Box
from chainrule.core.hooks import RemovableHandle
from chainrule.core.inplace import check_memory, note_written, write
from chainrule.core.modes import enable_grad, no_grad
from chainrule.core.tensor import TensorBase, array_of, wrap
from chainrule.errors import warn
from chainrule.nn.parameter import clear_gradients

Group = dict[str, Any]
State = dict[str, Any]


class Optimizer:
    """The base class of all optimisers: a subclass gives the defaults of its settings, and writes `step`.

    `params` are tensors, or pairs of a name and a tensor, or dicts with a list of them under "params" and
    settings of their own. Raises TypeError or ValueError, in torch's words, for anything else.

    >>> import chainrule
    >>> class Descent(chainrule.optim.Optimizer):
    ...     def step(self, closure=None):
    ...         with chainrule.no_grad():
    ...             for group in self.param_groups:
    ...                 for p in group["params"]:
    ...                     p -= group["lr"] * p.grad
    >>> p = chainrule.nn.Parameter(chainrule.ones(1))
    >>> (p * p).backward()
    >>> Descent([p], {"lr": 0.1}).step()
    >>> p
    Parameter containing:
    tensor([0.8000], requires_grad=True)
    """

    state: defaultdict[Any, State]
    param_groups: list[Group]

    def __init_subclass__(cls) -> None:
        if "step" in cls.__dict__:
            cls.step = _with_hooks(cls.step)

    def __init__(self, params: Any, defaults: Group) -> None:
        if isinstance(params, TensorBase):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{params.type()}"
            )
        self.defaults = defaults
        self.state = defaultdict(dict)
        self.param_groups = []
        self._forget_hooks()
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def _forget_hooks(self) -> None:
        self._pre_hooks: OrderedDict[int, Any] = OrderedDict()
        self._post_hooks: OrderedDict[int, Any] = OrderedDict()
        self._stepped = False  # what a learning rate's schedule asks for

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters once, by their gradients; every subclass writes its own."""
        raise NotImplementedError

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zero."""
        for group in self.param_groups:
            clear_gradients(group["params"], set_to_none)

    def add_param_group(self, param_group: Group) -> None:
        """Add parameters, given as a dict with "params" and settings that differ from the defaults.

        Raises TypeError or ValueError, in torch's words, for anything but leaf tensors, and for parameters
        that are in a group already.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        group = {**param_group, **_named(_listed(param_group["params"]))}
        self._check_parameters(group)
        for name, default in self.defaults.items():
            group.setdefault(name, copy.deepcopy(default) if isinstance(default, TensorBase) else default)
        self.param_groups.append(group)

    def _check_parameters(self, group: Group) -> None:
        parameters = group["params"]
        for p in parameters:
            if not isinstance(p, TensorBase):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}"
                )
            if p._node is not None and not self.defaults.get("differentiable"):
                raise ValueError("can't optimize a non-leaf Tensor")
        if len(set(parameters)) != len(parameters):
            warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause "
                "an error; see github.com/pytorch/pytorch/issues/40967 for more information"
            )
        for other in self.param_groups:
            if not set(parameters).isdisjoint(other["params"]):
                raise ValueError("some parameters appear in more than one parameter group")
            if ("param_names" in group) != ("param_names" in other):
                missing = "without" if "param_names" in other else "with"
                raise ValueError(
                    "all optimizer param groups should be with/without names. cannot add param group "
                    f"{missing} names to the optimizer"
                )

    # -- hooks --------------------------------------------------------------------------------------

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step; it may return new args and kwargs."""
        return _register(self._pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return _register(self._post_hooks, hook)

    # -- state --------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Return the state by the number of the parameter, and the groups with numbers for parameters."""
        numbers = {id(p): i for i, p in enumerate(_parameters(self.param_groups))}
        groups = []
        for group in self.param_groups:
            packed = {name: value for name, value in group.items() if name != "params"}
            packed["params"] = [numbers[id(p)] for p in group["params"]]
            groups.append(packed)
        state = {numbers.get(id(key), key): value for key, value in self.state.items()}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned, in copies; ValueError when the groups do not fit."""
        groups, saved = self.param_groups, copy.deepcopy(state_dict["param_groups"])
        if len(groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(g["params"]) != len(s["params"]) for g, s in zip(groups, saved, strict=True)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's "
                "group"
            )
        parameters = dict(zip(_parameters(saved), _parameters(groups), strict=True))
        state: defaultdict[Any, State] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            parameter = parameters.get(key, key)
            state[parameter] = _copied(value, parameter) if key in parameters else value
        for group, mine in zip(saved, groups, strict=True):
            group["params"] = mine["params"]
            if "param_names" in mine:
                group["param_names"] = mine["param_names"]
        self.state, self.param_groups = state, saved

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget_hooks()

    def __repr__(self) -> str:
        lines = []
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}\n")
            lines += [f"    {name}: {group[name]}\n" for name in sorted(group) if name != "params"]
            lines.append("\n")
        return f"{type(self).__name__} (\n{''.join(lines[:-1])})"


def _register(hooks: OrderedDict[int, Any], hook: Callable[..., Any]) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return `step` with the optimiser's hooks around it."""

    @functools.wraps(step)
    def hooked(*args: Any, **kwargs: Any) -> Any:
        optimizer = args[0]
        for hook in list(optimizer._pre_hooks.values()):
            changed = hook(optimizer, args, kwargs)
            if changed is not None:
                if not isinstance(changed, tuple) or len(changed) != 2:
                    raise RuntimeError(
                        f"{step} must return None or a tuple of (new_args, new_kwargs), but got {changed}."
                    )
                args, kwargs = changed
        result = step(*args, **kwargs)
        for hook in list(optimizer._post_hooks.values()):
            hook(optimizer, args, kwargs)
        optimizer._stepped = True
        return result

    return hooked


def _listed(params: Any) -> list[Any]:
    if isinstance(params, TensorBase):
        return [params]
    if isinstance(params, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of tensors "
            "in sets will change between runs. Please use a list instead."
        )
    return list(params)


def _named(params: list[Any]) -> Group:
    """Return the parameters, and their names if they were given with names."""
    pairs = [p for p in params if isinstance(p, tuple)]
    if not pairs:
        return {"params": params}
    if len(pairs) != len(params):
        raise ValueError("all optimizer params should be with/without names. Some param names are missing")
    names, tensors = zip(*pairs, strict=True)
    return {"params": list(tensors), "param_names": list(names)}


def _parameters(groups: list[Group]) -> Iterable[Any]:
    return chain.from_iterable(group["params"] for group in groups)


def _copied(state: Any, parameter: TensorBase) -> Any:
    """Return a copy of a parameter's state in the parameter's dtype; the number of steps keeps its own."""
    if not isinstance(state, dict):
        return copy.deepcopy(state)
    dtype = parameter._value.dtype
    copies = {}
    for name, value in state.items():
        if isinstance(value, TensorBase) and name != "step" and dtype.kind == "f":
            copies[name] = wrap(np.array(array_of(value), dtype))
        else:
            copies[name] = copy.deepcopy(value)
    return copies


def number(x: Any) -> float:
    """Return a 0-d tensor, or what passes for a float, as one."""
    return array_of(x).item() if isinstance(x, TensorBase) else float(x)


def evaluated(closure: Callable[[], Any] | None) -> Any:
    """Return what the closure returns, recorded; None without a closure."""
    if closure is None:
        return None
    with enable_grad():
        return closure()


# -- what changes one parameter after another -----------------------------------------------------


class ParameterwiseOptimizer(Optimizer):
    """An optimiser whose rule looks at one parameter at a time.

    The rule is written once, in `_update`, with operators that work in place: on plain arrays, which is what
    ordinarily happens, and on tensors, where the steps are to be differentiated (`differentiable=True`).
    """

    _by_parts = False  # whether the rule takes the parts of complex numbers for numbers of their own

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters once, by their gradients; return what `closure`, called first, returns."""
        with no_grad():
            loss = evaluated(closure)
            for group in self.param_groups:
                for parameter in group["params"]:
                    gradient = parameter._grad
                    if gradient is not None:
                        self._change(parameter, gradient, group)
        return loss

    def _initial(self, parameter: TensorBase, group: Group) -> State:
        """Return the state that a parameter begins with."""
        return {}

    def _update(self, p: Any, g: Any, state: State, group: Group) -> None:
        """Change the value `p` and the state in place, given the gradient `g`."""
        raise NotImplementedError

    def _change(self, parameter: TensorBase, gradient: TensorBase, group: Group) -> None:
        state = self.state.get(parameter) or self._initial(parameter, group)
        if group.get("differentiable"):
            if self._by_parts and parameter._value.dtype.kind == "c":
                raise RuntimeError("differentiable=True is for real parameters, and one of them is complex")
            with enable_grad():
                # Clones, so that what earlier steps have saved is not overwritten.
                state.update({name: tensor.clone() for name, tensor in state.items()})
                self._update(parameter, -gradient if group["maximize"] else gradient, state, group)
        elif isinstance(parameter._value, Box) or isinstance(gradient._value, Box):
            self._update(parameter, -gradient if group["maximize"] else gradient, state, group)
        else:
            self._change_memory(parameter, gradient._value, state, group)
        if state:
            self.state[parameter] = state

    def _change_memory(self, parameter: TensorBase, g: Any, state: State, group: Group) -> None:
        """Run the rule on plain arrays."""
        settle(parameter)
        value = parameter._value
        check_memory(value)
        memory = np.array(value) if isinstance(value, np.generic) else value
        arrays = {name: array_of(tensor) for name, tensor in state.items()}
        if group["maximize"]:
            g = -g
        if isinstance(group["lr"], TensorBase):
            group = {**group, "lr": number(group["lr"])}
        if memory is value:
            note_written(memory)
        if self._by_parts and value.dtype.kind == "c":
            flat = _parts(memory)
            self._update(flat, _parts(g), {name: _parts(x) for name, x in arrays.items()}, group)
            memory[...] = flat.view(memory.dtype).reshape(memory.shape)
        else:
            self._update(memory, g, arrays, group)
        if memory is not value:
            write(parameter, memory)
        for name, array in arrays.items():
            if name in state:
                note_written(array)
            else:
                state[name] = wrap(array)


def _parts(x: Any) -> Any:
    """Return the real and imaginary parts of complex numbers as a vector, in their memory if it is dense."""
    x = np.asarray(x)
    return x.reshape(-1).view(x.real.dtype) if x.dtype.kind == "c" else x


def zeros_like(parameter: TensorBase, count: int = 1) -> list[Any]:
    """Return tensors of zeros of a parameter's shape and dtype."""
    value = parameter._value
    return [wrap(np.zeros(value.shape, value.dtype)) for _ in range(count)]


def no_steps() -> Any:
    """Return the counter of a parameter's steps: a 0-d tensor, as in torch."""
    return wrap(np.zeros((), np.float32))


def check_lr(lr: Any) -> None:
    """Raise torch's errors for a learning rate that is negative, or a tensor of several elements."""
    if isinstance(lr, TensorBase) and lr._value.size != 1:
        raise ValueError("Tensor lr must be 1-element")
    check(lr, "learning rate")


def check(value: Any, name: str) -> None:
    """Raise torch's error for a setting that is negative or NaN."""
    if not value >= 0.0:
        raise ValueError(f"Invalid {name}: {value}")


def check_flags(foreach: bool | None, fused: bool | None = None) -> None:
    """Raise torch's error for two of its ways of computing at once; both are accepted without effect."""
    if foreach and fused:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


__all__ = ["Optimizer"]
