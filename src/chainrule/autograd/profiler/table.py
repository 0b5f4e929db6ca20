"""The table of a profile, laid out as PyTorch's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

WIDTH = 12  # of columns of numbers
UNITS = {"s": 1e6, "ms": 1e3, "us": 1.0}  # in microseconds


def as_table(
    events: Sequence[Any],
    sort_by: str | None,
    row_limit: int,
    max_src_column_width: int | None,
    max_name_column_width: int | None,
    max_shapes_column_width: int | None,
    header: str | None,
    profile_memory: bool,
    with_flops: bool,
    top_level_events_only: bool,
    time_unit: str | None,
) -> str:
    """Return the table of events, or of sums of events."""
    if not events:
        return ""
    if sort_by is not None:
        events = sorted(events, key=lambda event: getattr(event, _attribute(sort_by)), reverse=True)
    shown = [e for e in events if not (top_level_events_only and e.cpu_parent is not None)]
    shown = shown[:row_limit] if row_limit >= 0 else shown
    total = sum([event.self_cpu_time_total for event in events])

    columns = [_names(events, shown, max_name_column_width), *_times(shown, total, time_unit)]
    if profile_memory:
        columns.append(Column("CPU Mem", [written_memory(event.cpu_memory_usage) for event in shown]))
        columns.append(
            Column("Self CPU Mem", [written_memory(event.self_cpu_memory_usage) for event in shown])
        )
    columns.append(Column("# of Calls", [event.count for event in shown]))
    if any(event.input_shapes for event in events):
        columns.append(_shapes(events, shown, max_shapes_column_width))
    stacks = [event.stack for event in events if event.stack]
    if stacks:
        columns.append(_sources(stacks, shown, max_src_column_width))
    if with_flops and any(event.flops > 0 for event in events):
        columns.append(_flops(events, shown))

    line = "".join([f"{'-' * column.width}  " for column in columns])
    lines = []
    if header is not None:
        lines += ["=" * (len(line) - 2), header]
    if top_level_events_only:
        lines += ["=" * (len(line) - 2), "This report only display top-level ops statistics"]
    lines += [line, _row(columns, [column.title for column in columns]), line]
    for k, event in enumerate(shown):
        lines.append(_row(columns, [column.cells[k] for column in columns]))
        if stacks:
            lines += _further_lines(columns, event.stack, max_src_column_width)
    lines += [line, f"Self CPU time total: {written_time(total, time_unit)}"]
    return "\n".join(lines) + "\n"


class Column:
    """A column: its title, its cells and its width."""

    def __init__(self, title: str, cells: list[Any], width: int = WIDTH, align: str = ">") -> None:
        self.title = title
        self.cells = cells
        self.width = width
        self.align = align


def _row(columns: list[Column], cells: list[Any]) -> str:
    return "".join(
        [f"{cell!s:{column.align}{column.width}}  " for column, cell in zip(columns, cells, strict=True)]
    )


def _attribute(sort_by: str) -> str:
    """Return an attribute under its name of today: devices had names of their own."""
    for device in ("cuda", "xpu", "privateuse1"):
        sort_by = sort_by.replace(device, "device")
    return sort_by


def _names(events: Sequence[Any], shown: list[Any], limit: int | None) -> Column:
    names = [str(event.key) for event in shown]
    width = max([len(event.key) for event in events]) + 4
    if limit is not None:
        width = min(width, limit)
        names = [name[: limit - 3] + "..." if len(name) >= limit - 3 else name for name in names]
    return Column("Name", names, width)


def _times(shown: list[Any], total: float, unit: str | None) -> list[Column]:
    return [
        Column("Self CPU %", [written_share(event.self_cpu_time_total, total) for event in shown]),
        Column("Self CPU", [written_time(event.self_cpu_time_total, unit) for event in shown]),
        Column("CPU total %", [written_share(event.cpu_time_total, total) for event in shown]),
        Column("CPU total", [written_time(event.cpu_time_total, unit) for event in shown]),
        Column("CPU time avg", [written_time(event.cpu_time, unit) for event in shown]),
    ]


def _shapes(events: Sequence[Any], shown: list[Any], limit: int | None) -> Column:
    width = max([len(str(event.input_shapes)) for event in events]) + 4
    width = width if limit is None else min(width, limit)
    return Column("Input Shapes", [str(event.input_shapes)[:width] for event in shown], width)


def _sources(stacks: list[list[str]], shown: list[Any], limit: int | None) -> Column:
    width = max([len(line) for stack in stacks for line in stack]) + 4
    width = width if limit is None else min(width, limit)
    cells = [_trimmed(event.stack[0], width) if event.stack else "" for event in shown]
    return Column("Source Location", cells, width, "<")


def _further_lines(columns: list[Column], stack: list[str], limit: int | None) -> list[str]:
    """Return the rest of an event's lines, and an empty one, below its row."""
    place = next(k for k, column in enumerate(columns) if column.title == "Source Location")
    rows = []
    for line in [*stack[1:], ""]:
        cells = [""] * len(columns)
        cells[place] = _trimmed(line, columns[place].width)
        rows.append(_row(columns, cells))
    return rows


def _trimmed(line: str, width: int) -> str:
    return line if len(line) <= width else "..." + line[len(line) - width + 3 :]


def _flops(events: Sequence[Any], shown: list[Any]) -> Column:
    least = min([event.flops for event in events if event.flops > 0])
    power = min(int(math.log10(least) / 3), 5)
    title = f"Total {('', 'K', 'M', 'G', 'T', 'P')[power]}FLOPs"
    return Column(
        title, [f"{event.flops / 1000**power:8.3f}" if event.flops > 0 else "--" for event in shown]
    )


def written_time(microseconds: float, unit: str | None = None) -> str:
    """Return a time with its unit, by default the largest of which it has one."""
    if unit is None or unit not in UNITS:
        unit = next((name for name, size in UNITS.items() if microseconds >= size), "us")
    return f"{microseconds / UNITS[unit]:.3f}{unit}"


def written_share(part: float, total: float) -> str:
    """Return a part of a total in percent."""
    return f"{100 * part / total:.2f}%" if total else "NaN"


def written_memory(amount: int) -> str:
    """Return a number of bytes with its unit."""
    for unit, size in (("GB", 2**30), ("MB", 2**20), ("KB", 2**10)):
        if abs(amount) >= size:
            return f"{amount / size:.2f} {unit}"
    return f"{amount} B"


__all__ = ["as_table", "written_time"]
