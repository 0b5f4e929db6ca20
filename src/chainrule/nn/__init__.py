"""torch.nn: modules, parameters, layers, losses and initialisations."""

# ruff: noqa: F401 (this module is its imports)

from chainrule.nn import functional, init, utils
from chainrule.nn.activation import *
from chainrule.nn.containers import *
from chainrule.nn.dropout import *
from chainrule.nn.linear import *
from chainrule.nn.loss import *
from chainrule.nn.module import *
from chainrule.nn.normalization import *
from chainrule.nn.parameter import *
from chainrule.nn.parameter_containers import *
