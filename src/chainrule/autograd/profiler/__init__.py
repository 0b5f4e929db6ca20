"""torch.autograd.profiler: how often each operation ran, forward and backward, and how long it took."""

from chainrule.autograd.profiler.events import EventList, FunctionEvent, FunctionEventAvg, Interval
from chainrule.autograd.profiler.profile import profile, record_function

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "Interval", "profile", "record_function"]
