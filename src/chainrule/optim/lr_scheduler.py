"""torch.optim.lr_scheduler: schedules for the learning rates of an optimiser's groups."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from chainrule.core.tensor import TensorBase
from chainrule.errors import warn
from chainrule.optim.optimizer import Group, Optimizer, number


class LRScheduler:
    """The base class of schedules: `step()`, once an epoch, sets the groups' lr to what `get_lr` returns.

    A schedule multiplies the current rates, so that several can run beside each other. Raises TypeError for
    anything but an optimiser.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        _check_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", _copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with "
                    "last_epoch >= 0.\nThis typically happens when:\n1. You're trying to resume training "
                    "from a checkpoint but haven't properly loaded the optimizer state\n2. You're using "
                    "last_epoch >= 0 for a fresh training run (not recommended)"
                )
        self.base_lrs = [_copied(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self._advance()

    def get_last_lr(self) -> list[Any]:
        """Return the groups' rates that the last step set."""
        return self._last_lr

    def get_lr(self) -> list[Any]:
        """Return the groups' next rates; every schedule has its own."""
        raise NotImplementedError

    def step(self) -> None:
        """Begin the next epoch."""
        if self._step_count == 1 and not self.optimizer._stepped:
            warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and "
                "later, you should call them in the opposite order: `optimizer.step()` before "
                "`lr_scheduler.step()`.  Failure to do this will result in PyTorch skipping the first value "
                "of the learning rate schedule. See more details at "
                "https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
            )
        self._advance()

    def _advance(self) -> None:
        self._step_count += 1
        self.last_epoch += 1
        for group, lr in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            _set(group, lr)
        self._last_lr = _rates(self.optimizer)

    def _scaled(self, factor: float) -> list[Any]:
        """Return the current rates times a factor."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Return all attributes but the optimiser."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self.__dict__.update(state_dict)


def _check_optimizer(optimizer: Any) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def _copied(lr: Any) -> Any:
    return lr.clone() if isinstance(lr, TensorBase) else lr


def _set(group: Group, lr: Any) -> None:
    if isinstance(group["lr"], TensorBase):
        group["lr"].fill_(lr)
    else:
        group["lr"] = lr


def _rates(optimizer: Optimizer) -> list[Any]:
    return [_copied(group["lr"]) for group in optimizer.param_groups]


class LambdaLR(LRScheduler):
    """The initial rates times `lr_lambda(epoch)`; one function for all groups, or a list of one for each.

    >>> import chainrule
    >>> optimizer = chainrule.optim.SGD([chainrule.nn.Parameter(chainrule.ones(1))], lr=1.0)
    >>> schedule = chainrule.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (epoch + 1))
    >>> optimizer.step(); schedule.step(); schedule.get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Iterable[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        _check_optimizer(optimizer)
        groups = len(optimizer.param_groups)
        self.lr_lambdas = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * groups
        if len(self.lr_lambdas) != groups:
            raise ValueError(f"Expected {groups} lr_lambdas, but got {len(self.lr_lambdas)}")
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the next rates."""
        return [base * f(self.last_epoch) for base, f in zip(self.base_lrs, self.lr_lambdas, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """Return all attributes but the optimiser, and those of functions that are objects."""
        state = super().state_dict()
        del state["lr_lambdas"]
        state["lr_lambdas"] = [
            dict(vars(f)) if hasattr(f, "__dict__") and not hasattr(f, "__code__") else None
            for f in self.lr_lambdas
        ]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "lr_lambdas"})
        for f, state in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if state is not None:
                vars(f).update(state)


class StepLR(LRScheduler):
    """The rates times `gamma` after every `step_size` epochs.

    >>> import chainrule
    >>> optimizer = chainrule.optim.SGD([chainrule.nn.Parameter(chainrule.ones(1))], lr=1.0)
    >>> schedule = chainrule.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    >>> optimizer.step(); schedule.step(); schedule.get_last_lr()
    [0.5]
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the next rates."""
        due = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return self._scaled(self.gamma) if due else _rates(self.optimizer)


class MultiStepLR(LRScheduler):
    """The rates times `gamma` at each of the epochs `milestones`.

    >>> import chainrule
    >>> optimizer = chainrule.optim.SGD([chainrule.nn.Parameter(chainrule.ones(1))], lr=1.0)
    >>> schedule = chainrule.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1], gamma=0.5)
    >>> optimizer.step(); schedule.step(); schedule.get_last_lr()
    [0.5]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the next rates."""
        times = self.milestones[self.last_epoch]
        return self._scaled(self.gamma**times) if times else _rates(self.optimizer)


class ExponentialLR(LRScheduler):
    """The rates times `gamma` after every epoch.

    >>> import chainrule
    >>> optimizer = chainrule.optim.SGD([chainrule.nn.Parameter(chainrule.ones(1))], lr=1.0)
    >>> schedule = chainrule.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> optimizer.step(); schedule.step(); schedule.get_last_lr()
    [0.5]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the next rates."""
        return self._scaled(self.gamma) if self.last_epoch > 0 else _rates(self.optimizer)


class CosineAnnealingLR(LRScheduler):
    """Rates on half a cosine from the initial ones down to `eta_min` in `T_max` epochs, and up again.

    >>> import chainrule
    >>> optimizer = chainrule.optim.SGD([chainrule.nn.Parameter(chainrule.ones(1))], lr=1.0)
    >>> schedule = chainrule.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=2)
    >>> optimizer.step(); schedule.step(); schedule.get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_max: int,  # noqa: N803 (torch's name)
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the next rates."""
        epoch, period = self.last_epoch, self.T_max
        if epoch == 0:
            return _rates(self.optimizer)
        rates = zip(_rates(self.optimizer), self.base_lrs, strict=True)
        if self._step_count == 1:  # resumed
            now = (1 + math.cos(epoch * math.pi / period)) / 2
            return [self.eta_min + (base - self.eta_min) * now for _, base in rates]
        if (epoch - 1 - period) % (2 * period) == 0:  # the first step up again, from eta_min
            rise = (1 - math.cos(math.pi / period)) / 2
            return [lr + (base - self.eta_min) * rise for lr, base in rates]
        ratio = (1 + math.cos(math.pi * epoch / period)) / (1 + math.cos(math.pi * (epoch - 1) / period))
        return [ratio * (lr - self.eta_min) + self.eta_min for lr, _ in rates]


class ReduceLROnPlateau:
    """The rates times `factor` when what `step` is told has not improved for more than `patience` epochs.

    `mode` "min" or "max" says what is better; better is by the share `threshold`, or with `threshold_mode`
    "abs" by that much. After a change `cooldown` epochs do not count; rates stay above `min_lr`, and changes
    below `eps` are left out. Raises ValueError for other words and for a factor of 1 or more.

    >>> import chainrule
    >>> optimizer = chainrule.optim.SGD([chainrule.nn.Parameter(chainrule.ones(1))], lr=1.0)
    >>> schedule = chainrule.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
    >>> schedule.step(5.0); schedule.step(5.0); schedule.get_last_lr()
    [0.1]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise ValueError("Factor should be < 1.0.")
        _check_optimizer(optimizer)
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown!")
        groups = len(optimizer.param_groups)
        if isinstance(min_lr, (list, tuple)) and len(min_lr) != groups:
            raise ValueError(f"expected {groups} min_lrs, got {len(min_lr)}")
        self.optimizer = optimizer
        self.factor = factor
        self.min_lrs = list(min_lr) if isinstance(min_lr, (list, tuple)) else [min_lr] * groups
        self.patience = patience
        self.cooldown = cooldown
        self.eps = eps
        self.last_epoch = 0
        self.mode = mode
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.best = math.inf if mode == "min" else -math.inf
        self.cooldown_counter = 0
        self.num_bad_epochs = 0
        self._last_lr = _rates(optimizer)

    @property
    def in_cooldown(self) -> bool:
        """Whether epochs do not count at present."""
        return self.cooldown_counter > 0

    def get_last_lr(self) -> list[Any]:
        """Return the groups' rates that the last step set."""
        return self._last_lr

    def step(self, metrics: Any) -> None:
        """End an epoch with its loss, or whatever is watched."""
        current = number(metrics)
        self.last_epoch += 1
        if self._is_better(current):
            self.best = current
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = _rates(self.optimizer)

    def _is_better(self, current: float) -> bool:
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            goal = self.best * (1 + sign * self.threshold)
        else:
            goal = self.best + sign * self.threshold
        return current < goal if self.mode == "min" else current > goal

    def _reduce(self) -> None:
        for group, least in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
            old = number(group["lr"])
            new = max(old * self.factor, least)
            if old - new > self.eps:
                _set(group, new)

    def state_dict(self) -> dict[str, Any]:
        """Return all attributes but the optimiser."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self.__dict__.update(state_dict)


__all__ = [
    "CosineAnnealingLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "MultiStepLR",
    "ReduceLROnPlateau",
    "StepLR",
]
