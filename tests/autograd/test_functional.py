"""chainrule.autograd.functional: products with Jacobians and Hessians, the matrices, and their errors."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.autograd import functional
from chainrule.autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp

X = [0.3, -0.7, 1.2]
A = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def tensor(data, **options):
    return cr.tensor(data, dtype=cr.float64, **options)


def same(found, expected):
    """Compare nested tuples (or lists) of tensors with nested tuples of arrays."""
    if isinstance(expected, (tuple, list)) and isinstance(found, (tuple, list)):
        assert type(found) is type(expected)
        assert len(found) == len(expected)
        for f, e in zip(found, expected, strict=True):
            same(f, e)
        return
    assert isinstance(found, cr.Tensor)
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-12, atol=1e-12)


def cube(x):
    return x**3


def cubes(x):
    return (x**3).sum()


def product(x, a):
    return (a @ x, (x * x).sum())


def energy(x, a):
    return ((a @ x) ** 2).sum()


x = np.array(X)
a = np.array(A)


# -- loading ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        "chainrule.autograd.functional.jacobian",
        "from chainrule.autograd import functional; functional.hvp",
        "import chainrule.autograd.functional; chainrule.autograd.functional.jvp",
        "from chainrule.autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp",
    ],
)
def test_is_loaded_on_first_use(use):
    code = (
        "import sys, chainrule\n"
        f"assert 'chainrule.autograd.functional' not in sys.modules\n{use}\n"
        "assert 'chainrule.autograd.functional' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_names_of_autograd_are_attribute_errors():
    with pytest.raises(AttributeError, match=r"module 'chainrule\.autograd' has no attribute 'nonsense'"):
        cr.autograd.nonsense  # noqa: B018


# -- vjp and jvp --------------------------------------------------------------------------------------


def test_vjp_gives_the_value_and_the_product_from_the_left():
    v = np.array([1.0, 2.0, 3.0])
    same(vjp(cube, tensor(X), tensor(v)), (x**3, v * 3 * x**2))


def test_vjp_of_several_inputs_and_outputs_gives_tuples():
    v, w = np.array([1.0, -2.0]), 3.0
    found = vjp(product, (tensor(X), tensor(A)), (tensor(v), tensor(w)))
    same(found, ((a @ x, x @ x), (v @ a + w * 2 * x, np.outer(v, x))))


def test_vjp_of_one_element_needs_no_vector():
    same(vjp(cubes, tensor(X)), ((x**3).sum(), 3 * x**2))
    same(vjp(lambda x: cubes(x).reshape(1, 1), tensor(X))[1], 3 * x**2)


def test_vjp_takes_a_tuple_of_one_apart_from_a_tensor():
    same(vjp(lambda x: (cubes(x),), (tensor(X),)), (((x**3).sum(),), (3 * x**2,)))


def test_jvp_gives_the_value_and_the_product_from_the_right():
    v = np.array([1.0, 2.0, 3.0])
    same(jvp(cube, tensor(X), tensor(v)), (x**3, v * 3 * x**2))


def test_jvp_of_several_inputs_and_outputs_gives_tuples():
    v, w = np.array([1.0, 0.5, -1.0]), np.arange(6.0).reshape(2, 3)
    found = jvp(product, (tensor(X), tensor(A)), (tensor(v), tensor(w)))
    same(found, ((a @ x, x @ x), (a @ v + w @ x, 2 * x @ v)))


def test_jvp_of_one_element_needs_no_vector():
    same(jvp(lambda x: x * tensor(X), tensor(2.0)), (2 * x, x))


def test_jvp_of_an_identity_is_the_vector():
    same(jvp(lambda x: x, tensor(X), tensor(X)), (x, x))


def test_products_of_complex_functions():
    z, v = np.array([1 + 2j, 3j]), np.array([1j, 2.0])
    ours = [cr.tensor(t) for t in (z, v)]
    same(jvp(lambda z: z**2, *ours), (z**2, 2 * z * v))
    same(vjp(lambda z: z**2, *ours), (z**2, np.conj(2 * z) * v))


# -- Hessian products ---------------------------------------------------------------------------------


@pytest.mark.parametrize("of", [vhp, hvp])
def test_products_with_the_hessian(of):
    v = np.array([1.0, 2.0, 3.0])
    same(of(cubes, tensor(X), tensor(v)), ((x**3).sum(), 6 * x * v))


@pytest.mark.parametrize("of", [vhp, hvp])
def test_products_with_the_hessian_of_several_inputs(of):
    v, w = np.array([1.0, 0.5, -1.0]), np.arange(6.0).reshape(2, 3)
    found = of(energy, (tensor(X), tensor(A)), (tensor(v), tensor(w)))
    in_x = 2 * a.T @ (a @ v + w @ x) + 2 * w.T @ (a @ x)
    in_a = 2 * np.outer(a @ v + w @ x, x) + 2 * np.outer(a @ x, v)
    same(found, (((a @ x) ** 2).sum(), (in_x, in_a)))


@pytest.mark.parametrize("of", [vhp, hvp])
def test_products_with_the_hessian_of_one_element_need_no_vector(of):
    same(of(lambda x: x**3, tensor(2.0)), (8.0, 12.0))


@pytest.mark.parametrize("of", [vhp, hvp])
def test_products_with_the_hessian_of_a_linear_function_are_zero(of):
    same(of(lambda x, y: (2 * x).sum(), (tensor(X), tensor(X)), (tensor(X), tensor(X)))[1], (0 * x, 0 * x))


# -- jacobian -----------------------------------------------------------------------------------------

WAYS = [
    {},
    {"create_graph": True},
    {"vectorize": True},
    {"vectorize": True, "create_graph": True},
    {"vectorize": True, "strategy": "forward-mode"},
]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_jacobian_has_the_shape_of_the_output_and_then_of_the_input(way):
    found = jacobian(lambda a: a @ tensor(X), tensor(A), **way)
    assert found.shape == (2, 2, 3)
    same(found, np.einsum("ij,k->ijk", np.eye(2), x))
    same(jacobian(cubes, tensor(X), **way), 3 * x**2)
    same(jacobian(lambda x: x**3, tensor(2.0), **way), 12.0)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_jacobian_of_several_outputs_in_several_inputs(way):
    found = jacobian(product, (tensor(X), tensor(A)), **way)
    rows = [a, np.einsum("ij,k->ijk", np.eye(2), x)], [2 * x, np.zeros((2, 3))]
    kind = list if "strategy" in way else tuple  # as torch returns them
    same(found, kind(kind(row) for row in rows))


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_jacobian_of_several_outputs_in_one_input_is_a_tuple(way):
    same(jacobian(lambda x: (x**3, cubes(x)), tensor(X), **way), (np.diag(3 * x**2), 3 * x**2))


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_output_that_does_not_depend_on_an_input_has_a_zero_jacobian(way):
    same(jacobian(lambda x: tensor(A), tensor(X), **way), np.zeros((2, 3, 3)))
    found = jacobian(lambda x, y: y * 2, (tensor(X), tensor(X)), **way)
    same(tuple(found), (np.zeros((3, 3)), 2 * np.eye(3)))


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_empty_inputs_and_outputs_have_empty_jacobians(way):
    assert jacobian(lambda x: x[:0], tensor(X), **way).shape == (0, 3)
    assert jacobian(lambda x: x.sum(0), tensor(np.zeros((0, 2))), **way).shape == (2, 0, 2)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_integer_outputs_have_a_zero_jacobian(way):
    same(jacobian(lambda x: (x > 0).long(), tensor(X), **way), np.zeros((3, 3)))


def test_an_infinite_slope_leaves_the_other_rows_alone():
    for vectorize in (False, True):
        found = jacobian(cr.sqrt, tensor([0.0, 4.0]), vectorize=vectorize)
        same(found, np.array([[np.inf, 0], [0, 0.25]]))


def test_the_jacobian_in_reverse_mode_has_the_dtype_of_the_input_in_forward_mode_of_the_output():
    def widened(x):
        return x.double() ** 2

    narrow = cr.tensor(X)
    assert jacobian(widened, narrow).dtype == cr.float32
    assert jacobian(widened, narrow, vectorize=True, strategy="forward-mode").dtype == cr.float64


def test_complex_outputs_have_a_jacobian_when_vectorizing():
    z = cr.tensor([1 + 2j, 3j], dtype=cr.complex128)
    diagonal = np.diag([2 + 4j, 6j])
    same(jacobian(lambda z: z**2, z, vectorize=True), diagonal.conj())
    same(jacobian(lambda z: z**2, z, vectorize=True, strategy="forward-mode"), diagonal)
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for real scalar outputs"):
        jacobian(lambda z: z**2, z)


def test_forward_mode_takes_forward_rules():
    class Twice(cr.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            raise AssertionError("reverse mode was used")

        @staticmethod
        def jvp(ctx, t):
            return 2 * t

    found = jacobian(Twice.apply, tensor(X), vectorize=True, strategy="forward-mode")
    same(found, 2 * np.eye(3))


# -- hessian ------------------------------------------------------------------------------------------

HESSIAN_WAYS = [
    {},
    {"create_graph": True},
    {"vectorize": True},
    {"vectorize": True, "create_graph": True},
    {"vectorize": True, "outer_jacobian_strategy": "forward-mode"},
]


@pytest.mark.parametrize("way", HESSIAN_WAYS, ids=str)
def test_the_hessian_has_the_shape_of_the_input_twice(way):
    same(hessian(cubes, tensor(X), **way), np.diag(6 * x))
    assert hessian(lambda a: (a**3).sum(), tensor(A), **way).shape == (2, 3, 2, 3)
    same(hessian(lambda x: x**3, tensor(2.0), **way), 12.0)
    same(hessian(lambda x: cubes(x).reshape(1, 1), tensor(X), **way), np.diag(6 * x))


@pytest.mark.parametrize("way", HESSIAN_WAYS, ids=str)
def test_the_hessian_in_several_inputs(way):
    def f(x, y):
        return (x**2 * y).sum() + y.exp().sum()

    y = np.array([0.1, 0.2, 0.3])
    found = hessian(f, (tensor(X), tensor(y)), **way)
    blocks = [np.diag(2 * y), np.diag(2 * x)], [np.diag(2 * x), np.diag(np.exp(y))]
    for row, expected in zip(found, blocks, strict=True):
        same(tuple(row), tuple(expected))


@pytest.mark.parametrize("way", HESSIAN_WAYS, ids=str)
def test_the_hessian_of_what_does_not_depend_on_the_input_is_zero(way):
    same(hessian(lambda x: tensor(1.0), tensor(X), **way), np.zeros((3, 3)))
    same(hessian(lambda x: x.sum(), tensor(X), **way), np.zeros((3, 3)))


def test_the_hessian_is_the_true_one_where_torch_loses_it():
    same(hessian(lambda x: cr.linalg.vector_norm(x) ** 2, tensor([0.0, 0.0])), 2 * np.eye(2))


@pytest.mark.parametrize("way", HESSIAN_WAYS, ids=str)
def test_the_hessian_goes_through_custom_functions(way):
    class Cube(cr.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            ctx.save_for_forward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 3 * x**2

        @staticmethod
        def jvp(ctx, t):
            (x,) = ctx.saved_tensors
            return t * 3 * x**2

    same(hessian(lambda x: Cube.apply(x).sum(), tensor(X), **way), np.diag(6 * x))


def test_hessians_agree_with_each_other():
    def f(x):
        return (x.sin().outer(x.exp())).sum() * x.prod()

    reverse = hessian(f, tensor(X))
    forward = hessian(f, tensor(X), vectorize=True, outer_jacobian_strategy="forward-mode")
    columns = [vhp(f, tensor(X), tensor(row))[1].numpy() for row in np.eye(3)]
    rows = [hvp(f, tensor(X), tensor(row))[1].numpy() for row in np.eye(3)]
    same(forward, reverse.numpy())
    same(reverse, np.stack(columns))
    same(reverse, np.stack(rows))


# -- create_graph -------------------------------------------------------------------------------------

DIFFERENTIATED = {
    "vjp": lambda x, **options: vjp(cube, x, tensor([1.0, 1.0, 1.0]), **options)[1],
    "jvp": lambda x, **options: jvp(cube, x, tensor([1.0, 1.0, 1.0]), **options)[1],
    "vhp": lambda x, **options: vhp(lambda x: (x**4).sum() / 4, x, tensor([1.0, 1.0, 1.0]), **options)[1],
    "hvp": lambda x, **options: hvp(lambda x: (x**4).sum() / 4, x, tensor([1.0, 1.0, 1.0]), **options)[1],
    "jacobian": lambda x, **options: jacobian(cubes, x, **options),
    "hessian": lambda x, **options: hessian(lambda x: (x**4).sum() / 4, x, **options),
}


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_results_can_be_differentiated_again_with_create_graph(name):
    inner = tensor(X, requires_grad=True)
    found = DIFFERENTIATED[name](inner, create_graph=True)  # 3 x**2, of the Hessian the diagonal
    same(cr.autograd.grad(found.sum(), inner)[0], 6 * x)


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_results_have_no_history_without_create_graph(name):
    assert not DIFFERENTIATED[name](tensor(X, requires_grad=True)).requires_grad


@pytest.mark.parametrize("of", [vjp, jvp])
def test_the_value_has_its_history_only_with_create_graph(of):
    inner = tensor(X, requires_grad=True)
    assert of(cube, inner, tensor(X), create_graph=True)[0].grad_fn is not None
    assert not of(cube, inner, tensor(X))[0].requires_grad


@pytest.mark.parametrize("of", [vjp, jvp])
def test_results_can_be_differentiated_in_the_vector(of):
    v = tensor([1.0, 2.0, 3.0], requires_grad=True)
    found = of(cube, tensor(X), v, create_graph=True)[1]
    same(cr.autograd.grad(found.sum(), v)[0], 3 * x**2)


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_no_grad_outside_changes_nothing(name):
    inner = tensor(X, requires_grad=True)
    with cr.no_grad():
        found = DIFFERENTIATED[name](inner, create_graph=True)
        assert not cr.is_grad_enabled()
    assert found.requires_grad
    same(found, np.diag(3 * x**2) if name == "hessian" else 3 * x**2)


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_inputs_are_left_as_they_were(name):
    inner = tensor(X)
    DIFFERENTIATED[name](inner)
    assert not inner.requires_grad
    assert inner.grad is None


def test_only_the_arguments_are_differentiated_in_not_the_same_tensors_captured():
    inner = tensor(X, requires_grad=True)
    same(jacobian(lambda x: x * inner, inner), np.diag(x))
    same(jacobian(lambda x: x * inner, inner, create_graph=True), np.diag(x))


def test_a_function_may_run_backward_itself():
    def slope(x):
        (g,) = cr.autograd.grad(cubes(x), x, create_graph=True)
        return g

    same(jacobian(slope, tensor(X)), np.diag(6 * x))


def test_the_mode_is_what_it_was_after_an_exception_in_the_function():
    def fails(x):
        assert cr.is_grad_enabled()
        raise ZeroDivisionError

    for function in (vjp, jvp, vhp, hvp):
        with cr.no_grad(), pytest.raises(ZeroDivisionError):
            function(fails, tensor(X), tensor(X))
        assert cr.is_grad_enabled()
    for way in WAYS:
        with pytest.raises(ZeroDivisionError):
            jacobian(fails, tensor(X), **way)
    assert functional.jacobian(cube, tensor(2.0)).item() == 12  # and no level is left entered
