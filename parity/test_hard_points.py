"""What the tests say torch gives at the hard points is what it gives."""

from __future__ import annotations

import pytest
from libraries import torch  # noqa: F401 (skips the module without torch)
from record import derivatives

from hard_points import ROWS, Row
from torch_record import recorded

RECORDED = recorded()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_the_record_of_torch_is_true(row: Row) -> None:
    found, recorded = derivatives(row), RECORDED[row.name]
    assert found.keys() == recorded.keys()
    for kind in found:
        a = found[kind] if isinstance(found[kind], list) else [found[kind]]
        b = recorded[kind] if isinstance(recorded[kind], list) else [recorded[kind]]
        assert list(map(float, a)) == pytest.approx(list(map(float, b)), nan_ok=True)
