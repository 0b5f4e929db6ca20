"""The profiler tells how often operations ran, forward and backward, how long they took, and within what."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.autograd import Function, set_detect_anomaly
from chainrule.autograd.profiler import EventList, FunctionEvent, profile, record_function
from chainrule.core.primitive import registry
from chainrule.core.state import RECORDING, state


@pytest.fixture(autouse=True)
def nothing_watches_afterwards() -> Iterator[None]:
    yield
    assert state.watchers == ()
    assert state.mode == RECORDING


def names(prof: Any) -> list[str]:
    return [event.name for event in prof.function_events]


def nested(prof: Any) -> list[tuple[str, str | None]]:
    """Return each event's name with that of the event it ran within."""
    return [(e.name, e.cpu_parent.name if e.cpu_parent else None) for e in prof.function_events]


def leaf(*values: float) -> Any:
    return cr.tensor([float(x) for x in values], requires_grad=True)


class Cube(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * 3 * ctx.saved_tensors[0] ** 2


def slow(seconds: float) -> Any:
    """Return a custom function's class whose forward and backward take a while."""

    class Slow(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            time.sleep(seconds)
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            time.sleep(seconds)
            return g

    return Slow


# -- events --------------------------------------------------------------------------------------------


def test_operations_and_their_backward_are_recorded_in_order_under_torchs_names() -> None:
    x = leaf(1.0, 2.0)
    with profile() as prof:
        (x.sin() * x).sum().backward()
    assert names(prof) == [
        "aten::sin",
        "aten::mul",
        "aten::sum",
        "SumBackward0",
        "MulBackward0",
        "SinBackward0",
        "torch::autograd::AccumulateGrad",
    ]


def test_gradients_that_are_returned_are_accumulated_nowhere() -> None:
    x = leaf(1.0, 2.0)
    with profile() as prof:
        cr.autograd.grad((x * x).sum(), x)
    assert "torch::autograd::AccumulateGrad" not in names(prof)


def test_what_runs_outside_the_block_is_not_recorded() -> None:
    x = leaf(1.0, 2.0)
    y = x.exp()
    with profile() as prof:
        z = y.sum()
    z.backward()
    assert names(prof) == ["aten::sum"]


def test_a_recorded_backward_contains_its_own_operations() -> None:
    x = leaf(1.0, 2.0)
    y = x.exp().sum()
    with profile() as prof:
        cr.autograd.grad(y, x, create_graph=True)
    assert ("aten::mul", "ExpBackward0") in nested(prof)


def test_a_custom_function_contains_its_operations_both_ways() -> None:
    x = leaf(1.0, 2.0)
    with profile() as prof:
        Cube.apply(x).sum().backward()
    found = nested(prof)
    assert found[:3] == [("Cube", None), ("aten::mul", "Cube"), ("aten::mul", "Cube")]
    assert ("CubeBackward", None) in found
    assert ("aten::pow", "CubeBackward") in found


def test_numbers_and_silent_operations_are_recorded_too() -> None:
    x = cr.tensor(2.0)
    with profile() as prof, cr.no_grad():
        x.exp()
        x > 1  # noqa: B015
        x + 1
    assert names(prof) == ["aten::exp", "aten::gt", "aten::add"]


def test_an_operation_that_raises_an_error_has_ended() -> None:
    x = leaf(1.0, 2.0)
    with profile() as prof:
        with pytest.raises(RuntimeError), record_function("block"):
            x.reshape(3)
        x.sin()
    assert nested(prof)[-1] == ("aten::sin", None)
    assert all(e.time_range.end >= e.time_range.start for e in prof.function_events)


def test_a_backward_node_that_raises_an_error_has_ended() -> None:
    x = leaf(0.0, 1.0)
    y = (x.sqrt() * 0).sum()
    with set_detect_anomaly(True), profile() as prof:
        with warnings.catch_warnings(action="ignore"), pytest.raises(RuntimeError):
            y.backward()
        x.sin()
    assert nested(prof)[-2:] == [("SqrtBackward0", None), ("aten::sin", None)]


def test_each_event_knows_its_operation_by_a_number() -> None:
    x = leaf(1.0, 2.0)
    with profile() as prof:
        y = x.sin() + x.cos()
        Cube.apply(y).sum().backward()
    number = {event.name: event.sequence_nr for event in prof.function_events}
    for operation, backward in [
        ("aten::sin", "SinBackward0"),
        ("aten::add", "AddBackward0"),
        ("Cube", "CubeBackward"),
    ]:
        assert number[operation] == number[backward] > 0


def test_every_operation_has_a_name_in_torchs_style() -> None:
    from chainrule.autograd.profiler.names import operator_name

    found = {name: operator_name(primitive) for name, primitive in registry.items()}
    assert all(re.fullmatch(r"aten::[a-z_][a-z0-9_]*", name) for name in found.values())
    assert found["pow_number"] == "aten::pow"
    assert found["log1p"] == "aten::log1p"
    assert found["vector_norm"] == "aten::linalg_vector_norm"
    assert found["cast"] == "aten::_to_copy"


# -- blocks ------------------------------------------------------------------------------------------


def test_blocks_contain_what_runs_in_them() -> None:
    x = leaf(1.0, 2.0)
    with profile() as prof, record_function("outer"):
        y = x.sin()
        with record_function("inner"):
            z = y.cos()
        z.sum()
    assert nested(prof) == [
        ("outer", None),
        ("aten::sin", "outer"),
        ("inner", "outer"),
        ("aten::cos", "inner"),
        ("aten::sum", "outer"),
    ]
    assert [e.name for e in prof.function_events if e.is_user_annotation] == ["outer", "inner"]


def test_a_decorated_function_is_a_block_at_each_call_also_when_it_calls_itself() -> None:
    @record_function("countdown")
    def countdown(n: int) -> int:
        return countdown(n - 1) if n else 0

    with profile() as prof:
        countdown(2)
        countdown(0)
    assert nested(prof) == [
        ("countdown", None),
        ("countdown", "countdown"),
        ("countdown", "countdown"),
        ("countdown", None),
    ]
    assert countdown.__name__ == "countdown"


def test_a_block_ends_with_an_error() -> None:
    with profile() as prof:
        with pytest.raises(ZeroDivisionError), record_function("failing"):
            raise ZeroDivisionError
        with record_function("next"):
            pass
    assert nested(prof) == [("failing", None), ("next", None)]


def test_a_block_that_outlives_the_profile_ends_with_it() -> None:
    block = record_function("long")
    with profile() as prof:
        block.__enter__()
    block.__exit__(None, None, None)
    assert prof.function_events[0].cpu_time_total > 0


def test_a_block_without_a_profile_costs_and_leaves_nothing() -> None:
    with record_function("nothing") as block:
        assert block.name == "nothing"


def test_backward_belongs_to_the_block_that_calls_it() -> None:
    x = leaf(1.0, 2.0)
    with profile() as prof:
        with record_function("forward"):
            y = x.sin().sum()
        with record_function("backward"):
            y.backward()
    assert ("SinBackward0", "backward") in nested(prof)
    assert ("torch::autograd::AccumulateGrad", "backward") in nested(prof)


# -- times -------------------------------------------------------------------------------------------


def test_self_time_is_total_time_without_what_ran_within() -> None:
    x = leaf(1.0, 2.0)
    with profile() as prof, record_function("outer"):
        time.sleep(0.002)
        slow(0.01).apply(x)
        time.sleep(0.002)
    outer, inner, *_ = prof.function_events
    assert inner.cpu_time_total >= 10_000
    assert outer.cpu_time_total >= inner.cpu_time_total + 4000
    assert outer.self_cpu_time_total == pytest.approx(outer.cpu_time_total - inner.cpu_time_total)
    assert outer.self_cpu_time_total >= 4000


def test_times_add_up() -> None:
    x = leaf(1.0, 2.0)
    with profile() as prof:
        for _ in range(3):
            with record_function("step"):
                Cube.apply(x).sum().backward()
    top = sum(e.cpu_time_total for e in prof.function_events if e.cpu_parent is None)
    assert prof.self_cpu_time_total == pytest.approx(top)
    assert prof.total_average().self_cpu_time_total == pytest.approx(top)
    assert prof.key_averages().self_cpu_time_total == pytest.approx(top)
    for event in prof.function_events:
        for child in event.cpu_children:
            assert event.time_range.start <= child.time_range.start
            assert child.time_range.end <= event.time_range.end


def test_the_backward_of_a_slow_operation_is_slow() -> None:
    x = leaf(1.0, 2.0)
    with profile() as prof:
        slow(0.01).apply(x).sum().backward()
    found = {event.key: event for event in prof.key_averages()}
    assert found["SlowBackward"].cpu_time_total >= 10_000
    assert found["SumBackward0"].cpu_time_total < 10_000


# -- sums and tables ---------------------------------------------------------------------------------


def test_events_are_counted_and_added_up_by_name() -> None:
    x = leaf(1.0, 2.0)
    with profile() as prof:
        for _ in range(5):
            (x * x).sum().backward()
    found = {event.key: event for event in prof.key_averages()}
    assert {name: event.count for name, event in found.items()} == {
        "aten::mul": 5,
        "aten::sum": 5,
        "SumBackward0": 5,
        "MulBackward0": 5,
        "torch::autograd::AccumulateGrad": 5,
    }
    times = [e.cpu_time_total for e in prof.function_events if e.name == "aten::mul"]
    assert found["aten::mul"].cpu_time_total == pytest.approx(sum(times))
    assert found["aten::mul"].cpu_time == pytest.approx(sum(times) / 5)
    assert prof.total_average().count == 25
    assert prof.total_average().key == "Total"


def test_events_can_be_told_apart_by_the_shapes_of_their_inputs() -> None:
    a, b = cr.ones(2, 3, requires_grad=True), cr.ones(3, 4)
    with profile(record_shapes=True) as prof:
        (a @ b).sum().backward()
        (a @ cr.ones(3, 5)).relu()
    found = {(e.key, str(e.input_shapes)): e.count for e in prof.key_averages(group_by_input_shape=True)}
    assert found["aten::mm", "[[2, 3], [3, 4]]"] == 1
    assert found["aten::mm", "[[2, 3], [3, 5]]"] == 1
    assert found["SumBackward0", "[[]]"] == 1
    assert found["MmBackward0", "[[2, 4]]"] == 1
    assert found["torch::autograd::AccumulateGrad", "[[2, 3]]"] == 1
    assert {e.key: e.count for e in prof.key_averages()}["aten::mm"] == 2
    assert "Input Shapes" in prof.key_averages(group_by_input_shape=True).table()
    assert "Input Shapes" not in prof.key_averages().table()


def events_of_known_times() -> EventList:
    outer = FunctionEvent(1, "outer", 1, 0.0, 3_000_000.0, is_user_annotation=True)
    events = EventList([outer])
    for i, (name, duration) in enumerate([("aten::mul", 1500.0), ("aten::add", 20.0), ("aten::mul", 500.0)]):
        child = FunctionEvent(i + 2, name, 1, 10_000.0 * i, 10_000.0 * i + duration, input_shapes=[[2, 3]])
        outer.append_cpu_child(child)
        child.set_cpu_parent(outer)
        events.append(child)
    return events


def test_the_table_is_laid_out_as_torchs() -> None:
    table = events_of_known_times().key_averages().table(sort_by="cpu_time_total")
    lines = table.split("\n")
    row = "{:>13}" + "  {:>12}" * 6 + "  "
    assert lines[1] == row.format(
        "Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg", "# of Calls"
    )
    assert lines[3] == row.format("outer", "99.93%", "2.998s", "100.00%", "3.000s", "3.000s", 1)
    assert lines[4] == row.format("aten::mul", "0.07%", "2.000ms", "0.07%", "2.000ms", "1.000ms", 2)
    assert lines[5] == row.format("aten::add", "0.00%", "20.000us", "0.00%", "20.000us", "20.000us", 1)
    assert lines[0] == lines[2] == lines[6] == ("-" * 13 + "  " + ("-" * 12 + "  ") * 6)
    assert lines[7:] == ["Self CPU time total: 3.000s", ""]


@pytest.mark.parametrize(
    ("sort_by", "order"),
    [
        ("count", ["aten::mul", "outer", "aten::add"]),
        ("cpu_time", ["outer", "aten::mul", "aten::add"]),
        ("self_cpu_time_total", ["outer", "aten::mul", "aten::add"]),
        ("cuda_time_total", ["outer", "aten::mul", "aten::add"]),
        (None, ["outer", "aten::mul", "aten::add"]),
    ],
)
def test_the_table_is_sorted(sort_by: str | None, order: list[str]) -> None:
    table = events_of_known_times().key_averages().table(sort_by=sort_by)
    assert re.findall(r"^ *(outer|aten::\w+) ", table, re.MULTILINE) == order


def test_the_table_can_be_limited_to_some_rows_and_to_the_outermost_events() -> None:
    events = events_of_known_times()
    assert events.table(row_limit=2).count("aten::") == 1
    assert events.table(row_limit=-1).count("aten::") == 3
    table = events.table(top_level_events_only=True, header="What ran", time_unit="us")
    assert "aten::" not in table
    assert table.split("\n")[1:4:2] == ["What ran", "This report only display top-level ops statistics"]
    assert "3000000.000us" in table


def test_a_long_name_is_cut() -> None:
    events = EventList([FunctionEvent(1, "n" * 100, 1, 0.0, 1.0)])
    assert f"{'n' * 52}...  " in events.table()
    assert "n" * 100 in events.table(max_name_column_width=None)


def test_sorting_by_what_events_have_not_is_an_error() -> None:
    with pytest.raises(AttributeError, match="'FunctionEvent' object has no attribute 'nonsense'"):
        events_of_known_times().table(sort_by="nonsense")


def test_an_empty_profile_has_an_empty_table() -> None:
    with profile() as prof:
        pass
    assert prof.table() == prof.key_averages().table() == ""
    assert prof.self_cpu_time_total == prof.total_average().count == 0


def test_a_profile_prints_as_its_table_once_it_has_ended() -> None:
    prof = profile()
    assert str(prof) == repr(prof) == "<unfinished chainrule.autograd.profile>"
    with prof:
        cr.ones(2) * 2
        assert prof.key_averages() == []
    assert "aten::mul" in str(prof)
    assert str(prof) == prof.table()
    assert repr(prof).startswith(
        "[<FunctionEvent id=1 name=aten::mul overload_name= device_type=DeviceType.CPU"
    )


# -- options -----------------------------------------------------------------------------------------


def test_a_profile_that_is_not_enabled_records_nothing() -> None:
    inner = profile(enabled=False)
    with inner as prof:
        cr.ones(2) * 2
    assert prof is None
    assert inner.table() == ""


def test_a_profile_is_recorded_once() -> None:
    prof = profile()
    with prof:
        pass
    with pytest.raises(RuntimeError, match="Profiler context manager is not reentrant"):
        prof.__enter__()


def test_a_profile_within_a_profile_sees_its_part() -> None:
    x = leaf(1.0, 2.0)
    with profile() as outer:
        x.sin()
        with profile() as inner, record_function("both"):
            x.cos()
    assert names(outer) == ["aten::sin", "both", "aten::cos"]
    assert names(inner) == ["both", "aten::cos"]


def test_memory_that_is_taken_and_given_back() -> None:
    x = cr.ones(100_000, requires_grad=True)
    with profile(profile_memory=True) as prof:
        y = x * x
        with record_function("block"):
            z = y.exp()
            del z
        y.sum().backward()
    found = {event.name: event for event in prof.function_events}
    assert found["aten::mul"].cpu_memory_usage == pytest.approx(400_000, abs=2000)
    assert found["aten::exp"].cpu_memory_usage == pytest.approx(400_000, abs=2000)
    assert found["block"].cpu_memory_usage == pytest.approx(0, abs=5000)
    assert found["block"].self_cpu_memory_usage == pytest.approx(-400_000, abs=5000)
    assert re.search(r"aten::mul .* 39\d\.\d\d KB", prof.key_averages().table(sort_by="cpu_memory_usage"))


def test_the_users_lines_are_recorded_and_are_those_of_forward_in_backward() -> None:
    x = leaf(1.0, 2.0)
    with profile(with_stack=True) as prof:
        y = x.exp()
        y.sum().backward()
    found = {event.name: event.stack for event in prof.function_events}
    assert found["aten::exp"][0].startswith(__file__)
    assert "test_the_users_lines" in found["aten::exp"][0]
    assert found["ExpBackward0"] == found["aten::exp"]
    assert "Source Location" in prof.table()
    rows = {event.key: event for event in prof.key_averages(group_by_stack_n=1)}
    assert rows["aten::exp"].stack == found["aten::exp"][:1]


def test_lines_with_their_times_are_written_for_flame_graphs(tmp_path: Path) -> None:
    with profile(with_stack=True) as prof:
        slow(0.002).apply(leaf(1.0))
    prof.export_stacks(str(tmp_path / "stacks"))
    (line,) = [
        line
        for line in (tmp_path / "stacks").read_text().splitlines()
        if int(line.rpartition(" ")[2]) >= 2000
    ]
    assert line.count(" ") == 1
    with pytest.raises(ValueError, match=r"metric should be one of: \['self_cpu_time_total'"):
        prof.export_stacks(str(tmp_path / "stacks"), "time")
    with pytest.raises(AssertionError, match=r"export_stacks\(\) requires with_stack=True"):
        profile().export_stacks(str(tmp_path / "stacks"))


def test_floating_point_operations_are_counted_in_products_and_sums() -> None:
    a, b = cr.ones(2, 3), cr.ones(3, 4)
    with profile(with_flops=True) as prof:
        (a @ b + 1) * 2
        (cr.ones(5, 2, 3) @ cr.ones(5, 3, 4)).exp()
    found = [(event.name, event.flops) for event in prof.function_events]
    assert found == [
        ("aten::mm", 48),
        ("aten::add", 8),
        ("aten::mul", 8),
        ("aten::matmul", 240),
        ("aten::exp", 0),
    ]
    assert "Total FLOPs" in prof.table()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"use_cpu": False}, AssertionError, "Device-only events supported only with Kineto"),
        ({"use_cpu": False, "use_kineto": True}, AssertionError, "No activities specified for the profiler"),
        ({"post_processing_timeout_s": -1}, ValueError, "post_processing_timeout_s must be non-negative"),
        ({"with_modules": True}, ValueError, "name the calls of modules by record_function"),
        ({"experimental_config": object()}, ValueError, "configure Kineto, which chainrule does without"),
        ({"activity_filters": {1: {"a"}}}, ValueError, "configure Kineto, which chainrule does without"),
    ],
)
def test_options_that_mean_nothing_here_are_errors(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        profile(**options)
    profile(enabled=False, **options)


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        ({"use_device": "cuda"}, ["CUDA is not available, disabling CUDA profiling"]),
        ({"use_device": "xpu"}, ["XPU is not available, disabling XPU profiling"]),
        ({"use_device": "abacus"}, ["The abacus is not a valid device option."]),
        (
            {"use_cuda": True},
            [
                "The attribute `use_cuda` will be deprecated soon, "
                "please use ``use_device = 'cuda'`` instead.",
                "CUDA is not available, disabling CUDA profiling",
            ],
        ),
    ],
)
def test_other_devices_are_warned_about(options: dict[str, Any], messages: list[str]) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        profile(**options)
    assert [str(warning.message) for warning in caught] == messages
    assert all(warning.filename == __file__ for warning in caught)


# -- traces ------------------------------------------------------------------------------------------


def traced(prof: Any, path: Path) -> dict[str, Any]:
    prof.export_chrome_trace(str(path / "trace.json"))
    found: dict[str, Any] = json.loads((path / "trace.json").read_text())
    return found


def test_the_trace_has_what_the_format_asks_for(tmp_path: Path) -> None:
    x = leaf(1.0, 2.0)
    with profile(record_shapes=True, custom_trace_id_callback=lambda: "my trace") as prof:
        with record_function('a "quoted" block'):
            y = x.sin()
        y.sum().backward()
    trace = traced(prof, tmp_path)
    assert trace["trace_id"] == "my trace"
    assert trace["displayTimeUnit"] == "ms"
    events = trace["traceEvents"]
    assert all({"ph", "name", "pid", "tid", "ts"} <= event.keys() for event in events)
    bars = [event for event in events if event["ph"] == "X"]
    assert [bar["name"] for bar in bars] == names(prof)
    assert [(bar["ts"], bar["dur"]) for bar in bars] == [
        (e.time_range.start, e.cpu_time_total) for e in prof.function_events
    ]
    assert bars[0]["cat"] == "user_annotation"
    assert bars[1]["args"]["Input Dims"] == [[2]]
    assert {event["name"] for event in events if event["ph"] == "M"} >= {"process_name", "thread_name"}


def test_arrows_in_the_trace_lead_from_operations_to_their_backward(tmp_path: Path) -> None:
    x = leaf(1.0, 2.0)
    with profile() as prof:
        y = (x.sin() * x).sum()
        y.backward(retain_graph=True)
        y.backward()
    events = traced(prof, tmp_path)["traceEvents"]
    at = {event["ts"]: event["name"] for event in events if event["ph"] == "X"}
    starts = {event["id"]: at[event["ts"]] for event in events if event["ph"] == "s"}
    ends = {event["id"]: at[event["ts"]] for event in events if event["ph"] == "f"}
    assert {starts[number]: ends[number] for number in starts} == {
        "aten::sin": "SinBackward0",
        "aten::mul": "MulBackward0",
        "aten::sum": "SumBackward0",
    }


# -- what it leaves alone ------------------------------------------------------------------------------


def test_results_are_the_same_under_a_profile() -> None:
    def run() -> Any:
        x = cr.linspace(0.1, 2, 7, requires_grad=True)
        y = (x[:4].sin() @ x[3:].exp()) + cr.where(x > 1, x.sqrt(), 0.0).sum()
        return cr.autograd.grad(y, x)[0]

    expected = run()
    with profile(record_shapes=True, with_stack=True, with_flops=True):
        assert (run() == expected).all()


def test_an_error_in_the_block_comes_through_and_what_ran_is_kept() -> None:
    prof = profile()
    with pytest.raises(ZeroDivisionError), prof:
        cr.ones(2).sin() * (1 / 0)
    assert names(prof) == ["aten::sin"]


def test_functions_of_numpy_on_tensors_are_recorded() -> None:
    with profile() as prof:
        np.sin(leaf(1.0, 2.0))
    assert names(prof) == ["aten::sin"]


def test_the_profiler_is_loaded_on_first_use() -> None:
    code = "import sys, chainrule; print([name for name in sys.modules if 'profiler' in name])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "code",
    [
        "import chainrule; chainrule.autograd.profiler.profile",
        "import chainrule.autograd.profiler as profiler; profiler.record_function",
        "from chainrule.autograd.profiler import profile, record_function",
        "from chainrule.autograd import profiler",
    ],
)
def test_the_profiler_is_imported_in_all_the_usual_ways(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)
