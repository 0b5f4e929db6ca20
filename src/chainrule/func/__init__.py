"""torch.func: derivatives of functions, as functions that compose."""

from chainrule.func.custom import custom_jvp, custom_vjp, stop_gradient
from chainrule.func.gradients import grad, grad_and_value, value_and_grad, vjp
from chainrule.func.matrices import hessian, hvp, jacfwd, jacobian, jacrev
from chainrule.func.modules import functional_call
from chainrule.func.tangents import jvp, linearize
from chainrule.func.vectorize import vmap

__all__ = [
    "custom_jvp",
    "custom_vjp",
    "functional_call",
    "grad",
    "grad_and_value",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "stop_gradient",
    "value_and_grad",
    "vjp",
    "vmap",
]
