"""torch.optim: optimisers, and schedules for their learning rates."""

# ruff: noqa: F401 (this module is its imports)

from chainrule.optim import lr_scheduler
from chainrule.optim.adagrad import *
from chainrule.optim.adam import *
from chainrule.optim.lbfgs import *
from chainrule.optim.optimizer import *
from chainrule.optim.rmsprop import *
from chainrule.optim.sgd import *
