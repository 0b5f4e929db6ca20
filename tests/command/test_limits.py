"""Limits of time, and formulas under them."""

import signal
import threading
import time

import pytest

from chainrule.command import formulas
from chainrule.command.diff import terms_of
from chainrule.command.expression import parse
from chainrule.command.functions import ExpressionFunction
from chainrule.command.limits import time_limit

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="there are no alarms on Windows")


def wait(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_work_that_takes_too_long_is_stopped():
    begin = time.monotonic()
    with pytest.raises(TimeoutError), time_limit(0.05):
        wait(30)
    assert time.monotonic() - begin < 15


def test_work_that_catches_the_exception_is_stopped_again():
    caught = []

    def stubborn():
        try:
            wait(30)
        except TimeoutError as error:
            caught.append(error)
        wait(30)

    with pytest.raises(TimeoutError), time_limit(0.05):
        stubborn()
    assert len(caught) == 1


def test_quick_work_leaves_no_alarm_behind():
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(0.05):
        pass
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_other_threads_have_no_limit():
    done = []

    def work():
        with time_limit(0.01):
            wait(0.05)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_formulas_that_take_too_long_are_left_out(monkeypatch):
    monkeypatch.setattr(formulas, "PATIENCE", 0.3)
    tower = ExpressionFunction(parse("x**" * 30 + "x", ["x"]), ["x"])
    begin = time.monotonic()
    found = formulas.formula_texts(tower, terms_of(["x"], 4))
    assert time.monotonic() - begin < 15
    assert "d4f/dx4" not in found


def test_of_very_many_terms_only_the_first_have_formulas(monkeypatch):
    monkeypatch.setattr(formulas, "MOST_FORMULAS", 3)
    f = ExpressionFunction(parse("x*y", ["x", "y"]), ["x", "y"])
    assert formulas.formula_texts(f, terms_of(["x", "y"], 2)) == {"df/dx": "y", "df/dy": "x", "d2f/dx2": "0"}


def test_a_formula_that_is_not_finite_is_left_out():
    f = ExpressionFunction(parse("tan(pi/2)*x", ["x"]), ["x"])
    assert formulas.formula_texts(f, terms_of(["x"], 1)) == {}


class Slow:
    """An object whose end takes a while."""

    def __init__(self, done):
        self.done = done

    def __del__(self):
        wait(0.2)
        self.done.append(True)


def test_clearing_up_is_not_interrupted():
    done = []

    def drop():
        Slow(done)
        wait(30)

    with pytest.raises(TimeoutError), time_limit(0.05):
        drop()
    assert done == [True]
