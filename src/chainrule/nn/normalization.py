"""Layers that normalise: LayerNorm, BatchNorm1d."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule import creation, dtypes
from chainrule.core.modes import no_grad
from chainrule.nn import functional as F  # noqa: N812 (as everybody calls it)
from chainrule.nn import init
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter

Tensor = Any


class LayerNorm(Module):
    """(input - mean) / sqrt(variance + eps) * weight + bias, over the last axes, of `normalized_shape`.

    >>> import chainrule
    >>> chainrule.nn.LayerNorm(2)(chainrule.tensor([1.0, 3.0])).detach()
    tensor([-1.0000,  1.0000])
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = (
            (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        )
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        for name, wanted in (("weight", elementwise_affine), ("bias", elementwise_affine and bias)):
            empty = creation.empty(self.normalized_shape, dtype=dtype, device=device) if wanted else None
            self.register_parameter(name, Parameter(empty) if wanted else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """Return the input normalised."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class BatchNorm1d(Module):
    """(input - mean) / sqrt(variance + eps) * weight + bias for each feature, of inputs (n, c) or (n, c, l).

    In training by the batch's mean and variance, of which it keeps running averages (exponential with
    `momentum`, over all batches with None); after `eval()` by these. Raises ValueError for other ranks.

    >>> import chainrule
    >>> chainrule.nn.BatchNorm1d(1)(chainrule.tensor([[1.0], [3.0]])).detach()
    tensor([[-1.0000],
            [ 1.0000]])
    """

    _version = 2

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        options = {"dtype": dtype, "device": device}
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            self.register_parameter(
                name, Parameter(creation.empty(num_features, **options)) if wanted else None
            )
        tracked = track_running_stats
        self.register_buffer("running_mean", creation.zeros(num_features, **options) if tracked else None)
        self.register_buffer("running_var", creation.ones(num_features, **options) if tracked else None)
        self.register_buffer("num_batches_tracked", creation.tensor(0) if tracked else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the running averages."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Forget the running averages, and set the weight to 1 and the bias to 0."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """Return the input normalised, after updating the running averages in training."""
        if input.ndim not in (2, 3):
            raise ValueError(f"expected 2D or 3D input (got {input.ndim}D input)")
        tracks = self.training and self.track_running_stats
        by_batch = self.training or self.running_mean is None
        running = self.track_running_stats
        y = F.batch_norm(
            input,
            self.running_mean if running else None,
            self.running_var if running else None,
            self.weight,
            self.bias,
            by_batch,
            self._share_of_the_next() if tracks else 0.0,
            self.eps,
        )
        if tracks:
            with no_grad():
                self.num_batches_tracked.add_(1)
        return y

    def _share_of_the_next(self) -> float:
        """Return the weight of the next batch in the running averages."""
        if self.momentum is not None:
            return self.momentum
        return 1.0 / (int(self.num_batches_tracked) + 1)

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: Any, *rest: Any, **named: Any
    ) -> None:
        # Version 2 added num_batches_tracked: states without it, and without a version, are complete.
        key = prefix + "num_batches_tracked"
        old = (local_metadata.get("version") or 1) < 2
        if old and self.track_running_stats and key not in state_dict:
            state_dict[key] = creation.tensor(0, dtype=dtypes.int64)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest, **named)


__all__ = ["BatchNorm1d", "LayerNorm"]
