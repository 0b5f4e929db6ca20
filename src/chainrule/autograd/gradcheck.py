"""The place of the function `gradcheck`, and of what is looked for beside it.

As in torch, `chainrule.autograd.gradcheck` is a function, and a module from which GradcheckError is imported.
What a module leaves under its name in `sys.modules` is what everybody gets, so it leaves the function there.
"""

import sys

from chainrule.autograd.checking.check import gradcheck, gradgradcheck
from chainrule.autograd.checking.error import GradcheckError

gradcheck.__dict__.update(gradcheck=gradcheck, gradgradcheck=gradgradcheck, GradcheckError=GradcheckError)
sys.modules[__name__] = gradcheck  # type: ignore[assignment]
