"""torch.nn.functional: activations, losses, normalisation and the like, as functions.

All of them are composed of operations that have derivatives of any order; there are no rules in here.
"""

from chainrule.nn.functional.activation import *
from chainrule.nn.functional.classification import *
from chainrule.nn.functional.dropout import *
from chainrule.nn.functional.linear import *
from chainrule.nn.functional.loss import *
from chainrule.nn.functional.normalization import *
