"""Sums of products along named axes.

Repeated letters become diagonals, letters that only one operand has are summed at once, and what is
left is multiplied pair by pair, each product being one of matrices.
"""

from __future__ import annotations

import functools
import math
import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.composed.diagonals import diagonal
from chainrule.composed.products import check_computes, check_same_scalar
from chainrule.composed.reduction import sum as sum_
from chainrule.composed.shape import broadcast_to, movedim, reshape
from chainrule.core.tensor import TensorBase
from chainrule.ops.contraction import bmm, mm
from chainrule.ops.movement import permute

Tensor = Any
Shape = tuple[int, ...]
Named = tuple[Any, str]
"""An operand and its axes' letters, none of them twice."""


def einsum(*args: Any) -> Tensor:
    """Sum products of elements along named axes: `einsum("ij,jk->ik", a, b)` is a matrix product.

    Takes an ellipsis, repeated letters (diagonals), an implicit result, a list of operands, and
    the form `einsum(a, [0, 1], b, [1, 2], [0, 2])`. Raises RuntimeError when terms and operands do
    not fit.

    >>> import chainrule
    >>> chainrule.einsum("ii", chainrule.eye(3))
    tensor(3.)
    """
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand "
            "and its subscripts list"
        )
    equation, operands = (args[0], args[1:]) if isinstance(args[0], str) else _from_sublists(args)
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    shapes = tuple([_shape_of(x, i) for i, x in enumerate(operands)])
    terms, result, steps = _read(equation, shapes)
    named = [_simplified(x, *term) for x, term in zip(operands, terms, strict=True)]
    for first, second in steps:
        y, x = named.pop(second), named.pop(first)
        named.append(_product(x, y, set(result).union(*[term for _, term in named])))
    ((x, term),) = named
    if term == result and x is not operands[0]:
        return x
    return permute(x, dims=tuple([term.index(letter) for letter in result]))


# -- reading the equation -----------------------------------------------------------------------


def _shape_of(x: Any, i: int) -> Shape:
    if not isinstance(x, (TensorBase, np.ndarray, np.generic)):
        raise TypeError(f"expected Tensor as element {i} in argument 1, but got {type(x).__name__}")
    return tuple(x.shape)


def _from_sublists(args: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """Translate operands and lists of axis numbers, in turn, into an equation."""
    if not isinstance(args[0], (TensorBase, np.ndarray)):
        raise TypeError(
            f"einsum(): argument 'equation' (position 1) must be str, not {type(args[0]).__name__}"
        )
    operands, lists = args[0::2], [_word(part) for part in args[1::2]]
    if len(args) % 2 == 0:
        return ",".join(lists), tuple(operands)
    return f"{','.join(lists)}->{_word(operands[-1])}", tuple(operands[:-1])


def _word(sublist: Any) -> str:
    letters = string.ascii_letters
    for i in sublist:
        if i is not Ellipsis and not 0 <= i < len(letters):
            raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
    return "".join("..." if i is Ellipsis else letters[i] for i in sublist)


def _check_letters(term: str, start: int, where: str, twice: str) -> None:
    """Raise torch's error for what is no letter or ellipsis; `start` is the term's place in the equation."""
    dots = term.replace("...", "", 1).find(".")
    if dots >= 0:
        known = twice if "..." in term else "that is not part of any ellipsis"
        raise RuntimeError(f"einsum(): found '.' for {where} {known}")
    for i, c in enumerate(term):
        if c != "." and c not in string.ascii_letters:
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {start + i} in the equation string, subscripts "
                "must be in [a-zA-Z]"
            )


@functools.lru_cache(maxsize=1000)
def _read(
    equation: str, shapes: tuple[Shape, ...]
) -> tuple[list[tuple[str, str]], str, list[tuple[int, int]]]:
    """Return each operand's term as it is and simplified, the result's, and what to multiply when.

    Programs repeat their equations, so what was found is kept.
    """
    terms, result = _terms(equation.replace(" ", ""), shapes)
    simple = []
    for i, term in enumerate(terms):
        others = result + "".join(terms[:i] + terms[i + 1 :])
        simple.append("".join(dict.fromkeys([c for c in term if c in others])))
    sizes = {
        c: n for term, shape in zip(terms, shapes, strict=True) for c, n in zip(term, shape, strict=True)
    }
    return list(zip(terms, simple, strict=True)), result, _order(simple, result, sizes)


def _terms(equation: str, shapes: tuple[Shape, ...]) -> tuple[list[str], str]:
    """Return a term of letters for each operand, and the result's: ellipses written out."""
    left, arrow, result = equation.partition("->")
    terms = left.split(",")
    start = 0
    for i, term in enumerate(terms):
        _check_letters(term, start, f"operand {i}", "for which an ellipsis was already found")
        start += len(term) + 1
    _check_letters(result, start + 1, "output", "but an ellipsis (...) was already found")
    if len(terms) != len(shapes):
        few = "fewer" if len(terms) > len(shapes) else "more"
        raise RuntimeError(f"einsum(): {few} operands were provided than specified in the equation")
    # Letters that the equation does not use, for the axes that an ellipsis stands for.
    free = [c for c in string.ascii_letters if c not in equation]
    longest = 0
    for i, (term, shape) in enumerate(zip(terms, shapes, strict=True)):
        hidden = _hidden_axes(term, len(shape), i)
        longest = max(longest, hidden)
        terms[i] = term.replace("...", "".join(free[len(free) - hidden :]))
    ellipsis = "".join(free[len(free) - longest :])
    if arrow:
        result = result.replace("...", ellipsis)
    else:
        seen = "".join(terms)
        result = ellipsis + "".join(sorted(c for c in set(seen) - set(ellipsis) if seen.count(c) == 1))
    _check_result(result, terms)
    _check_sizes(terms, shapes, ellipsis)
    return terms, result


def _hidden_axes(term: str, rank: int, i: int) -> int:
    """Return how many axes of operand `i` its ellipsis stands for; RuntimeError if the term does not fit."""
    letters = len(term.replace("...", ""))
    if letters > rank or (letters < rank and "..." not in term):
        extra = "" if "..." in term else " and no ellipsis was given"
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({letters}) does not match the number of "
            f"dimensions ({rank}) for operand {i}{extra}"
        )
    return rank - letters


def _check_result(result: str, terms: list[str]) -> None:
    for letter in result:
        if not any(letter in term for term in terms):
            raise RuntimeError(
                f"einsum(): output subscript {letter} does not appear in the equation for any input operand"
            )
        if result.count(letter) > 1:
            raise RuntimeError(f"einsum(): output subscript {letter} appears more than once in the output")


def _check_sizes(terms: list[str], shapes: tuple[Shape, ...], ellipsis: str) -> None:
    """Raise torch's errors for a letter with different sizes (of which one may be 1)."""
    sizes: dict[str, int] = {}
    for i, (term, shape) in enumerate(zip(terms, shapes, strict=True)):
        own: dict[str, int] = {}
        for letter, n in zip(term, shape, strict=True):
            if own.setdefault(letter, n) != n:
                raise RuntimeError(
                    f"einsum(): subscript {letter} is repeated for operand {i} but the sizes don't match, "
                    f"{n} != {own[letter]}"
                )
        for letter, n in own.items():
            known = sizes.get(letter, 1)
            if 1 not in (n, known) and n != known:
                raise _sizes_differ(letter, n, known, i, ellipsis)
            sizes[letter] = n if known == 1 else known


def _sizes_differ(letter: str, n: int, known: int, i: int, ellipsis: str) -> RuntimeError:
    if letter in ellipsis:
        return RuntimeError(
            f"einsum(): dimension {ellipsis.index(letter)} covered by ellipsis in operand {i} has size {n} "
            f"which does not broadcast with previously seen ellipsis with size {known} for the respective "
            "dimension"
        )
    return RuntimeError(
        f"einsum(): subscript {letter} has size {n} for operand {i} which does not broadcast with previously "
        f"seen size {known}"
    )


def _order(terms: list[str], result: str, sizes: dict[str, int]) -> list[tuple[int, int]]:
    """Return which two to multiply next, each time; the product goes to the end of the list."""
    if len(terms) <= 2:
        return [(0, 1)] * (len(terms) - 1)
    arrays = [np.broadcast_to(0.0, [sizes[c] for c in term]) for term in terms]
    path = np.einsum_path(f"{','.join(terms)}->{result}", *arrays, optimize="greedy")[0][1:]
    # A path may end with one step for all that is left.
    return [step for group in path for step in [tuple(sorted(group[:2])), *[(0, -1)] * (len(group) - 2)]]


# -- computing ----------------------------------------------------------------------------------


def _simplified(x: Any, term: str, simple: str) -> Named:
    """Return x with a diagonal for each repeated letter, summed over the letters that are not in `simple`."""
    if term == simple:
        return x, term
    for letter in sorted(set(term)):
        while term.count(letter) > 1:
            i = term.index(letter)
            j = term.index(letter, i + 1)
            x = movedim(diagonal(x, dim1=i, dim2=j), -1, i)
            term = term[:j] + term[j + 1 :]
    lone = [axis for axis, letter in enumerate(term) if letter not in simple]
    return sum_(x, lone) if lone else x, simple


def _product(x: Named, y: Named, kept: set[str]) -> Named:
    """Return the product of two operands, summed over the letters of both that are not `kept`."""
    (a, left), (b, right) = x, y
    shared = [c for c in left if c in right]
    summed = [c for c in shared if c not in kept]
    rows, columns = ([c for c in term if c not in shared] for term in (left, right))
    if not summed:
        return _elementwise(a, left, b, [*shared, *columns], right)
    check_same_scalar(a, b)
    check_computes("bmm", a)
    a, b = _summed_alike(a, left, b, right, summed), _summed_alike(b, right, a, left, summed)
    batch = [c for c in shared if c in kept]
    size = dict(zip(left + right, a.shape + b.shape, strict=True))
    size |= {c: _common(a.shape[left.index(c)], b.shape[right.index(c)]) for c in batch}
    first = _as_matrices(a, left, size, batch, rows, summed)
    second = _as_matrices(b, right, size, batch, summed, columns)
    product = bmm(first, second) if batch else mm(first, second)
    term = [*batch, *rows, *columns]
    return reshape(product, [size[c] for c in term]), "".join(term)


def _common(m: int, n: int) -> int:
    return n if m == 1 else m


def _summed_alike(x: Any, own: str, other: Any, term: str, summed: list[str]) -> Any:
    """Sum over axes that are of length 1 in the other operand."""
    longer = [own.index(c) for c in summed if other.shape[term.index(c)] == 1 != x.shape[own.index(c)]]
    return sum_(x, longer, keepdim=True) if longer else x


def _as_matrices(
    x: Any, term: str, size: dict[str, int], batch: list[str], rows: list[str], columns: list[str]
) -> Any:
    """Return x as a matrix, or as a stack of them, with several axes in each of its."""
    letters = [*batch, *rows, *columns]
    if letters != list(term):
        x = permute(x, dims=tuple([term.index(c) for c in letters]))
    whole = tuple([size[c] for c in letters])
    if x.shape != whole:
        x = broadcast_to(x, whole)
    groups = (batch, rows, columns) if batch else (rows, columns)
    shape = tuple([math.prod([size[c] for c in group]) for group in groups])
    return x if shape == whole else reshape(x, shape)


def _elementwise(a: Any, left: str, b: Any, order: list[str], right: str) -> Named:
    """Multiply without a sum: b's axes in their places among a's, those of its own at the end."""
    own = [c for c in order if c not in left]
    b = permute(b, dims=tuple([right.index(c) for c in order]))
    sizes = dict(zip(order, b.shape, strict=True))
    b = reshape(b, [sizes.get(c, 1) for c in (*left, *own)])
    return reshape(a, (*a.shape, *[1] * len(own))) * b, "".join((*left, *own))


__all__ = ["einsum"]
