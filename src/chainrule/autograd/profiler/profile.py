"""profile: record what runs in a block; record_function: a name for a part of it."""

from __future__ import annotations

import tracemalloc
import uuid
from collections.abc import Callable
from contextlib import ContextDecorator
from types import TracebackType
from typing import Any

from chainrule.autograd.profiler.events import USER, EventList, FunctionEvent, FunctionEventAvg
from chainrule.autograd.profiler.recorder import Recorder
from chainrule.autograd.profiler.trace import write_trace
from chainrule.core.state import state
from chainrule.errors import warn

DEVICES = ("cuda", "xpu", "hpu", "mtia")


class profile:  # noqa: N801 (torch's name)
    """Record every operation of a block, forward and backward, of this thread: how often it ran and how long.

    Times are those of the computation itself, without what calling it took. `record_shapes`: with the shapes
    of operands; `with_stack`: with the user's lines; `profile_memory`: with the memory that Python and NumPy
    took, which slows everything down; `with_flops`: with a count of the operations in products and sums;
    `enabled=False`: nothing is recorded. Other devices are warned about, as in PyTorch; what has no
    meaning here raises ValueError.

    >>> import chainrule
    >>> from chainrule.autograd.profiler import profile, record_function
    >>> x = chainrule.ones(3, requires_grad=True)
    >>> with profile() as prof:
    ...     with record_function("square"):
    ...         y = x * x
    ...     y.sum().backward()
    >>> [event.key for event in prof.key_averages()]  # doctest: +ELLIPSIS
    ['square', 'aten::mul', 'aten::sum', 'SumBackward0', 'MulBackward0', 'torch::autograd::AccumulateGrad']
    """

    def __init__(
        self,
        enabled: bool = True,
        *,
        use_cuda: bool = False,
        use_device: str | None = None,
        record_shapes: bool = False,
        with_flops: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_modules: bool = False,
        use_kineto: bool = False,
        use_cpu: bool = True,
        experimental_config: Any = None,
        acc_events: bool = False,
        custom_trace_id_callback: Callable[[], str] | None = None,
        post_processing_timeout_s: float | None = None,
        activity_filters: dict[Any, set[str]] | None = None,
    ) -> None:
        self.enabled = enabled
        self.entered = False
        self.record_shapes = record_shapes or with_flops
        self.with_flops = with_flops
        self.profile_memory = profile_memory
        self.with_stack = with_stack
        self.use_cpu = use_cpu
        self.trace_id = ""
        self._trace_id_callback = custom_trace_id_callback
        self._recorder: Recorder | None = None
        self._events: EventList | None = None
        if not enabled:
            return
        if not use_cpu and not use_kineto:
            raise AssertionError("Device-only events supported only with Kineto (use_kineto=True)")
        if not use_cpu:
            raise AssertionError("No activities specified for the profiler")
        _refuse_what_has_no_meaning(with_modules, experimental_config, activity_filters)
        if post_processing_timeout_s is not None and post_processing_timeout_s < 0:
            raise ValueError("post_processing_timeout_s must be non-negative")
        if use_cuda:
            warn(
                "The attribute `use_cuda` will be deprecated soon, "
                "please use ``use_device = 'cuda'`` instead.",
                FutureWarning,
            )
            use_device = "cuda"
        if use_device in DEVICES:
            name = use_device.upper()
            warn(f"{name} is not available, disabling {name} profiling", UserWarning)
        elif use_device is not None:
            warn(f"The {use_device} is not a valid device option.", UserWarning)

    def __enter__(self) -> profile | None:
        if not self.enabled:
            return None
        if self.entered:
            raise RuntimeError("Profiler context manager is not reentrant")
        self.entered = True
        self.trace_id = self._trace_id_callback() if self._trace_id_callback else f"{uuid.uuid4().int:032X}"
        self._started_tracing = self.profile_memory and not tracemalloc.is_tracing()
        if self._started_tracing:
            tracemalloc.start()
        self._recorder = Recorder(self.record_shapes, self.profile_memory, self.with_stack, self.with_flops)
        state.watchers = (*state.watchers, self._recorder)
        state.update()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        recorder = self._recorder
        if recorder is None:
            return
        recorder.close_all()
        state.watchers = tuple([watcher for watcher in state.watchers if watcher is not recorder])
        state.update()
        if self._started_tracing:
            tracemalloc.stop()
        self._events = self._list(recorder.events)

    def _list(self, events: list[FunctionEvent]) -> EventList:
        return EventList(events, profile_memory=self.profile_memory, with_flops=self.with_flops)

    def __repr__(self) -> str:
        return "<unfinished chainrule.autograd.profile>" if self._events is None else repr(self._events)

    def __str__(self) -> str:
        return "<unfinished chainrule.autograd.profile>" if self._events is None else str(self._events)

    @property
    def function_events(self) -> EventList:
        """All events in the order in which they began; none before the block has ended."""
        return self._list([]) if self._events is None else self._events

    def events(self) -> EventList:
        """Return `function_events`."""
        return self.function_events

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int | None = 75,
        max_name_column_width: int | None = 55,
        max_shapes_column_width: int | None = 80,
        header: str | None = None,
        top_level_events_only: bool = False,
    ) -> str:
        """Return a table of all events: see `EventList.table`."""
        return self.function_events.table(
            sort_by,
            row_limit,
            max_src_column_width,
            max_name_column_width,
            max_shapes_column_width,
            header,
            top_level_events_only,
        )

    def key_averages(
        self,
        group_by_input_shape: bool = False,
        group_by_stack_n: int = 0,
        group_by_overload_name: bool = False,
    ) -> EventList:
        """Return the events added up by name: see `EventList.key_averages`."""
        return self.function_events.key_averages(
            group_by_input_shape, group_by_stack_n, group_by_overload_name
        )

    def total_average(self) -> FunctionEventAvg:
        """Return the sum of all events."""
        return self.function_events.total_average()

    @property
    def self_cpu_time_total(self) -> float:
        """The sum of the times that events took themselves, in microseconds."""
        return self.function_events.self_cpu_time_total

    def export_chrome_trace(self, path: str) -> None:
        """Write the events to a file for a browser's trace viewer: chrome://tracing, ui.perfetto.dev."""
        write_trace(self.function_events, path, self.trace_id)

    def export_stacks(self, path: str, metric: str = "self_cpu_time_total") -> None:
        """Write the user's lines with the time spent there, for a flame graph; needs `with_stack`."""
        if not self.with_stack:
            raise AssertionError("export_stacks() requires with_stack=True")
        self.function_events.export_stacks(path, metric)


def _refuse_what_has_no_meaning(
    with_modules: bool, experimental_config: Any, activity_filters: dict[Any, set[str]] | None
) -> None:
    if with_modules:
        raise ValueError(
            "with_modules=True: chainrule has no TorchScript modules whose hierarchy could be recorded; "
            "name the calls of modules by record_function"
        )
    if experimental_config is not None or activity_filters:
        raise ValueError(
            "experimental_config and activity_filters configure Kineto, which chainrule does without; "
            "leave them out"
        )


class record_function(ContextDecorator):  # noqa: N801 (torch's name)
    """Give a block, or a function, a name in the profile that is being recorded (if there is one).

    >>> import chainrule
    >>> @chainrule.autograd.profiler.record_function("cube")
    ... def cube(x):
    ...     return x**3
    >>> with chainrule.autograd.profiler.profile() as prof:
    ...     y = cube(chainrule.ones(2))
    >>> [(event.name, event.cpu_parent and event.cpu_parent.name) for event in prof.function_events]
    [('cube', None), ('aten::pow', 'cube')]
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name
        self.args = args
        self._entered: list[list[tuple[Recorder, FunctionEvent]]] = []

    def _recreate_cm(self) -> record_function:
        return type(self)(self.name, self.args)

    def __enter__(self) -> record_function:
        recorders = [watcher for watcher in state.watchers if isinstance(watcher, Recorder)]
        operands = () if self.args is None else (self.args,)
        self._entered.append([(one, one.open(self.name, USER, operands)) for one in recorders])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for recorder, event in reversed(self._entered.pop()):
            recorder.close(event)


__all__ = ["profile", "record_function"]
