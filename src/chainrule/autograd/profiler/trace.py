"""A profile in the JSON Trace Event Format, which chrome://tracing, Perfetto and speedscope open."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any


def write_trace(events: Sequence[Any], path: str, trace_id: str = "") -> None:
    """Write events to a file; arrows lead from each operation to its backward."""
    process = os.getpid()
    threads = dict.fromkeys([event.thread for event in events])
    about = [_about("process_name", process, 0, "python"), _about("process_labels", process, 0, "CPU")]
    about += [_about("thread_name", process, thread, f"thread {thread} (python)") for thread in threads]
    trace = {
        "schemaVersion": 1,
        "trace_id": trace_id,
        "displayTimeUnit": "ms",
        "traceName": str(path),
        "traceEvents": [*about, *[_bar(event, process) for event in events], *_arrows(events, process)],
    }
    with open(path, "w") as file:
        json.dump(trace, file)


def _about(what: str, process: int, thread: int, text: str) -> dict[str, Any]:
    key = "labels" if what.endswith("labels") else "name"
    return {"ph": "M", "name": what, "ts": 0, "pid": process, "tid": thread, "args": {key: text}}


def _bar(event: Any, process: int) -> dict[str, Any]:
    """Return an event with a beginning and a duration."""
    args: dict[str, Any] = {"External id": event.id}
    if event.sequence_nr >= 0:
        args["Sequence number"] = event.sequence_nr
    if event.input_shapes:
        args["Input Dims"] = event.input_shapes
    if event.stack:
        args["Call stack"] = ";".join(event.stack)
    return {
        "ph": "X",
        "cat": "user_annotation" if event.is_user_annotation else "cpu_op",
        "name": event.trace_name,
        "pid": process,
        "tid": event.thread,
        "ts": event.time_range.start,
        "dur": event.time_range.elapsed_us(),
        "args": args,
    }


def _arrows(events: Sequence[Any], process: int) -> list[dict[str, Any]]:
    """Return both ends of the arrows, from an operation to the first run of its backward."""
    operations = {e.sequence_nr: e for e in events if e.sequence_nr >= 0 and e.fwd_thread is None}
    ends = []
    for event in events:
        if event.fwd_thread is not None and event.sequence_nr in operations:
            operation = operations.pop(event.sequence_nr)
            ends += [_end("s", operation, process, event.sequence_nr)]
            ends += [{**_end("f", event, process, event.sequence_nr), "bp": "e"}]
    return ends


def _end(phase: str, event: Any, process: int, number: int) -> dict[str, Any]:
    return {
        "ph": phase,
        "id": number,
        "cat": "fwdbwd",
        "name": "fwdbwd",
        "pid": process,
        "tid": event.thread,
        "ts": event.time_range.start,
    }


__all__ = ["write_trace"]
