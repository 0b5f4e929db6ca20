"""Losses as modules; the functions behind them are in `nn.functional`."""

from __future__ import annotations

from typing import Any

from chainrule.nn import functional as F  # noqa: N812 (as everybody calls it)
from chainrule.nn.functional.reductions import chosen
from chainrule.nn.module import Module

Tensor = Any


class _Loss(Module):
    """A loss with a reduction: "mean", "sum" or "none"."""

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__()
        self.reduction = chosen(reduction, size_average, reduce)


class MSELoss(_Loss):
    """The mean (or with `reduction` the sum, or none) of the squares of input - target.

    >>> import chainrule
    >>> chainrule.nn.MSELoss()(chainrule.tensor([1.0, 2.0]), chainrule.tensor([0.0, 0.0]))
    tensor(2.5000)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """The mean (or with `reduction` the sum, or none) of |input - target|.

    >>> import chainrule
    >>> chainrule.nn.L1Loss()(chainrule.tensor([1.0, 2.0]), chainrule.tensor([0.0, 0.0]))
    tensor(1.5000)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """The mean (or sum, or none) of d²/(2 beta) where d = |input - target| < beta, else of d - beta/2.

    >>> import chainrule
    >>> chainrule.nn.SmoothL1Loss()(chainrule.tensor([0.5, 2.0]), chainrule.zeros(2))
    tensor(0.8125)
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """The mean (or sum, or none) of d²/2 where d = |input - target| <= delta, else of delta (d - delta/2).

    >>> import chainrule
    >>> chainrule.nn.HuberLoss()(chainrule.tensor([0.5, 2.0]), chainrule.zeros(2))
    tensor(0.8125)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class KLDivLoss(_Loss):
    """The sum of target (log(target) - input), where `input`, and with `log_target` target, holds logarithms.

    `reduction` "batchmean" gives the divergence averaged over the first axis.

    >>> import chainrule
    >>> half = chainrule.tensor([[0.5, 0.5]])
    >>> chainrule.nn.KLDivLoss(reduction="batchmean")(half.log(), half)
    tensor(0.)
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class _WeightedLoss(_Loss):
    """A loss with weights, which are a buffer."""

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class NLLLoss(_WeightedLoss):
    """The mean (or sum, or none) of -input[i, target[i]], the input holding the logarithms of probabilities.

    See `nn.functional.nll_loss` for shapes, `weight` and `ignore_index`.

    >>> import chainrule
    >>> scores = chainrule.tensor([[-0.1, -2.0], [-3.0, -0.5]])
    >>> chainrule.nn.NLLLoss()(scores, chainrule.tensor([0, 1]))
    tensor(0.3000)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class CrossEntropyLoss(_WeightedLoss):
    """The negative logarithm of the probability that scores give to the target; softmax included.

    The target holds class indices or probabilities. See `nn.functional.cross_entropy` for shapes, `weight`,
    `ignore_index` and `label_smoothing`.

    >>> import chainrule
    >>> chainrule.nn.CrossEntropyLoss()(chainrule.zeros(1, 2), chainrule.tensor([1]))
    tensor(0.6931)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class BCELoss(_WeightedLoss):
    """The mean (or sum, or none) of -target log(input) - (1 - target) log(1 - input).

    >>> import chainrule
    >>> chainrule.nn.BCELoss()(chainrule.tensor([0.5, 0.5]), chainrule.tensor([0.0, 1.0]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """The `BCELoss` of sigmoid(input), without overflow; `pos_weight` multiplies the target's term.

    >>> import chainrule
    >>> chainrule.nn.BCEWithLogitsLoss()(chainrule.zeros(2), chainrule.ones(2))
    tensor(0.6931)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "NLLLoss",
    "SmoothL1Loss",
]
