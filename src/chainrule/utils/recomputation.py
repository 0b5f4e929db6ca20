"""Recomputation: what a checkpointed function saved, made again when backward asks for it.

While the function runs, a hook puts a place holder where a node would save a tensor. The first of them
that a backward pass unpacks has the function run again; another hook then takes the tensors that are
saved, in the same order, and hands them to the pass, each once. Checkpoints nest: the inputs of an inner
one are saved tensors of the outer one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from weakref import ReferenceType, WeakKeyDictionary, ref

from chainrule import dtypes
from chainrule.autograd.graph import saved_tensors_hooks
from chainrule.core.graph import Edge, edge_of
from chainrule.core.inplace import CHANGE_A_COPY, overwritten_message, version_of
from chainrule.core.modes import enable_grad
from chainrule.core.saved import Packed
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, wrap, wrap_recorded
from chainrule.size import CPU, Size


class CheckpointError(RuntimeError):
    """The recomputation of a checkpointed function differs from its first run."""


DEBUG_TIP: Final = """
Tip: To see a more detailed error message, either pass `debug=True` to
`chainrule.utils.checkpoint.checkpoint(...)` or wrap the code block
with `with chainrule.utils.checkpoint.set_checkpoint_debug_enabled(True):` to
enable checkpoint-debug mode globally.
"""


class Stop(BaseException):
    """Ends a recomputation that has made all that is needed.

    It is no Exception, so that code of the user's which catches those does not go on.
    """


class Place:
    """Stands in a node for a tensor that was not saved."""

    __slots__ = ("__weakref__", "number")

    def __init__(self, number: int) -> None:
        self.number: Final = number  # among those that the function saved


class _Outside:
    """Asks for a saved tensor when no backward pass does."""

    __slots__ = ("__weakref__",)


class Kept:
    """A tensor, and its version when it was kept."""

    __slots__ = ("tensor", "version")

    def __init__(self, tensor: TensorBase) -> None:
        self.tensor: Final = tensor
        self.version: Final = version_of(tensor)

    def get(self) -> TensorBase:
        """Return the tensor; raise torch's error when it was changed in place since."""
        now = version_of(self.tensor)
        if now != self.version:
            edge = edge_of(self.tensor)
            message = overwritten_message(self.tensor._value, edge, now, self.version)
            raise RuntimeError(f"{message} A checkpointed function needs the value again; {CHANGE_A_COPY}.")
        return self.tensor


class Input:
    """An argument of the function: kept, or put away by the hooks of an outer checkpoint."""

    __slots__ = ("edge", "source")

    def __init__(self, tensor: TensorBase) -> None:
        self.edge: Final[Edge] = edge_of(tensor)
        if state.saved_hooks:
            self.source: Any = Packed(tensor, state.saved_hooks[-1])
        else:
            # The tensor itself may be changed in place, and so come to hold the nodes that hold this.
            leaf = self.edge is tensor
            self.source = Kept(tensor if leaf else _at(tensor._value, self.edge))

    def get(self) -> TensorBase:
        if isinstance(self.source, Kept):
            return self.source.get()
        return _at(self.source.value(), self.edge)


def _at(value: Any, edge: Edge) -> TensorBase:
    """Return a tensor with a value at a place in the graph."""
    if edge is None:
        return wrap(value)
    return edge if isinstance(edge, TensorBase) else wrap_recorded(value, edge)


class Recomputation:
    """A checkpointed call: how to repeat it, and the places of what it would have saved."""

    def __init__(
        self,
        repeat: Callable[..., Any],
        args: tuple[Any, ...],
        early_stop: bool,
        compare: bool,
        explain: Callable[[CheckpointError], CheckpointError] | None,
    ) -> None:
        self.repeat: Final = repeat
        self.inputs: Final = [Input(arg) if isinstance(arg, TensorBase) else arg for arg in args]
        self.early_stop: Final = early_stop
        self.compare: Final = compare  # whether the tensors of both runs are compared
        self.explain: Final = explain
        self.places: list[ReferenceType[Place]] = []
        self.forms: list[tuple[Any, Any]] = []  # shape and dtype of each
        self.complete = False  # whether the first run has ended
        # What has been made again, by the number of its place, for each pass that asked.
        self.found: WeakKeyDictionary[Any, dict[int, Kept]] = WeakKeyDictionary()

    def hooks(self) -> saved_tensors_hooks:
        """Return the hooks for the first run."""
        return saved_tensors_hooks(self._leave_place, self._fill if self.explain is None else self._explained)

    def _leave_place(self, tensor: TensorBase) -> Place:
        place = Place(len(self.places))
        self.places.append(ref(place))
        self.forms.append(_form(tensor))
        return place

    def _explained(self, place: Place) -> TensorBase:
        assert self.explain is not None
        try:
            return self._fill(place)
        except CheckpointError as error:
            raise self.explain(error) from error

    def _fill(self, place: Place) -> TensorBase:
        """Return the tensor that belongs to a place, made again when this pass asks for the first time."""
        asking = state.running or _Outside()
        if asking not in self.found:
            self.found[asking] = self._run_again()
        kept = self.found[asking].pop(place.number, None)
        if kept is None:
            raise CheckpointError(
                "chainrule.utils.checkpoint: Unpack is being triggered for a tensor that was already "
                "unpacked once. If you are calling ctx.saved_tensors in backward, make sure to do so only "
                "once. Otherwise please open an issue with details on your use case."
            )
        return kept.get()

    def _run_again(self) -> dict[int, Kept]:
        run = _Run(self)
        args = [arg.get() if isinstance(arg, Input) else arg for arg in self.inputs]
        try:
            with saved_tensors_hooks(run.take, _same), enable_grad():
                self.repeat(*args)
        except Stop:
            pass
        run.check()
        return run.found


class _Run:
    """One repetition of the function, and what it has saved so far."""

    def __init__(self, first: Recomputation) -> None:
        self.first: Final = first
        self.found: Final[dict[int, Kept]] = {}
        self.count = 0
        self.went_on = False  # past what the first run, interrupted by a backward of its own, had saved

    def take(self, tensor: TensorBase) -> TensorBase:
        """Take a tensor that is saved; the nodes of this run may need it too."""
        if tensor._requires_grad:
            tensor = wrap(tensor._value)
        first, number = self.first, self.count
        self.count += 1
        if number >= len(first.places):
            if not first.complete:
                self.went_on = True
                return tensor
            raise CheckpointError(
                "chainrule.utils.checkpoint: trying to save more tensors during recomputation than during "
                f"the original forward pass.\n{DEBUG_TIP}"
            )
        if first.places[number]() is not None:  # else its node has been freed
            self.found[number] = Kept(tensor)
        if first.early_stop and self.count == len(first.places):
            raise Stop
        return tensor

    def check(self) -> None:
        """Raise an error when something else was saved than in the first run."""
        first = self.first
        if self.went_on:
            return
        if self.count != len(first.places):
            raise CheckpointError(
                "chainrule.utils.checkpoint: A different number of tensors was saved during the original "
                "forward and recomputation.\n"
                f"Number of tensors saved during forward: {len(first.places)}\n"
                f"Number of tensors saved during recomputation: {self.count}.\n{DEBUG_TIP}"
            )
        if not first.compare:
            return
        different = [
            f"tensor at position {number}:\n"
            f"saved metadata: {_described(first.forms[number])}\n"
            f"recomputed metadata: {_described(_form(kept.tensor))}\n"
            for number, kept in self.found.items()
            if first.forms[number] != _form(kept.tensor)
        ]
        if different:
            raise CheckpointError(
                "chainrule.utils.checkpoint: Recomputed values for the following tensors have different "
                f"metadata than during the forward pass.\n{''.join(different)}.\n{DEBUG_TIP}"
            )


def _same(tensor: TensorBase) -> TensorBase:
    return tensor


def _form(tensor: TensorBase) -> tuple[Any, Any]:
    return tensor._value.shape, tensor._value.dtype


def _described(form: tuple[Any, Any]) -> dict[str, Any]:
    shape, dtype = form
    return {"shape": Size(shape), "dtype": dtypes.from_numpy_dtype(dtype), "device": CPU}


__all__ = ["CheckpointError", "Recomputation"]
