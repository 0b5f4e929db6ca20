"""torch.autograd.functional: products with Jacobians and Hessians of functions, and these matrices whole."""

from chainrule.autograd.functional.matrices import hessian, jacobian
from chainrule.autograd.functional.products import hvp, jvp, vhp, vjp

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]
