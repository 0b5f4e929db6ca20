"""Functions whose values come from scipy.special, which is loaded when one is first used."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.core.kinds import elementwise
from chainrule.errors import MissingExtraError
from chainrule.ops.elementwise.exponential import exp
from chainrule.ops.elementwise.refusals import supports

Array = Any

HALF_SQRT_PI = math.sqrt(math.pi) / 2


@functools.cache
def _from_scipy(name: str, user: str) -> Callable[..., Any]:
    try:
        from scipy import special
    except ImportError:
        raise MissingExtraError("SciPy", "scipy", f"chainrule.{user}") from None
    function: Callable[..., Any] = getattr(special, name)
    return function


def _like(y: Any, x: Any) -> Array:
    """Return SciPy's result in the dtype of `x`, a NumPy scalar if it is 0-d."""
    return np.asarray(y, getattr(x, "dtype", None))[()]


@elementwise(promotion="float", check=supports("f", "erf_vml_cpu"), x=lambda x: exp(-x * x) / HALF_SQRT_PI)
def erf(x: Array) -> Array:
    """The error function, 2/sqrt(pi) times the integral of exp(-t*t) from 0 to x; real only.

    Raises MissingExtraError without SciPy.

    >>> import chainrule
    >>> chainrule.erf(chainrule.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8427])
    """
    return _like(_from_scipy("erf", "erf")(x), x)


@elementwise(promotion="float", check=supports("f", "erfc_vml_cpu"), x=lambda x: exp(-x * x) / -HALF_SQRT_PI)
def erfc(x: Array) -> Array:
    """1 - erf(x), exact also for large x; real only. Raises MissingExtraError without SciPy.

    >>> import chainrule
    >>> chainrule.erfc(chainrule.tensor([0.0, 1.0]))
    tensor([1.0000, 0.1573])
    """
    return _like(_from_scipy("erfc", "erfc")(x), x)


@elementwise(promotion="float", check=supports("f", "erfinv_vml_cpu"), x=lambda y: exp(y * y) * HALF_SQRT_PI)
def erfinv(x: Array) -> Array:
    """The number whose erf is x; NaN for |x| > 1; real only. Raises MissingExtraError without SciPy.

    >>> import chainrule
    >>> chainrule.erfinv(chainrule.tensor([0.0, 0.5]))
    tensor([0.0000, 0.4769])
    """
    return _like(_from_scipy("erfinv", "erfinv")(x), x)


@elementwise(promotion="float", check=supports("f", "lgamma_vml_cpu"), x=lambda x: digamma(x))
def lgamma(x: Array) -> Array:
    """The logarithm of the absolute value of the gamma function; real only.

    Raises MissingExtraError without SciPy.

    >>> import chainrule
    >>> chainrule.lgamma(chainrule.tensor([1.0, 3.0]))
    tensor([0.0000, 0.6931])
    """
    return _like(_from_scipy("gammaln", "lgamma")(x), x)


@elementwise(promotion="float", check=supports("f", "digamma"), x=lambda x: polygamma(x, n=1))
def digamma(x: Array) -> Array:
    """The derivative of lgamma; real only. Raises MissingExtraError without SciPy.

    >>> import chainrule
    >>> chainrule.digamma(chainrule.tensor([1.0, 2.0]))
    tensor([-0.5772,  0.4228])
    """
    return _like(_from_scipy("psi", "digamma")(x), x)


@elementwise(promotion="float", check=supports("f", "polygamma"), x=lambda x, n: polygamma(x, n=n + 1))
def polygamma(x: Array, *, n: int) -> Array:
    """The n-th derivative of digamma; real only."""
    return _like(_from_scipy("polygamma", "polygamma")(n, x), x)
