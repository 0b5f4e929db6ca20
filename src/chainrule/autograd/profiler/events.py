"""Events: what ran and when, one by one and added up by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from weakref import ReferenceType, ref

from chainrule.autograd.profiler.table import as_table, written_time
from chainrule.autograd.profiler.trace import write_trace

FORWARD, BACKWARD, USER = 0, 1, 7  # torch's numbers of scopes


class Interval:
    """A stretch of time, in microseconds from the start of profiling.

    >>> from chainrule.autograd.profiler import Interval
    >>> Interval(2.0, 5.5).elapsed_us()
    3.5
    """

    def __init__(self, start: float, end: float) -> None:
        self.start = start
        self.end = end

    def elapsed_us(self) -> float:
        """Return the length of the interval."""
        return self.end - self.start


class Times:
    """What an event and the sum of events have in common: times as numbers and as texts."""

    key: Any
    count: int
    cpu_time_total: Any  # in microseconds, with all that ran within
    self_cpu_time_total: Any  # without
    # There is no device but the CPU.
    device_time = device_time_total = self_device_time_total = 0
    device_memory_usage = self_device_memory_usage = 0
    node_id = -1
    overload_name = ""
    is_async = is_remote = is_legacy = False
    use_device = None

    @property
    def cpu_time(self) -> float:
        """The time of one call, with all that ran within, in microseconds."""
        return self.cpu_time_total / self.count if self.count else 0.0

    @property
    def cpu_time_str(self) -> str:
        """`cpu_time` with its unit."""
        return written_time(self.cpu_time)

    @property
    def cpu_time_total_str(self) -> str:
        """`cpu_time_total` with its unit."""
        return written_time(self.cpu_time_total)

    @property
    def self_cpu_time_total_str(self) -> str:
        """`self_cpu_time_total` with its unit."""
        return written_time(self.self_cpu_time_total)


class FunctionEvent(Times):
    """One run of an operation, of the backward of one, or of a block that the user has named.

    >>> from chainrule.autograd.profiler import FunctionEvent
    >>> FunctionEvent(1, "aten::mul", thread=1, start_us=3.0, end_us=5.0).cpu_time_total
    2.0
    """

    count = 1

    def __init__(
        self,
        id: int,
        name: str,
        thread: int,
        start_us: float = 0.0,
        end_us: float = 0.0,
        fwd_thread: int | None = None,
        input_shapes: list[Any] | None = None,
        stack: list[str] | None = None,
        scope: int = FORWARD,
        cpu_memory_usage: int = 0,
        sequence_nr: int = -1,
        flops: int = 0,
        is_user_annotation: bool = False,
    ) -> None:
        self.id = id
        self.name = self.key = self.trace_name = name
        self.thread = thread
        self.fwd_thread = fwd_thread  # of the operation that this is the backward of
        self.time_range = Interval(start_us, end_us)
        self.input_shapes = [] if input_shapes is None else input_shapes
        self.stack = [] if stack is None else stack  # the user's lines, the innermost first
        self.scope = scope
        self.cpu_memory_usage = cpu_memory_usage  # bytes taken less bytes given back
        self.sequence_nr = sequence_nr  # the same for an operation and its backward, else -1
        self.flops = flops
        self.is_user_annotation = is_user_annotation
        self.cpu_children: list[FunctionEvent] = []
        self._parent: ReferenceType[FunctionEvent] | None = None

    @property
    def cpu_parent(self) -> FunctionEvent | None:
        """The event that this one ran directly within, as long as somebody has that."""
        return None if self._parent is None else self._parent()

    @property
    def cpu_time_total(self) -> float:
        """The time it took, with all that ran within, in microseconds."""
        return self.time_range.elapsed_us()

    @property
    def self_cpu_time_total(self) -> float:
        """The time it took, without what ran within, in microseconds."""
        return self.cpu_time_total - sum([child.cpu_time_total for child in self.cpu_children])

    @property
    def self_cpu_memory_usage(self) -> int:
        """The memory it took, without what ran within, in bytes."""
        return self.cpu_memory_usage - sum([child.cpu_memory_usage for child in self.cpu_children])

    def append_cpu_child(self, child: FunctionEvent) -> None:
        """Note an event that ran directly within this one."""
        self.cpu_children.append(child)

    def set_cpu_parent(self, parent: FunctionEvent) -> None:
        """Note the event that this one ran directly within."""
        self._parent = ref(parent)

    def __repr__(self) -> str:
        return (
            f"<FunctionEvent id={self.id} name={self.name} overload_name={self.overload_name} "
            f"device_type=DeviceType.CPU node_id={self.node_id} cpu_time={self.cpu_time_str} "
            f"start_us={self.time_range.start} end_us={self.time_range.end} "
            f"cpu_children={[child.id for child in self.cpu_children]} None_time=0.000us name={self.name} "
            f"thread={self.thread} input_shapes={self.input_shapes} cpu_memory_usage={self.cpu_memory_usage} "
            f"None_memory_usage=0 is_async={self.is_async} is_remote={self.is_remote} "
            f"seq_nr={self.sequence_nr} is_legacy={self.is_legacy}>"
        )


class FunctionEventAvg(Times):
    """The sum of several events, as `EventList.key_averages` gives it.

    >>> from chainrule.autograd.profiler import FunctionEvent, FunctionEventAvg
    >>> total = FunctionEventAvg()
    >>> total += FunctionEvent(1, "aten::mul", thread=1, start_us=3.0, end_us=5.0)
    >>> total += FunctionEvent(2, "aten::mul", thread=1, start_us=6.0, end_us=7.0)
    >>> total.count, total.cpu_time_total, total.cpu_time
    (2, 3.0, 1.5)
    """

    def __init__(self) -> None:
        self.key: str | None = None
        self.count = 0
        self.cpu_time_total = self.self_cpu_time_total = 0.0
        self.cpu_memory_usage = self.self_cpu_memory_usage = self.flops = 0
        self.input_shapes: Any = None
        self.stack: list[str] = []
        self.scope: int | None = None
        self.is_user_annotation = False
        self.cpu_parent: FunctionEvent | None = None
        self.cpu_children: list[FunctionEvent] = []

    def add(self, other: Any) -> FunctionEventAvg:
        """Add an event, or a sum of events, of the same key."""
        if self.key is None:
            self.key = other.key
            for name in (
                "input_shapes",
                "stack",
                "scope",
                "is_user_annotation",
                "cpu_parent",
                "cpu_children",
            ):
                setattr(self, name, getattr(other, name))
        assert other.key == self.key, f"Expected keys to match, but got {other.key} vs {self.key}"
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    __iadd__ = add

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={self.self_cpu_time_total_str} "
            f"cpu_time={self.cpu_time_str}  self_cuda_time=0.000us cuda_time=0.000us "
            f"input_shapes={self.input_shapes} cpu_memory_usage={self.cpu_memory_usage} cuda_memory_usage=0>"
        )


_SUMS = (
    "count",
    "cpu_time_total",
    "self_cpu_time_total",
    "cpu_memory_usage",
    "self_cpu_memory_usage",
    "flops",
)


class EventList(list[Any]):
    """Events, or sums of events: a list that prints as a table.

    >>> from chainrule.autograd.profiler import EventList, FunctionEvent
    >>> events = EventList([FunctionEvent(1, "aten::mul", thread=1, start_us=3.0, end_us=5.0)])
    >>> events.self_cpu_time_total
    2.0
    """

    def __init__(
        self, events: Iterable[Any] = (), *, profile_memory: bool = False, with_flops: bool = False
    ) -> None:
        super().__init__(events)
        self._profile_memory = profile_memory
        self._with_flops = with_flops

    def __str__(self) -> str:
        return self.table()

    @property
    def self_cpu_time_total(self) -> float:
        """The sum of the times that events took themselves, in microseconds."""
        return sum([event.self_cpu_time_total for event in self])

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int | None = 75,
        max_name_column_width: int | None = 55,
        max_shapes_column_width: int | None = 80,
        header: str | None = None,
        top_level_events_only: bool = False,
        time_unit: str | None = None,
    ) -> str:
        """Return a table of the events, a line each, at most `row_limit` of them (-1: all).

        `sort_by` is the attribute by which they are sorted, the largest first: "count", "cpu_time",
        "cpu_time_total", "self_cpu_time_total", "cpu_memory_usage", ...; `time_unit` is "s", "ms" or "us".
        """
        return as_table(
            self,
            sort_by,
            row_limit,
            max_src_column_width,
            max_name_column_width,
            max_shapes_column_width,
            header,
            self._profile_memory,
            self._with_flops,
            top_level_events_only,
            time_unit,
        )

    def key_averages(
        self,
        group_by_input_shapes: bool = False,
        group_by_stack_n: int = 0,
        group_by_overload_name: bool = False,
    ) -> EventList:
        """Return the events added up by name, and by the shapes of their inputs or by lines if wanted."""
        groups: dict[Any, FunctionEventAvg] = {}
        for event in self:
            key: list[Any] = [event.key, event.is_user_annotation]
            if group_by_input_shapes:
                key.append(str(event.input_shapes))
            key += event.stack[:group_by_stack_n]
            groups.setdefault(tuple(key), FunctionEventAvg()).add(event)
        for group in groups.values():
            group.stack = group.stack[:group_by_stack_n]
            if not group_by_input_shapes:
                group.input_shapes = ""
        return EventList(groups.values(), profile_memory=self._profile_memory, with_flops=self._with_flops)

    def total_average(self) -> FunctionEventAvg:
        """Return the sum of all events."""
        total = FunctionEventAvg()
        for event in self:
            total.key = None
            total.add(event)
        total.key = "Total"
        return total

    def export_chrome_trace(self, path: str) -> None:
        """Write the events to a file that the trace viewers of browsers open (JSON Trace Event Format)."""
        write_trace(self, path)

    def supported_export_stacks_metrics(self) -> list[str]:
        """Return what `export_stacks` can measure lines by."""
        return [
            "self_cpu_time_total",
            "self_cuda_time_total",
            "self_xpu_time_total",
            "self_privateuse1_time_total",
        ]

    def export_stacks(self, path: str, metric: str) -> None:
        """Write the user's lines with the time spent there, as programs that draw flame graphs read it."""
        if metric not in self.supported_export_stacks_metrics():
            raise ValueError(f"metric should be one of: {self.supported_export_stacks_metrics()}")
        attribute = "self_cpu_time_total" if metric == "self_cpu_time_total" else "self_device_time_total"
        with open(path, "w") as file:
            for event in self:
                amount = int(getattr(event, attribute))
                if event.stack and amount > 0:
                    stack = ";".join([line.translate(_ONE_WORD) for line in reversed(event.stack)])
                    file.write(f"{stack} {amount}\n")


_ONE_WORD = str.maketrans(" ;\t\n", "____")

__all__ = ["BACKWARD", "FORWARD", "USER", "EventList", "FunctionEvent", "FunctionEventAvg", "Interval"]
