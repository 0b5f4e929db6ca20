"""Functions: the forms they are written in, their arguments and results, and what `backward` may return."""

from __future__ import annotations

from typing import Any

import pytest

import chainrule
from torch_words import raises


def product(m: Any) -> Any:
    """Return a Function that multiplies three arguments, the last one a number."""

    class Product(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any, k: float = 1.0) -> Any:
            ctx.save_for_backward(x, y)
            ctx.k = k
            return x * y * k

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, y = ctx.saved_tensors
            grads = (g * y * ctx.k, g * x * ctx.k, None)
            return grads[: len(ctx.needs_input_grad)]

    return Product


def separate_product(m: Any) -> Any:
    """Return the same with `setup_context`."""

    class Product(m.autograd.Function):
        @staticmethod
        def forward(x: Any, y: Any, k: float = 1.0) -> Any:
            return x * y * k

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            x, y, ctx.k = inputs
            ctx.save_for_backward(x, y)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, y = ctx.saved_tensors
            return g * y * ctx.k, g * x * ctx.k, None

    return Product


def returning(m: Any, gradient: Any, count: int = 1) -> Any:
    """Return a Function of some tensors whose `backward` returns `gradient`."""

    class Named(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *xs: Any) -> Any:
            return xs[-1] * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return gradient

    x = m.tensor([1.0, 2.0], requires_grad=True)
    return Named.apply(*[x] * count).sum(), x


def two_results(m: Any, materialize: bool = True) -> Any:
    """Return a Function with the results 2x and xy that notes the gradients it gets."""

    class Two(m.autograd.Function):
        seen: Any = None

        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            ctx.set_materialize_grads(materialize)
            ctx.save_for_backward(x, y)
            return x * 2, x * y

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            Two.seen = g, h
            x, y = ctx.saved_tensors
            gx = sum(part for part in (g and 2 * g, h and h * y) if part is not None)
            return gx, h and h * x

    return Two


# -- the two forms -------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [product, separate_product])
def test_backward_gives_the_gradients_of_the_arguments(m: Any, make: Any) -> None:
    x = m.tensor([1.0, 2.0], requires_grad=True)
    y = m.tensor([3.0, 4.0], requires_grad=True)
    z = make(m).apply(x, y, 2.0)
    z.sum().backward()
    assert z.tolist() == [6.0, 16.0]
    assert x.grad.tolist() == [6.0, 8.0]
    assert y.grad.tolist() == [2.0, 4.0]


@pytest.mark.parametrize("make", [product, separate_product])
def test_defaults_and_names_of_arguments_are_those_of_forward(m: Any, make: Any) -> None:
    x, y = m.tensor(3.0, requires_grad=True), m.tensor(5.0, requires_grad=True)
    f = make(m)
    assert f.apply(x, y).item() == 15.0
    assert f.apply(x, y=y).item() == 15.0
    assert f.apply(x, y, k=2.0).item() == 30.0
    z = f.apply(y=x, x=y, k=2.0)
    z.backward()
    assert (x.grad.item(), y.grad.item()) == (10.0, 6.0)


def test_setup_context_is_told_of_defaults_too(m: Any) -> None:
    told = []

    class F(m.autograd.Function):
        @staticmethod
        def forward(x: Any, k: int = 3) -> Any:
            return x * k

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            told.append((inputs[1:], output.requires_grad, ctx.needs_input_grad))

    F.apply(m.tensor(1.0, requires_grad=True))
    assert told == [((3,), False, (True, False))]


def test_an_argument_given_by_name_leaves_defaults_before_it() -> None:
    class F(chainrule.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, k: int = 2, y: Any = None, z: Any = None) -> Any:
            return x * k * y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g, None, 10 * g

    x, y = (chainrule.tensor(n, requires_grad=True) for n in (1.0, 3.0))
    F.apply(x, y=y).backward()
    assert (x.grad.item(), y.grad.item()) == (1.0, 10.0)


@pytest.mark.parametrize("make", [product, separate_product])
def test_an_unknown_name_is_an_error(m: Any, make: Any) -> None:
    x = m.ones(2, requires_grad=True)
    with pytest.raises(TypeError, match="got an unexpected keyword argument 'q'"):
        make(m).apply(x, x, q=1)


def test_keyword_only_arguments_of_forward_cannot_be_given(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, *, k: float = 2.0) -> Any:
            return x * k

    with raises(m, TypeError, "forward() got an unexpected keyword argument 'k'"):
        F.apply(m.ones(2), k=3.0)


def test_a_missing_argument_is_pythons_error(m: Any) -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'y'"):
        product(m).apply(m.ones(2))
    with pytest.raises(TypeError, match="missing a required argument: 'y'"):
        separate_product(m).apply(m.ones(2))


def test_backward_may_be_called_vjp(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def vjp(ctx: Any, g: Any) -> Any:
            return g * 2

    x = m.tensor(1.0, requires_grad=True)
    F.apply(x).backward()
    assert x.grad.item() == 2.0


def test_backward_and_vjp_together_are_an_error(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def vjp(ctx: Any, g: Any) -> Any:
            return g * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    y = F.apply(m.tensor(1.0, requires_grad=True))
    sentence = "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. "
    with raises(m, RuntimeError, sentence + "You should only implement one of them."):
        y.backward()


def test_without_backward_only_forward_runs(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

    y = F.apply(m.tensor(1.0, requires_grad=True))
    sentence = (
        "You must implement either the backward or vjp method for your custom autograd.Function to use it"
    )
    with raises(m, NotImplementedError, f"{sentence} with backward mode AD."):
        y.backward()


def test_without_forward_nothing_runs(m: Any) -> None:
    class F(m.autograd.Function):
        pass

    with raises(
        m, NotImplementedError, "You must implement the forward function for custom autograd.Function."
    ):
        F.apply(m.tensor(1.0))


def test_a_function_inherits_forward_and_has_its_own_backward(m: Any) -> None:
    class Child(product(m)):  # type: ignore[misc]
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 100, None

    x = m.tensor(1.0, requires_grad=True)
    y = Child.apply(x, x.detach())
    y.backward()
    assert x.grad.item() == 100.0
    assert y.grad_fn.name() == "ChildBackward"


def test_making_an_instance_warns(m: Any) -> None:
    with pytest.warns(
        DeprecationWarning, match="should not be instantiated. Methods on autograd functions are"
    ):
        instance = product(m)()
    with pytest.raises(
        RuntimeError, match="Legacy autograd function with non-static forward method is deprecated"
    ):
        instance(m.tensor(1.0))


# -- arguments -----------------------------------------------------------------------------------


def test_needs_input_grad_says_which_arguments_require_grad(m: Any) -> None:
    found = []

    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *args: Any) -> Any:
            found.append(ctx.needs_input_grad)
            return args[0] * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            found.append(ctx.needs_input_grad)
            return g, None, None, None

    F.apply(m.ones(2, requires_grad=True), m.ones(2), "text", m.tensor([1, 2])).sum().backward()
    assert found == [(True, False, False, False)] * 2


def test_needs_input_grad_does_not_depend_on_what_is_asked_for(m: Any) -> None:
    found = []

    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x * y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            found.append(ctx.needs_input_grad)
            return g, g

    x, y = m.ones(2, requires_grad=True), m.ones(2, requires_grad=True)
    m.autograd.grad(F.apply(x, y).sum(), x)
    assert found == [(True, True)]


def test_forward_gets_the_arguments_themselves_and_is_not_recorded(m: Any) -> None:
    found = []

    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            found.append((x is leaf, m.is_grad_enabled(), (x * 2).requires_grad, x.requires_grad))
            return x * 2

    leaf = m.ones(2, requires_grad=True)
    F.apply(leaf)
    assert found == [(True, False, False, True)]
    assert m.is_grad_enabled()


def test_tensors_inside_containers_are_not_arguments(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, xs: Any) -> Any:
            return xs[0] * xs[1]

    x = m.ones(2, requires_grad=True)
    assert not F.apply([x, x]).requires_grad


def test_next_functions_are_those_of_the_tensors_among_the_arguments(m: Any) -> None:
    x = m.tensor(2.0, requires_grad=True)
    node = product(m).apply(x * 1, m.tensor(3.0), 2.0).grad_fn
    assert [(f and f.name(), number) for f, number in node.next_functions] == [("MulBackward0", 0), (None, 0)]


# -- results -------------------------------------------------------------------------------------


def test_the_node_is_named_after_the_function(m: Any) -> None:
    x = m.tensor(2.0, requires_grad=True)
    y = product(m).apply(x, x)
    assert str(y) == "tensor(4., grad_fn=<ProductBackward>)"
    assert y.grad_fn.name() == "ProductBackward"
    assert (
        repr(y.grad_fn).replace(m.__name__, "m").startswith("<m.autograd.function.ProductBackward object at")
    )
    assert isinstance(y.grad_fn, m.autograd.graph.Node)


def test_a_function_of_several_results_is_one_node(m: Any) -> None:
    x, y = m.tensor(2.0, requires_grad=True), m.tensor(3.0, requires_grad=True)
    a, b = two_results(m).apply(x, y)
    assert a.grad_fn is b.grad_fn
    assert (a.output_nr, b.output_nr) == (0, 1)
    (a * b).backward()
    assert (x.grad.item(), y.grad.item()) == (24.0, 8.0)  # d(2x * xy) = 4xy dx + 2xx dy


def test_absent_gradients_are_zeros(m: Any) -> None:
    x, y = m.ones(2, requires_grad=True), m.ones(2)
    f = two_results(m)

    class Plain(f):  # type: ignore[misc, valid-type]
        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            f.seen = g, h
            return g, None

    a, _ = Plain.apply(x, y)
    a.sum().backward()
    assert [g.tolist() for g in f.seen] == [[1.0, 1.0], [0.0, 0.0]]


def test_absent_gradients_are_none_when_the_function_wants_it(m: Any) -> None:
    x, y = m.tensor(2.0, requires_grad=True), m.tensor(3.0, requires_grad=True)
    f = two_results(m, materialize=False)
    _, b = f.apply(x, y)
    b.backward()
    assert f.seen[0] is None
    assert (x.grad.item(), y.grad.item()) == (3.0, 2.0)


def test_results_that_are_no_tensors_are_returned_and_get_no_gradient(m: Any) -> None:
    seen = []

    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return "text", x * 2, None, (x * 3,)

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            seen.extend(grads)
            return grads[1] * 2

    x = m.tensor(1.0, requires_grad=True)
    text, y, nothing, nested = F.apply(x)
    assert (text, nothing, nested[0].requires_grad) == ("text", None, False)
    y.backward()
    assert x.grad.item() == 2.0
    assert (seen[0], seen[2], seen[3]) == (None, None, None)


@pytest.mark.parametrize("result", [5, None, "text"])
def test_a_result_may_be_no_tensor_at_all(m: Any, result: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return result

    assert F.apply(m.tensor(1.0, requires_grad=True)) == result


def test_integer_results_do_not_require_grad_and_get_zeros(m: Any) -> None:
    seen = []

    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2, m.tensor([1, 2])

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            seen.append(h.tolist())
            return g * 2

    x = m.ones(2, requires_grad=True)
    y, i = F.apply(x)
    assert not i.requires_grad
    y.sum().backward()
    assert seen == [[0, 0]]


def test_a_tuple_of_one_stays_a_tuple(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return (x * 2,)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return (g * 2,)

    x = m.tensor(1.0, requires_grad=True)
    (y,) = F.apply(x)
    y.backward()
    assert x.grad.item() == 2.0


def test_one_tensor_returned_twice_is_the_last_of_the_results(m: Any) -> None:
    seen = []

    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x * 2
            return y, y

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            seen.append((g.item(), h.item()))
            return g + h

    a, b = F.apply(m.tensor(1.0, requires_grad=True))
    assert a is b
    assert a.output_nr == 1
    a.backward()
    assert seen == [(0.0, 1.0)]


def test_under_no_grad_nothing_is_recorded(m: Any) -> None:
    x = m.tensor(2.0, requires_grad=True)
    with m.no_grad():
        y = product(m).apply(x, x)
    assert (y.requires_grad, y.grad_fn) == (False, None)
    assert not product(m).apply(m.tensor(1.0), m.tensor(1.0)).requires_grad


# -- what backward returns -----------------------------------------------------------------------


def test_gradients_of_arguments_without_grad_are_ignored(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2, m.ones(7)

    x = m.tensor(1.0, requires_grad=True)
    F.apply(x, m.tensor(1.0)).backward()
    assert x.grad.item() == 2.0


def test_a_wrong_number_of_gradients_is_an_error_that_names_the_function(m: Any) -> None:
    y, _ = returning(m, m.ones(2), count=2)
    sentence = "function NamedBackward returned an incorrect number of gradients (expected 2, got 1)"
    with raises(m, RuntimeError, sentence):
        y.backward()


def test_further_gradients_may_be_none(m: Any) -> None:
    y, x = returning(m, (m.ones(2), None, None))
    y.backward()
    assert x.grad.tolist() == [1.0, 1.0]
    y, _ = returning(m, (m.ones(2), m.ones(2)))
    sentence = "function NamedBackward returned an incorrect number of gradients (expected 1, got 2)"
    with raises(m, RuntimeError, sentence):
        y.backward()


def test_a_gradient_of_a_wrong_shape_is_an_error_that_names_the_function(m: Any) -> None:
    y, x = returning(m, m.ones(3))
    sentence = "Function NamedBackward returned an invalid gradient at index 0 - got [3] but expected shape "
    with raises(m, RuntimeError, f"{sentence}compatible with [2]"):
        y.backward()
    assert x.grad is None


@pytest.mark.parametrize(("shape", "sums"), [((3, 2), [3.0, 3.0]), ((2,), [1.0, 1.0])])
def test_a_gradient_of_a_broadcast_shape_is_summed(m: Any, shape: Any, sums: Any) -> None:
    y, x = returning(m, m.ones(shape))
    y.backward()
    assert x.grad.tolist() == sums


def test_a_gradient_that_is_too_small_is_not_broadcast(m: Any) -> None:
    y, _ = returning(m, m.ones(1))
    with pytest.raises(RuntimeError, match="invalid gradient at index 0"):
        y.backward()


@pytest.mark.parametrize("gradient", [1.0, "text"])
def test_a_gradient_that_is_no_tensor_is_an_error(m: Any, gradient: Any) -> None:
    y, _ = returning(m, gradient)
    with raises(m, RuntimeError, f"expected Variable or None (got {type(gradient).__name__})"):
        y.backward()


def test_a_list_of_gradients_is_an_error(m: Any) -> None:
    y, _ = returning(m, [m.ones(2)])
    with raises(m, RuntimeError, "expected Variable or None (got list)"):
        y.backward()


@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_a_gradient_takes_the_dtype_of_the_argument(m: Any, dtype: str) -> None:
    y, x = returning(m, m.ones(2, dtype=getattr(m, dtype)))
    y.backward()
    assert x.grad.dtype is m.float32


def test_a_complex_gradient_of_a_real_argument_is_an_error(m: Any) -> None:
    y, _ = returning(m, m.ones(2, dtype=m.complex64))
    with pytest.raises(RuntimeError, match="to be true, but got false"):
        y.backward()


def test_a_gradient_of_what_is_no_tensor_is_an_error(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, k: Any) -> Any:
            return x * k

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g, g

    y = F.apply(m.tensor(1.0, requires_grad=True), 2)
    sentence = (
        "function FBackward returned a gradient different than None at position 2, but the corresponding "
    )
    with raises(m, RuntimeError, f"{sentence}forward input was not a Variable"):
        y.backward()


def test_backward_runs_on_tensors_without_recording(m: Any) -> None:
    seen = []

    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            seen.append((m.is_tensor(g), g.shape == (), m.is_grad_enabled(), g.requires_grad))
            return g * 2

    F.apply(m.tensor(1.0, requires_grad=True)).backward()
    assert seen == [(True, True, False, False)]


def test_gradients_may_come_boxed_in_a_list(m: Any) -> None:
    class F(m.autograd.Function):
        boxed_grads_call = True

        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x * y, x + y

        @staticmethod
        def backward(ctx: Any, grads: Any) -> Any:
            h = grads.pop()
            return grads.pop(), h

    x, y = m.tensor(2.0, requires_grad=True), m.tensor(3.0, requires_grad=True)
    a, b = F.apply(x, y)
    (a + 10 * b).backward()
    assert (x.grad.item(), y.grad.item()) == (1.0, 10.0)


def test_complex_gradients_follow_torchs_convention(m: Any) -> None:
    class Square(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * 2 * x.conj()

    x = m.tensor([1 + 2j], requires_grad=True)
    Square.apply(x).abs().sum().backward()
    assert x.grad.tolist() == (2 * x).tolist()


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (2, 3)])
def test_any_shape(m: Any, shape: Any) -> None:
    x = m.ones(shape, requires_grad=True)
    product(m).apply(x, x).sum().backward()
    assert x.grad.shape == shape
    assert x.grad.tolist() == (2 * x.detach()).tolist()


# -- exceptions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["forward", "setup_context", "backward"])
def test_an_exception_in_the_users_code_leaves_everything_as_it_was(m: Any, where: str) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(x: Any) -> Any:
            return x * (1 / (where != "forward"))

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.k = 1 / (where != "setup_context")

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * (1 / (where != "backward"))

    x, w = m.tensor(1.0, requires_grad=True), m.tensor(2.0, requires_grad=True)
    with pytest.raises(ZeroDivisionError):
        (F.apply(x * 1) * w).backward()
    assert m.is_grad_enabled()
    assert (x * 2).requires_grad
    assert x.grad is None


def test_no_gradient_is_accumulated_when_backward_fails() -> None:
    class F(chainrule.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            raise ValueError

    x, w = (chainrule.tensor(n, requires_grad=True) for n in (1.0, 2.0))
    with pytest.raises(ValueError):
        (F.apply(x * 1) * w).backward()
    assert w.grad is None
