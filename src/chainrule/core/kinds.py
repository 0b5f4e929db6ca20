"""The kinds of primitives: what an author writes is the calculus, the kind adds the mechanics.

Broadcasting and its transpose, promotion, complex conjugation, dead elements, reverse and forward
mode are written here once, for all operations of a kind.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np

from chainrule import dtypes
from chainrule.core.apply import RAW, bad_operand, binary, constant_binary, single, unary
from chainrule.core.box import Box
from chainrule.core.graph import Node
from chainrule.core.partial import Masked, Partial, Parts, Region, clear, dense, known, select_live
from chainrule.core.plan import CONSTANT
from chainrule.core.primitive import Primitive, Rule, parameters_of, registry, shape_of
from chainrule.core.reach import has_finite_sum, is_dead, mark, only_reached, without_dead_infinities
from chainrule.core.tensor import PYTHON_NUMBERS, TensorBase, classes, wrap

ONE, MINUS_ONE = 1, -1  # the derivatives of sums and differences; CPython has one object for each

Promotion = Literal["same", "float", "none"]

Reach = dict[str, Rule]
"""Which elements of an operand the live elements of a result reach, by `lambda live, ...`: marks that
broadcast to the operand's shape, or that it broadcasts to."""

Check = Callable[[tuple[Any, ...], np.dtype[Any]], None]
"""Raises torch's error for dtypes an operation refuses: given the values and the dtype they promote to."""


# -- mechanics on plain values and tensors alike ------------------------------------------------


def sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum a cotangent over the axes along which its operand was broadcast."""
    return g if g.shape == shape else registry["sum_to_size"](g, shape=shape)


def cast_to(g: Any, dtype: np.dtype[Any]) -> Any:
    """Return `g` as `dtype`; of a complex cotangent a real operand gets the real part."""
    have = numpy_dtype(g)
    if have == dtype:
        return g
    if have.kind == "c" and dtype.kind != "c":
        g = registry["real"](g)
        return cast_to(g, dtype)
    return registry["cast"](g, dtype=dtype)


def numpy_dtype(x: Any) -> np.dtype[Any]:
    """Return the NumPy dtype of a plain value or a tensor."""
    dtype: np.dtype[Any] = x._value.dtype if isinstance(x, TensorBase) else x.dtype
    return dtype


def broadcast(t: Any, shape: tuple[int, ...]) -> Any:
    return t if tuple(t.shape) == shape else registry["expand"](t, shape=shape)


def conjugate(d: Any) -> Any:
    """Return the complex conjugate of a derivative; real ones are returned as they are."""
    if isinstance(d, (int, float)):
        return d
    if isinstance(d, TensorBase):
        return registry["conj"](d) if d._value.dtype.kind == "c" else d
    return np.conjugate(d) if np.iscomplexobj(d) else d


def zeros_like(value: Any) -> Any:
    """Return zeros like a plain value or a tensor (then an unrecorded tensor)."""
    if isinstance(value, TensorBase):
        return wrap(np.zeros(value._value.shape, value._value.dtype)[()])
    return np.zeros(np.shape(value), value.dtype)[()]


def ones_like(value: Any) -> Any:
    """Return an unrecorded tensor of ones like a tensor."""
    return wrap(np.ones(value._value.shape, value._value.dtype)[()])


def describe(operands: tuple[Any, ...], y: Any) -> Any:
    """Return (shape, dtype) of the operands when one differs from the result's or is complex."""
    shape, dtype = y.shape, y.dtype
    needed = dtype.kind == "c"
    result: list[Any] = []
    for operand in operands:
        value = operand._value if isinstance(operand, TensorBase) else operand
        if type(value) is np.ndarray or isinstance(value, (np.ndarray, np.generic, Box)):
            own_shape, own_dtype = value.shape, value.dtype
            if own_shape != shape or (own_dtype is not dtype and own_dtype != dtype):
                needed = True
            result.append((own_shape, own_dtype))
        else:
            result.append(None)
    return tuple(result) if needed else None


def fit(grads: list[Any], detail: Any) -> list[Any]:
    """Bring cotangents to the shapes and dtypes of their operands."""
    for i, g in enumerate(grads):
        if g is None or detail[i] is None:
            continue
        shape, dtype = detail[i]
        if isinstance(g, Partial):
            m = g.masked()
            if m.live.shape != shape:
                m = Masked(sum_to(m.value, shape), known(sum_to(as_counts(m.live), shape) > 0))
            grads[i] = Masked(cast_to(m.value, dtype), m.live)
        else:
            grads[i] = cast_to(sum_to(g, shape), dtype)
    return grads


def promote(
    primitive: Elementwise | Constant, operands: tuple[Any, ...], values: tuple[Any, ...]
) -> tuple[Any, ...]:
    """Bring the values to torch's result type."""
    dtype = _only_dtype(operands, values)
    if dtype is not None:
        if primitive.check is not None:
            primitive.check(values, dtype)
        return values  # beside them, NumPy takes Python's numbers for theirs
    wanted = promoted_dtype(primitive, operands)
    if primitive.check is not None:
        primitive.check(values, wanted)
    return tuple([_as(value, wanted) for value in values])


def promoted_dtype(primitive: Any, operands: tuple[Any, ...]) -> np.dtype[Any]:
    """Return torch's result type of the operands."""
    with_dims: list[dtypes.dtype] = []
    zero_dim: list[dtypes.dtype] = []
    numbers: list[dtypes.dtype] = []
    for i, operand in enumerate(operands):
        if isinstance(operand, (TensorBase, np.ndarray)):
            value = operand._value if isinstance(operand, TensorBase) else operand
            (with_dims if value.ndim else zero_dim).append(dtypes.from_numpy_dtype(value.dtype))
        elif isinstance(
            operand, (*PYTHON_NUMBERS, np.generic)
        ):  # NumPy's scalars count as Python's, as in torch
            number: Any = operand.item() if isinstance(operand, np.generic) else operand
            numbers.append(dtypes.of_number(number))
        else:
            raise bad_operand(primitive, i, operand)
    result = dtypes.combine(with_dims, zero_dim, numbers)
    if primitive.promotion == "float" and result.category < dtypes.FLOATING:
        result = dtypes.get_default_dtype()
    wanted: np.dtype[Any] = result.numpy
    return wanted


def _only_dtype(operands: tuple[Any, ...], values: tuple[Any, ...]) -> np.dtype[Any] | None:
    """Return the floating-point dtype that all tensors have, beside real Python numbers; else None."""
    found: np.dtype[Any] | None = None
    for operand, value in zip(operands, values, strict=True):
        if isinstance(operand, TensorBase):
            dtype = value.dtype
            if found is None and dtype.kind == "f":
                found = dtype
            elif dtype is not found:
                return None
        elif type(operand) is not float and type(operand) is not int:
            return None
    return found


def check_broadcast(error: ValueError, values: tuple[Any, ...]) -> None:
    """Raise torch's error if NumPy raised its own because the shapes of `values` do not broadcast."""
    if "broadcast" not in str(error):
        return
    shape: tuple[int, ...] = ()
    for value in values:
        other = np.shape(value)
        for i in range(1, min(len(shape), len(other)) + 1):
            if shape[-i] != other[-i] and 1 not in (shape[-i], other[-i]):
                raise RuntimeError(
                    f"The size of tensor a ({shape[-i]}) must match the size of tensor b ({other[-i]}) at "
                    f"non-singleton dimension {max(len(shape), len(other)) - i} "
                    f"(the shapes are {list(shape)} and {list(other)})"
                ) from None
        shape = np.broadcast_shapes(shape, other)


def _as(value: Any, dtype: np.dtype[Any]) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return value if value.dtype == dtype else value.astype(dtype)
    if isinstance(value, Box):
        return value
    if dtype.kind in "iu" and isinstance(value, int):
        return np.asarray(value).astype(dtype)[()]  # torch wraps around
    return dtype.type(value)


# -- kinds ----------------------------------------------------------------------------------------


class Elementwise(Primitive):
    """y[i] = f(a[i], b[i], ...): a rule gives the derivative with respect to its operand."""

    def __init__(
        self,
        forward: Callable[..., Any],
        rules: dict[str, Any],
        promotion: Promotion,
        check: Check | None,
        **options: Any,
    ) -> None:
        super().__init__(forward, rules, **options)
        self.promotion: Promotion = promotion
        self.check: Check | None = check

    def __call__(self, *operands: Any, **params: Any) -> Any:
        if not params and len(operands) == self.arity:
            kind = type(operands[0])
            if self.arity == 1:
                if kind is classes.tensor or issubclass(kind, TensorBase):
                    return unary(self, operands[0])
                if kind in RAW:
                    return self.forward(operands[0])
            elif self.arity == 2 and (kind is classes.tensor or issubclass(kind, TensorBase)):
                y = binary(self, operands[0], operands[1])
                if y is NotImplemented:
                    raise bad_operand(self, 1, operands[1])
                return y
        return super().__call__(*operands, **params)

    def prepare(self, operands: tuple[Any, ...], values: tuple[Any, ...]) -> tuple[Any, ...]:
        if self.promotion == "none":
            return values
        return promote(self, operands, values)

    def explain(self, error: ValueError, values: tuple[Any, ...]) -> None:
        check_broadcast(error, values)

    def detail(self, operands: tuple[Any, ...], result: Any) -> Any:
        return describe(operands, result)

    def pullback(self, node: Node, saved: tuple[Any, ...], g: Any) -> list[Any]:
        if node.detail is not None:
            grads: list[Any] = [None] * len(node.edges)
            for operand, rule, positions in node.plan.rules:
                d = rule(*[saved[p] for p in positions]) if callable(rule) else rule
                grads[operand] = g if d is ONE else g * conjugate(d)
            return fit(grads, node.detail)
        grads = [None, None] if len(node.edges) == 2 else [None] * len(node.edges)
        for operand, rule, position in node.plan.slopes:
            if position >= 0:
                grads[operand] = g * (saved[position] if rule is None else rule(saved[position]))
            elif rule is ONE:
                grads[operand] = g
            elif rule is MINUS_ONE:
                grads[operand] = -g
            elif position == CONSTANT:
                grads[operand] = g * rule
            else:
                grads[operand] = g * self._slope(node, saved, operand, rule)
        return grads

    def _slope(self, node: Node, saved: tuple[Any, ...], operand: int, rule: Rule) -> Any:
        """Return the derivative with respect to an operand whose rule takes several arguments, or none."""
        (positions,) = [entry[2] for entry in node.plan.rules if entry[0] == operand]
        return rule(*[saved[p] for p in positions])

    def pullback_partial(self, node: Node, saved: tuple[Any, ...], g: Any) -> list[Any]:
        if isinstance(g, Region):
            parts = self._restrict(node, saved, g)
            if parts is None:
                return self.pullback_partial(node, saved, g.masked())
            grads = self.pullback(node, parts, g.value)
            return [x if x is None else Region(x, g.index, g.shape) for x in grads]
        detail, node_detail = node.detail, Undetailed(node)
        grads = self.pullback(node_detail, saved, g.value)  # type: ignore[arg-type]
        grads = [x if x is None else clear(x, g.live) for x in grads]
        return grads if detail is None else fit(grads, detail)

    def _restrict(self, node: Node, saved: tuple[Any, ...], g: Region) -> tuple[Any, ...] | None:
        """Return the saved values at the region's index, None unless all have the result's shape."""
        if node.detail is not None:
            return None
        parts: list[Any] = []
        value: Any
        for source, value in zip(node.plan.sources, saved, strict=True):
            shape = value.shape if isinstance(value, np.ndarray) else shape_of(value)
            if source >= self.values or not shape:
                parts.append(value)
            elif shape == g.shape:
                parts.append(value[g.index])
            else:
                return None
        return tuple(parts)

    def pushforward(
        self, operands: tuple[Any, ...], tangents: tuple[Any, ...], y: Any, params: dict[str, Any]
    ) -> Any:
        total = None
        for i, tangent in enumerate(tangents):
            rule = self.rules.get(self.operands[i])
            if tangent is None or rule is None:
                continue
            term = self._forward_term(rule, tangent, operands, y, params)
            total = term if total is None else total + term
        if total is None:
            return None
        return cast_to(broadcast(total, tuple(y.shape)), numpy_dtype(y))

    def _forward_term(
        self, rule: Any, tangent: Any, operands: tuple[Any, ...], y: Any, params: dict[str, Any]
    ) -> Any:
        if not callable(rule):
            return tangent if rule == 1 else tangent * rule
        return tangent * rule(*self.arguments(rule, operands, y, params))

    def arguments(self, rule: Rule, operands: tuple[Any, ...], y: Any, params: dict[str, Any]) -> list[Any]:
        """Return the values that a rule names."""
        return [
            self._source(self.source_names.index(name), operands, y, params) for name in parameters_of(rule)
        ]


class Undetailed:
    """A node's plan without its detail: pullback at the result's shape, before fitting."""

    __slots__ = ("complex", "detail", "edges", "plan")

    def __init__(self, node: Node) -> None:
        self.edges = node.edges
        self.plan = node.plan
        # Conjugation still happens (a real operand may have a complex factor); Nones fit nothing.
        self.detail = None if node.detail is None else (None,) * len(node.edges)


class Selection(Elementwise):
    """An elementwise operation that passes operands on: where a derivative is 0, that one is dead."""

    def pullback(self, node: Node, saved: tuple[Any, ...], g: Any) -> list[Any]:
        grads: list[Any] = [None] * len(node.edges)
        for operand, rule, positions in node.plan.rules:
            d = rule(*[saved[p] for p in positions]) if callable(rule) else rule
            grads[operand] = _selected(g, d)
        return grads if node.detail is None else fit(grads, node.detail)

    def pullback_partial(self, node: Node, saved: tuple[Any, ...], g: Any) -> list[Any]:
        m = g.masked()
        undetailed: Any = Undetailed(node)
        grads = self.pullback(undetailed, saved, m.value)
        for i, x in enumerate(grads):
            if x is not None:
                live = registry["logical_and"](x.live, m.live) if isinstance(x, Masked) else m.live
                grads[i] = clear(dense(x), live)
        return grads if node.detail is None else fit(grads, node.detail)

    def _forward_term(
        self, rule: Any, tangent: Any, operands: tuple[Any, ...], y: Any, params: dict[str, Any]
    ) -> Any:
        d = rule(*self.arguments(rule, operands, y, params)) if callable(rule) else rule
        return dense(_selected(broadcast(tangent, tuple(y.shape)), d))


def _selected(g: Any, d: Any) -> Any:
    """Return g * d, with elements where d is 0 marked dead."""
    if isinstance(d, (bool, int, float)):
        return g * d if d else clear(g, np.zeros(g.shape, bool))
    boolean = numpy_dtype(d).kind == "b"
    if isinstance(d, TensorBase) and isinstance(d._value, Box) and not d._value.numeric:
        return select_live(g, d) if boolean else g * d
    live = known(d if boolean else d != 0)
    if tuple(live.shape) != tuple(g.shape):
        live = registry["expand"](live, shape=tuple(g.shape))
    return clear(g if boolean else g * d, live)


def as_counts(live: Any) -> Any:
    """Return marks as numbers that can be added up."""
    return cast_to(live, np.dtype(np.int32))


class Ruled(Primitive):
    """A primitive whose rules return cotangents: linear, bilinear, and those written in full."""

    moves = False
    reach: Reach | None = None
    mixes = False  # elements that are not reached take part in the cotangents of those that are
    products = False  # the rules sum up products of cotangents and operands, with plus signs

    def pullback(self, node: Node, saved: tuple[Any, ...], g: Any) -> list[Any]:
        if self.joint is not None:
            _, rule, positions = node.plan.rules[0]
            return list(call_with(rule, g, saved, positions))
        rules = node.plan.rules
        if len(node.edges) == 1 and node.detail is None:
            _, rule, positions = rules[0]
            if len(positions) == 1:
                return [rule(g, saved[positions[0]])]
            return [call_with(rule, g, saved, positions)]
        grads: list[Any] = [None] * len(node.edges)
        for operand, rule, positions in rules:
            grads[operand] = call_with(rule, g, saved, positions)
        return grads if node.detail is None else fit_dtypes(grads, node.detail)

    def detail(self, operands: tuple[Any, ...], result: Any) -> Any:
        if self.variadic or isinstance(result, tuple):
            return None
        return describe_dtypes(operands, result)

    def pullback_partial(self, node: Node, saved: tuple[Any, ...], g: Any) -> list[Any]:
        if self.reach and not g.is_known():  # which marks go on is worked out on arrays
            return self.pullback(node, saved, g.dense())
        if not (self.moves or self.reach):
            grads = self.pullback(node, saved, g.dense())
            return mark(grads, [False] * len(grads)) if is_dead(g) else grads
        if type(g) is Parts:
            return mark(self.pullback(node, saved, g.dense()), self.reached(node, saved, g.lives()))
        m = g.masked()
        if self.reach:
            return self._pull_reached(node, saved, m)
        values = self.pullback(node, saved, m.value)
        plain = tuple([known(s) for s in saved])
        lives = self.pullback(node, plain, as_counts(m.live))
        return [
            None if v is None else Masked(dense(v), known(dense(live) > 0))
            for v, live in zip(values, lives, strict=True)
        ]

    def _pull_reached(self, node: Node, saved: tuple[Any, ...], g: Masked) -> list[Any]:
        """Return the cotangents of the operands, with marks as `reach` says."""
        if self.products and not isinstance(g.value, TensorBase):
            grads = self.pullback(node, saved, g.value)
            if all(map(has_finite_sum, grads)):  # mostly: then nothing that is dead did harm
                inner = any(isinstance(edge, Node) for edge in node.edges)
                return mark(grads, self.reached(node, saved, g.live)) if inner else grads
        reached = self.reached(node, saved, g.live)
        if self.mixes or self.products:
            saved = tuple(
                [
                    only_reached(value, reached[source]) if source < self.arity else value
                    for source, value in zip(node.plan.sources, saved, strict=True)
                ]
            )
        pull = partial(self.pullback, node)
        grads = without_dead_infinities(pull, saved, g) if self.products else pull(saved, g.value)
        return mark(grads, reached)

    def reached(self, node: Node, saved: tuple[Any, ...], live: Any) -> list[Any]:
        """Return for each operand the marks of what the live elements of the result reach."""
        rules = self.reach or {}
        return [
            None if name not in rules or edge is None else self._ask(rules[name], node, saved, live)
            for name, edge in zip(self.operands, node.edges, strict=True)
        ]

    def _ask(self, rule: Rule, node: Node, saved: tuple[Any, ...], live: Any) -> Any:
        """Call a rule of `reach` with the saved values that it names."""
        names = parameters_of(rule)
        if len(names) == 1:
            return rule(live)
        places = [node.plan.sources.index(self.source_names.index(name)) for name in names[1:]]
        return rule(live, *[saved[place] for place in places])

    def arguments(
        self, rule: Rule, operands: tuple[Any, ...], y: Any, params: dict[str, Any], tangents: tuple[Any, ...]
    ) -> list[Any]:
        """Return the values that a forward rule names, tangents included."""
        found = []
        for name in parameters_of(rule):
            if name.endswith("_dot"):
                i = self.operands.index(name.removesuffix("_dot"))
                found.append(zeros_like(operands[i]) if tangents[i] is None else tangents[i])
            else:
                found.append(self._source(self.source_names.index(name), operands, y, params))
        return found


def call_with(rule: Rule, g: Any, saved: tuple[Any, ...], positions: tuple[int, ...]) -> Any:
    """Call a rule whose first parameter is the cotangent."""
    return rule(g, *[saved[p] for p in positions])


def describe_dtypes(operands: tuple[Any, ...], y: Any) -> Any:
    dtype = y.dtype
    found = []
    for operand in operands:
        value = operand._value if isinstance(operand, TensorBase) else operand
        found.append(value.dtype if isinstance(value, (np.ndarray, np.generic, Box)) else None)
    return tuple(found) if any(d is not None and d != dtype for d in found) else None


def fit_dtypes(grads: list[Any], detail: Any) -> list[Any]:
    for i, g in enumerate(grads):
        if g is None or detail[i] is None or getattr(detail[i], "kind", "O") not in "fc":
            continue
        if isinstance(g, Masked):
            grads[i] = Masked(cast_to(g.value, detail[i]), g.live)
        elif isinstance(g, Region):
            grads[i] = Region(cast_to(g.value, detail[i]), g.index, g.shape)
        elif numpy_dtype(g).kind in "fc":
            grads[i] = cast_to(g, detail[i])
    return grads


class Linear(Ruled):
    """Jointly linear in its differentiable operands: its tangent is the operation itself."""

    def __init__(
        self,
        forward: Callable[..., Any],
        rules: dict[str, Any],
        moves: bool,
        reach: Reach | None,
        **options: Any,
    ) -> None:
        super().__init__(forward, rules, **options)
        self.moves = moves
        self.reach = reach
        self.alone = not self.variadic and not self.several  # one operand may be, one result is

    def __call__(self, *operands: Any, **params: Any) -> Any:
        if len(operands) == 1 and self.alone:
            kind = type(operands[0])
            if kind is classes.tensor or issubclass(kind, TensorBase):
                return single(self, operands[0], params)
            if kind in RAW:
                return self.forward(operands[0], **params)
        return super().__call__(*operands, **params)

    def pushforward(
        self, operands: tuple[Any, ...], tangents: tuple[Any, ...], y: Any, params: dict[str, Any]
    ) -> Any:
        if all(t is None for t in tangents):
            return None
        moved = [
            (t if t is not None else zeros_like(o) if self._is_linear_in(i, o) else o)
            for i, (o, t) in enumerate(zip(operands, tangents, strict=True))
        ]
        return self(*moved, **params)

    def _is_linear_in(self, i: int, operand: Any) -> bool:
        if self.variadic:
            return True
        return self.operands[i] in self.rules and isinstance(operand, (TensorBase, np.ndarray, np.generic))


class Bilinear(Ruled):
    """Linear in each operand: f(a + da, b + db) = f(a, b) + f(da, b) + f(a, db) + ..."""

    pointwise = False

    def __init__(
        self,
        forward: Callable[..., Any],
        rules: dict[str, Any],
        reach: Reach | None,
        products: bool,
        **options: Any,
    ) -> None:
        super().__init__(forward, rules, **options)
        self.reach = reach
        self.products = products

    def __call__(self, *operands: Any, **params: Any) -> Any:
        if len(operands) == 2 == self.arity and not params:
            a, b = operands
            if isinstance(a, TensorBase) and isinstance(b, TensorBase):
                return binary(self, a, b)
        return super().__call__(*operands, **params)

    def pushforward(
        self, operands: tuple[Any, ...], tangents: tuple[Any, ...], y: Any, params: dict[str, Any]
    ) -> Any:
        total = None
        for i, tangent in enumerate(tangents):
            if tangent is None:
                continue
            term = self(*operands[:i], tangent, *operands[i + 1 :], **params)
            total = term if total is None else total + term
        return total


class Constant(Primitive):
    """Piecewise constant, or not a function into the reals: no derivative flows."""

    differentiable = False

    def __init__(
        self, forward: Callable[..., Any], promotion: Promotion, check: Check | None, **options: Any
    ) -> None:
        super().__init__(forward, {}, **options)
        self.promotion: Promotion = promotion
        self.check: Check | None = check

    def __call__(self, *operands: Any, **params: Any) -> Any:
        if self.promotion == "same" and len(operands) == 2 and not params:
            a, b = operands
            if isinstance(a, TensorBase):
                return constant_binary(self, a, b)
        return super().__call__(*operands, **params)

    def prepare(self, operands: tuple[Any, ...], values: tuple[Any, ...]) -> tuple[Any, ...]:
        if self.promotion == "none":
            return values
        return promote(self, operands, values)

    def explain(self, error: ValueError, values: tuple[Any, ...]) -> None:
        check_broadcast(error, values)

    def pushforward(
        self, operands: tuple[Any, ...], tangents: tuple[Any, ...], y: Any, params: dict[str, Any]
    ) -> Any:
        return None


class General(Ruled):
    """Rules in full, for what is none of the above."""

    def __init__(
        self,
        forward: Callable[..., Any],
        rules: dict[str, Any],
        jvp: Rule,
        *,
        absent: bool = False,
        reach: Reach | None = None,
        mixes: bool = False,
        products: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(forward, rules, **options)
        self.jvp: Rule = jvp
        self.absent: bool = absent
        self.reach = reach
        self.mixes = mixes
        self.products = products
        tangents = tuple(f"{name}_dot" for name in self.operands)
        self._check_names(jvp, tangents)

    def pullback_partial(self, node: Node, saved: tuple[Any, ...], g: Any) -> list[Any]:
        if self.absent and type(g) is Parts:
            grads = self.pullback(node, saved, g.parts)
            return mark(grads, self.reached(node, saved, g.lives())) if self.reach and g.is_known() else grads
        return super().pullback_partial(node, saved, g)

    def pushforward(
        self, operands: tuple[Any, ...], tangents: tuple[Any, ...], y: Any, params: dict[str, Any]
    ) -> Any:
        if all(t is None for t in tangents):
            return None
        return self.jvp(*self.arguments(self.jvp, operands, y, params, tangents))


# -- decorators -----------------------------------------------------------------------------------


def elementwise(
    *,
    promotion: Promotion = "same",
    check: Check | None = None,
    node: str | None = None,
    variant: Rule | None = None,
    **rules: Any,
) -> Callable[[Callable[..., Any]], Elementwise]:
    """Declare an elementwise operation: `name=lambda ...: d y / d name`, or a constant."""
    return lambda forward: Elementwise(forward, rules, promotion, check, node=node, variant=variant)


def selection(
    *,
    promotion: Promotion = "same",
    check: Check | None = None,
    node: str | None = None,
    variant: Rule | None = None,
    **rules: Any,
) -> Callable[[Callable[..., Any]], Selection]:
    """Declare an elementwise choice: a zero derivative means the operand was not taken."""
    return lambda forward: Selection(forward, rules, promotion, check, node=node, variant=variant)


def linear(
    *,
    transpose: Rule | None = None,
    moves: bool = False,
    reach: Reach | None = None,
    view: bool = False,
    variadic: bool = False,
    node: str | None = None,
    variant: Rule | None = None,
    **transposes: Rule,
) -> Callable[[Callable[..., Any]], Linear]:
    """Declare a linear operation by its transpose, `lambda g, ...`, or one per operand.

    `moves`: it only moves elements (and adds them up), so marks of dead elements move likewise.
    `reach`: where the transpose cannot say so (see `Reach`).
    `view`: the result may share the operand's memory. `variadic`: it takes any number of operands,
    and `transpose` returns as many cotangents.
    """

    def declare(forward: Callable[..., Any]) -> Linear:
        rules: dict[str, Any] = dict(transposes)
        if transpose is not None and not variadic:
            rules[parameters_of(forward)[0]] = transpose
        return Linear(
            forward,
            rules,
            moves,
            reach,
            view=view,
            variadic=variadic,
            joint=transpose if variadic else None,
            node=node,
            variant=variant,
        )

    return declare


def bilinear(
    *,
    reach: Reach | None = None,
    products: bool = True,
    node: str | None = None,
    variant: Rule | None = None,
    **transposes: Rule,
) -> Callable[[Callable[..., Any]], Bilinear]:
    """Declare an operation linear in each operand, by the transpose in each: `a=lambda g, b: ...`.

    `reach`: which marks of dead elements go on (see `Reach`); `products`: the transposes add products up.
    """
    return lambda forward: Bilinear(forward, dict(transposes), reach, products, node=node, variant=variant)


def constant(
    *, promotion: Promotion = "same", check: Check | None = None
) -> Callable[[Callable[..., Any]], Constant]:
    """Declare an operation through which no derivative flows."""
    return lambda forward: Constant(forward, promotion, check)


def primitive(
    *,
    jvp: Rule,
    vjp: Rule | None = None,
    reach: Reach | None = None,
    mixes: bool = False,
    products: bool = False,
    node: str | None = None,
    variant: Rule | None = None,
    view: bool = False,
    variadic: bool = False,
    absent: bool = False,
    **vjps: Rule,
) -> Callable[[Callable[..., Any]], General]:
    """Declare an operation with rules in full.

    `vjp=lambda g, ...` returns the cotangents of all operands as a tuple; or give one per operand.
    `jvp=lambda x, x_dot, y, ...` returns the tangent of the result. Operations with several results
    get tuples for `g` and `y` and return tuples. `absent`: of those, `g` tells what is structurally
    zero: its parts may be None (nothing came back from this result) or partial. `reach`: which marks
    of dead elements go on (see `Reach`); `mixes`: an element that no live result depends on may spoil the
    cotangents of others, if it is NaN; `products`: as of a bilinear operation.
    """

    def declare(forward: Callable[..., Any]) -> General:
        rules: dict[str, Any] = dict(vjps)
        return General(
            forward,
            rules,
            jvp,
            absent=absent,
            reach=reach,
            mixes=mixes,
            products=products,
            joint=vjp,
            node=node,
            variant=variant,
            view=view,
            variadic=variadic,
        )

    return declare


__all__ = [
    "Bilinear",
    "Constant",
    "Elementwise",
    "General",
    "Linear",
    "Selection",
    "bilinear",
    "constant",
    "elementwise",
    "linear",
    "primitive",
    "selection",
    "shape_of",
]
