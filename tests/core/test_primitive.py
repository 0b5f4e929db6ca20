"""Primitive: how its parameters are read."""

import inspect

import pytest

from chainrule.core.primitive import parameters_of, registry


def rules_of(primitive):
    rules = [primitive.forward, primitive.joint, *primitive.rules.values()]
    return [rule for rule in rules if callable(rule)]


@pytest.mark.parametrize("name", registry)
def test_parameters_read_off_the_code_are_those_of_the_signature(name):
    for rule in rules_of(registry[name]):
        assert sorted(parameters_of(rule)) == sorted(inspect.signature(rule).parameters)


def test_parameters_are_the_operands_first_and_the_static_ones_last():
    def forward(a, b, *, dim, keepdim=False):
        both = a + b
        return both + dim if keepdim else both

    def variadic(*parts, dim):
        return parts, dim

    assert parameters_of(forward) == ("a", "b", "dim", "keepdim")
    assert parameters_of(variadic) == ("parts", "dim")
    assert parameters_of(registry["cos"]) == ("x",)


def test_static_parameters_may_be_given_by_position_and_their_defaults_are_kept():
    primitive = registry["diagonal"]
    operand = object()
    assert primitive.bind((operand, 1, 0, 1), {}) == ((operand,), {"offset": 1, "dim1": 0, "dim2": 1})
    with pytest.raises(TypeError, match=r"diagonal\(\) takes 4 positional arguments but 5 were given"):
        primitive.bind((operand, 1, 0, 1, 5), {})
