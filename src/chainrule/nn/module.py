"""Module: a function with parameters, buffers and submodules that it finds among its attributes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from chainrule import dtypes
from chainrule.core.hooks import RemovableHandle
from chainrule.core.modes import no_grad
from chainrule.core.tensor import TensorBase
from chainrule.nn import hooks
from chainrule.nn.hooks import Hook
from chainrule.nn.parameter import Buffer, Parameter, clear_gradients
from chainrule.nn.state import EXTRA, Problems, load_own, own_tensors
from chainrule.size import check_device

Named = Iterator[tuple[str, Any]]

_GROUPS = ("_parameters", "_buffers", "_modules")


class Module:
    """The base class of all modules: assign parameters and modules in `__init__`, compute in `forward`.

    What is assigned is found by `parameters()`, `state_dict()`, `to()` and the like, through all submodules.

    >>> import chainrule
    >>> class Scale(chainrule.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = chainrule.nn.Parameter(chainrule.tensor(3.0))
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> Scale()(2.0)
    tensor(6., grad_fn=<MulBackward0>)
    """

    _version = 1

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Any]
    _modules: dict[str, Module | None]
    _non_persistent_buffers_set: set[str]
    _forward_hooks: hooks.Hooks
    _forward_pre_hooks: hooks.Hooks
    _backward_hooks: hooks.Hooks
    _backward_pre_hooks: hooks.Hooks

    def __init__(self) -> None:
        self.__dict__.update(
            training=True,
            _parameters={},
            _buffers={},
            _modules={},
            _non_persistent_buffers_set=set(),
            _forward_hooks=OrderedDict(),
            _forward_pre_hooks=OrderedDict(),
            _backward_hooks=OrderedDict(),
            _backward_pre_hooks=OrderedDict(),
        )

    # -- calling ------------------------------------------------------------------------------------

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the result; every subclass writes its own."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._forward_hooks or self._forward_pre_hooks or self._backward_hooks or self._backward_pre_hooks:
            return hooks.call(self, args, kwargs)
        return self.forward(*args, **kwargs)

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before forward; what it returns, if anything, replaces the arguments.

        `with_kwargs` calls `hook(module, args, kwargs)`, which returns both or None; `prepend` puts it first.
        """
        return hooks.register(self._forward_pre_hooks, Hook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after forward; what it returns, if anything, is the output.

        `with_kwargs` calls `hook(module, args, kwargs, output)`; `prepend` puts it first; with
        `always_call` it is called, with None for the output, also when forward fails.
        """
        return hooks.register(self._forward_hooks, Hook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the gradients of the outputs are known.

        What it returns, if anything, is used in their place; `prepend` puts it first.
        """
        return hooks.register(self._backward_pre_hooks, Hook(hook), prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the gradients of the inputs are known.

        What it returns, if anything, is used in place of grad_input; `prepend` puts it first. Gradients are
        tuples, with None for what is no tensor; arguments given by name are left out.
        """
        return hooks.register(self._backward_hooks, Hook(hook), prepend)

    # -- attributes ---------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        for group in _GROUPS:
            members = self.__dict__.get(group)
            if members is not None and name in members:
                return members[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        kind = _kind_of(value)
        if "_modules" not in own:
            if kind is not None:
                noun = "parameters" if kind == "parameter" else kind
                raise AttributeError(f"cannot assign {noun} before Module.__init__() call")
            object.__setattr__(self, name, value)
        elif kind == "parameter":
            self._make_room(name, "_parameters")
            self.register_parameter(name, value)
        elif name in own["_parameters"]:
            if value is not None:
                raise _misfit(value, "parameter", name, "chainrule.nn.Parameter")
            own["_parameters"][name] = None
        elif kind == "module":
            self._make_room(name, "_modules")
            own["_modules"][name] = value
        elif name in own["_modules"]:
            if value is not None:
                raise _misfit(value, "child module", name, "chainrule.nn.Module")
            own["_modules"][name] = None
        elif kind == "buffer":
            self._make_room(name, "_buffers")
            self.register_buffer(name, value, value.persistent)
        elif name in own["_buffers"]:
            if value is not None and not isinstance(value, TensorBase):
                raise _misfit(value, "buffer", name, "chainrule.nn.Buffer, chainrule.Tensor")
            own["_buffers"][name] = value
        else:
            object.__setattr__(self, name, value)

    def _make_room(self, name: str, kind: str) -> None:
        """Take away what has this name, unless it is of the same kind: then it keeps its place."""
        self.__dict__.pop(name, None)
        for group in _GROUPS:
            if group != kind:
                self.__dict__[group].pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def __delattr__(self, name: str) -> None:
        for group in (self._parameters, self._buffers, self._modules):
            if name in group:
                del group[name]
                self._non_persistent_buffers_set.discard(name)
                return
        if name not in self.__dict__:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        members = [*object.__dir__(self), *self._parameters, *self._modules, *self._buffers]
        return sorted({name for name in members if not name[0].isdigit()})

    # -- members ------------------------------------------------------------------------------------

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under a name; None holds a place that `state_dict` leaves out.

        Raises TypeError for anything but a Parameter, KeyError for a name that is taken.
        """
        self._check_name(name, "parameter", self._parameters)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{_typename(param)}' object to parameter '{name}' "
                "(chainrule.nn.Parameter or None required)"
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Add a tensor that belongs to the state but is not trained; in `state_dict` if persistent.

        Raises TypeError for anything but a tensor or None, KeyError for a name that is taken.
        """
        self._check_name(name, "buffer", self._buffers)
        if tensor is not None and not isinstance(tensor, TensorBase):
            raise TypeError(
                f"cannot assign '{_typename(tensor)}' object to buffer '{name}' "
                "(chainrule Tensor or None required)"
            )
        self._buffers[name] = tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child module under a name; TypeError for anything else, KeyError for a name taken."""
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{_typename(module)} is not a Module subclass")
        self._check_name(name, "module", self._modules)
        self._modules[name] = module

    register_module = add_module

    def _check_name(self, name: Any, kind: str, members: Mapping[str, Any]) -> None:
        if "_modules" not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {_typename(name)}")
        if hasattr(self, name) and name not in members:
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."' + (f", got: {name}" if kind == "module" else ""))
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')

    def get_submodule(self, target: str) -> Module:
        """Return the submodule of a dotted name, this module for ""; AttributeError if there is none."""
        module = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module in the place of the submodule of a dotted name, which must exist if `strict`."""
        if not target:
            raise ValueError("Cannot set the submodule without a target name!")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict or hasattr(parent, name):
            parent.get_submodule(name)
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """Return the parameter of a dotted name; AttributeError if there is none."""
        found = self._get_member(target)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{target.rpartition('.')[2]}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Any:
        """Return the buffer of a dotted name; AttributeError if there is none."""
        found = self._get_member(target)
        path, _, name = target.rpartition(".")
        if name not in self.get_submodule(path)._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return found

    def _get_member(self, target: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
        return getattr(module, name)

    # -- walking through the members ----------------------------------------------------------------

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Named:
        """Yield this module and all below it with dotted names, each once unless duplicates are wanted."""
        seen = set() if memo is None else memo
        if self in seen:
            return
        if remove_duplicate:
            seen.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(seen, _joined(prefix, name), remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """Yield this module and all below it, each once."""
        for _, module in self.named_modules():
            yield module

    def named_children(self) -> Named:
        """Yield the modules directly below this one with their names, each once."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """Yield the modules directly below this one, each once."""
        for _, module in self.named_children():
            yield module

    def _named_members(self, group: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Named:
        seen = set()
        modules = (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
            if recurse
            else iter([(prefix, self)])
        )
        for path, module in modules:
            for name, member in getattr(module, group).items():
                if member is None or id(member) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(member))
                yield _joined(path, name), member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Named:
        """Yield the parameters with dotted names, of this module alone if not `recurse`."""
        return self._named_members("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield the parameters, each once, of this module alone if not `recurse`."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Named:
        """Yield the buffers with dotted names, of this module alone if not `recurse`."""
        return self._named_members("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        """Yield the buffers, each once, of this module alone if not `recurse`."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    # -- changing all of them -----------------------------------------------------------------------

    def apply(self, fn: Callable[[Module], None]) -> Self:
        """Call `fn` with every module below this one and then with this one; returns the module."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Set whether Dropout, BatchNorm and the like behave as in training; returns the module."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """The same as `train(False)`."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set whether the parameters require grad; returns the module."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of the parameters, or set them to zero."""
        clear_gradients(self.parameters(), set_to_none)

    def _apply(self, fn: Callable[[Any], Any]) -> Self:
        """Replace the values of parameters, gradients and buffers by what `fn` makes of them."""
        for module in self.children():
            module._apply(fn)
        with no_grad():
            for parameter in self._parameters.values():
                if parameter is not None:
                    parameter.data = fn(parameter.data)
                    if parameter._grad is not None:
                        parameter._grad.data = fn(parameter._grad.data)
            for name, buffer in self._buffers.items():
                if buffer is not None:
                    self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, dtype: Any = None, device: Any = None, non_blocking: bool = False) -> Self:
        """Bring parameters and buffers of floating-point dtypes to another one, in place; returns the module.

        Takes a dtype, the device "cpu", both, or a tensor to be like. Raises TypeError for integer dtypes.

        >>> import chainrule
        >>> chainrule.nn.Linear(2, 3).to(chainrule.float64).weight.dtype
        chainrule.float64
        """
        for argument in args:
            if isinstance(argument, TensorBase):
                dtype = argument.dtype
            elif isinstance(argument, dtypes.dtype):
                dtype = argument
            elif not isinstance(argument, bool):
                device = argument
        check_device(device)
        if dtype is None:
            return self
        wanted = dtypes.as_dtype(dtype)
        if not (wanted.is_floating_point or wanted.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={wanted}"
            )
        return self._apply(lambda t: t.to(wanted) if t.dtype.is_floating_point or t.dtype.is_complex else t)

    def type(self, dst_type: Any) -> Self:
        """Bring all parameters and buffers to a dtype, in place; returns the module."""
        return self._apply(lambda t: t.type(dst_type))

    def _convert(self, dtype: dtypes.dtype) -> Self:
        return self._apply(lambda t: t.to(dtype) if t.dtype.is_floating_point else t)

    def float(self) -> Self:
        """Bring floating-point parameters and buffers to float32, in place; returns the module."""
        return self._convert(dtypes.float32)

    def double(self) -> Self:
        """Bring floating-point parameters and buffers to float64, in place; returns the module."""
        return self._convert(dtypes.float64)

    def half(self) -> Self:
        """Bring floating-point parameters and buffers to float16, in place; returns the module."""
        return self._convert(dtypes.float16)

    def cpu(self) -> Self:
        """Return the module: it is on the CPU."""
        return self

    # -- state --------------------------------------------------------------------------------------

    def state_dict(self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """Return the parameters and persistent buffers, with dotted names that begin with `prefix`.

        They share the module's memory, and are detached unless `keep_vars`. A subclass with other state
        writes `get_extra_state()` and `set_extra_state(state)`.

        >>> import chainrule
        >>> list(chainrule.nn.Linear(2, 3).state_dict())
        ['weight', 'bias']
        """
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        for name, tensor in own_tensors(self).items():
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if hasattr(self, "get_extra_state"):
            destination[prefix + EXTRA] = self.get_extra_state()

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """Copy tensors of `state_dict` into this module and those below it.

        With `assign` they take the place of the module's own. Returns the keys that were missing and those
        that were unexpected. Raises RuntimeError for them if `strict`, and for shapes that differ.

        >>> import chainrule
        >>> layer = chainrule.nn.Linear(2, 3)
        >>> layer.load_state_dict(layer.state_dict())
        <All keys matched successfully>
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        problems = Problems()
        state = OrderedDict(state_dict)
        self._load(state, "", getattr(state_dict, "_metadata", None), assign, problems)
        return problems.result(self, strict)

    def _load(self, state: Any, prefix: str, metadata: Any, assign: bool, problems: Problems) -> None:
        local = {} if metadata is None else dict(metadata.get(prefix[:-1], {}))
        local["assign_to_params_buffers"] = assign
        found = (problems.missing, problems.unexpected, problems.errors)
        self._load_from_state_dict(state, prefix, local, True, *found)
        for name, module in self._modules.items():
            if module is not None:
                below = f"{prefix}{name}."
                part = {key: value for key, value in state.items() if key.startswith(below)}
                module._load(part, below, metadata, assign, problems)

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        problems = Problems(missing_keys, unexpected_keys, error_msgs)
        assign = local_metadata.get("assign_to_params_buffers", False)
        load_own(self, state_dict, prefix, assign, strict, problems)

    # -- printing -----------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """Return what `repr` shows of the module itself; subclasses write their own."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        own = extra.split("\n") if extra else []
        below = [f"({name}): {indented(repr(module))}" for name, module in self._modules.items()]
        return laid_out(self._get_name(), own, below)


def laid_out(name: str, own: list[str], below: list[str]) -> str:
    """Return `name(...)` around the lines about a module and those about the modules below it."""
    if len(own) == 1 and not below:
        return f"{name}({own[0]})"
    lines = own + below
    return f"{name}(\n  " + "\n  ".join(lines) + "\n)" if lines else f"{name}()"


def indented(text: str) -> str:
    """Indent all lines but the first by two spaces."""
    return text.replace("\n", "\n  ")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _kind_of(value: Any) -> str | None:
    if isinstance(value, Parameter):
        return "parameter"
    if isinstance(value, Module):
        return "module"
    return "buffer" if isinstance(value, Buffer) else None


def _misfit(value: Any, kind: str, name: str, expected: str) -> TypeError:
    return TypeError(f"cannot assign '{_typename(value)}' as {kind} '{name}' ({expected} or None expected)")


def _typename(x: Any) -> str:
    if isinstance(x, TensorBase):
        title: str = x.type()
        return title
    kind = type(x)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


__all__ = ["Module"]
