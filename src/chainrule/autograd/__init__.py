"""torch.autograd: gradients of recorded computations."""

from chainrule.autograd.gradients import backward, grad
from chainrule.core.modes import enable_grad, no_grad, set_grad_enabled

__all__ = ["backward", "enable_grad", "grad", "no_grad", "set_grad_enabled"]
