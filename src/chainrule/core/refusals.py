"""Views that must not be changed in place, nor see their base changed: torch's words for why not."""

from __future__ import annotations

from typing import Final

from chainrule.core.graph import Output
from chainrule.core.tensor import TensorBase, View

ITSELF: Final = "is being"
ITS_BASE: Final = "its base or another view of its base has been"

_SEVERAL: Final = (
    "This view is the output of a function that returns multiple views. Such functions do not allow the "
    "output views to be modified inplace. You should replace the inplace operation by an out-of-place one."
)
_CUSTOM: Final = (
    "This view was created inside a custom Function (or because an input was returned as-is) and the "
    "autograd logic to handle view+inplace would override the custom backward associated with the custom "
    "Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning "
    "the output of the custom Function."
)
_UNRECORDED: Final = (
    "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by "
    "moving both the view and the inplace either both inside the no_grad block (if you don't want the "
    "inplace to be tracked) or both outside (if you want the inplace to be tracked)."
)


def refusal(tensor: TensorBase, view: View, modified: str) -> RuntimeError:
    """Return the error for a change of `tensor` (ITSELF) or of what it is a view of (ITS_BASE)."""
    node = tensor._node
    if view.multiple or (view.custom and node is not None):
        primitive, params = view.steps[-1]
        number = node.number if isinstance(node, Output) else params.get("number", 0)
        name = primitive.title if node is None else node.name().partition("Backward")[0]
        what = f"Output {number} of {name} is a view and {modified} modified inplace."
    else:
        what = f"A view was created in no_grad mode and {modified} modified inplace with grad mode enabled."
    why = _SEVERAL if view.multiple else _CUSTOM if view.custom else _UNRECORDED
    return RuntimeError(f"{what} {why}")


__all__ = ["ITSELF", "ITS_BASE", "refusal"]
