"""The profiler's events and tables are torch's."""

from __future__ import annotations

from typing import Any

import pytest
from libraries import LIBRARIES, chainrule, torch

from chainrule.autograd.profiler import EventList, FunctionEvent
from chainrule.autograd.profiler.names import operator_name
from chainrule.core.primitive import registry

from torch.autograd import profiler_util  # isort: skip

TIMES = [
    # name, start and end in microseconds, shapes, place of the parent
    ("block", 0.0, 2_500_000.0, [], None),
    ("aten::mul", 10.0, 1510.25, [[2, 3], [2, 3]], 0),
    ("aten::add", 2000.0, 2000.5, [[2, 3]], 0),
    ("aten::mul", 2001.0, 2003.0, [[4], [4]], 0),
    ("MulBackward0", 2_600_000.0, 2_600_040.0, [[4]], None),
    ("aten::mul", 2_600_001.0, 2_600_009.0, [[4], [4]], 4),
]


def both_lists(**options: Any) -> tuple[Any, Any]:
    """Return torch's and our list of the same events."""
    lists = []
    for event_class, list_class in (
        (profiler_util.FunctionEvent, profiler_util.EventList),
        (FunctionEvent, EventList),
    ):
        events = [
            event_class(
                id=i + 1, name=name, thread=1, start_us=start, end_us=end, input_shapes=shapes, stack=[]
            )
            for i, (name, start, end, shapes, _) in enumerate(TIMES)
        ]
        for event, (*_, parent) in zip(events, TIMES, strict=True):
            if parent is not None:
                events[parent].append_cpu_child(event)
                event.set_cpu_parent(events[parent])
        lists.append(list_class(events, **options))
    lists[0]._tree_built = True
    return lists[0], lists[1]


@pytest.mark.parametrize("options", [{}, {"profile_memory": True}, {"with_flops": True}])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"sort_by": "cpu_time_total"},
        {"sort_by": "self_cpu_time_total", "row_limit": 2},
        {"sort_by": "cuda_time_total"},
        {"row_limit": -1, "header": "A header", "top_level_events_only": True},
        {"row_limit": 0, "time_unit": "ms"},
        {"max_name_column_width": 8, "max_shapes_column_width": 12, "time_unit": "s"},
    ],
)
def test_tables_are_the_same_to_the_character(arguments: dict[str, Any], options: dict[str, Any]) -> None:
    theirs, ours = both_lists(**options)
    for event, twin in zip(theirs, ours, strict=True):
        event.flops = twin.flops = 1500 * event.id if "mul" in event.name else 0
        event.cpu_memory_usage = twin.cpu_memory_usage = 700 * 4**event.id
    assert ours.table(**arguments) == theirs.table(**arguments)
    for by_shape in (False, True):
        sums, their_sums = (events.key_averages(group_by_input_shapes=by_shape) for events in (ours, theirs))
        assert sums.table(**arguments) == their_sums.table(**arguments)


def test_events_and_their_sums_print_as_in_torch() -> None:
    theirs, ours = both_lists()
    for event in theirs:
        event.overload_name = ""
    assert repr(ours) == repr(theirs)
    assert repr(ours.key_averages()) == repr(theirs.key_averages())
    assert repr(ours.total_average()) == repr(theirs.total_average())
    assert ours.self_cpu_time_total == theirs.self_cpu_time_total


def program(m: Any) -> Any:
    x = m.linspace(0.1, 1, 6, requires_grad=True)
    profiler = m.autograd.profiler
    with profiler.profile(record_shapes=True) as prof:
        with profiler.record_function("forward"):
            a = x.reshape(2, 3)
            b = (a @ a.T).tanh()
            with profiler.record_function("loss"):
                loss = (b * b.exp() - 1).pow(2).sum()
        with profiler.record_function("backward"):
            loss.backward()
    return prof


def test_a_program_has_the_same_backward_events_and_blocks_in_the_same_order() -> None:
    found = {}
    for name, m in LIBRARIES.items():
        events = program(m).function_events
        found[name] = [
            (event.name, event.input_shapes)
            for event in events
            if event.name.endswith(("Backward0", "AccumulateGrad", "forward", "loss", "backward"))
            and not event.name.startswith(("aten", "autograd::engine"))
        ]
    assert found["chainrule"] == found["torch"]


def test_the_operations_of_a_program_are_among_torchs() -> None:
    theirs, ours = program(torch), program(chainrule)

    def within(prof: Any, block: str) -> list[str]:
        return [
            e.name for e in prof.function_events if e.cpu_parent is not None and e.cpu_parent.name == block
        ]

    assert within(ours, "loss") == within(theirs, "loss")
    assert {e.name for e in ours.function_events} <= {e.name for e in theirs.function_events}


NOT_IN_TORCH = {
    "copy_slices": "a node of the graph only, in torch",
    "share": "max and min share the gradient",
    "shares": "amax and amin share the gradient",
    "argcummax": "a part of cummax",
    "argcummin": "a part of cummin",
    "argmedian": "a part of median",
    "argnanmedian": "a part of nanmedian",
    "argtopk": "a part of topk",
    "argkth": "a part of kthvalue",
    "distinct": "a part of unique",
    "recurrence": "the backward of cumprod",
    "signed_power": "the backward of norm",
    "abs_power": "a part of norm",
}


def test_names_are_those_of_operators_that_torch_has() -> None:
    unknown = {
        name
        for name, primitive in registry.items()
        if not hasattr(torch.ops.aten, operator_name(primitive).removeprefix("aten::"))
    }
    assert unknown == set(NOT_IN_TORCH)
