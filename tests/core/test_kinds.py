"""What the kinds do for all operations: conjugation, also of partial cotangents."""

from __future__ import annotations

import chainrule


def test_a_complex_factor_of_a_real_operand_is_conjugated_under_a_partial_cotangent() -> None:
    x = chainrule.tensor([1.0, 2.0], dtype=chainrule.float64, requires_grad=True)
    y = (1j * x)[0] * 1j  # -x[0], through the cotangent of an index
    (g,) = chainrule.autograd.grad(y.real, x)
    assert g.tolist() == [-1.0, 0.0]
