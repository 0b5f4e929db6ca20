# ruff: noqa: E731 (operators and rules are one line each)
"""A tour of the core: automatic differentiation from nothing, in fewer than 300 lines.

The chain rule says: if x changes y, and y changes L, then dL/dx = dL/dy * dy/dx. If x changes L in several
ways, their contributions add up. That is all. The rest is bookkeeping, and this file is the bookkeeping.

A program is a graph. Computing `3 * x**2` makes two steps, `p = x**2` and `y = 3 * p`. At x = 3:

    forwards:    x = 3   -->  p = 9  -->  y = 27       each step computes a value,
    backwards:      18  <--      3  <--      1         each step multiplies by its own derivative.

The numbers below are called *cotangents*: how much y changes per unit of change at that place. At y itself
it is 1. Through `3 * p` it is multiplied by 3, through `x**2` by 2x = 6, and so dy/dx = 18:

>>> x = Tensor(3.0, requires_grad=True)
>>> walk("backwards through 3x^2", 3 * x**2, x=x)
backwards through 3x^2
  mul(3, 9) = 27                 receives 1
  power(3, n=2) = 9              receives 3
  x = 3                          receives 18

No formula was transformed and no small differences were taken: the result is exact up to rounding. Run this
file for more walks. Chainrule does the same with more operations, dtypes, in-place changes and messages.
"""

import heapq
import itertools
from typing import NamedTuple

import numpy as np


# -- 1. Values that know where they come from ------------------------------------------------------------
class Node(NamedTuple):
    """The record of one step. Operands exist before the result does, so a node's number, counted at creation,
    is larger than those of all the nodes it depends on. Backward lives on this one fact."""

    number: int
    primitive: "Primitive"
    operands: list
    params: dict


class Operators:  # Python's operators, in terms of the primitives of section 3
    __array_ufunc__ = None  # NumPy leaves `array * tensor` to us
    __add__ = lambda a, b: add(a, b)
    __radd__ = lambda a, b: add(b, a)
    __mul__ = lambda a, b: mul(a, b)
    __rmul__ = lambda a, b: mul(b, a)
    __neg__ = lambda a: mul(-1, a)
    __sub__ = lambda a, b: add(a, mul(-1, b))
    __rsub__ = lambda a, b: add(b, mul(-1, a))
    __truediv__ = lambda a, b: mul(a, power(b, n=-1))
    __rtruediv__ = lambda a, b: mul(b, power(a, n=-1))
    __pow__ = lambda a, n: power(a, n=n)


class Tensor(Operators):
    """A value, and the node that made it (None: a leaf, that is a constant or a variable we ask about)."""

    def __init__(self, value, requires_grad=False):
        self.value = np.asarray(value, dtype=float)
        self.requires_grad = requires_grad
        self.node = None

    shape = property(lambda self: self.value.shape)
    wants_grad = lambda self: self.requires_grad or self.node is not None

    def __repr__(self):
        return f"Tensor({np.array2string(self.value, separator=', ', formatter={'float': '{:.6g}'.format})})"


def lift(x):  # makes a constant of a number or an array
    return x if isinstance(x, Tensor) else Tensor(x)


# -- 2. Primitives: the steps whose derivatives are known ------------------------------------------------
class Primitive:
    """A forward body on NumPy arrays, with its derivative rule. Subclasses know what the rule means."""

    recording, clock = True, itertools.count()

    def __init__(self, name, body, *rule):
        self.name, self.body, self.rule = name, body, rule

    def __call__(self, *operands, **params):
        if any(isinstance(x, Dual) for x in operands):
            return self.forward_mode(operands, params)  # section 7
        operands = [lift(x) for x in operands]
        with np.errstate(all="ignore"):  # infinities are values like others
            y = Tensor(self.body(*[x.value for x in operands], **params))
        if Primitive.recording and any(x.wants_grad() for x in operands):
            y.node = Node(next(self.clock), self, operands, params)
        return y

    def forward_mode(self, operands, params):
        pairs = [(x.primal, x.tangent) if isinstance(x, Dual) else (lift(x), None) for x in operands]
        primals, tangents = zip(*pairs, strict=True)
        y = self(*primals, **params)
        return Dual(y, self.push(y, primals, tangents, params))


class Elementwise(Primitive):
    """Element i of the result depends on elements i of the operands only: the derivative is a factor;
    there is one rule for each operand: from the result y and the operands, the factor dy/d(operand)."""

    def pull(self, y, g):
        """Backwards: the cotangent of each operand is g times its factor."""
        _, _, operands, params = y.node
        for x, factor in zip(operands, self.rule, strict=True):
            if x.wants_grad():
                value = g.value * factor(y, *operands, **params)
                if g.live is not True:  # section 6
                    value = where(g.live, value, 0)
                yield x, fit(Cotangent(value, g.live), x.shape)

    def push(self, y, primals, tangents, params):
        """Forwards: the sum of the operands' tangents times their factors."""
        pairs = zip(tangents, self.rule, strict=True)
        total = [t * factor(y, *primals, **params) for t, factor in pairs if t is not None]
        return expand(sum(total[1:], total[0]), shape=y.shape)


class Linear(Primitive):
    """The result is a linear function A x of the operands: the derivative is A itself. Forwards a tangent t
    goes to A t, by the same operation; backwards g goes to A^T g, and the rule is this *transpose*."""

    def pull(self, y, g):
        cotangents = self.rule[0](g, *y.node.operands, **y.node.params)
        for x, cotangent in zip(y.node.operands, cotangents, strict=True):
            if x.wants_grad():
                yield x, fit(cotangent, x.shape)

    def push(self, y, primals, tangents, params):
        zeros = (Tensor(np.zeros(x.shape)) for x in primals)
        return self(*[z if t is None else t for z, t in zip(zeros, tangents, strict=True)], **params)


# -- 3. The derivative rules, each declared once beside the forward body ---------------------------------
# The bodies see NumPy arrays. The rules see Tensors and call the operations themselves: the derivative of sin
# calls cos, that of cos calls sin. Section 5 shows what this is good for.
add = Elementwise("add", np.add, lambda y, a, b: 1, lambda y, a, b: 1)
mul = Elementwise("mul", np.multiply, lambda y, a, b: b, lambda y, a, b: a)
power = Elementwise("power", lambda x, n: x**n, lambda y, x, n: n * x ** (n - 1) if n else 0)
exp = Elementwise("exp", np.exp, lambda y, x: y)
sin = Elementwise("sin", np.sin, lambda y, x: cos(x))
cos = Elementwise("cos", np.cos, lambda y, x: -sin(x))


# Broadcasting copies a value to many places: `row + column` uses each number several times. Contributions
# add up, so the cotangent is *summed* over the copies. Copying and summing are each other's transpose.
def add_up(x, shape):
    """Sum over the axes that broadcasting from `shape` added or stretched; () sums everything."""
    x = x.sum(axis=tuple(range(x.ndim - len(shape))))
    return x.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)


expand = Linear("expand", np.broadcast_to, lambda g, x, shape: [Cotangent(sum_to(g.value, shape=x.shape))])
sum_to = Linear("sum_to", add_up, lambda g, x, shape: [Cotangent(expand(g.value, shape=x.shape))])


# -- 4. Backward: every node once, the latest first ------------------------------------------------------
class Cotangent(NamedTuple):
    value: Tensor
    live: object = True  # which elements were used at all; True: all of them (section 6)


def fit(g, shape):
    """Sum a cotangent over the axes along which its operand was broadcast."""
    if g.value.shape == shape:
        return g
    live = g.live if g.live is True else add_up(g.live, shape) > 0
    return Cotangent(sum_to(g.value, shape=shape), live)


def sweep(y):
    """Send 1 back from y; yield tensors with their complete cotangents, the leaves at the end.

    A node may pass its cotangent on only when it is complete: when everything that used its result has
    contributed. All users were created later, so the waiting node with the largest number is always ready:
    a heap hands it out. No recursion (a loop of 100 000 steps is fine), and no node is visited twice.

    >>> u, v = Tensor(3.0, requires_grad=True), Tensor(4.0, requires_grad=True)
    >>> grad(u**3 + v**2 + 4 * u * v, u, v)  # 3 u^2 + 4 v = 27 + 16,  2 v + 4 u = 8 + 12
    (Tensor(43), Tensor(20))
    """
    waiting, heap = {}, []

    def send(x, g):
        if x in waiting:  # used more than once: contributions add up
            g = Cotangent(waiting[x].value + g.value, waiting[x].live | g.live)
        elif x.node is not None:
            heapq.heappush(heap, (-x.node.number, x))
        waiting[x] = g

    send(y, Cotangent(Tensor(np.ones(y.shape))))
    while heap:
        _, x = heapq.heappop(heap)
        g = waiting.pop(x)
        yield x, g.value
        for operand, cotangent in x.node.primitive.pull(x, g):
            send(operand, cotangent)
    for leaf, g in waiting.items():
        yield leaf, g.value


# -- 5. Gradients, and gradients of gradients ------------------------------------------------------------
def grad(y, *inputs, create_graph=False):
    """Return the derivative of (the sum of) y with respect to each input.

    With `create_graph`, backward's own multiplications are recorded like any others, because the rules are
    made of recorded operations. The gradient then has a graph, and can be differentiated again:

    >>> x = Tensor(2.0, requires_grad=True)
    >>> first = grad(x**3, x, create_graph=True)
    >>> first, grad(first, x)  # 3 x^2 and 6 x
    (Tensor(12), Tensor(12))
    """
    before, Primitive.recording = Primitive.recording, create_graph
    try:
        found = dict(sweep(y))
    finally:
        Primitive.recording = before
    result = tuple(found.get(x, Tensor(np.zeros(x.shape))) for x in inputs)
    return result[0] if len(result) == 1 else result


# -- 6. Branches not taken -------------------------------------------------------------------------------
# where(x > 0, x**0.5, 0) is 0 around x = -1 and its derivative there is 0. But backwards the root gets the
# cotangent 0 and multiplies it by its factor, which is nan at -1 (and infinite at 0): nan. This zero is no
# small number, it says "not used". So `where` marks the elements that are live, and Elementwise.pull puts
# zeros back in place of the dead ones after it has multiplied.
def choose_transpose(g, a, b, cond):
    for chosen in (cond, ~cond):
        live = np.broadcast_to(g.live & chosen, g.value.shape)
        yield Cotangent(where(live, g.value, 0), live)


choose = Linear("choose", lambda a, b, cond: np.where(cond, a, b), choose_transpose)


def where(cond, a, b):
    """Take elements of a where cond (a boolean array) is true, of b elsewhere.

    >>> x = Tensor([-1.0, 0.0, 4.0], requires_grad=True)
    >>> grad(where(x.value > 0, x**0.5, 0), x)
    Tensor([0, 0, 0.25])
    """
    return choose(a, b, cond=np.asarray(cond))


# -- 7. Forward mode -------------------------------------------------------------------------------------
# Reverse mode gives dL/d(everything) in one pass. The other way round, "if x moves with velocity t, how fast
# does every result move?", needs no graph: the velocity (tangent) travels with the value. The rules are the
# same: an elementwise step multiplies tangents by its factor, a linear step applies itself.
class Dual(Operators):
    """A dual number: a value and its tangent."""

    def __init__(self, primal, tangent):
        self.primal, self.tangent = primal, tangent


def jvp(f, x, t):
    """Return f(x) and its derivative at x in the direction t.

    >>> jvp(lambda x: 3 * x**2, 3.0, 1.0)
    (Tensor(27), Tensor(18))
    """
    y = f(Dual(lift(x), lift(t)))
    return (y.primal, y.tangent) if isinstance(y, Dual) else (lift(y), Tensor(np.zeros(lift(y).shape)))


# -- 8. The walk -----------------------------------------------------------------------------------------
def walk(title, y, **names):
    """Print each step of backward: what was computed, and the cotangent that arrived there."""
    print(title)
    called = {tensor: name for name, tensor in names.items()}
    for x, g in sweep(y):
        step = called.get(x)
        if x.node is not None:
            params = [f"{key}={value}" for key, value in x.node.params.items()]
            step = f"{x.node.primitive.name}({', '.join([f'{o.value:g}' for o in x.node.operands] + params)})"
        print(f"  {f'{step} = {x.value:g}':<30} receives {g.value:g}")


def main():
    x = Tensor(3.0, requires_grad=True)
    u, v = Tensor(3.0, requires_grad=True), Tensor(4.0, requires_grad=True)
    walk("y = 3x^2 at x = 3: the derivative 6x is 18", 3 * x**2, x=x)
    walk("y = 6x^2 + 2x + 4 at x = 3: two ways from x to y, 36 + 2 = 38", 6 * x**2 + 2 * x + 4, x=x)
    walk("f = u^3 + v^2 + 4uv at (3, 4): 43 and 20", u**3 + v**2 + 4 * u * v, u=u, v=v)
    first = grad(3 * x**2, x, create_graph=True)
    walk("the graph of the gradient of 3x^2 itself: the second derivative is 6", first, x=x)
    print("forward mode, value and derivative of 3x^2 at 3:", *jvp(lambda x: 3 * x**2, 3.0, 1.0))


if __name__ == "__main__":
    main()
