"""The error of a check that failed."""


class GradcheckError(RuntimeError):
    """A derivative is not what `gradcheck` or `gradgradcheck` found that it should be."""

    __module__ = "chainrule.autograd.gradcheck"  # where users find it
