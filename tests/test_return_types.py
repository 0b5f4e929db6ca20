"""The named tuples of operations with several results."""

from __future__ import annotations

import pickle

from chainrule import return_types


def test_they_print_with_a_field_on_each_line() -> None:
    assert repr(return_types.topk(1, 2)) == "chainrule.return_types.topk(\nvalues=1,\nindices=2)"


def test_they_are_tuples_with_names() -> None:
    found = return_types.aminmax(1, 2)
    low, high = found
    assert (low, high) == found == (1, 2)
    assert (found.min, found.max) == (1, 2)


def test_they_survive_pickling() -> None:
    found = pickle.loads(pickle.dumps(return_types.sort(1, 2)))
    assert type(found) is return_types.sort
