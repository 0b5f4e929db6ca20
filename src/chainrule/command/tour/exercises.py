"""The five exercises: what a student should see first.

Each function is one exercise. Its text is shown beside what it prints, so it is written to be read;
its docstring explains it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import chainrule as cr
from chainrule.show import formula, graph

Show = Callable[[str, Any], None]


def first_derivative(show: Show) -> Any:
    """A first derivative

    Ask for a gradient when you make x, compute y from it, and call backward(): it walks from y back
    to x and leaves dy/dx in x.grad. The derivative of 3x² is 6x, which is 18 at x = 3.
    """
    x = cr.tensor(3.0, requires_grad=True)
    show("x", x)
    y = 3 * x**2
    show("y = 3x^2", y)
    y.backward()
    show("dy/dx at x = 3", x.grad)


def the_graph(show: Show) -> Any:
    """The graph behind it

    Every operation leaves a node. The last one for y is a multiplication; it points at the power, which
    points at x, and backward() goes this way. x is a leaf: you made it yourself, so it has no grad_fn,
    and its gradient is kept. The None is the constant 3, whose gradient nobody wants.
    """
    x = cr.tensor(3.0, requires_grad=True)
    y = 3 * x**2
    y.backward(retain_graph=True)
    for name, t in {"x": x, "y": y}.items():
        show(f"{name}.data", t.data)
        show(f"{name}.grad_fn", t.grad_fn)
        show(f"{name}.is_leaf", t.is_leaf)
        show(f"{name}.requires_grad", t.requires_grad)
        if t.is_leaf:
            show(f"{name}.grad", t.grad)
    edges = y.grad_fn.next_functions
    show("edges of y", [fn for fn, _ in edges])
    power, _ = edges[0]
    show("edges of the power", power.next_functions)
    drawing = graph(y, x=x, y=y)
    return drawing  # noqa: RET504 (the reader is shown the line above)


def polynomial(show: Show) -> Any:
    """A longer polynomial

    x is used twice here. Each use sends its own share back, 12x = 36 from the square and 2 from the
    product, and x.grad is their sum: 38. The picture has the gradient at every node on the way.
    """
    x = cr.tensor(3.0, requires_grad=True)
    y = 6 * x**2 + 2 * x + 4
    show("y = 6x^2 + 2x + 4", y)
    y.backward(retain_graph=True)
    show("dy/dx at x = 3", x.grad)
    show("its formula", formula(lambda x: 6 * x**2 + 2 * x + 4))
    drawing = graph(y, x=x, y=y)
    return drawing  # noqa: RET504 (the reader is shown the line above)


def partial_derivatives(show: Show) -> Any:
    """Partial derivatives

    One backward() gives the derivatives by all variables: df/du = 3u² + 4v and df/dv = 2v + 4u.
    Together they are the gradient, the direction in which f grows fastest. In the picture it stands at
    right angles to the lines on which f is constant.
    """
    u = cr.tensor(3.0, requires_grad=True)
    v = cr.tensor(4.0, requires_grad=True)
    f = u**3 + v**2 + 4 * u * v
    show("f(3, 4)", f)
    f.backward()
    show("df/du", u.grad)
    show("df/dv", v.grad)


def many_values(show: Show) -> Any:
    """A function of many values

    backward() starts from one number, so the 20 squares are summed first. Every x[i] reaches the sum on
    a path of its own, so x.grad holds the derivative 2x at all 20 points after a single pass.
    """
    x = cr.linspace(-20, 20, 20, requires_grad=True)
    Y = x**2
    show("Y", Y)
    y = cr.sum(Y)
    show("sum of Y", y)
    y.backward()
    show("x.grad", x.grad)
    show("x.detach().numpy()", x.detach().numpy())
    show("Y.detach().numpy()", Y.detach().numpy())
    show("x.grad.detach().numpy()", x.grad.detach().numpy())


EXERCISES: tuple[Callable[[Show], Any], ...] = (
    first_derivative,
    the_graph,
    polynomial,
    partial_derivatives,
    many_values,
)
