"""What may not be changed in place, or not be recorded: torch's words for why not, and what to do instead."""

from __future__ import annotations

from typing import Final

from chainrule.core.graph import Output
from chainrule.core.tensor import CUSTOM, INFERENCE, SEVERAL, UNRECORDED, Step, TensorBase, View

ITSELF: Final = "is being"
ITS_BASE: Final = "its base or another view of its base has been"

LEAF: Final = "a leaf Variable that requires grad is being used in an in-place operation."
LEAF_VIEW: Final = "a view of a leaf Variable that requires grad is being used in an in-place operation."

INFERENCE_CHANGED: Final = (
    "Inplace update to inference tensor outside InferenceMode is not allowed."
    "You can make a clone to get a normal tensor before doing inplace update."
    "See https://github.com/pytorch/rfcs/pull/17 for more details."
)
INFERENCE_SAVED: Final = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
    "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and "
    "use it in autograd, or use `chainrule.no_grad()` instead of `chainrule.inference_mode()`."
)

_MOVE: Final = (
    "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by "
    "moving both the view and the inplace either both inside the {} block (if you don't want the inplace to "
    "be tracked) or both outside (if you want the inplace to be tracked)."
)
_WHY: Final = {
    UNRECORDED: _MOVE.format("no_grad"),
    INFERENCE: _MOVE.format("inference_mode"),
    SEVERAL: (
        "This view is the output of a function that returns multiple views. Such functions do not allow the "
        "output views to be modified inplace. You should replace the inplace operation by an out-of-place "
        "one."
    ),
    CUSTOM: (
        "This view was created inside a custom Function (or because an input was returned as-is) and the "
        "autograd logic to handle view+inplace would override the custom backward associated with the custom "
        "Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning "
        "the output of the custom Function."
    ),
}


def view_refused(
    tensor: TensorBase, view: View, modified: str, name: str = "", part: Step | None = None
) -> RuntimeError:
    """Return the error for a change of a view, or of a part of it (ITSELF), or of its base.

    In torch the part is a view too, made just now, and it is what the error names.
    """
    source = _source(tensor) if part is None else _source_of_part(tensor, part)
    if not source or view.origin in (UNRECORDED, INFERENCE):
        mode, now = ("inference", "in normal mode") if view.origin == INFERENCE else ("no_grad", _GRAD_MODE)
        start = f"{source} of a view which was created in" if source else "A view was created in"
        what = f"{start} {mode} mode and {modified} modified inplace {now}."
    else:
        what = f"{source} and {modified} modified inplace."
    return RuntimeError(f"{what} {_WHY[view.origin]}{by(name)}")


_GRAD_MODE: Final = "with grad mode enabled"


def _source(tensor: TensorBase) -> str:
    node = tensor._node
    if node is None:
        return ""
    number = node.number if isinstance(node, Output) else 0
    return f"Output {number} of {node.name().replace('Backward', '').removesuffix('0')} is a view"


def _source_of_part(tensor: TensorBase, part: Step) -> str:
    return f"Output 0 of {part[0].title} is a view" if tensor._requires_grad else ""


def leaf_refused(words: str, name: str) -> RuntimeError:
    """Return the error for a change of a leaf, or of a view of one, by the operation `name`."""
    return RuntimeError(
        f"{words} Change it within chainrule.no_grad(), which keeps the change out of the graph, or change a "
        f"clone() of it.{by(name)}"
    )


def by(name: str) -> str:
    """Return the sentence that names the operation behind an error, if its name is known."""
    return f" (The operation is {name}.)" if name else ""


__all__ = [
    "INFERENCE_CHANGED",
    "INFERENCE_SAVED",
    "ITSELF",
    "ITS_BASE",
    "LEAF",
    "LEAF_VIEW",
    "by",
    "leaf_refused",
    "view_refused",
]
