"""Train a network on handwritten digits, and plot the loss: `python examples/digits.py [picture.png]`.

The 1797 images of 8 by 8 pixels ship with scikit-learn (`pip install --group examples`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import chainrule as cr
from chainrule import nn, optim
from chainrule.show.progress import progress

EPOCHS = 30
BATCH = 50
TEST_SHARE = 0.25


@dataclass
class Split:
    """Images with their digits: those to learn from, and those to be tested on."""

    images: cr.Tensor
    digits: cr.Tensor
    test_images: cr.Tensor
    test_digits: cr.Tensor


def load() -> Split:
    """Return scikit-learn's digits, shuffled; pixels are between 0 and 1."""
    data = load_digits()
    order = cr.randperm(len(data.target))
    images = cr.tensor(data.data / 16, dtype=cr.float32)[order]
    digits = cr.tensor(data.target)[order]
    test = int(TEST_SHARE * len(digits))
    return Split(images[test:], digits[test:], images[:test], digits[:test])


def model() -> nn.Module:
    """Return a network with one hidden layer."""
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 10))


def accuracy(network: nn.Module, images: cr.Tensor, digits: cr.Tensor) -> float:
    """Return the share of the images that the network recognises."""
    network.eval()
    with cr.no_grad():
        found = network(images).argmax(1)
    network.train()
    return (found == digits).double().mean().item()


def train(network: nn.Module, data: Split) -> tuple[list[float], list[float]]:
    """Train with Adam; return the loss of each batch, and the loss on the test images after each epoch."""
    loss_of = nn.CrossEntropyLoss()
    optimizer = optim.Adam(network.parameters(), lr=5e-3)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)
    losses, test_losses = [], []
    for _ in progress(range(EPOCHS), "Training"):
        for batch in cr.randperm(len(data.digits)).split(BATCH):
            optimizer.zero_grad()
            loss = loss_of(network(data.images[batch]), data.digits[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        schedule.step()
        with cr.no_grad():
            network.eval()
            test_losses.append(loss_of(network(data.test_images), data.test_digits).item())
            network.train()
    return losses, test_losses


def plot(losses: list[float], test_losses: list[float], share: float, path: str) -> None:
    """Draw the losses, on a logarithmic scale, into a file."""
    per_epoch = len(losses) / len(test_losses)
    epochs = np.arange(1, len(losses) + 1) / per_epoch
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.semilogy(
        epochs, losses, color="tab:blue", alpha=0.35, linewidth=0.8, label="each batch, with dropout"
    )
    axes.semilogy(np.arange(1, len(test_losses) + 1), test_losses, color="tab:red", label="test images")
    axes.set(
        xlabel="epoch", ylabel="cross entropy", title=f"Handwritten digits: {share:.1%} of test images right"
    )
    axes.set_xlim(0, len(test_losses))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main(path: str = "digits.png") -> float:
    """Train, print the accuracy, draw the losses; return the accuracy."""
    mpl.use("Agg")
    cr.manual_seed(0)
    data, network = load(), model()
    losses, test_losses = train(network, data)
    share = accuracy(network, data.test_images, data.test_digits)
    plot(losses, test_losses, share, path)
    print(f"{share:.1%} of {len(data.test_digits)} test images recognised; the losses are in {path}")
    return share


if __name__ == "__main__":
    main(*sys.argv[1:])
